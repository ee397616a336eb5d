"""Evidence in dishonest hands: whatever is changed is named, also where the house itself signs the lie."""

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.db import transaction
from pytest_django import DjangoDbBlocker

from consent import seal
from countersign import keys
from countersign.evidence import verify
from countersign.evidence.archive import Archive
from countersign.evidence.bundle import CHECKPOINT, GRANT, LOG_KEY, OPENINGS, REQUEST, Bundle, proof_name
from countersign.evidence.case import Pins
from countersign.evidence.checks import decision
from countersign.evidence.contents import MANIFEST, SIGNATURE
from countersign.evidence.errors import AbsentError, BundleError
from countersign.evidence.findings import Report
from provenance import canonical, checkpoint
from provenance.note import verifier_of
from tests import people as setup
from tests.consent.offices import office
from tests.countersign import dossier
from tests.countersign.dossier import Dossier, Members, flipped, resigned, rewritten

Change = Callable[[Members], Members]


@pytest.fixture(scope="module")
def signed(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    performers: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Members:
    """The bundle of a run whose consent was withdrawn after publication, member by member. The film is not in it."""
    with django_db_blocker.unblock():
        return _bundle(performers, tmp_path_factory.mktemp("signed"), dossier.withdraw)


@pytest.fixture(scope="module")
def another(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    performers: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Members:
    """The bundle of another run, in another log of the same name and key."""
    with django_db_blocker.unblock():
        return _bundle(performers, tmp_path_factory.mktemp("another"), lambda _: None)


def _bundle(performers: Path, folder: Path, then: Callable[[Dossier], None]) -> Members:
    """Made in a transaction that is rolled back at once: all that stays is the bundle, and the keys."""
    with transaction.atomic():
        made = dossier.made(performers)
        then(made)
        found = dossier.members(made.bundle(folder))
        transaction.set_rollback(True)
    return found


def examined(found: Members, folder: Path, **pins: Any) -> Report:
    path = dossier.packed(folder / "changed.zip", found)
    return verify.examine(path, pins=Pins(**pins), now=setup.NOW)


def named(report: Report) -> str:
    return "\n".join(f"{found.member}: {found.sentence}" for found in report.failures)


def test_bundle_holds_before_anything_is_changed(signed: Members, tmp_path: Path) -> None:
    report = examined(signed, tmp_path)
    assert report.sound, named(report)


def test_one_changed_bit_in_any_member_names_that_member(
    signed: Members, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in signed.items():
        path = dossier.packed(tmp_path / "changed.zip", {**signed, name: flipped(content)})
        assert verify.main([str(path)]) in (1, 2), name
        said = capsys.readouterr()
        assert name in "".join(line for line in said.out.splitlines() if "✗" in line) + said.err, name


def test_one_changed_bit_in_any_packed_member_is_noticed_as_well(signed: Members, tmp_path: Path) -> None:
    """The same in the file as it lies on a disk: in the middle of what each member was packed into."""
    whole = dossier.packed(tmp_path / "whole.zip", signed).read_bytes()
    with zipfile.ZipFile(tmp_path / "whole.zip") as archive:
        places = {i.filename: i.header_offset + 30 + len(i.filename) + i.compress_size // 2 for i in archive.infolist()}
    for name, at in places.items():
        (tmp_path / "bad.zip").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert name in _first_fault(tmp_path / "bad.zip"), name


def _first_fault(path: Path) -> str:
    try:
        with Archive(path) as archive:
            return "".join([*dict(Bundle(archive).faults()), *_unsigned(archive)])
    except BundleError as e:
        return str(e)


def _unsigned(archive: Archive) -> Iterator[str]:
    """The two files that vouch for the others are in no list."""
    for name in (MANIFEST, SIGNATURE):
        try:
            archive.read(name)
        except AbsentError as e:
            yield str(e)


def test_missing_member_and_uninvited_one_are_named(signed: Members, tmp_path: Path) -> None:
    one_of_each_folder = {name.rpartition("/")[0]: name for name in signed if name != MANIFEST}
    for name in one_of_each_folder.values():
        rest = {one: content for one, content in signed.items() if one != name}
        assert name in named(examined(rest, tmp_path))
    assert "notes.txt: notes.txt: the manifest does not know it" in named(
        examined({**signed, "notes.txt": b"an alibi"}, tmp_path)
    )


def other_key_for_the_bundle(found: Members) -> Members:
    return resigned(found, key=Ed25519PrivateKey.generate())


def without_the_withdrawal(found: Members) -> Members:
    name = dossier.entry_of(found, "consent:withdrawn")
    proof = name.replace("entries", "proofs").replace(".json", ".tlog-proof")
    return resigned({one: content for one, content in found.items() if one not in (name, proof)})


def entry_in_another_place(found: Members) -> Members:
    """An entry under the number of another, as if it had been written earlier."""
    late, early = dossier.entry_of(found, "output:published"), dossier.entry_of(found, "performer:added")
    said = {**json.loads(found[late]), "index": json.loads(found[early])["index"]}
    return resigned({**found, early: canonical.dumps(said)})


def other_text_in_an_entry(found: Members) -> Members:
    name = dossier.entry_of(found, "consent:approved")
    return rewritten(found, name, lambda said: {**said, "actor": "person:somebody-else"})


def forged_opening(found: Members) -> Members:
    def lie(openings: Any) -> Any:
        return [{**one, "value": "30"} if one["field"] == "scene" else one for one in openings]

    return rewritten(found, OPENINGS, lie)


def opening_under_another_field(found: Members) -> Members:
    def lie(openings: Any) -> Any:
        return [{**one, "field": "scene"} if one["field"] == "medium" else one for one in openings]

    return rewritten(found, OPENINGS, lie)


def other_scene_in_the_request(found: Members) -> Members:
    return rewritten(found, REQUEST, lambda said: {**said, "scene": "12B"})


def longer_request(found: Members) -> Members:
    return rewritten(found, REQUEST, lambda said: {**said, "screen_seconds": 50.0})


def budget_that_was_spent(found: Members) -> Members:
    def lie(said: Any) -> Any:
        return {**said, "used_before": {pk: {"runs": 3, "screen_seconds": 1.0} for pk in said["used_before"]}}

    return rewritten(found, REQUEST, lie)


def other_parameters(found: Members) -> Members:
    return rewritten(found, REQUEST, lambda said: {**said, "parameters": {"seconds": 3600}})


def other_terms(found: Members) -> Members:
    name = next(one for one in sorted(found) if one.endswith("/terms.json"))
    return rewritten(found, name, lambda said: {**said, "after_withdrawal": "take-down"})


def unsigned_paper(found: Members) -> Members:
    name = next(one for one in sorted(found) if one.endswith("/signed.pdf"))
    return resigned({**found, name: found[name.replace("signed", "offered")]})


def papers_swapped(found: Members) -> Members:
    one, other, *_ = (name for name in sorted(found) if name.endswith("/signed.pdf"))
    return resigned({**found, one: found[other], other: found[one]})


def grant_for_longer(found: Members) -> Members:
    """The gate's own key seals another grant than the one in the log."""
    granted = seal.open(found[GRANT].decode(), keys.gate_public(settings.KEYS), decision.LONG_AGO)
    longer = dossier.replace(granted, expires_at=granted.expires_at + timedelta(days=365))
    return resigned({**found, GRANT: seal.seal(longer, keys.gate_private(settings.KEYS)).encode()})


def grant_of_another_gate(found: Members) -> Members:
    granted = seal.open(found[GRANT].decode(), keys.gate_public(settings.KEYS), decision.LONG_AGO)
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return resigned({**found, GRANT: seal.seal(granted, key).encode()})


def weaker_policy(found: Members) -> Members:
    name = "decision/policy/2_scope.cedar"
    return resigned({**found, name: found[name].replace(b'context.request.scene != ""', b"true")})


def checkpoint_of_another_key(found: Members) -> Members:
    """The same tree, signed by somebody else under the log's name; the bundle brings the key that fits."""
    key, tree = Ed25519PrivateKey.generate(), checkpoint.parse(found[CHECKPOINT].decode().partition("\n\n")[0] + "\n")
    fitting = f"{verifier_of(key, name=tree.origin)}\n".encode()
    return resigned({**found, CHECKPOINT: checkpoint.sign(tree, key=key).encode(), LOG_KEY: fitting})


LIES: tuple[tuple[Change, str], ...] = (
    (without_the_withdrawal, "no withdrawal before it is in the bundle: entries were left out"),
    (entry_in_another_place, "is not proven: the log's tree does not hold this text at this place"),
    (other_text_in_an_entry, "(consent:approved) is not proven: the log's tree does not hold this text"),
    (forged_opening, "seals another scene than the one disclosed"),
    (opening_under_another_field, "seals another medium than the one disclosed"),
    (other_scene_in_the_request, "The request is not the one that the log sealed; it differs in: scene"),
    (longer_request, "The request is not the one in the log; it differs in: the length"),
    (budget_that_was_spent, "Decided again by the same policy, the gate gives another answer"),
    (other_parameters, "The parameters are not those whose digest was decided on"),
    (other_terms, "the decision names other terms than terms.json"),
    (unsigned_paper, "The document carries no signature"),
    (papers_swapped, "another document than the one that was offered"),
    (grant_for_longer, "The grant is not the one in the log; it differs in: the digest of the grant"),
    (grant_of_another_gate, "The grant does not hold"),
    (weaker_policy, "the policy in the bundle has the digest"),
    (checkpoint_of_another_key, "its proof is of another checkpoint"),
)


@pytest.mark.parametrize(("lie", "said"), LIES, ids=[lie.__name__ for lie, _ in LIES])
def test_lie_that_the_house_itself_signs_is_named(signed: Members, tmp_path: Path, lie: Change, said: str) -> None:
    report = examined(lie(signed), tmp_path)
    assert said in named(report), named(report)


def test_bundle_signed_by_another_key_is_found_out_by_whoever_knows_the_right_one(
    signed: Members, tmp_path: Path
) -> None:
    right = verifier_of(keys.evidence_private(settings.KEYS), name=dossier.log.evidence_name())
    assert examined(signed, tmp_path, evidence=right).sound
    assert SIGNATURE in named(examined(other_key_for_the_bundle(signed), tmp_path, evidence=right))


def test_log_under_another_key_is_found_out_by_whoever_knows_the_right_one(signed: Members, tmp_path: Path) -> None:
    right = keys.log_verifier(settings.KEYS)
    assert right is not None
    other = verifier_of(Ed25519PrivateKey.generate(), name=right.name)
    assert examined(signed, tmp_path, log=right).sound
    assert "is not one that" in named(examined(signed, tmp_path, log=other))


def test_signatures_under_authorities_that_the_reader_does_not_trust_are_named(signed: Members, tmp_path: Path) -> None:
    report = examined(signed, tmp_path, consent_roots=office("Somebody's Registry", now=datetime.now(setup.UTC)).trust)
    assert "The signer's certificate was not issued by anybody this site trusts" in named(report)


def test_proof_of_another_bundle_proves_nothing_here(signed: Members, another: Members, tmp_path: Path) -> None:
    name = proof_name(0)
    report = examined(resigned({**signed, name: another[name]}), tmp_path)
    assert "Entry 0 (performer:added) is not proven: its proof is of another checkpoint." in named(report)


def test_entry_from_another_log_is_not_proven_here(signed: Members, another: Members, tmp_path: Path) -> None:
    name = dossier.entry_of(another, "run:granted")
    assert name in signed
    report = examined(resigned({**signed, name: another[name]}), tmp_path)
    assert "(run:granted) is not proven: the log's tree does not hold this text at this place" in named(report)
    assert "does not hold exactly one proven decision" in named(report)


def test_other_papers_that_their_performer_signed_are_not_what_was_approved(
    signed: Members, another: Members, tmp_path: Path
) -> None:
    """Real signatures of the same registry, under other terms, put into the place of those the decision stands on."""
    ours, theirs = (next(one for one in sorted(found) if one.endswith("/signed.pdf")) for found in (signed, another))
    swapped = {ours.replace("signed.pdf", kind): another[theirs.replace("signed.pdf", kind)] for kind in
               ("signed.pdf", "offered.pdf", "terms.json")}  # fmt: skip
    said = named(examined(resigned({**signed, **swapped}), tmp_path))
    assert "the decision names other terms than terms.json" in said
    assert "is another document, or other terms" in said


def test_what_makes_no_sense_is_said_and_breaks_nothing(signed: Members, tmp_path: Path) -> None:
    for name in (REQUEST, OPENINGS, next(one for one in signed if one.endswith("/terms.json"))):
        for value in (None, [], {}, [[[]]], {"participants": 3, "consents": None}, "x" * 1000, -1):
            report = examined(rewritten(signed, name, lambda _, value=value: value), tmp_path)  # type: ignore[misc]
            assert report.findings
