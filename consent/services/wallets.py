"""Consents that come from a wallet, beside the document: signed by the key bound to the performer, or presented with a
credential that names them.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from consent import assurance, credentials, intake, record
from consent.assurance import Grounds
from consent.credentials import Agreement, Presented, Presenter
from consent.life import Act, Actor
from consent.models import ConsentRecord, Performer
from consent.pins import Pins
from consent.services import people
from consent.services.entries import Somebody, codes, note
from consent.services.steps import bound_by_same, lock, move, subject, wrong_state
from consent.types import ConsentState, Reason, ReasonCode, Refusal, Way
from provenance import canonical
from provenance.types import EntryKind, Json, Sealed

LARGEST = 256 * 1024  # bytes of a credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Whom the operator trusts, and the address of this site, for which a credential must be presented."""

    pins: Pins
    site: str


def agreement(row: ConsentRecord, *, site: str) -> Agreement:
    """What a wallet is asked to say yes to."""
    return Agreement(
        consent_id=row.pk,
        production_id=row.production_id,
        nonce=str(row.terms["nonce"]),
        terms_sha256=row.terms_sha256,
        document_sha256=sha256(bytes(row.offered_pdf)).hexdigest(),
        audience=site,
    )


@transaction.atomic
def register_credential(row: ConsentRecord, *, credential: bytes, by: Somebody, desk: Desk) -> ConsentRecord | Refusal:
    """Take in what a wallet gave: a JWS, or an SD-JWT VC with key binding. Raises ConsentError if the operator's file
    cannot be read, TermsError for terms that cannot be."""
    now, held = timezone.now(), lock(row)
    answer = _read(held, credential, desk=desk, now=now)
    reasons = [answer] if isinstance(answer, Reason) else _not_by(held, answer, by=by)
    if isinstance(answer, Reason) or reasons:
        body: dict[str, Json] = {"upload_sha256": sha256(credential).hexdigest(), "reasons": codes(reasons)}
        note(EntryKind.CONSENT_REFUSED, subject=subject(held), by=by, body=body)
        return Refusal(reasons=tuple(reasons), decided_at=now)
    _verified(held, answer, credential=credential, by=by, desk=desk)
    row.refresh_from_db()
    return row


@transaction.atomic
def bind_key(performer: Performer, *, jwk: bytes, by: Somebody) -> Performer | Refusal:
    """From now on, whoever signs with this key is this performer. Raises ConsentError for what is no public key, and
    for a performer who was erased. Refused as a certificate is (`people.bind_certificate`)."""
    found = credentials.thumbprint(jwk)
    row = people.present(performer)
    others = Performer.objects.filter(organisation_id=row.organisation_id, key_thumbprint=found).exclude(pk=row.pk)
    named = f"performer:{row.pk}"
    sealed = Sealed(of=named, values={"key_thumbprint": found})
    if others.exists() or row.key_thumbprint not in ("", found):
        reason = _bound_otherwise(row)
        body: dict[str, Json] = {"reasons": codes([reason])}
        note(EntryKind.PERFORMER_BINDING_REFUSED, subject=named, by=by, body=body, sealed=sealed)
        return Refusal(reasons=(reason,), decided_at=timezone.now())
    if row.key_thumbprint != found:
        Performer.objects.filter(pk=row.pk).update(key_thumbprint=found, key_bound_by_id=by.pk)
        note(EntryKind.PERFORMER_BOUND, subject=named, by=by, body={}, sealed=sealed)
    performer.refresh_from_db()
    return performer


def _read(held: ConsentRecord, credential: bytes, *, desk: Desk, now: datetime) -> Presenter | Presented | Reason:
    if held.state != ConsentState.OFFERED:
        return wrong_state(held, ConsentState.OFFERED)
    unfit = intake.no_file(credential[: LARGEST + 1])
    if unfit or len(credential) > LARGEST or not credential.isascii():
        return unfit or credentials.none(f"{len(credential)} bytes")
    token, asked = credential.decode().strip(), agreement(held, site=desk.site)
    if "~" not in token:
        return credentials.jws(token, agreement=asked, bound=held.performer.key_thumbprint, now=now)
    terms = record.from_json(held.terms)
    return credentials.sd_jwt(
        token,
        agreement=asked,
        holder=credentials.Holder(name=terms.signer_name, born=terms.performer_born),
        issuers=desk.pins.wallets,
        now=now,
    )


def _not_by(held: ConsentRecord, answer: Presenter | Presented, *, by: Somebody) -> list[Reason]:
    if isinstance(answer, Presented) or held.performer.key_bound_by_id not in (held.drafted_by_id, by.pk):
        return []
    return [bound_by_same(held.performer.name, "key")]


def _verified(
    row: ConsentRecord, answer: Presenter | Presented, *, credential: bytes, by: Somebody, desk: Desk
) -> ConsentRecord:
    way = Way.SD_JWT if isinstance(answer, Presented) else Way.JWS
    verdict = _verdict(row, answer, desk=desk)
    move(
        row,
        Act.VERIFY,
        Actor.PRODUCER,
        way=way,
        level=assurance.level(Grounds(way=way)),
        signed_pdf=credential,
        document_type="application/jwt",
        document_sha256=sha256(credential).hexdigest(),
        signer=(answer.name if isinstance(answer, Presented) else row.performer.name)[:300],
        signed_at=answer.claimed_at,
        verdict=verdict,
        uploaded_by_id=by.pk,
    )
    row.refresh_from_db()
    body: dict[str, Json] = {
        "document_sha256": row.document_sha256,
        "terms_sha256": row.terms_sha256,
        "verdict_sha256": canonical.sha256(verdict),
        "way": row.way,
        "level": row.level,
    }
    sealed = Sealed(
        of=f"performer:{row.performer_id}", values={"key_thumbprint": answer.thumbprint, "signer": row.signer}
    )
    note(EntryKind.CONSENT_VERIFIED, subject=subject(row), by=by, body=body, sealed=sealed)
    return row


def _verdict(row: ConsentRecord, answer: Presenter | Presented, *, desk: Desk) -> dict[str, Json]:
    """What was found, and by which keys of whom."""
    said = {name: str(value) for name, value in asdict(answer).items()}
    pinned = desk.pins.wallets.decode() if isinstance(answer, Presented) else ""
    asked = agreement(row, site=desk.site)
    return {**said, "checked_at": timezone.now().isoformat(), "agreement": asked.to_json(), "issuers": pinned}


def _bound_otherwise(row: Performer) -> Reason:
    return Reason(
        code=ReasonCode.WRONG_SIGNER,
        sentence=f"This key is another performer's, or {row.name} is bound to another key already.",
        asked="to bind this key",
        allowed="one key for each performer, bound once",
        remedy="Check whose key this is. A new one needs the performer to be added anew.",
    )
