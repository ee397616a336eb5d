"""What somebody's passkey was asked about: which documents, of which consents, beside which words. Pure.

The digest of it is part of the passkey's challenge. It is made anew from what stands in the rows when the answer comes:
if document, terms or words are no longer what was shown, the answer is to another question.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from provenance import canonical
from provenance.types import Json

FORMAT = "countersign-shown/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One consent as it was shown. `summary_sha256` is empty where no summary stands beside the document."""

    consent_id: UUID
    production_id: UUID
    document_sha256: str
    terms_sha256: str
    summary_sha256: str = ""

    def to_json(self) -> dict[str, Json]:
        return {name: str(value) for name, value in asdict(self).items()}


def to_json(shown: Iterable[Shown]) -> list[Json]:
    """In the order of the consents' ids, as it is kept beside the evidence."""
    return [one.to_json() for one in sorted(shown, key=lambda one: str(one.consent_id))]


def digest(shown: Iterable[Shown], *, nonce: str) -> str:
    """The SHA-256 of the canonical JSON of what was shown in one question, with the question's nonce."""
    return digest_of(to_json(shown), nonce=nonce)


def digest_of(shown: list[Json], *, nonce: str) -> str:
    """The same of what `to_json` wrote."""
    return canonical.sha256({"format": FORMAT, "nonce": nonce, "consents": shown})
