"""Read before Django's settings: tests have a data folder of their own and begin as the owner of the tables."""

import atexit
import os
import shutil
import tempfile

folder = tempfile.mkdtemp(prefix="countersign-test-")
atexit.register(
    shutil.rmtree, folder, ignore_errors=True
)  # registered first, so run last: the server has stopped by then
os.environ["COUNTERSIGN_DATA"] = folder
os.environ["COUNTERSIGN_DATABASE_ROLE"] = "owner"  # see django_db_setup, which steps down
