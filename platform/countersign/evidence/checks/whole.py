"""Is the bundle as it was signed? Its manifest, and every file that the manifest names."""

from collections.abc import Iterator

from countersign.evidence import contents
from countersign.evidence.bundle import EVIDENCE_KEY
from countersign.evidence.case import Case
from countersign.evidence.contents import MANIFEST, SIGNATURE, Withheld
from countersign.evidence.errors import AbsentError
from countersign.evidence.findings import Finding, Part
from provenance import note
from provenance.errors import NoteError

PART = Part(name="The bundle itself")


def check(case: Case) -> Iterator[Finding]:
    yield _signature(case)
    faults = dict(case.bundle.faults())
    yield from (PART.fails(f"{name}: {fault.removeprefix(name).strip()}.", name) for name, fault in faults.items())
    if not faults:
        yield PART.holds(f"Each of its {len(case.bundle.names())} files is, byte for byte, as the manifest says.")
    yield from (_withheld(case, one) for one in case.bundle.contents.withheld)


def _signature(case: Case) -> Finding:
    """Read without `Bundle.read`: the key must be looked at even when the manifest it belongs to was changed."""
    try:
        stated = case.bundle.archive.read(EVIDENCE_KEY)
        verifier = case.pins.evidence or note.verifier(stated.decode().strip())
        same = contents.vouched(case.bundle.manifest, case.bundle.archive.read(SIGNATURE), by=verifier)
    except (NoteError, UnicodeDecodeError) as e:
        return PART.fails(f"{SIGNATURE} does not vouch for {MANIFEST}: {e}", SIGNATURE)
    except AbsentError as e:
        return PART.fails(f"{SIGNATURE} cannot be checked: {e}.", SIGNATURE)
    return PART.judged(
        same,
        f"Its manifest was signed by {verifier.name}.",
        f"{MANIFEST} was changed: it is not the one that {verifier.name} signed.",
        member=MANIFEST,
    )


def _withheld(case: Case, one: Withheld) -> Finding:
    places = [line.index for line in case.lines if one.sha256.encode() in line.text]
    where = f"stands in the log at entry {places[0]}" if places else "stands in the manifest only"
    return PART.leaves_open(f"{one.name} is withheld: {one.why}; its digest {one.sha256} {where}.", one.name)
