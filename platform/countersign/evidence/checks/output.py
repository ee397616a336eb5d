"""Is the film the one that was signed and published, and does it say of itself what was granted?"""

from collections.abc import Iterator, Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

from consent import seal
from countersign.evidence.bundle import ANCHOR, CHECKPOINT, CONSISTENCY, FILM, MADE_MANIFEST
from countersign.evidence.case import Case, guarded
from countersign.evidence.checks import decision, log
from countersign.evidence.errors import UnfitError
from countersign.evidence.findings import Finding, Part
from provenance import checkpoint, manifest, merkle, note, receipt, verify
from provenance.errors import ReceiptError
from provenance.types import Integrity, Proven

PART = Part(name="The output")


def check(case: Case) -> Iterator[Finding]:
    about = case.bundle.contents.about
    if not about.output:
        yield PART.leaves_open("The run has no published output.")
        return
    yield from guarded(PART, _published, case)
    if case.film is None:
        yield PART.leaves_open(
            f"The film is not in the bundle; name your copy with --output to have it checked. {_digest(case)}"
        )
    else:
        yield from guarded(PART, _film, case)
    for question in (_assertion, _receipt):
        yield from guarded(PART, question, case)


def _digest(case: Case) -> str:
    lines = case.told("output:signed", f"output:{case.bundle.contents.about.output}")
    return f"Its SHA-256 is {lines[0].body.get('sha256')} (entry {lines[0].index})." if lines else ""


def _published(case: Case) -> Iterator[Finding]:
    subject = f"output:{case.bundle.contents.about.output}"
    order = [case.decision, *case.told("output:signed", subject)[:1], *case.told("output:published", subject)[:1]]
    steps = [line for line in order if line is not None]
    if len(steps) != 3:
        yield PART.fails("The bundle does not show that the output was granted, signed and published.")
        return
    granted, signed, published = steps
    same = signed.body.get("grant_sha256") == granted.body.get("grant_sha256")
    digests = {signed.body.get("sha256"), published.body.get("sha256")}
    yield PART.judged(
        granted.index < signed.index < published.index and same and len(digests) == 1,
        f"It was granted, signed and published, in that order (entries {', '.join(str(one.index) for one in steps)}).",
        "Its grant, signature and publication do not belong together, or came in another order.",
        member=published.member,
    )


def _film(case: Case) -> Iterator[Finding]:
    path = case.film or Path()
    with path.open("rb") as file:
        found = file_digest(file, "sha256").hexdigest()
    lines = case.told("output:published", f"output:{case.bundle.contents.about.output}")
    expected = lines[0].body.get("sha256") if lines else "no digest in the log"
    yield PART.judged(
        found == expected,
        f"The film is the one that was published: SHA-256 {found}.",
        f"The film is not the one that was published: expected {expected}, got {found}.",
        member=FILM,
    )
    anchors = case.trusted(case.pins.anchor, ANCHOR)
    verdict = verify.verdict(path, media_type="video/mp4", anchors=anchors)
    whose = "the authority you named" if case.pins.anchor is not None else "the authority in the bundle"
    sound = verdict.integrity is Integrity.INTACT and not verdict.problems
    yield PART.judged(
        sound,
        f"Its content credentials hold, under {whose}: {verdict.sentence}",
        f"Its content credentials do not hold: {verdict.sentence} {' '.join(verdict.problems)}",
        member=FILM,
    )
    if sound:
        read = verify.report(path, media_type="video/mp4", anchors=anchors).manifest
        yield PART.judged(
            dict(read) == case.bundle.json(MADE_MANIFEST),
            "What it says of itself is what stands in output/manifest.json.",
            "What it says of itself is not what stands in output/manifest.json.",
            member=MADE_MANIFEST,
        )


def _read(case: Case) -> Mapping[str, Any]:
    said = case.bundle.json(MADE_MANIFEST)
    if not isinstance(said, dict):
        raise UnfitError(f"{MADE_MANIFEST} is no manifest")
    return said


def _assertion(case: Case) -> Iterator[Finding]:
    said, grant = manifest.assertion(_read(case), manifest.CONSENT), decision.grant_of(case)
    clips = {(one.get("part"), one.get("sha256")) for one in manifest.mappings(said.get("footage"))}
    consents = [
        (one.get("consent_id"), one.get("part"), one.get("document_sha256"), one.get("terms_sha256"))
        for one in manifest.mappings(said.get("consents"))
    ]
    made = case.told("output:made", f"run:{case.bundle.contents.about.run}")
    found = {
        "the run": said.get("run_id") == str(grant.run_id),
        "the kind of use": said.get("kind_of_use") == grant.kind.value,
        "the grant": said.get("grant_sha256") == seal.digest(grant),
        "the policy": said.get("policy_sha256") == grant.policy_sha256,
        "the parameters": said.get("parameters_sha256") == grant.parameters_sha256,
        "picture and sound": [line.body.get("essence_sha256") for line in made] == [said.get("essence_sha256")],
        "the clips": clips == {(one.part.value, one.footage_sha256) for one in grant.consents},
        "the consents": consents
        == [(str(one.consent_id), one.part.value, one.document_sha256, one.terms_sha256) for one in grant.consents],
    }
    differences = [what for what, same in found.items() if not same]
    yield PART.judged(
        not differences,
        "Its credentials name this grant, and the consents, clips, parameters and policy in it.",
        f"Its credentials name something else than was granted: {', '.join(differences)}.",
        member=MADE_MANIFEST,
    )


def _receipt(case: Case) -> Iterator[Finding]:
    """What the log gave the signer to put into the film, and that from there to here the log only grew."""
    said = manifest.assertion(_read(case), manifest.LEDGER)
    if not said:
        yield PART.fails("Its credentials carry no receipt of the log.", MADE_MANIFEST)
        return
    try:
        found = receipt.from_json(said)
        then = receipt.check(found, log=log.key(case)).checkpoint
    except ReceiptError as e:
        yield PART.fails(f"The receipt in its credentials does not hold: {e}", MADE_MANIFEST)
        return
    differences = [f"{one.kind} (entry {one.index})" for one in found.entries if not _is_here(case, one)]
    named = ", ".join(f"{one.kind} (entry {one.index})" for one in found.entries)
    yield PART.judged(
        not differences,
        f"The log's receipt in its credentials proves {named} in the tree of {then.size} entries.",
        f"What the receipt in its credentials proves is not in this bundle: {', '.join(differences)}.",
        member=MADE_MANIFEST,
    )
    yield _grew(case, then)


def _is_here(case: Case, one: Proven) -> bool:
    return any(line.index == one.index and merkle.leaf_hash(line.text) == one.leaf for line in case.lines)


def _grew(case: Case, then: checkpoint.Checkpoint) -> Finding:
    now, said = log.unbelieved(case.bundle.read(CHECKPOINT)), case.bundle.json(CONSISTENCY)
    proof = [note.from_base64(str(digest)) for digest in said["proof"]]
    grew = merkle.consistent(then.size, now.size, first_root=then.root, second_root=now.root, proof=proof)
    return PART.judged(
        grew,
        f"Between the receipt and the bundle the log only grew, from {then.size} to {now.size} entries.",
        f"The log of {now.size} entries does not continue the receipt's of {then.size}: it was rewritten or forked.",
        member=CONSISTENCY,
    )
