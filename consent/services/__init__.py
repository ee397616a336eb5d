"""What people do with consents: each function is one transaction that changes the state and writes the ledger.

The rules this package keeps:
1. A refusal is returned and stands in the ledger; nothing raises for what a person or a file may bring about, save
   terms that cannot be typeset.
2. The ledger gets ids, digests and codes; a name, a fingerprint or a resemblance only sealed (`entries`).
3. Rows are locked before the ledger is written, consents first and in the order of their ids, so that nobody waits in
   a circle; locked so that rows which only refer to them can still be written (FOR NO KEY UPDATE).
4. Who may call is checked by the caller (`countersign.accounts.access`); that it takes two people is checked here.
"""

from consent.services.arrivals import register
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
from consent.services.decisions import decide, reconsider
from consent.services.documents import approve, draft, withdraw
from consent.services.ending import destroy_documents
from consent.services.faces import Measured, confirm_face, propose_face, reject_face
from consent.services.grants import finish, redeem, standing
from consent.services.passcodes import make_passcode, spend_passcode
from consent.services.people import (
    add_performer,
    bind_certificate,
    has_biometric_release,
    may_be_shown,
    no_release,
    present,
    refuse_enrolment,
    standing_template,
    template_of,
    templates,
    templates_besides,
)
from consent.services.scans import register_scan, review
from consent.services.secrets import Keyring, StoreKeyring, open_file, owed, seal_file, sealer, shred
from consent.services.wallets import Desk, agreement, bind_key, register_credential
from consent.types import Offer, Reading

__all__ = [
    "Desk",
    "Keyring",
    "Measured",
    "Offer",
    "Reading",
    "Seen",
    "StoreKeyring",
    "add_performer",
    "agreement",
    "approve",
    "bind_certificate",
    "bind_key",
    "clips_behind",
    "clips_owed",
    "close_clip",
    "close_clips",
    "confirm_face",
    "decide",
    "destroy_documents",
    "draft",
    "ended_before",
    "enrol",
    "finish",
    "has_biometric_release",
    "keep_clip",
    "make_passcode",
    "may_be_shown",
    "no_release",
    "open_clip",
    "open_file",
    "owed",
    "present",
    "propose_face",
    "reconsider",
    "redeem",
    "refuse_enrolment",
    "register",
    "register_credential",
    "register_scan",
    "reject_face",
    "review",
    "seal_file",
    "sealer",
    "share_out",
    "shred",
    "shred_clip",
    "spend_passcode",
    "standing",
    "standing_template",
    "template_of",
    "templates",
    "templates_besides",
    "withdraw",
]
