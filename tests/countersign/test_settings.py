import subprocess
import sys

import pytest
from django.db import connection

from tests.conftest import ROOT


def test_standard_library_platform_is_not_shadowed() -> None:
    subprocess.run([sys.executable, "-c", "import platform; platform.system()"], cwd=ROOT, check=True)


@pytest.mark.django_db
def test_tests_run_as_the_application_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("countersign_app",)
