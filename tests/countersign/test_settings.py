import os
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COUNTERSIGN_TSA_URL", "tsa.example"),
        ("COUNTERSIGN_TSA_URL", "ftp://tsa.example"),
        ("COUNTERSIGN_TSA_EVERY_S", "0"),
        ("COUNTERSIGN_TSA_EVERY_S", "nan"),
    ],
)
def test_time_stamps_that_could_not_be_asked_for_stop_the_start(name: str, value: str, tmp_path: Path) -> None:
    environment = {**os.environ, "COUNTERSIGN_DATA": str(tmp_path), name: value}
    command = [sys.executable, "-c", "import countersign.settings"]
    done = subprocess.run(command, cwd=ROOT / "platform", env=environment, check=False, capture_output=True, text=True)
    assert done.returncode
    assert f"{name} must be" in done.stderr
