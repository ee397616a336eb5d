"""Whether the consents a file names still stand: what a viewer is told, without naming anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from consent.models import ConsentRecord
from consent.types import ConsentState, Part
from countersign.runs.models import Output
from provenance.types import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStatus:
    """One consent named in a manifest, as it stands today. `known` is False where the platform has no such consent."""

    consent_id: str
    part: str
    known: bool
    stands: bool
    sentence: str


PARTS = {Part.LIKENESS: "the person whose face is shown", Part.PLATE: "the person who was filmed"}


def of(verdict: Verdict) -> list[ConsentStatus]:
    """The consents of a manifest we signed; nothing for anybody else's."""
    named = verdict.consent_assertion.get("consents", [])
    return [_one(item) for item in named if isinstance(item, dict)] if isinstance(named, list) else []


def of_consent(consent_id: UUID, *, part: str = "") -> ConsentStatus:
    """What the public status address says of one consent."""
    return _one({"consent_id": str(consent_id), "part": part})


def of_file(sha256: str) -> Output | None:
    """The output whose bytes these are, if we published it."""
    return Output.objects.filter(sha256=sha256).exclude(published_at=None).select_related("run").first()


def _one(item: Mapping[str, object]) -> ConsentStatus:
    consent_id, part = str(item.get("consent_id", "")), str(item.get("part", ""))
    record = _find(consent_id)
    who = PARTS.get(Part(part), "a performer") if part in set(Part) else "a performer"
    if record is None or (item.get("document_sha256") or record.document_sha256) != record.document_sha256:
        sentence = f"This site knows no such consent of {who}."
        return ConsentStatus(consent_id=consent_id, part=part, known=False, stands=False, sentence=sentence)
    stands, sentence = _stands(record, who)
    return ConsentStatus(consent_id=consent_id, part=part, known=True, stands=stands, sentence=sentence)


def _stands(record: ConsentRecord, who: str) -> tuple[bool, str]:
    capital = who[0].upper() + who[1:]
    if record.state == ConsentState.WITHDRAWN and record.withdrawn_at:
        return False, f"{capital} withdrew their consent on {record.withdrawn_at:%-d %B %Y}.{_gone(record)}"
    if record.state == ConsentState.EXPIRED:
        at = record.ended_at or record.valid_until
        ended = f"The consent of {who} ended on {at:%-d %B %Y}; this was made before."
        return False, ended + _gone(record)
    if record.state == ConsentState.AMENDED:
        return _replaced(record, who)
    if record.state != ConsentState.ACTIVE:
        paused = record.state == ConsentState.SUSPENDED
        return False, f"The consent of {who} {'is suspended for the time being' if paused else 'does not stand'}."
    if record.valid_until <= timezone.now():
        return False, f"The consent of {who} ended on {record.valid_until:%-d %B %Y}; this was made before."
    return True, f"{capital} consented, and the consent stands today."


def _replaced(record: ConsentRecord, who: str) -> tuple[bool, str]:
    """What was made under an older version stands for as long as the one that took its place."""
    newer = record.amended_by.exclude(approved_by=None).first()
    if newer is None:
        return False, f"The consent of {who} does not stand."
    stands, sentence = _stands(newer, who)
    return stands, f"This was made under an older version of the consent. {sentence}" if stands else sentence


def _gone(record: ConsentRecord) -> str:
    """What became of what was kept under a consent that has ended."""
    issued = record.destructions.exclude(issued_at=None).first()
    if issued is None or issued.issued_at is None:
        return ""
    return f" What was kept under it was destroyed, and certified as destroyed on {issued.issued_at:%-d %B %Y}."


def _find(consent_id: str) -> ConsentRecord | None:
    try:
        return ConsentRecord.objects.filter(pk=UUID(consent_id)).first()
    except ValueError:
        return None
