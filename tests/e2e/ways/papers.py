"""Tricks with the document: forged, edited, signed by somebody else, signed for something else."""

import json
from datetime import UTC, datetime, timedelta

from consent import pades, pki, record, typeset
from tests.consent import broken
from tests.e2e.ways.ground import Codes, Ground, Trick

REFUSED = "consent:refused"


def one_byte_flipped(at: Ground) -> Codes:
    consent = at.offered(at.cast.idris)
    signed = bytearray(at.sign(consent))
    signed[len(signed) // 3] ^= 1
    return at.hand_in(consent, bytes(signed))


def bytes_after_the_signature(at: Ground) -> Codes:
    consent = at.offered(at.cast.idris)
    return at.hand_in(consent, at.sign(consent) + b"\n% and my dog, too\n")


def page_swapped(at: Ground) -> Codes:
    consent = at.offered(at.cast.idris)
    return at.hand_in(consent, broken.updated(at.sign(consent), broken.swap_page))


def box_drawn_over_the_page(at: Ground) -> Codes:
    consent = at.offered(at.cast.idris)
    return at.hand_in(consent, broken.updated(at.sign(consent), broken.add_note))


def terms_swapped_in_the_last_revision(at: Ground) -> Codes:
    consent = at.offered(at.cast.idris)
    wide = record.to_json(_terms_of(at, consent)) | {"max_runs": 9999, "scenes": ["*"]}
    return at.hand_in(consent, broken.updated(at.sign(consent), broken.swap_terms(json.dumps(wide).encode())))


def second_terms_beside_the_first(at: Ground) -> Codes:
    consent = at.offered(at.cast.idris)
    return at.hand_in(consent, broken.updated(at.sign(consent), broken.second_terms(b"{}")))


def edited_before_it_was_signed(at: Ground) -> Codes:
    consent = at.offered(at.cast.idris)
    edited = broken.updated(at.document(consent), broken.add_note)
    return at.hand_in(consent, at.stage.desk.sign(at.cast.idris.clip.name, edited))


def typeset_by_the_producer(at: Ground) -> Codes:
    """The producer's own document, with wider terms under the same number; the performer signs what they are given."""
    consent = at.offered(at.cast.idris)
    own = record.from_json({**record.to_json(_terms_of(at, consent)), "max_runs": 500, "scenes": ["*"]})
    document = pades.prepare(typeset.document(own))
    return at.hand_in(consent, at.stage.desk.sign(at.cast.idris.clip.name, document))


def another_consents_document(at: Ground) -> Codes:
    narrow, wide = at.offered(at.cast.idris), at.offered(at.cast.idris, max_runs=900)
    return at.hand_in(wide, at.sign(narrow))


def signed_for_another_production(at: Ground) -> Codes:
    """The same words for another film: number and production stand in the signed bytes."""
    consent = at.offered(at.cast.idris)
    other = {"production_id": "00000000-0000-4000-8000-000000000007", "production_title": "Another Film"}
    terms = record.from_json({**record.to_json(_terms_of(at, consent)), **other})
    document = pades.prepare(typeset.document(terms))
    return at.hand_in(consent, at.stage.desk.sign(at.cast.idris.clip.name, document))


def look_alike_authority(at: Ground) -> Codes:
    consent, forger = at.offered(at.cast.idris), at.impostor(at.cast.idris.clip.name)
    return at.hand_in(consent, broken.signed(at.document(consent), forger))


def producer_signs_for_the_performer(at: Ground) -> Codes:
    consent = at.offered(at.cast.idris)
    return at.hand_in(consent, at.stage.desk.sign("Petra Lindqvist", at.document(consent)))


def another_performer_signs(at: Ground) -> Codes:
    consent = at.offered(at.cast.idris)
    return at.hand_in(consent, at.sign(consent, at.cast.anselm))


def namesake_signs(at: Ground) -> Codes:
    """A second certificate in the performer's own name, by the trusted authority."""
    consent = at.offered(at.cast.idris)
    namesake = at.stage.desk.authority.issue(at.cast.idris.clip.name, now=datetime.now(UTC))
    return at.hand_in(consent, broken.signed(at.document(consent), namesake))


def authority_signs_itself(at: Ground) -> Codes:
    consent, root = at.offered(at.cast.idris), at.stage.desk.authority
    _, _, key = root.to_pem().partition(root.root)
    itself = pki.Identity(name="root", key=key, certificate=root.root, chain=root.root, sha256="")
    return at.hand_in(consent, broken.signed(at.document(consent), itself))


def revoked_certificate(at: Ground) -> Codes:
    consent, desk, now = at.offered(at.cast.idris), at.stage.desk, datetime.now(UTC)
    stolen = desk.authority.issue(at.cast.idris.clip.name, now=now)
    desk.authority.revoke(stolen, at=now)
    roots = at.stage.folder / "keys" / "consent-roots.pem"
    before = roots.read_bytes()
    roots.write_bytes(desk.authority.trust(now=now))
    try:
        return at.hand_in(consent, broken.signed(at.document(consent), stolen))
    finally:
        roots.write_bytes(before)


def authority_without_a_revocation_list(at: Ground) -> Codes:
    """Nobody can tell whether the certificate still counts: then it does not."""
    now = datetime.now(UTC)
    silent = pki.Authority.make("A registry without a list", now=now)
    consent, roots = at.offered(at.cast.idris), at.stage.folder / "keys" / "consent-roots.pem"
    before = roots.read_bytes()
    roots.write_bytes(before + silent.root)
    try:
        who = silent.issue(at.cast.idris.clip.name, now=now)
        return at.hand_in(consent, broken.signed(at.document(consent), who))
    finally:
        roots.write_bytes(before)


def expired_certificate(at: Ground) -> Codes:
    long_ago = datetime.now(UTC) - timedelta(days=900)
    old = at.stage.desk.authority.issue(at.cast.idris.clip.name, now=long_ago, lasts=timedelta(days=300))
    consent = at.offered(at.cast.idris)
    return at.hand_in(consent, broken.signed(at.document(consent), old))


def second_signature(at: Ground) -> Codes:
    consent, desk, now = at.offered(at.cast.idris), at.stage.desk, datetime.now(UTC)
    one, other = (desk.authority.issue(name, now=now) for name in ("Idris Vale", "Petra Lindqvist"))
    return at.hand_in(consent, broken.signed_twice(at.document(consent), one, other))


def consent_handed_in_twice(at: Ground) -> Codes:
    """The document that was approved once, for a consent that is not offered any more."""
    return at.hand_in(at.cast.idris.consent_id, at.sign(at.cast.idris.consent_id))


def unsigned_document(at: Ground) -> Codes:
    consent = at.offered(at.cast.idris)
    return at.hand_in(consent, at.document(consent))


def letter_in_place_of_a_document(at: Ground) -> Codes:
    return at.hand_in(at.offered(at.cast.idris), b"Idris told me on the phone that it is fine.")


def producers_certificate_in_the_performers_name(at: Ground) -> Codes:
    """Legal is talked into binding the producer's certificate to the performer, who has one already."""
    pem = at.stage.desk.certificate("Petra Lindqvist")
    path = f"{at.base}/performers/{at.cast.idris.performer_id}/certificate"
    answer = at.stage.crew.legal.put(path, "certificate", ("certificate.pem", pem))
    return {reason["code"] for reason in answer.body["reasons"]}


def _terms_of(at: Ground, consent: str) -> "record.Terms":
    return record.from_json(at.stage.crew.producer.get(f"/api/consents/{consent}")["terms"])


TRICKS = (
    Trick("flip one byte of the signed document", one_byte_flipped, "signature-broken", REFUSED),
    Trick("append bytes after the signature", bytes_after_the_signature, "document-changed", REFUSED),
    Trick("swap a page by an incremental update", page_swapped, "document-changed", REFUSED),
    Trick("draw a box over the signed page", box_drawn_over_the_page, "document-changed", REFUSED),
    Trick("swap the embedded terms after signing", terms_swapped_in_the_last_revision, "document-changed", REFUSED),
    Trick("embed second terms beside the first", second_terms_beside_the_first, "document-changed", REFUSED),
    Trick("edit the document before it is signed", edited_before_it_was_signed, "document-changed", REFUSED),
    Trick("typeset wider terms under the same number", typeset_by_the_producer, "document-changed", REFUSED),
    Trick("hand in another consent's document", another_consents_document, "document-changed", REFUSED),
    Trick("replay a signature from another production", signed_for_another_production, "document-changed", REFUSED),
    Trick("sign under a look-alike authority", look_alike_authority, "signer-not-trusted", REFUSED),
    Trick("sign in the performer's place", producer_signs_for_the_performer, "wrong-signer", REFUSED),
    Trick("have another performer sign", another_performer_signs, "wrong-signer", REFUSED),
    Trick("sign with a namesake's certificate", namesake_signs, "wrong-signer", REFUSED),
    Trick("have the authority itself sign", authority_signs_itself, "signer-not-trusted", REFUSED),
    Trick("sign with a revoked certificate", revoked_certificate, "signer-revoked", REFUSED),
    Trick("sign where no revocation list speaks", authority_without_a_revocation_list, "revocation-unknown", REFUSED),
    Trick("sign with a certificate that has ended", expired_certificate, "signer-expired", REFUSED),
    Trick("add a second signature", second_signature, "document-changed", REFUSED),
    Trick("hand in an approved document once more", consent_handed_in_twice, "wrong-state", REFUSED),
    Trick("hand in the document unsigned", unsigned_document, "not-signed", REFUSED),
    Trick("hand in a letter", letter_in_place_of_a_document, "not-a-pdf", REFUSED),
    Trick(
        "bind the producer's certificate to the performer",
        producers_certificate_in_the_performers_name,
        "wrong-signer",
        "performer:binding-refused",
    ),
)
