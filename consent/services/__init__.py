"""What people do with consents: each function is one transaction that changes the state and writes the ledger.

The rules this package keeps:
1. A refusal is returned and stands in the ledger; nothing raises for what a person or a file may bring about, save
   terms that cannot be typeset.
2. The ledger gets ids, digests and codes; a name, a fingerprint or a resemblance only sealed (`entries`).
3. Rows are locked before the ledger is written, consents first and in the order of their ids, so that nobody waits in
   a circle; locked so that rows which only refer to them can still be written (FOR NO KEY UPDATE).
4. Who may call is checked by the caller (`countersign.accounts.access`); that it takes two people is checked here.
"""

from consent.services.approval import approve
from consent.services.arrivals import register
from consent.services.decisions import decide, reconsider
from consent.services.drafting import amend, discard, draft, edit, offer_draft, prepare
from consent.services.ending import destroy_documents, expire
from consent.services.grants import finish, redeem, standing
from consent.services.people import (
    add_performer,
    bind_certificate,
    enrol,
    has_biometric_release,
    may_be_shown,
    no_release,
    present,
    refuse_enrolment,
    template_of,
    templates,
)
from consent.services.secrets import Keyring, StoreKeyring, open_file, owed, seal_file, sealer, shred
from consent.services.signatories import (
    add_proof,
    add_signatory,
    bind_signatory,
    record_birth,
    record_death,
    review_proof,
)
from consent.services.signing import signer_of
from consent.services.suspension import lift, suspend, suspend_by_itself
from consent.services.withdrawal import decline, take_back, withdraw
from consent.types import Offer, Reading

__all__ = [
    "Keyring",
    "Offer",
    "Reading",
    "StoreKeyring",
    "add_performer",
    "add_proof",
    "add_signatory",
    "amend",
    "approve",
    "bind_certificate",
    "bind_signatory",
    "decide",
    "decline",
    "destroy_documents",
    "discard",
    "draft",
    "edit",
    "enrol",
    "expire",
    "finish",
    "has_biometric_release",
    "lift",
    "may_be_shown",
    "no_release",
    "offer_draft",
    "open_file",
    "owed",
    "prepare",
    "present",
    "reconsider",
    "record_birth",
    "record_death",
    "redeem",
    "refuse_enrolment",
    "register",
    "review_proof",
    "seal_file",
    "sealer",
    "shred",
    "signer_of",
    "standing",
    "suspend",
    "suspend_by_itself",
    "take_back",
    "template_of",
    "templates",
    "withdraw",
]
