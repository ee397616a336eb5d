"""Witnesses as guilds run them: processes of their own, with a folder each, on this machine."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from provenance import note
from provenance.note import Verifier
from provenance.witness import Submission
from tests.conftest import ROOT

ENVIRONMENT = {
    "PYTHONPATH": f"{ROOT / 'platform'}{os.pathsep}{ROOT}",
    "PATH": os.environ["PATH"],
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass(slots=True)
class Guild:
    """A witness that runs."""

    verifier: Verifier
    url: str
    folder: Path
    process: "subprocess.Popen[str]"

    def ask(self, body: bytes, *, method: str = "POST", path: str = "/add-checkpoint") -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type", ""), answer.read()
        finally:
            connection.close()

    def submit(self, submission: Submission) -> tuple[int, str, bytes]:
        return self.ask(bytes(submission))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def conflicts(self) -> list[str]:
        return [path.read_text() for path in sorted((self.folder / "conflicts").glob("*.txt"))]


def command(folder: Path, *more: str, name: str = "guild.example/w") -> list[str]:
    return [sys.executable, "-m", "countersign.witness", *more, "--state", str(folder), "--name", name]


@contextmanager
def running(folder: Path, logs: Sequence[Verifier], *, name: str = "guild.example/w", port: int = 0) -> Iterator[Guild]:
    arguments = [*command(folder, name=name), "--listen", f"127.0.0.1:{port}"]
    arguments += [word for log in logs for word in ("--log", str(log))]
    with (folder.parent / f"{folder.name}.log").open("ab") as told:
        process = subprocess.Popen(arguments, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=told, text=True)
    try:
        assert process.stdout
        verifier = note.verifier(process.stdout.readline().strip())
        url = process.stdout.readline().split()[2].rstrip(",")
        yield Guild(verifier=verifier, url=url, folder=folder, process=process)
    finally:
        process.kill()
        process.communicate()
