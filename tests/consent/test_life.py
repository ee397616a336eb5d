"""The table of a consent's life, and that nothing moves a consent past it: every act, every state, everybody."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from consent import life, record, services
from consent.errors import TermsError
from consent.life import Act, Actor
from consent.models import ConsentRecord
from consent.services import steps
from consent.types import ConsentState as S, KindOfUse, ReasonCode, Refusal, Suspension
from provenance.types import EntryKind
from tests.consent.house import House, entries_of, offer
from tests.consent.values import RELEASE

PRODUCER, PERFORMER, LEGAL, CLOCK = Actor.PRODUCER, Actor.PERFORMER, Actor.LEGAL, Actor.CLOCK
ANYBODY_SIGNS = {PRODUCER, PERFORMER}
ALLOWED: dict[tuple[S, Act], tuple[set[Actor], S | None]] = {
    (S.DRAFT, Act.EDIT): ({PRODUCER}, S.DRAFT),
    (S.DRAFT, Act.DISCARD): ({PRODUCER}, None),
    (S.DRAFT, Act.OFFER): ({PRODUCER}, S.OFFERED),
    (S.OFFERED, Act.SIGN): (ANYBODY_SIGNS, S.SIGNED),
    (S.OFFERED, Act.VERIFY): (ANYBODY_SIGNS, S.VERIFIED),
    (S.SIGNED, Act.VERIFY): ({PERFORMER}, S.VERIFIED),
    (S.SIGNED, Act.SEND_BACK): ({LEGAL}, S.OFFERED),
    (S.OFFERED, Act.TAKE_BACK): ({PRODUCER}, S.TAKEN_BACK),
    (S.SIGNED, Act.TAKE_BACK): ({PRODUCER}, S.TAKEN_BACK),
    (S.VERIFIED, Act.TAKE_BACK): ({PRODUCER}, S.TAKEN_BACK),
    (S.OFFERED, Act.DECLINE): ({PERFORMER}, S.DECLINED),
    (S.SIGNED, Act.DECLINE): ({PERFORMER}, S.DECLINED),
    (S.VERIFIED, Act.APPROVE): ({LEGAL}, S.ACTIVE),
    (S.ACTIVE, Act.SUSPEND): ({LEGAL, PERFORMER, CLOCK}, S.SUSPENDED),
    (S.SUSPENDED, Act.LIFT): ({LEGAL, PERFORMER}, S.ACTIVE),
    (S.ACTIVE, Act.AMEND): ({LEGAL}, S.AMENDED),
    **{(s, Act.EXPIRE): ({CLOCK, LEGAL}, S.EXPIRED) for s in (S.OFFERED, S.SIGNED, S.VERIFIED, S.ACTIVE, S.SUSPENDED)},
    **{
        (s, Act.WITHDRAW): ({PERFORMER, LEGAL}, S.WITHDRAWN)
        for s in (S.DRAFT, S.OFFERED, S.SIGNED, S.VERIFIED, S.ACTIVE, S.SUSPENDED, S.AMENDED, S.EXPIRED)
    },
}


@pytest.mark.parametrize(("state", "act", "by"), list(product(S, Act, Actor)), ids="-".join)
def test_the_table_says_exactly_this(state: S, act: Act, by: Actor) -> None:
    by_whom, to = ALLOWED.get((state, act), (set(), None))
    found = life.step(state, act, by)
    assert (found is not None) == (by in by_whom)
    assert found is None or found.to == to


def test_nothing_leaves_a_declined_taken_back_or_withdrawn_consent() -> None:
    assert {step.start for step in life.STEPS} == set(S) - {S.DECLINED, S.TAKEN_BACK, S.WITHDRAWN}


def test_only_approval_and_lifting_let_a_consent_stand() -> None:
    assert {(step.act, step.start) for step in life.STEPS if step.to is S.ACTIVE} == {
        (Act.APPROVE, S.VERIFIED),
        (Act.LIFT, S.SUSPENDED),
    }


def in_state(house: House, state: S) -> ConsentRecord:
    """A consent that came into `state` as consents do, save SIGNED, which takes a scan or another's seal."""
    begun, came = _COMING_INTO[state]
    row = begun(house)
    came(house, row)
    row.refresh_from_db()
    assert row.state == state
    return row


def prepared(house: House, **changes: Any) -> ConsentRecord:
    return services.prepare(house.production, performer=house.idris, offer=offer(**changes), by=house.petra)


def _offered(house: House) -> ConsentRecord:
    return house.drafted(house.idris)


def _standing(house: House) -> ConsentRecord:
    return house.active(house.idris, release=False)


Then = Callable[[House, ConsentRecord], Any]
_COMING_INTO: dict[S, tuple[Callable[[House], ConsentRecord], Then]] = {
    S.DRAFT: (prepared, lambda house, row: None),
    S.OFFERED: (_offered, lambda house, row: None),
    S.SIGNED: (_offered, lambda house, row: steps.move(row, Act.SIGN, PRODUCER, uploaded_by_id=house.petra.pk)),
    S.DECLINED: (_offered, lambda house, row: services.decline(row, by=house.idris.person or house.petra)),
    S.TAKEN_BACK: (_offered, lambda house, row: services.take_back(row, by=house.petra)),
    S.VERIFIED: (lambda house: house.verified(house.idris), lambda house, row: None),
    S.ACTIVE: (_standing, lambda house, row: None),
    S.SUSPENDED: (_standing, lambda house, row: services.suspend(row, by=house.lena, why=Suspension.STRIKE)),
    S.EXPIRED: (_standing, lambda house, row: services.end_early(row, by=house.lena, why="death")),
    S.WITHDRAWN: (_standing, lambda house, row: services.withdraw(row, by=house.lena, reason="")),
    S.AMENDED: (_standing, lambda house, row: steps.move(row, Act.AMEND, LEGAL, ended_at=datetime.now(UTC))),
}
ACTS: dict[Act, Callable[[House, ConsentRecord], Any]] = {
    Act.EDIT: lambda house, row: services.edit(row, offer=offer(max_runs=3), by=house.petra),
    Act.DISCARD: lambda house, row: services.discard(row, by=house.petra),
    Act.OFFER: lambda house, row: services.offer_draft(row, by=house.petra),
    Act.TAKE_BACK: lambda house, row: services.take_back(row, by=house.petra),
    Act.DECLINE: lambda house, row: services.decline(row, by=house.idris.person or house.petra),
    Act.APPROVE: lambda house, row: services.approve(row, by=house.lena),
    Act.SUSPEND: lambda house, row: services.suspend(row, by=house.lena, why=Suspension.DISPUTE),
    Act.LIFT: lambda house, row: services.lift(row, by=house.pavel),
    Act.AMEND: lambda house, row: services.amend(row, offer=offer(), by=house.petra),
}


@pytest.mark.parametrize("state", list(S))
def test_no_service_takes_a_step_that_the_table_has_not(house: House, state: S) -> None:
    """Each act but those that the table has: the consent stays as it is, and the refusal stands in the ledger."""
    row = in_state(house, state)
    for act, do in ACTS.items():
        if (state, act) in ALLOWED:
            continue
        before = len(entries_of(row.pk))
        answer = do(house, row)
        assert isinstance(answer, Refusal), act
        expected = ReasonCode.AMENDMENT_NOT_OPEN if act is Act.AMEND else ReasonCode.WRONG_STATE
        assert expected in [reason.code for reason in answer.reasons], act
        assert ConsentRecord.objects.get(pk=row.pk).state == state
        last = entries_of(row.pk)
        assert len(last) == before + 1
        assert last[-1].kind in (EntryKind.CONSENT_STEP_REFUSED, EntryKind.CONSENT_APPROVAL_REFUSED)


def test_a_draft_is_edited_offered_and_only_then_typeset(house: House) -> None:
    row = prepared(house)
    assert (row.state, bytes(row.offered_pdf)) == (S.DRAFT, b"")
    first = row.terms_sha256
    edited = services.edit(row, offer=offer(max_runs=3), by=house.pavel)
    assert isinstance(edited, ConsentRecord)
    assert (edited.terms["max_runs"], edited.drafted_by, edited.terms["consent_id"]) == (3, house.pavel, str(row.pk))
    assert edited.terms_sha256 != first
    offered = services.offer_draft(row, by=house.petra)
    assert isinstance(offered, ConsentRecord)
    assert (offered.state, bytes(offered.offered_pdf)[:5]) == (S.OFFERED, b"%PDF-")
    kinds = [entry.kind for entry in entries_of(row.pk)]
    assert kinds == [EntryKind.CONSENT_PREPARED, EntryKind.CONSENT_PREPARED, EntryKind.CONSENT_DRAFTED]
    assert isinstance(house.upload(offered), ConsentRecord)


def test_a_draft_of_another_matter_is_another_consent(house: House) -> None:

    with pytest.raises(TermsError, match="matter"):
        services.edit(prepared(house), offer=offer(**RELEASE), by=house.petra)


def test_a_discarded_draft_leaves_only_that_there_was_one(house: House) -> None:
    row = prepared(house)
    pk, digest = row.pk, row.terms_sha256
    assert services.discard(row, by=house.petra) is None
    assert not ConsentRecord.objects.filter(pk=pk).exists()
    last = entries_of(house.production.pk)[-1]
    assert (last.kind, last.body) == (EntryKind.CONSENT_DISCARDED, {"consent": str(pk), "terms_sha256": digest})


def test_what_a_performer_says_when_they_decline_is_sealed(house: House) -> None:
    row = house.drafted(house.idris)
    answer = services.decline(row, by=house.idris.person or house.petra, words="Not with Anselm Orr")
    assert isinstance(answer, ConsentRecord)
    assert (answer.state, answer.ended_at is None) == (S.DECLINED, False)
    last = entries_of(row.pk)[-1]
    assert last.kind is EntryKind.CONSENT_DECLINED
    assert "Anselm" not in last.canonical
    assert "sealed" in last.body
    assert isinstance(house.ask(), Refusal)


@pytest.mark.parametrize(
    ("state", "changes", "constraint"),
    [
        (S.DRAFT, {"document_sha256": "a" * 64}, "draft_was_never_offered"),
        (S.OFFERED, {"offered_pdf": b""}, "offered_has_a_document"),
        (S.OFFERED, {"state": S.DRAFT}, "draft_was_never_offered"),
        (S.OFFERED, {"state": S.ACTIVE}, "active_is_approved"),
        (S.OFFERED, {"state": S.SUSPENDED}, "active_is_approved|suspended_has_a_reason"),
        (S.OFFERED, {"state": S.AMENDED}, "active_is_approved|ended_has_a_time"),
        (S.OFFERED, {"state": S.DECLINED}, "ended_has_a_time"),
        (S.OFFERED, {"state": S.TAKEN_BACK}, "ended_has_a_time"),
        (S.OFFERED, {"state": "approved"}, "consent_state_is_known"),
        (S.ACTIVE, {"state": S.SUSPENDED}, "suspended_has_a_reason"),
        (S.ACTIVE, {"state": S.AMENDED}, "ended_has_a_time"),
        (S.SUSPENDED, {"suspended_for": "whim"}, "suspended_has_a_reason"),
        (S.ACTIVE, {"signed_pdf": b""}, "verified_is_signed"),
    ],
)
def test_the_database_holds_each_state_too(house: House, state: S, changes: dict[str, Any], constraint: str) -> None:
    row = in_state(house, state)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ConsentRecord.objects.filter(pk=row.pk).update(**changes)


def test_a_step_on_a_row_that_moved_meanwhile_is_a_mistake(house: House) -> None:
    row = house.drafted(house.idris)
    stale = ConsentRecord.objects.get(pk=row.pk)
    services.take_back(row, by=house.petra)
    last = entries_of(row.pk)[-1]
    assert (last.kind, last.body) == (EntryKind.CONSENT_TAKEN_BACK, {"was": S.OFFERED})
    with pytest.raises(RuntimeError, match="changed under its lock"):
        steps.move(stale, Act.DECLINE, PERFORMER, ended_at=datetime.now(UTC))
    with pytest.raises(RuntimeError, match="may not"):
        steps.move(row, Act.APPROVE, PRODUCER)


def test_the_terms_of_a_draft_could_be_signed(house: House) -> None:
    with pytest.raises(TermsError):
        prepared(house, kinds_of_use=())
    assert record.from_json(prepared(house).terms).kinds_of_use == (KindOfUse.SWAP,)
