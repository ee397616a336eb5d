"""A person at the API: signs in once, then asks. A refusal is an answer like any other."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import requests

from countersign.demo.screen import Bar

POLL_S = 0.5


class UnexpectedAnswerError(Exception):
    """The site answered something the demo did not expect."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any

    @property
    def refused(self) -> bool:
        return self.status in (409, 413, 422)


class Somebody:
    def __init__(self, site: str, *, email: str, password: str) -> None:
        self._begin(site)
        token = self.post("/api/tokens", {"email": email, "password": password}).body["token"]
        self._session.headers["Authorization"] = f"Token {token}"

    @classmethod
    def stranger(cls, site: str) -> Self:
        """Nobody the site knows yet."""
        somebody = cls.__new__(cls)
        somebody._begin(site)
        return somebody

    @classmethod
    def known(cls, site: str, *, token: str) -> Self:
        """Somebody who came in by another way than a password."""
        somebody = cls.stranger(site)
        somebody._session.headers["Authorization"] = f"Token {token}"
        return somebody

    def _begin(self, site: str) -> None:
        self._site = site
        self._session = requests.Session()

    def get(self, path: str) -> Any:
        return self._ask("GET", path).body

    def fetch(self, path: str, *, ask: dict[str, Any] | None = None) -> bytes:
        """A file; one that is made when it is asked for is asked for with `ask`."""
        method = "GET" if ask is None else "POST"
        answer = self._session.request(method, self._site + path, json=ask, timeout=120)
        if answer.status_code != 200:
            raise UnexpectedAnswerError(f"{method} {path}: {answer.status_code} {answer.text[:400]}")
        return answer.content

    def post(self, path: str, body: dict[str, Any] | None = None) -> Answer:
        return self._ask("POST", path, json=body or {})

    def upload(self, path: str, files: Iterable[tuple[str, Path | tuple[str, bytes]]], **fields: str) -> Answer:
        return self._ask("POST", path, data=fields, files=[_part(name, file) for name, file in files])

    def put(self, path: str, name: str, file: tuple[str, bytes]) -> Answer:
        return self._ask("PUT", path, files=[_part(name, file)])

    def wait(self, path: str, *, until: Callable[[Any], bool], stage: Callable[[Any], str], most_s: float) -> Any:
        """Poll until it is so, showing how far it is."""
        bar, end = Bar(), time.monotonic() + most_s
        while time.monotonic() < end:
            seen = self.get(path)
            bar.show(stage(seen), float(seen.get("progress") or 0.0), seen.get("note") or "")
            if until(seen):
                return seen
            time.sleep(POLL_S)
        raise UnexpectedAnswerError(f"{path} took more than {most_s:.0f} s: {stage(seen)}")

    def _ask(self, method: str, path: str, **how: Any) -> Answer:
        answer = self._session.request(method, self._site + path, timeout=120, **how)
        body = answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.text
        if answer.status_code >= 500 or answer.status_code in (400, 401, 403, 404, 405):
            raise UnexpectedAnswerError(f"{method} {path}: {answer.status_code} {str(body)[:600]}")
        return Answer(answer.status_code, body)


def _part(name: str, file: Path | tuple[str, bytes]) -> tuple[str, tuple[str, bytes]]:
    return (name, (file.name, file.read_bytes())) if isinstance(file, Path) else (name, file)
