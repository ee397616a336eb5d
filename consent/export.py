"""A consent for other systems: a record or a receipt by the names of ISO/IEC TS 27560:2023, which its own `@context`
maps to the W3C Data Privacy Vocabulary (DPV 2, guide "Consent Records and Receipts"), so that it is JSON-LD 1.1. Pure.

The rules this module keeps:
1. Nothing is fetched: the context stands in the document.
2. Nothing is lost: `terms` holds the signed terms as they were signed, under their own digest.
3. What the standard has no name for stands in `terms` alone; nothing is squeezed into a field of another meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from consent import record
from consent.fields import written
from consent.types import Capacity, ConsentState, Matter, Terms
from provenance.types import Json


class Form(StrEnum):
    """What is asked for: the controller's record, or the receipt that the performer keeps."""

    RECORD = "record"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What became of the terms: how they stand, what was signed, and when."""

    state: ConsentState
    way: str
    level: int
    document_sha256: str
    signed_at: datetime | None
    approved_at: datetime | None
    withdrawn_at: datetime | None


PROFILE = "https://w3id.org/dpv/schema/dpv-27560"
_TYPES = {Form.RECORD: "dpv:ConsentRecord", Form.RECEIPT: "dpv:ConsentReceipt"}
_STATUS: Mapping[str, str] = {
    ConsentState.DRAFT: "dpv:ConsentUnknown",
    ConsentState.OFFERED: "dpv:ConsentRequested",
    ConsentState.SIGNED: "dpv:ConsentGiven",
    ConsentState.VERIFIED: "dpv:ConsentGiven",
    ConsentState.ACTIVE: "dpv:ConsentGiven",
    ConsentState.SUSPENDED: "dpv:ConsentStatusInvalidForProcessing",
    ConsentState.AMENDED: "dpv:ConsentStatusInvalidForProcessing",
    ConsentState.EXPIRED: "dpv:ConsentExpired",
    ConsentState.WITHDRAWN: "dpv:ConsentWithdrawn",
}
_ROLES = {
    Capacity.SELF: "dpv:DataSubject",
    Capacity.GUARDIAN: "dpv:GuardianOfDataSubject",
    Capacity.ESTATE: "dpv:Representative",
    Capacity.UNION: "dpv:Representative",
}
_ID: dict[str, Json] = {"@type": "@id"}
CONTEXT: dict[str, Json] = {
    "@version": 1.1,
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "cs": "urn:countersign:consent:",
    "schema_version": {"@id": "dct:conformsTo", **_ID},
    "record_id": "dct:identifier",
    "pii_principal_id": {"@id": "dpv:hasDataSubject", **_ID},
    "privacy_notice": "dpv:hasNotice",
    "language": "dct:language",
    "purposes": "dpv:hasPurpose",
    "purpose": "dct:description",
    "purpose_type": "dct:type",
    "lawful_basis": {"@id": "dpv:hasLegalBasis", **_ID},
    "pii_information": "dpv:hasPersonalData",
    "pii_type": {"@id": "cs:piiType", **_ID},
    "pii_controllers": {"@id": "dpv:hasDataController", **_ID},
    "processing_methods": "dpv:hasProcessing",
    "retention_period": {"@id": "dpv:hasStorageCondition"},
    "geographic_restrictions": "dpv:hasLocation",
    "jurisdictions": "dpv:hasJurisdiction",
    "services": "dpv:hasService",
    "recipient_third_parties": "dpv:hasRecipient",
    "withdrawal_method": "dpv:hasConsentControl",
    "codes_of_conduct": "dpv:hasOrganisationalMeasure",
    "party_identification": "dpv:hasEntity",
    "party_id": "@id",
    "party_name": "dpv:hasName",
    "party_role": "@type",
    "event": "dct:hasPart",
    "event_time": {"@id": "dct:date", "@type": "xsd:dateTime"},
    "validity_duration": {"@id": "dct:valid", "@type": "xsd:dateTime"},
    "entity_id": {"@id": "dpv:isIndicatedBy", **_ID},
    "event_type": {"@id": "dpv:hasIndicationMethod"},
    "event_state": {"@id": "dpv:hasConsentStatus", **_ID},
    "terms": {"@id": "cs:terms", "@type": "@json"},
    "terms_sha256": "cs:termsSha256",
    "document_sha256": "cs:documentSha256",
    "assurance_level": "cs:assuranceLevel",
}


def document(terms: Terms, *, standing: Standing, form: Form) -> dict[str, Json]:
    """`terms` and how they stand as a record or a receipt."""
    return {
        "@context": CONTEXT,
        "@id": _urn(terms.consent_id),
        "@type": _TYPES[form],
        "schema_version": f"{PROFILE}#{form.value}",
        "record_id": str(terms.consent_id),
        "pii_principal_id": _urn(terms.performer_id),
        "privacy_notice": {"event_time": written(terms.notice_at), "document_sha256": standing.document_sha256},
        "language": "en",
        "purposes": [_purpose(terms)],
        "party_identification": _parties(terms),
        "event": _events(terms, standing),
        "event_state": _STATUS.get(standing.state, "dpv:ConsentUnknown"),
        "terms": record.to_json(terms),
        "terms_sha256": record.digest(terms),
        "document_sha256": standing.document_sha256,
        "assurance_level": standing.level,
    }


def _purpose(terms: Terms) -> dict[str, Json]:
    release = terms.matter is Matter.BIOMETRIC_RELEASE
    return {
        "@type": "dpv:Purpose",
        "purpose": terms.description,
        "purpose_type": terms.matter.value,
        "lawful_basis": "dpv:ExplicitlyExpressedConsent",
        "pii_information": [{"pii_type": "pd:FacialPrint" if release else "pd:Picture"}],
        "pii_controllers": ["_:controller"],
        "processing_methods": [kind.value for kind in terms.kinds_of_use],
        "retention_period": {"@type": "dpv:StorageDuration", "dct:extent": f"P{terms.retention_days}D"},
        "geographic_restrictions": list(terms.territories),
        "jurisdictions": list(terms.territories),
        "services": [{"@id": _urn(terms.production_id), "dct:title": terms.production_title}],
        "recipient_third_parties": [terms.advertiser] if terms.advertiser else [],
        "withdrawal_method": {"@type": "dpv:WithdrawConsent", "dct:description": terms.after_withdrawal},
        "codes_of_conduct": [terms.agreement] if terms.agreement else [],
    }


def _parties(terms: Terms) -> list[Json]:
    parties: list[Json] = [
        {"party_id": _urn(terms.performer_id), "party_role": "dpv:DataSubject", "party_name": terms.performer_name},
        {"party_id": "_:controller", "party_role": "dpv:DataController", "party_name": terms.controller},
    ]
    if terms.signer_capacity is not Capacity.SELF:
        role = _ROLES[terms.signer_capacity]
        parties.append({"party_id": "_:signer", "party_role": role, "party_name": terms.signer_name})
    return parties


def _events(terms: Terms, standing: Standing) -> list[Json]:
    """What was said when, by whom: the signature and the withdrawal are the signer's, the approval the controller's."""
    signer = _urn(terms.performer_id) if terms.signer_capacity is Capacity.SELF else "_:signer"
    known = (
        (standing.signed_at, signer, standing.way or "signature", "dpv:ConsentGiven"),
        (standing.approved_at, "_:controller", "approval", "dpv:ConsentGiven"),
        (standing.withdrawn_at, signer, "withdrawal", "dpv:ConsentWithdrawn"),
    )
    return [
        {
            "event_time": written(moment),
            "validity_duration": [written(terms.valid_from), written(terms.valid_until)],
            "entity_id": who,
            "event_type": how,
            "event_state": state,
        }
        for moment, who, how, state in known
        if moment
    ]


def _urn(number: object) -> str:
    return f"urn:uuid:{number}"
