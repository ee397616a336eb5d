"""A file, and what can be said of it: who signed it, whether it is as it was signed, and what it says of itself.

Rules: (1) a stranger's file is opened in a child process alone, with limits on memory, time and output, without secrets
in its environment; whatever becomes of the child, here comes a Verdict. (2) Nothing is fetched from a network. (3) What
a file says is repeated only under a signature that holds. (4) A trusted signature is not a true statement: the content
of a manifest is checked as well.

    python -m provenance.verify FILE --anchor anchor.pem
"""

import argparse
import contextlib
import json
import mimetypes
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from provenance import anchor, essence, manifest, telling
from provenance.errors import AnchorError, UnreadableFileError
from provenance.types import Integrity, Verdict

WALL_SECONDS = 90
REPORT_BYTES = 16 * 2**20
ROOT = Path(__file__).resolve().parents[1]

CONTENT_MISMATCH = {"assertion.bmffHash.mismatch", "assertion.dataHash.mismatch", "assertion.boxesHash.mismatch"}
UNTRUSTED = {
    "signingCredential.untrusted": "The signer's certificate does not come from an authority we know.",
    "signingCredential.expired": "The signer's certificate has expired, and no trusted time-stamp shows that it was "
    "valid when the file was signed.",
    "claimSignature.outsideValidity": "The signer's certificate was not valid at the time of signing.",
    "signingCredential.ocsp.revoked": "The signer's certificate was revoked.",
    "signingCredential.revoked": "The signer's certificate was revoked.",
}

WITHOUT_MANIFEST = {
    "absent": (
        Integrity.ABSENT,
        "This file carries no content credentials: nothing can be said of where it comes from.",
    ),
    "elsewhere": (
        Integrity.ABSENT,
        "This file carries no content credentials, only an address where they may lie. Nothing was fetched from there.",
    ),
    "missing": (Integrity.UNREADABLE, "There is no such file, or it may not be opened."),
    "empty": (Integrity.UNREADABLE, "This file is empty."),
    "no-media": (
        Integrity.UNREADABLE,
        "This is not a picture, film or sound recording that can be read here, or it did not arrive whole.",
    ),
    "damaged": (
        Integrity.CHANGED,
        "The content credentials in this file are damaged: it was changed after signing, or did not arrive whole.",
    ),
    "broken": (
        Integrity.UNREADABLE,
        "Reading this file failed, as happens with files made to do harm. Nothing can be said of it.",
    ),
    "overdue": (Integrity.UNREADABLE, "Reading this file took too long and was stopped. Nothing can be said of it."),
}
BROKEN_SEAL = "The content credentials of this file do not hold: they were changed after they were signed."
LIST_LENGTH = 100  # of what a stranger's file lists of itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the child found: `error` if there is no manifest to speak of, else its state, codes and active manifest."""

    error: str = ""
    state: str = ""
    successes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    ingredient_failures: tuple[str, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)


def verdict(path: Path, *, media_type: str, anchors: bytes) -> Verdict:
    """What can be said of the file at `path`, which nobody need trust. `media_type` may be empty.

    A file that is not there, empty, no media, or that breaks the reader is Integrity.UNREADABLE; nothing is raised for
    it. Raises AnchorError if `anchors` (PEM) are not certificates of authorities.
    """
    found = _judge(report(path, media_type=media_type, anchors=anchors))
    if found.integrity is not Integrity.INTACT or not found.consent_assertion:
        return found
    return _held_against_essence(found, path)


def _held_against_essence(found: Verdict, path: Path) -> Verdict:
    """The ledger knows an output by its picture and sound: a signer who signs others under its receipt is found out."""
    try:
        same = essence.sha256(path) == found.consent_assertion.get("essence_sha256")
    except UnreadableFileError:
        same = False
    if same:
        return found
    problem = "Its picture and sound are not those that the ledger recorded when it was made."
    return replace(
        found, sentence=_sentence(found.integrity, ours=True, sound=False), problems=(*found.problems, problem)
    )


def report(path: Path, *, media_type: str, anchors: bytes) -> Report:
    """Read the manifest of `path` in a child process. Raises AnchorError, and nothing else for any file."""
    trusted = anchor.checked(anchors)
    try:
        found = path.stat()
    except OSError:
        return Report(error="missing")
    if not stat.S_ISREG(found.st_mode) or not os.access(path, os.R_OK):
        return Report(error="missing")
    if found.st_size == 0:
        return Report(error="empty")
    order = {"path": str(path.absolute()), "media_type": media_type, "anchors": trusted}
    with tempfile.TemporaryDirectory(prefix="countersign-inspect-") as folder:
        return _ask(json.dumps(order).encode(), folder)


def _ask(order: bytes, folder: str) -> Report:
    environment = {"PYTHONPATH": str(ROOT), "TMPDIR": folder, "PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-P", "-m", "provenance.inspect"]
    with subprocess.Popen(  # our own module; the file's name goes through the pipe
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
    ) as child:
        timer = threading.Timer(WALL_SECONDS, child.kill)
        timer.start()
        try:
            answer = _exchange(child, order)
            overdue = not timer.is_alive()
        finally:
            timer.cancel()
            child.kill()
    if overdue:
        return Report(error="overdue")
    return _understood(answer) if child.returncode == 0 else Report(error="broken")


def _exchange(child: subprocess.Popen[bytes], order: bytes) -> bytes:
    if child.stdin is None or child.stdout is None:
        raise RuntimeError("the child was started without pipes")
    with contextlib.suppress(BrokenPipeError):  # it died already; its exit status says so
        child.stdin.write(order)
        child.stdin.close()
    answer = child.stdout.read(REPORT_BYTES + 1)
    if len(answer) > REPORT_BYTES:
        child.kill()
    child.wait()
    return answer


def _understood(answer: bytes) -> Report:
    try:
        found = json.loads(answer)
        if "error" in found:
            return Report(error=_kind_of_error(found["error"], found["detail"]))
        results = found["validation_results"]
        active = results["activeManifest"]
        read = found["manifests"][found["active_manifest"]]
        return Report(
            state=found["validation_state"],
            successes=_codes(active["success"]),
            failures=_codes(active["failure"]),
            ingredient_failures=_ingredient_failures(results, read),
            manifest=read,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Report(error="broken")


def _ingredient_failures(results: dict[str, Any], read: dict[str, Any]) -> tuple[str, ...]:
    """What failed in the ingredients' own manifests: when they were added, as recorded then, and now."""
    recorded = [part.get("validation_results") or {} for part in read.get("ingredients") or []]
    then = [result["activeManifest"] for result in recorded if result.get("activeManifest")]
    now = [delta["validationDeltas"] for delta in results.get("ingredientDeltas") or []]
    return tuple(dict.fromkeys(code for part in (*then, *now) for code in _codes(part["failure"])))


def _codes(found: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(str(item["code"]) for item in found)


def _kind_of_error(kind: str, detail: str) -> str:
    """Why there is no manifest: the file carries none, is no media, or its credentials are damaged."""
    if kind == "ManifestNotFound":
        return "absent"
    if kind.startswith("Remote"):
        return "elsewhere"
    if kind in ("Io", "NotSupported") or "could not be parsed" in detail:
        return "no-media"
    return "damaged"


def _judge(found: Report) -> Verdict:
    """The verdict on a report; pure."""
    if found.error:
        integrity, sentence = WITHOUT_MANIFEST[found.error]
        return Verdict(integrity=integrity, sentence=sentence)
    codes = (*found.failures, *found.ingredient_failures)
    problems = tuple(dict.fromkeys(UNTRUSTED[code] for code in found.failures if code in UNTRUSTED))
    if set(found.ingredient_failures) - UNTRUSTED.keys():  # a plate signed by somebody unknown to us is no fault
        problems += ("One of the files it was made from carries credentials that do not hold.",)
    integrity = _integrity(found)
    if integrity is Integrity.CHANGED and not _signature_holds(found):
        return Verdict(integrity=integrity, sentence=BROKEN_SEAL, codes=codes, problems=problems)
    return _told(found, integrity=integrity, codes=codes, problems=problems)


def _integrity(found: Report) -> Integrity:
    if found.state == "Trusted" and not found.failures:
        return Integrity.INTACT
    if found.state in ("Valid", "Invalid") and found.failures and set(found.failures) <= UNTRUSTED.keys():
        return Integrity.FOREIGN
    return Integrity.CHANGED


def _signature_holds(found: Report) -> bool:
    """Whether a signer we know did sign this manifest, and only the picture or sound it belongs to is another."""
    vouched = {"claimSignature.validated", "signingCredential.trusted"} <= set(found.successes)
    return vouched and bool(found.failures) and set(found.failures) <= CONTENT_MISMATCH


def _told(found: Report, *, integrity: Integrity, codes: tuple[str, ...], problems: tuple[str, ...]) -> Verdict:
    """A verdict that repeats what the manifest says, for its signature holds."""
    read = found.manifest
    ours = integrity is not Integrity.FOREIGN and bool(manifest.assertion(read, manifest.CONSENT))
    incoherent = manifest.problems(read) if ours else ()
    signature = read.get("signature_info")
    signed = signature if isinstance(signature, Mapping) else {}
    generators = read.get("claim_generator_info")
    return Verdict(
        integrity=integrity,
        sentence=_sentence(integrity, ours=ours, sound=not incoherent),
        signer=manifest.words(signed.get("issuer")),
        signed_at=manifest.words(signed.get("time")),
        title=manifest.words(read.get("title")),
        generator=manifest.software_name(generators[0]) if isinstance(generators, list) and generators else "",
        actions=manifest.actions(read)[:LIST_LENGTH],
        ingredients=tuple(manifest.words(part.get("title")) for part in manifest.ingredients(read))[:LIST_LENGTH],
        consent_assertion=dict(manifest.assertion(read, manifest.CONSENT)) if ours else {},
        receipt=dict(manifest.assertion(read, manifest.LEDGER)) if ours else {},
        codes=codes,
        problems=problems + incoherent,
    )


def _sentence(integrity: Integrity, *, ours: bool, sound: bool) -> str:
    if integrity is Integrity.FOREIGN:
        return "The file is as it was signed, but nobody we know vouches for the signer: what it says proves nothing."
    if integrity is Integrity.CHANGED:
        maker = "This was made with Countersign" if ours else "This was signed by somebody we know"
        return f"{maker}, but it was changed after it was published."
    if not sound:
        return "The file is exactly as it was signed, but what its credentials say does not hold together."
    if not ours:
        return "The file is exactly as it was signed. It does not say that it was made with Countersign."
    return "Made with Countersign. The picture is exactly as it was published."


def main(arguments: list[str] | None = None) -> int:
    """Print the verdict on a file in words; 0 only when it is intact and says nothing that does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m provenance.verify", description="Say what a file's credentials say."
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--anchor", type=Path, required=True, help="certificates of the authorities you trust (PEM)")
    given = parser.parse_args(arguments)
    try:
        media_type = mimetypes.guess_type(given.file.name)[0] or ""
        found = verdict(given.file, media_type=media_type, anchors=given.anchor.read_bytes())
    except (AnchorError, OSError) as e:
        parser.error(str(e))
    sys.stdout.writelines(f"{line}\n" for line in telling.lines(found))
    return 0 if found.integrity is Integrity.INTACT and not found.problems else 1


if __name__ == "__main__":
    sys.exit(main())
