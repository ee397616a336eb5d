"""What a wallet must have said yes to: exactly this consent, these terms, this document, in this production, here."""

from dataclasses import asdict, dataclass
from uuid import UUID

from provenance import canonical
from provenance.types import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """`document_sha256` is the document as it was offered, `audience` this site's address."""

    consent_id: UUID
    production_id: UUID
    nonce: str
    terms_sha256: str
    document_sha256: str
    audience: str

    def to_json(self) -> dict[str, Json]:
        """As it stands in a JWS. Wallets sign what they are given: it is given in this form."""
        said = {name: str(value) for name, value in asdict(self).items() if name != "audience"}
        return {**said, "aud": self.audience}

    @property
    def digest(self) -> str:
        """The nonce under which a credential is presented: of all of it, so that it is good for nothing else."""
        return canonical.sha256(self.to_json())
