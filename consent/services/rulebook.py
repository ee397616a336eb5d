"""Changing the rules: one person proposes, another approves; the files deployed by the operator wait for both.

Each function is one transaction that changes the state and writes the ledger. The house stands still meanwhile: the
caller sees to it that no run is decided on at the same time.
"""

from collections.abc import Mapping
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from consent import policy
from consent.errors import PolicyError
from consent.models import PolicyVersion
from consent.policy import packs
from consent.services import houses
from consent.services.entries import Somebody, codes, note
from consent.services.steps import second_person
from consent.types import Reason, ReasonCode, Refusal
from provenance.types import EntryKind, Json, Sealed

OPERATOR = "operator"


@transaction.atomic
def propose(organisation: UUID, *, files: Mapping[str, str], words: str, by: Somebody) -> PolicyVersion:
    """Rules that a second person may put in force. Raises PolicyError for files that are no rules."""
    rules = policy.parse(files)
    version = PolicyVersion.objects.create(
        pk=uuid4(), organisation_id=organisation, files=dict(files), sha256=rules.sha256, words=words.strip()[:500],
        proposed_by_id=by.pk, proposed_at=timezone.now(),
    )  # fmt: skip
    _note_proposal(version, by=by)
    return version


@transaction.atomic
def deploy(organisation: UUID, *, files: Mapping[str, str]) -> PolicyVersion | None:
    """The operator's files as a proposal that two people must approve; None where they are known or in force.

    Raises PolicyError.
    """
    rules = policy.parse(files)
    house = houses.of(organisation)
    known = PolicyVersion.objects.filter(organisation=organisation, sha256=rules.sha256).exists()
    if known or (house.rules is not None and house.rules.sha256 == rules.sha256):
        return None
    version = PolicyVersion.objects.create(
        pk=uuid4(), organisation_id=organisation, files=dict(files), sha256=rules.sha256,
        words="Deployed by the operator.", proposed_at=timezone.now(),
    )  # fmt: skip
    _note_proposal(version, by=OPERATOR)
    return version


@transaction.atomic
def first(files: Mapping[str, str]) -> PolicyVersion:
    """What the operator deployed first, for every house: version 1. Raises PolicyError."""
    rules = policy.parse(files)
    now = timezone.now()
    version = PolicyVersion.objects.create(
        pk=uuid4(), files=dict(files), sha256=rules.sha256, proposed_at=now, in_force_since=now
    )
    body: dict[str, Json] = {"policy": "consent", "old": "", "new": rules.sha256, "version": str(version.pk)}
    note(EntryKind.POLICY_CHANGED, subject=houses.DEPLOYED, by=OPERATOR, body=body)
    return version


@transaction.atomic
def approve(version: PolicyVersion, *, by: Somebody) -> PolicyVersion | Refusal:
    """Put the rules in force, or, where only the operator proposed them so far, be the first of two.

    Refused to whoever proposed them, and for what is in force, rejected, or was proposed before other rules came in
    force: what its preview showed is no longer so.
    """
    row = PolicyVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
    if row.organisation_id is None:
        raise RuntimeError("the first version is nobody's to approve")
    house = houses.of(row.organisation_id)
    reason = _against(row, by)
    if reason:
        return _refused(row, reason, by=by)
    if row.proposed_by_id is None:
        PolicyVersion.objects.filter(pk=row.pk).update(proposed_by_id=by.pk)
        _note_proposal(row, by=by)
    else:
        old = house.rules.sha256 if house.rules else ""
        PolicyVersion.objects.filter(pk=row.pk).update(approved_by_id=by.pk, in_force_since=timezone.now())
        body: dict[str, Json] = {"policy": "consent", "old": old, "new": row.sha256, "version": str(row.pk)}
        note(EntryKind.POLICY_CHANGED, subject=houses.subject(row.organisation_id), by=by, body=body)
    row.refresh_from_db()
    return row


@transaction.atomic
def reject(version: PolicyVersion, *, by: Somebody) -> PolicyVersion | Refusal:
    """The rules are not to come in force. One person's no is enough, the proposer's included."""
    row = PolicyVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
    if row.organisation_id is None or row.in_force_since or row.rejected_at:
        return _refused(row, _decided(), by=by)
    PolicyVersion.objects.filter(pk=row.pk).update(rejected_by_id=by.pk, rejected_at=timezone.now())
    body: dict[str, Json] = {"version": str(row.pk), "new": row.sha256}
    note(EntryKind.POLICY_REJECTED, subject=houses.subject(row.organisation_id), by=by, body=body)
    row.refresh_from_db()
    return row


def base(organisation: UUID) -> policy.Rules:
    """The rules in force, which a proposal changes. Raises PolicyError where nobody can tell what they are: a guess
    would put something else before whoever approves, LedgerError."""
    rules = houses.of(organisation).rules
    if rules is None:
        raise PolicyError("Nobody can tell which rules are in force here, so there is nothing to change.")
    return rules


def propose_choices(organisation: UUID, *, choices: packs.Choices, words: str, by: Somebody) -> PolicyVersion:
    """The rules in force with other choices, for a second person to put in force. Raises PolicyError, LedgerError."""
    files = {**files_of(base(organisation).sha256), packs.CHOICES: packs.written(choices)}
    return propose(organisation, files=files, words=words, by=by)


def files_of(sha256: str) -> dict[str, str]:
    """The files of rules that were ever in force, by their digest; nothing where they are not at hand."""
    if sha256 == policy.load().sha256:
        return policy.files()
    row = PolicyVersion.objects.filter(in_force_since__isnull=False, sha256=sha256).first()
    texts = row.files if row and isinstance(row.files, dict) else {}
    whole = all(isinstance(text, str) for text in texts.values()) and policy.digest(texts) == sha256
    return dict(texts) if whole else {}


def _note_proposal(version: PolicyVersion, *, by: Somebody | str) -> None:
    body: dict[str, Json] = {"version": str(version.pk), "new": version.sha256}
    said = Sealed(of=f"version:{version.pk}", values={"words": version.words}) if version.words else ()
    if version.organisation_id is None:
        raise RuntimeError("the first version is no proposal")
    note(EntryKind.POLICY_PROPOSED, subject=houses.subject(version.organisation_id), by=by, body=body, sealed=said)


def _refused(version: PolicyVersion, reason: Reason, *, by: Somebody) -> Refusal:
    body: dict[str, Json] = {"version": str(version.pk), "reasons": codes([reason])}
    note(EntryKind.POLICY_REFUSED, subject=houses.subject(version.organisation_id or version.pk), by=by, body=body)
    return Refusal(reasons=(reason,), decided_at=timezone.now())


def _against(row: PolicyVersion, by: Somebody) -> Reason | None:
    if row.in_force_since or row.rejected_at:
        return _decided()
    later = PolicyVersion.objects.filter(organisation=row.organisation_id, in_force_since__gt=row.proposed_at)
    if later.exists():
        return Reason(
            code=ReasonCode.WRONG_STATE,
            sentence="Other rules came in force since this was proposed.",
            asked="to put it in force as it was proposed",
            allowed="only what was proposed over the rules in force",
            remedy="Propose it again, and look at what it would change now.",
        )
    if row.proposed_by_id == by.pk:
        return second_person(
            "Nobody puts rules in force that they proposed themselves.",
            asked="approval by the same person",
            allowed="approval by a second person from legal",
            remedy="Ask a colleague from legal to look at the preview and approve.",
        )
    return None


def _decided() -> Reason:
    return Reason(
        code=ReasonCode.WRONG_STATE,
        sentence="This proposal was decided on already.",
        asked="to decide on it again",
        allowed="once",
        remedy="Propose the rules again if they are to change.",
    )
