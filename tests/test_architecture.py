"""The direction of imports, and that the contracts which keep it can fail."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = ("platform", "consent", "provenance", "synthesis")

BREAKS = [
    ("1. rooms import downward only", "provenance/merkle.py", "import consent.types"),
    ("2. synthesis reaches neither Django", "synthesis/video.py", "import django"),
    ("2. synthesis reaches neither Django", "synthesis/types.py", "import consent.services"),
    ("3. nobody but synthesis reaches torch", "platform/countersign/runs/services.py", "import torch"),
    ("3. nobody but synthesis reaches torch", "platform/countersign/pages/apps.py", "import synthesis.train"),
    ("4. the pure modules reach neither", "consent/gate.py", "import django.db"),
    ("4. the pure modules reach neither", "provenance/manifest.py", "import provenance.models"),
    ("4. the pure modules reach neither", "platform/countersign/tsa/server.py", "import countersign.keys, django"),
    ("4. the pure modules reach neither", "platform/countersign/keyfiles.py", "import django.conf"),
    ("5. one module wraps each foreign library", "platform/countersign/runs/signing.py", "import c2pa"),
    ("5. one module wraps each foreign library", "consent/services/arrivals.py", "import pyhanko"),
    ("5. one module wraps each foreign library", "provenance/notary.py", "import rfc3161_client"),
    ("5. one module wraps each foreign library", "consent/keystore.py", "import pkcs11"),
    ("6. whoever checks evidence needs nothing", "platform/countersign/evidence/case.py", "import django"),
    (
        "6. whoever checks evidence needs nothing",
        "platform/countersign/evidence/checks/log.py",
        "import consent.models",
    ),
    ("5. one module wraps each foreign library", "platform/countersign/tsa/server.py", "import asn1crypto"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "platform"), str(folder)])}
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_every_contract_is_kept(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "module", "line"), BREAKS, ids=[f"{c[:1]} {m}" for c, m, _ in BREAKS])
def test_a_forbidden_import_breaks_its_contract(copy: Path, contract: str, module: str, line: str) -> None:
    path = copy / module
    honest = path.read_text()
    try:
        path.write_text(f"{honest}\n{line}\n")
        done = lint(copy)
    finally:
        path.write_text(honest)
    assert done.returncode == 1
    assert any(row.startswith(contract) and "BROKEN" in row for row in done.stdout.splitlines()), done.stdout


def test_web_and_tasks_load_without_torch_and_opencv(tmp_path: Path) -> None:
    code = (
        "import sys, countersign.wsgi, countersign.urls, countersign.runs.tasks\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "print(sorted({'torch', 'cv2', 'av'} & set(sys.modules)))"
    )
    environment = {**os.environ, "COUNTERSIGN_DATA": str(tmp_path), "COUNTERSIGN_DATABASE_ROLE": "app"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_only_the_gate_and_the_seal_make_grants() -> None:
    makers = {str(path.relative_to(ROOT)) for path in _sources() if _calls(path, "Grant")}
    assert makers <= {"consent/gate.py", "consent/seal.py"}


def test_there_is_no_back_door() -> None:
    """No admin pages, no superuser, no switch that skips the gate."""
    for path in _sources():
        text = path.read_text()
        for word in ('django.contrib.admin"', "is_superuser", "--force", "DEBUG = True"):
            assert word not in text, f"{word} in {path}"


def _sources() -> list[Path]:
    return [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts]


def _calls(path: Path, name: str) -> bool:
    nodes = ast.walk(ast.parse(path.read_text()))
    called = (node.func for node in nodes if isinstance(node, ast.Call))
    return any(name in (getattr(f, "id", ""), getattr(f, "attr", "")) for f in called)
