"""The right to be forgotten (GDPR, art. 17): what the site keeps of a performer goes, and the log still verifies.

The rules this module keeps:
1. Everything happens in one transaction, or nothing: consents are withdrawn first, as the performer could by
   themselves, so that keys, face and models are gone before anything else is.
2. What goes is what was shown: whoever confirms names the plan that they saw (`plans.Plan.digest`).
3. Refused, in words and in the ledger, while a run is open or a hold stands on the performer or on a production of
   theirs. A narrower hold keeps only the documents and pictures under it; so does a law that a schedule names. They go
   as soon as it lets them (`finish`).
4. The log keeps pseudonyms, digests and codes. Its sealed values of the performer go with their salts, and nobody can
   find out by trying what they were; every hash and every checkpoint stays as it is.
5. Who works at the same time leaves nothing behind: rows that name the performer are locked or wait (`_lock`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from knox.models import AuthToken

from consent import services as consents
from consent.destruction import Why
from consent.enrolment import Passcode, ProposedFace
from consent.models import ConsentRecord, Performer, Proof, Signatory
from consent.record import ERASED
from consent.types import ConsentState, Refusal
from countersign import quiet
from countersign.accounts.models import Invitation, Passkey, Person
from countersign.keeping import plans
from countersign.keeping.errors import PlanChangedError
from countersign.keeping.models import Look
from countersign.keeping.plans import Plan
from countersign.keeping.scrub import scrub
from countersign.runs import examination, outbox, services
from countersign.runs.face_models import FaceReview
from countersign.runs.models import Enrolment, FaceTrack
from provenance import ledger
from provenance.models import Opening
from provenance.types import EntryKind, Json

ACTOR = "system:retention"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What went of a performer, and what was kept, by kind."""

    went: Mapping[str, int]
    kept: Mapping[str, int]


@transaction.atomic
def erase(performer: Performer, *, by: Person, confirmed: str) -> Plan | Refusal:
    """Erase what `confirmed`, a plan's digest, names; the plan as it was carried out, or why not.

    (0) Nobody holds, destroys, grants or writes of the performer meanwhile.
    (1) Nothing stands in the way, and the plan is the one that was shown.
    (2) Consents are withdrawn: keys, face, models and open offers go.
    (3) Documents, pictures, texts, sealed values and account go.
    Raises PlanChangedError if something came or went since, LedgerError.
    """
    row = _lock(performer)  # (0)
    planned = plans.plan(row)
    if planned.reasons:  # (1)
        return _refuse(row, planned, by=by)
    if planned.digest != confirmed:
        raise PlanChangedError("Something came or went since this was shown. Please look at it again.")
    _withdraw(row, by=by)  # (2)
    _forget(row, by=f"person:{by.pk}")  # (3)
    erased: Mapping[str, Json] = {kind: count for kind, count in planned.goes.items() if count}
    kept: Mapping[str, Json] = {kind: count for kind, count in planned.stays.items() if count}
    _log(EntryKind.PERFORMER_ERASED, row, f"person:{by.pk}", {"erased": dict(erased), "kept": dict(kept)})
    consents.owe_certificate_of_erasure(row)
    return planned


def account_of(performer: Performer) -> Erased:
    """What the ledger says was erased of the performer, all in all, and what was kept the last time it said so."""
    said = ledger.about((f"performer:{performer.pk}",), kinds=(EntryKind.PERFORMER_ERASED,))
    went: Counter[str] = Counter()
    kept: dict[str, int] = {}
    for entry in said:
        went.update(_counts(entry.body.get("erased")))
        kept = _counts(entry.body.get("kept"))
    return Erased(went=dict(went), kept=kept)


def _counts(value: Json) -> dict[str, int]:
    return {kind: int(str(count)) for kind, count in value.items()} if isinstance(value, dict) else {}


def finish() -> int:
    """Destroy what a hold or a law kept from erasures, where it lets go now; how many things went."""
    kept = Q(consents__destroyed_at=None, consents__isnull=False) | Q(facetrack__thumbnail__gt=b"")
    return sum(map(_finish, Performer.objects.filter(kept, erased_at__isnull=False).distinct()))


@transaction.atomic
def _finish(performer: Performer) -> int:
    row = _lock(performer)
    papers, pictures = _documents(row, by=ACTOR), _thumbnails(row)
    if papers or pictures:
        body: dict[str, Json] = {"erased": {"documents": papers, "thumbnails": pictures}, "kept": {}}
        _log(EntryKind.PERFORMER_ERASED, row, ACTOR, body)
    return papers + pictures


def _lock(performer: Performer) -> Performer:
    """Holds and sweeps wait, then grants, then whoever would write a row that refers to the performer."""
    quiet.alone(performer.organisation_id)
    list(ConsentRecord.objects.select_for_update(no_key=True).filter(performer=performer).order_by("pk").only("pk"))
    return Performer.objects.select_for_update(of=("self",)).select_related("person").get(pk=performer.pk)


def _withdraw(performer: Performer, *, by: Person) -> None:
    for record in performer.consents.exclude(state=ConsentState.WITHDRAWN).order_by("pk"):
        services.withdraw(record, by=by, reason="", why=Why.ERASURE)


def _forget(performer: Performer, *, by: str) -> None:
    account = performer.person if plans.account_goes(performer) else None
    words = {performer.name, *((account.name, account.email) if account else ())}
    Opening.objects.filter(of__in=plans.owners(performer)).delete()
    _documents(performer, by=by)
    _thumbnails(performer)
    for enrolment in Enrolment.objects.filter(performer=performer):
        outbox.drop(enrolment.pk)
        enrolment.delete()
    FaceTrack.objects.filter(performer=performer).update(score=0.0)
    examination.forget_in_clips(FaceTrack.objects.all(), {performer.pk})
    FaceReview.objects.filter(performer=performer).delete()
    ProposedFace.objects.filter(performer=performer).delete()
    Passcode.objects.filter(performer=performer).delete()
    Invitation.objects.filter(performer=performer).delete()
    Proof.objects.filter(performer=performer).delete()
    Signatory.objects.filter(performer=performer).delete()
    _blank(performer)
    scrub(words, organisation=performer.organisation_id)
    if account is not None:
        _close(account)


def _blank(performer: Performer) -> None:
    Performer.objects.filter(pk=performer.pk).update(
        name=ERASED,
        born=None,
        deceased_at=None,
        person=None,
        certificate_sha256="",
        key_thumbprint="",
        certificate_bound_by=None,
        key_bound_by=None,
        portrait=b"",
        template=b"",
        template_key=None,
        template_recogniser="",
        template_stills=0,
        enrolled_at=None,
        erased_at=timezone.now(),
    )


def _close(account: Person) -> None:
    """The row stays, for others refer to it; nobody can sign in by it, and it says nothing."""
    AuthToken.objects.filter(user=account).delete()
    Passkey.objects.filter(person=account).delete()
    Look.objects.filter(person=account).delete()
    Person.objects.filter(pk=account.pk).update(
        name="Erased person",
        email=f"{account.pk}@erased.invalid",
        password=make_password(None),
        is_active=False,
        last_login=None,
        erased_at=timezone.now(),
    )


def _documents(performer: Performer, *, by: str) -> int:
    why: dict[str, Json] = {"erasure": True}
    return sum(consents.destroy_documents(row, by=by, why=why) for row in plans.documents(performer).free)


def _thumbnails(performer: Performer) -> int:
    return plans.thumbnails(performer)[0].update(thumbnail=b"")


def _refuse(performer: Performer, planned: Plan, *, by: Person) -> Refusal:
    body: dict[str, Json] = {"reasons": [reason.code.value for reason in planned.reasons]}
    _log(EntryKind.PERFORMER_ERASURE_REFUSED, performer, f"person:{by.pk}", body)
    return Refusal(reasons=planned.reasons, decided_at=timezone.now())


def _log(kind: EntryKind, performer: Performer, actor: str, body: dict[str, Json]) -> None:
    ledger.append(kind, subject=f"performer:{performer.pk}", actor=actor, body=body)
