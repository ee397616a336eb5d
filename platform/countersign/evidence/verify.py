"""`countersign verify-evidence BUNDLE`: what holds of an evidence bundle and what does not, line by line.

It needs neither database nor network, and nothing of the platform. Exit status: 0 all that was checked holds, 1
something does not, 2 the file is no bundle that could be read.
"""

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from countersign.evidence.archive import FILM, Archive
from countersign.evidence.bundle import Bundle
from countersign.evidence.case import Case, Pins, guarded
from countersign.evidence.checks import consents, decision, log, output, sealed, story, trust, whole
from countersign.evidence.errors import AbsentError, BundleError
from countersign.evidence.findings import Finding, Mark, Report, lines
from provenance import note
from provenance.errors import NoteError
from provenance.note import Verifier

QUESTIONS = (whole, trust, log, consents, decision, output, sealed, story)
HOLDS, FAILS, UNREADABLE = 0, 1, 2
MEMORY_BYTES = 4 * 2**30


def examine(path: Path, *, pins: Pins, now: datetime, film: Path | None = None) -> Report:
    """Everything that can be said of the bundle at `path`, under the keys in `pins`. `film` is a copy of the output.

    (0) The file is a ZIP that can be looked into safely, and has a manifest. (1) Its signature, and each file's digest.
    (2) On whose word it rests. (3) The log: signature, proofs, witnesses, time-stamps. (4) The consents. (5) The
    decision, made again, and the grant. (6) The output and its credentials. (7) The sealed values. (8) What stays open.
    Raises BundleError at (0); whatever a bundle holds, nothing else.
    """
    with Archive(path) as archive, tempfile.TemporaryDirectory(prefix="countersign-evidence-") as folder:
        bundle = Bundle(archive)
        case = Case(
            bundle=bundle, pins=pins, now=now, lines=log.proven(bundle), film=film or _laid_out(bundle, Path(folder))
        )
        return Report(findings=tuple(_findings(case)))


def _findings(case: Case) -> Iterator[Finding]:
    for question in QUESTIONS:
        yield from guarded(question.PART, question.check, case)


def _laid_out(bundle: Bundle, folder: Path) -> Path | None:
    if not bundle.holds(FILM):
        return None
    try:
        bundle.lay_out(FILM, folder / "film.mp4")
    except AbsentError:
        return None  # named already, with what is wrong with it
    return folder / "film.mp4"


def run(arguments: Sequence[str] | None = None) -> int:
    """The command itself: a process of its own, which no bundle can make fill the memory of this machine."""
    with suppress(ValueError, OSError):  # not every system has such a limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        return main(arguments)
    except MemoryError:
        sys.stderr.write("This bundle takes more memory than any honest one; nothing is said of it.\n")
        return UNREADABLE


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        report = examine(given.bundle, pins=_pins(given), now=datetime.now(UTC), film=given.output)
    except BundleError as e:
        sys.stderr.write(f"{given.bundle}: {e}\n")
        return UNREADABLE
    if given.json:
        sys.stdout.write(json.dumps(_plain(report), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(report))
    return HOLDS if report.sound else FAILS


def _plain(report: Report) -> dict[str, object]:
    names = {Mark.HOLDS: "holds", Mark.FAILS: "fails", Mark.OPEN: "open"}
    findings = [{**asdict(found), "mark": names[found.mark]} for found in report.findings]
    return {"sound": report.sound, "findings": findings}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="countersign verify-evidence", description="Say what holds of an evidence bundle. Needs no network."
    )
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--log-key", type=_key, metavar="VKEY", help="the log's verifier key, or a file that holds it")
    parser.add_argument(
        "--witness", type=_key, action="append", default=[], metavar="VKEY", help="a witness's key; may be repeated"
    )
    parser.add_argument("--quorum", type=int, metavar="N", help="how many witnesses must vouch; else every one named")
    parser.add_argument("--anchor", type=_pem, metavar="PEM", help="authorities behind the film's content credentials")
    parser.add_argument(
        "--consent-roots", type=_pem, metavar="PEM", help="authorities behind the performers' signatures"
    )
    parser.add_argument("--tsa-roots", type=_pem, metavar="PEM", help="authorities behind the time-stamps")
    parser.add_argument("--qualified", type=_pem, metavar="PEM", help="issuers of qualified certificates")
    parser.add_argument("--seal-issuers", type=_pem, metavar="JSON", help="platforms whose seals count")
    parser.add_argument("--documents-root", type=_pem, metavar="PEM", help="authority behind the platform's own seal")
    parser.add_argument("--wallet-issuers", type=_pem, metavar="JSON", help="issuers whose credentials count")
    parser.add_argument("--gate-key", type=_pem, metavar="PEM", help="the gate's public key")
    parser.add_argument("--evidence-key", type=_key, metavar="VKEY", help="the key that signs the site's bundles")
    parser.add_argument("--output", type=Path, metavar="FILE", help="your copy of the film, where the bundle has none")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser


def _pins(given: argparse.Namespace) -> Pins:
    return Pins(
        log=given.log_key,
        witnesses=tuple(given.witness),
        quorum=given.quorum,
        evidence=given.evidence_key,
        gate=given.gate_key,
        anchor=given.anchor,
        consent_roots=given.consent_roots,
        stamp_roots=given.tsa_roots,
        qualified=given.qualified,
        sealers=given.seal_issuers,
        documents=given.documents_root,
        wallets=given.wallet_issuers,
    )


def _key(text: str) -> Verifier:
    try:
        path = Path(text)
        return note.verifier((path.read_text() if path.is_file() else text).strip())
    except (NoteError, OSError, UnicodeDecodeError) as e:
        raise argparse.ArgumentTypeError(str(e)) from e


def _pem(text: str) -> bytes:
    try:
        return Path(text).read_bytes()
    except OSError as e:
        raise argparse.ArgumentTypeError(str(e)) from e


if __name__ == "__main__":
    sys.exit(run())
