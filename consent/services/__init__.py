"""What people do with consents: each function is one transaction that changes the state and writes the ledger.

The rules this package keeps:
1. A refusal is returned and stands in the ledger; nothing raises for what a person or a file may bring about, save
   terms that cannot be typeset.
2. The ledger gets ids, digests and codes; a name, a fingerprint or a resemblance only sealed (`entries`).
3. Rows are locked before the ledger is written, consents first and in the order of their ids, so that nobody waits in
   a circle; locked so that rows which only refer to them can still be written (FOR NO KEY UPDATE).
4. Who may call is checked by the caller (`countersign.accounts.access`); that it takes two people is checked here.
"""

from consent.services.approval import approve, goes_on, versions_before
from consent.services.arrivals import register
from consent.services.capacity import signer_of
from consent.services.clips import (
    Seen,
    clips_behind,
    clips_owed,
    close_clip,
    close_clips,
    ended_before,
    keep_clip,
    open_clip,
    share_out,
    shred_clip,
)
from consent.services.decisions import decide, reconsider, weigh
from consent.services.destructions import (
    Issuer,
    certifiable,
    holdings,
    issue,
    owe_certificate,
    owe_certificate_of_erasure,
)
from consent.services.drafting import amend, discard, draft, edit, offer_draft, prepare
from consent.services.ending import (
    destroy_documents,
    destroy_key,
    end_early,
    ends_of_age,
    expire,
    keeps_until,
    kept_too_long,
    overdue,
)
from consent.services.faces import Measured, confirm_face, propose_face, reject_face
from consent.services.grants import finish, redeem, standing
from consent.services.passcodes import make_passcode, spend_passcode
from consent.services.people import (
    add_performer,
    bind_certificate,
    enrolment_keys,
    has_biometric_release,
    may_be_shown,
    no_release,
    present,
    refuse_enrolment,
    standing_template,
    template_keys,
    template_of,
    templates,
    templates_besides,
)
from consent.services.releases import Released
from consent.services.scans import register_scan, review
from consent.services.secrets import Keyring, StoreKeyring, open_file, owed, seal_file, sealer, shred
from consent.services.signatories import (
    add_proof,
    add_signatory,
    bind_signatory,
    record_birth,
    record_death,
    review_proof,
)
from consent.services.suspension import lapse_of, lift, suspend, suspend_by_itself, unproven
from consent.services.wallets import Desk, agreement, bind_key, register_credential
from consent.services.withdrawal import decline, take_back, withdraw
from consent.types import Offer, Reading

__all__ = [
    "Desk",
    "Issuer",
    "Keyring",
    "Measured",
    "Offer",
    "Reading",
    "Released",
    "Seen",
    "StoreKeyring",
    "add_performer",
    "add_proof",
    "add_signatory",
    "agreement",
    "amend",
    "approve",
    "bind_certificate",
    "bind_key",
    "bind_signatory",
    "certifiable",
    "clips_behind",
    "clips_owed",
    "close_clip",
    "close_clips",
    "confirm_face",
    "decide",
    "decline",
    "destroy_documents",
    "destroy_key",
    "discard",
    "draft",
    "edit",
    "end_early",
    "ended_before",
    "ends_of_age",
    "enrolment_keys",
    "expire",
    "finish",
    "goes_on",
    "has_biometric_release",
    "holdings",
    "issue",
    "keep_clip",
    "keeps_until",
    "kept_too_long",
    "lapse_of",
    "lift",
    "make_passcode",
    "may_be_shown",
    "no_release",
    "offer_draft",
    "open_clip",
    "open_file",
    "overdue",
    "owe_certificate",
    "owe_certificate_of_erasure",
    "owed",
    "prepare",
    "present",
    "propose_face",
    "reconsider",
    "record_birth",
    "record_death",
    "redeem",
    "refuse_enrolment",
    "register",
    "register_credential",
    "register_scan",
    "reject_face",
    "review",
    "review_proof",
    "seal_file",
    "sealer",
    "share_out",
    "shred",
    "shred_clip",
    "signer_of",
    "spend_passcode",
    "standing",
    "standing_template",
    "suspend",
    "suspend_by_itself",
    "take_back",
    "template_keys",
    "template_of",
    "templates",
    "templates_besides",
    "unproven",
    "versions_before",
    "weigh",
    "withdraw",
]
