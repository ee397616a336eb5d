"""An entry as one sentence: who did what about what. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from provenance.types import EntryKind as K

# {who} begins a sentence; {about} is a name, or "something that is not yours to see".
_SENTENCES: Mapping[str, str] = {
    K.PERSON_SIGNED_IN: "{who} signed in.",
    K.PERSON_SIGN_IN_REFUSED: "Somebody tried to sign in as you and was refused.",
    K.PERSON_TOKEN_MADE: "{who} made a key for programs.",
    K.PERSON_PASSKEY_ADDED: "{who} added a passkey.",
    K.PERSON_PASSKEY_REMOVED: "{who} removed a passkey.",
    K.PERSON_PASSKEY_REFUSED: "{who} wanted to add or remove a passkey and was refused.",
    K.PERSON_ENLISTED: "{who} put somebody on {about}.",
    K.PRODUCTION_OPENED: "{who} opened the production {about}.",
    K.PERFORMER_INVITED: "{who} invited {about}.",
    K.PERFORMER_INVITATION_ENDED: "{who} took an invitation of {about} back.",
    K.PERFORMER_INVITATION_REFUSED: "{who} opened an invitation of {about} and was refused.",
    K.PERFORMER_CONFIRMED: "{who} confirmed that a passkey is that of {about}.",
    K.PERFORMER_CONFIRMATION_REFUSED: "{who} tried to confirm that a passkey is that of {about} and was refused.",
    K.PERFORMER_INTRODUCED: "{who} linked an account to {about}.",
    K.PERFORMER_ADDED: "{who} added the performer {about}.",
    K.PERFORMER_BOUND: "{who} bound a signing certificate to {about}.",
    K.PERFORMER_BINDING_REFUSED: "{who} tried to bind a certificate to {about} and was refused.",
    K.CONSENT_DRAFTED: "{who} offered {about}.",
    K.CONSENT_SIGNED: "{who} signed {about} with a passkey.",
    K.CONSENT_CONFIRMED: "{who} confirmed with a passkey that {about} is their own.",
    K.CONSENT_WITHDRAWAL_SIGNED: "{who} signed the withdrawal of {about} with a passkey.",
    K.CONSENT_SIGNING_REFUSED: "{who} wanted to sign {about} with a passkey and was refused.",
    K.CONSENT_VERIFIED: "{who} brought {about}, signed; the signature holds.",
    K.CONSENT_RECEIVED: "{who} uploaded {about}, signed in a way that permits nothing by itself.",
    K.CONSENT_REVIEWED: "{who} compared the scan of {about} with what was offered.",
    K.CONSENT_REVIEW_REFUSED: "{who} tried to compare the scan of {about} and was refused.",
    K.CONSENT_REFUSED: "{who} uploaded a document for {about}, and it was refused.",
    K.CONSENT_APPROVED: "{who} approved {about}.",
    K.CONSENT_APPROVAL_REFUSED: "{who} tried to approve {about} and was refused.",
    K.CONSENT_WITHDRAWN: "{who} withdrew {about}.",
    K.CONSENT_PREPARED: "{who} prepared {about}.",
    K.CONSENT_DISCARDED: "{who} threw the draft of a consent for {about} away.",
    K.CONSENT_TAKEN_BACK: "{who} took the offer of {about} back.",
    K.CONSENT_DECLINED: "{who} declined {about}.",
    K.CONSENT_SUSPENDED: "{who} suspended {about}.",
    K.CONSENT_LIFTED: "{who} lifted the suspension of {about}.",
    K.CONSENT_AMENDED: "{who} put a newer version in the place of {about}.",
    K.CONSENT_EXPIRED: "{about} ended.",
    K.CONSENT_STEP_REFUSED: "{who} wanted to do something with {about} and was refused.",
    K.CONSENT_READ: "{who} read the document of {about}.",
    K.CONSENT_DESTROYED: "{who} destroyed the document of {about}.",
    K.PERFORMER_BORN: "{who} recorded when {about} was born.",
    K.PERFORMER_DIED: "{who} recorded that {about} has died.",
    K.PERFORMER_DEATH_REFUSED: "{who} wanted to record that {about} has died and was refused.",
    K.SIGNATORY_ADDED: "{who} named somebody who signs for {about}.",
    K.SIGNATORY_BOUND: "{who} bound a certificate to who signs for {about}.",
    K.PROOF_ADDED: "{who} uploaded a proof about {about}.",
    K.PROOF_APPROVED: "{who} approved a proof about {about}.",
    K.PROOF_REFUSED: "{who} refused a proof about {about}.",
    K.PROOF_REVIEW_REFUSED: "{who} wanted to decide on a proof about {about} and was refused.",
    K.PERFORMER_ENROLLED: "{who} had the face of {about} measured.",
    K.PERFORMER_ENROLMENT_CONFIRMED: "{who} confirmed that the pictures show {about}.",
    K.PERFORMER_ENROLMENT_REJECTED: "{who} rejected the pictures of {about}.",
    K.PERFORMER_ENROLMENT_CONFIRMATION_REFUSED: "{who} tried to confirm the pictures of {about} and was refused.",
    K.PERFORMER_PASSCODE_MADE: "{who} asked for the passcode of the day of {about}.",
    K.PERFORMER_ENROLMENT_REFUSED: "{who} tried to enrol the face of {about} and was refused.",
    K.STATEMENT_MADE: "{who} took a statement of the uses of {about}.",
    K.TEMPLATE_READ: "{who} read the measurement of the face of {about}.",
    K.STILLS_DESTROYED: "{who} destroyed the enrolment pictures of {about}.",
    K.PERFORMER_ERASED: "{who} erased the personal data of {about}.",
    K.PERFORMER_ERASURE_REFUSED: "{who} tried to erase the personal data of {about} and was refused.",
    K.FOOTAGE_ADDED: "{who} added the clip {about}.",
    K.FOOTAGE_EXAMINED: "{who} looked for faces in {about}.",
    K.FOOTAGE_REFUSED: "{who} brought the clip {about}, and it was refused.",
    K.FACE_REVIEWED: "{who} compared a face in {about} with a performer.",
    K.FACE_REVIEW_REFUSED: "{who} tried to review a face in {about} and was refused.",
    K.FOOTAGE_VIEWED: "{who} watched {about}.",
    K.FOOTAGE_KEYED: "{who} shared out the key of {about} among the consents of those seen in it.",
    K.FOOTAGE_DESTROYED: "{who} destroyed the clip {about}.",
    K.RUN_GRANTED: "{who} asked for {about}, and the gate granted it.",
    K.RUN_REFUSED: "{who} asked for {about}, and the gate refused it.",
    K.RUN_ADVANCED: "{who} finished a step of {about}.",
    K.RUN_STOPPED: "{about} was stopped by {whom}.",
    K.GRANT_REDEEMED: "{who} used the grant of {about}.",
    K.GRANT_REFUSED: "{who} wanted to use the grant of {about} and was refused.",
    K.MODEL_TRAINED: "{who} trained {about}.",
    K.MODEL_DESTROYED: "{who} destroyed {about}.",
    K.OUTPUT_MADE: "{who} made the frames of {about}.",
    K.OUTPUT_SIGNED: "{who} signed {about}.",
    K.OUTPUT_PUBLISHED: "{who} published {about}.",
    K.OUTPUT_PUBLICATION_REFUSED: "{who} wanted to publish {about} and was refused.",
    K.SHOT_SHOWN: "{who} laid {about} before a performer, for their word.",
    K.SHOT_APPROVED: "{who} approved the shot {about}.",
    K.SHOT_DECLINED: "{who} declined the shot {about}.",
    K.SHOT_WORD_REFUSED: "{who} tried to decide on the shot {about} and was refused.",
    K.OUTPUT_VIEWED: "{who} watched {about}.",
    K.OUTPUT_DOWNLOADED: "{who} downloaded {about}.",
    K.OUTPUT_FLAGGED: "{who} brought about that {about} was flagged.",
    K.OUTPUT_DESTROYED: "{who} destroyed {about}.",
    K.KEY_RELEASED: "{who} released the keys for {about} to a worker.",
    K.KEY_RELEASE_REFUSED: "{who} was asked for the keys for {about} and refused.",
    K.KEY_DESTROYED: "{who} destroyed the key of {about}.",
    K.KEY_SHREDDED: "{who} destroyed what wrapped the key of {about}.",
    K.POLICY_PROPOSED: "{who} proposed to change the policy.",
    K.CERTIFICATE_ISSUED: "{who} certified that what was kept of {about} is destroyed.",
    K.POLICY_CHANGED: "{who} changed the policy.",
    K.POLICY_REJECTED: "{who} rejected a change of the policy.",
    K.POLICY_REFUSED: "{who} wanted to approve a change of the policy and was refused.",
    K.STRIKE_CALLED: "{who} threw a strike switch.",
    K.STRIKE_LIFTED: "{who} lifted a strike switch.",
    K.STRIKE_LIFT_REFUSED: "{who} wanted to lift a strike switch and was refused.",
    K.APPEAL_MADE: "{who} appealed against the refusal of {about}.",
    K.APPEAL_ANSWERED: "{who} answered an appeal against the refusal of {about}.",
    K.APPEAL_ANSWER_REFUSED: "{who} wanted to answer an appeal against the refusal of {about} and was refused.",
    K.LEDGER_EXPORTED: "{who} exported entries of the ledger.",
    K.EVIDENCE_EXPORTED: "{who} exported evidence of {about}.",
    K.HOLD_PLACED: "{who} placed {about} under legal hold.",
    K.HOLD_LIFTED: "{who} lifted the legal hold from {about}.",
    K.HOLD_LIFT_REFUSED: "{who} tried to lift the legal hold from {about} and was refused.",
    K.RETENTION_SET: "{who} set how long {about} is kept.",
    K.ALERT_SET: "{who} asked to be told of new entries.",
    K.ALERT_REMOVED: "{who} no longer wants to be told of new entries.",
    K.ALARM_RAISED: "{who} raised an alarm.",
    K.ALARM_ACKNOWLEDGED: "{who} has seen an alarm.",
    K.ALARM_ENDED: "{who} ended an alarm.",
}
_UNNAMED = "something without a name here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """The sentence in pieces around the name it is about, so that a page can make a link of it."""

    before: str
    about: str
    after: str

    def __str__(self) -> str:
        return f"{self.before}{self.about}{self.after}"


def sentence(kind: str, *, who: str, about: str) -> Sentence:
    pattern = _SENTENCES.get(kind, "{who}: " + kind.replace(":", " ").replace("-", " ") + ", {about}.")
    before, named, after = pattern.partition("{about}")
    whom = who[0].lower() + who[1:] if who.startswith(("A ", "The ")) else who
    fill = {"who": who, "whom": whom}
    if not named:
        return Sentence(before=before.format(**fill), about="", after="")
    shown = about or _UNNAMED
    return Sentence(
        before=before.format(**fill), about=shown if before else _capital(shown), after=after.format(**fill)
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
