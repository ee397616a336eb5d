"""Films signed with real keys, and what becomes of them in other hands."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from consent.types import Part
from provenance import c2pa_io, essence, signer
from provenance.types import Claim, ConsentBinding, Ingredient
from tests import people as setup
from tests.provenance import receipts

IDRIS_CONSENT = UUID("8f3c9a1e-0000-4000-8000-0000000000a1")
ANSELM_CONSENT = UUID("8f3c9a1e-0000-4000-8000-0000000000a2")
DIGEST = sha256(b"something").hexdigest()
RUN = "8f3c9a1e-0000-4000-8000-000000000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Films:
    """`intact` is as we published it; every other came to harm, or never was ours."""

    intact: Path
    changed: Path
    absent: Path
    foreign: Path
    unreadable: Path
    empty: Path


def make(folder: Path, *, performers: Path, sign: Path, anchor: Path) -> Films:
    """Sign under the keys in `sign`, which lead to `anchor`; both are made if they are not there."""
    signer.make_pki(sign, anchor, "Northlight Pictures")
    signer.make_pki(folder / "sign", folder / "anchor.pem", "Somebody Else")
    films = Films(**{name: folder / f"{name}.mp4" for name in Films.__dataclass_fields__})
    claim, source = _claim(performers), performers / "mara_plate.mp4"
    for target, keys, root in ((films.intact, sign, anchor), (films.foreign, folder / "sign", folder / "anchor.pem")):
        c2pa_io.sign(claim, source=source, target=target, signer=signer.FileSigner(keys), anchors=root.read_bytes())
    films.changed.write_bytes(_repainted(films.intact.read_bytes()))
    films.absent.write_bytes(source.read_bytes())
    films.unreadable.write_bytes(b"These are notes, not a film.\n" * 40)
    films.empty.write_bytes(b"")
    return films


def _repainted(film: bytes) -> bytes:
    """One byte of the picture, in the middle of the media data, is another."""
    at = film.index(b"mdat") + 60_000
    return film[:at] + bytes([film[at] ^ 1]) + film[at + 1 :]


def _claim(performers: Path) -> Claim:
    consents = ((IDRIS_CONSENT, Part.LIKENESS), (ANSELM_CONSENT, Part.PLATE))
    shown = essence.sha256(performers / "mara_plate.mp4")
    return Claim(
        run_id=RUN,
        title="Quay, take 3",
        media_type="video/mp4",
        kind_of_use="swap",
        software_agent="Countersign",
        software_version="0.1.0",
        plate=_ingredient(performers / "anselm_plate.mp4", "Quay, take 3 (plate)", "parentOf"),
        likeness=_ingredient(performers / "idris_training.mp4", "Idris, training reel", "componentOf"),
        model_sha256=DIGEST,
        parameters_sha256=DIGEST,
        grant_sha256=DIGEST,
        policy_sha256=DIGEST,
        consents=tuple(
            ConsentBinding(
                consent_id=str(consent),
                document_sha256=sha256(setup.PDF).hexdigest(),
                terms_sha256=DIGEST,
                part=part.value,
                status_path=f"/status/{consent}",
            )
            for consent, part in consents
        ),
        lineage_sha256=DIGEST,
        essence_sha256=shown,
        receipt=receipts.issued(run_id=RUN, grant_sha256=DIGEST, essence_sha256=shown),
        synthetic_from_s=0.0,
        synthetic_to_s=5.0,
    )


def _ingredient(path: Path, title: str, relationship: str) -> Ingredient:
    digest = sha256(path.read_bytes()).hexdigest()
    return Ingredient(title=title, path=path, media_type="video/mp4", sha256=digest, relationship=relationship)
