"""A run on real papers: consents signed with real certificates, a real grant, a film signed and published by the line's
own functions; only training and conversion are left out. And what dishonest hands make of its evidence."""

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils import timezone

from consent import seal
from consent.models import ConsentRecord
from consent.types import Part
from countersign import keys, log
from countersign.accounts.models import Membership, Person, Role
from countersign.evidence import contents, services
from countersign.evidence.archive import Writer
from countersign.evidence.contents import MANIFEST, SIGNATURE, Member
from countersign.runs import keyring, making, pipeline, publication, services as runs, signing, storage
from countersign.runs.models import FaceTrack, Footage, FootageState, LikenessModel, Output, Run, RunState
from provenance import canonical, notary, signer
from tests import people as setup
from tests.consent.house import House
from tests.countersign.keyrings import everything

FRAMES = "mara_plate.mp4"  # stands for the frames that a model would have made
WEIGHTS = sha256(b"weights").hexdigest()

Members = dict[str, bytes]
Papers = Callable[[House], tuple[ConsentRecord, ConsentRecord]]


@dataclass(frozen=True)
class Dossier:
    """One published run, and the house it was made in. Petra produces, Lena is legal."""

    house: House
    run: Run
    output: Output
    consents: tuple[ConsentRecord, ConsentRecord]

    def export(self, *, by: Person | None = None, redacted: bool = False, film: bool = False) -> services.Exported:
        sign_log()
        return services.export(services.asked(by or self.house.lena, self.run.pk, redacted=redacted, film=film))

    def bundle(self, folder: Path, **how: Any) -> Path:
        """The bundle as a file of the test's own."""
        made = self.export(**how)
        path = folder / made.filename
        with made.file as file:
            path.write_bytes(file.read())
        return path


def on_paper(house: House) -> tuple[ConsentRecord, ConsentRecord]:
    return house.active(house.idris), house.active(house.anselm, credit="Anselm Orr")


def made(performers: Path, *, papers: Papers = on_paper) -> Dossier:
    """Everything up to the published output, in the test's transaction."""
    house = House.make()
    _prepare_keys(house)
    for person, role in ((house.petra, Role.PRODUCER), (house.lena, Role.LEGAL)):
        Membership.objects.create(person=person, production=house.production, role=role)
    consents = papers(house)
    run = ask(house, performers)
    assert run.state == RunState.GRANTED, run.reasons
    _make_frames(run, performers)
    for step, work in ((pipeline.SIGN, signing.sign), (pipeline.PUBLISH, publication.publish)):
        sign_log()
        claimed = pipeline.claim(run.pk, step)
        assert claimed
        with keyring.held(everything()):
            work(claimed)
    run.refresh_from_db()
    return Dossier(house=house, run=run, output=run.output, consents=consents)


def ask(house: House, performers: Path, **changes: Any) -> Run:
    """Petra asks for a run; the gate decides."""
    values: dict[str, Any] = {
        "title": "Stairwell, take 3",
        "likeness": house.idris,
        "plate_performer": house.anselm,
        "footage": _clip(house, performers / "idris_training.mp4", house.idris.pk),
        "plate": _clip(house, performers / "anselm_plate.mp4", house.anselm.pk),
        "scene": "12A",
        "medium": "cinema",
        "territories": ("GB",),
    }
    return runs.start(runs.Order(**{**values, **changes}), by=house.petra)


def withdraw(dossier: Dossier) -> None:
    """Idris takes his consent back, after publication."""
    runs.withdraw(dossier.consents[0], by=dossier.house.lena, reason="")


def sign_log() -> None:
    holder = log.holder()
    assert holder
    notary.sign(holder)


def _prepare_keys(house: House) -> None:
    """What `manage.py prepare` and the operator would have put there."""
    folder = Path(settings.KEYS)
    storage.prepare()
    keys.prepare(folder)
    keys.make_log_key(folder, log.origin())
    signer.make_pki(folder / "sign", folder / "anchor.pem", "Northlight Pictures")
    (folder / "consent-roots.pem").write_bytes(house.registry.trust)
    keys.log_memory(folder).unlink(missing_ok=True)  # what was signed before was another test's log


def _clip(house: House, source: Path, performer: object) -> Footage:
    film = source.read_bytes()
    digest = sha256(film).hexdigest()
    known = Footage.objects.filter(production=house.production, sha256=digest).first()
    if known:
        return known
    clip = Footage.objects.create(
        production=house.production, title=source.stem, sha256=digest, size=len(film), state=FootageState.READY,
        width=640, height=640, frames=125, rate="25/1", duration_s=5.0, uploaded_by=house.petra,
    )  # fmt: skip
    FaceTrack.objects.create(
        footage=clip, number=1, first_frame=0, last_frame=124, frames_seen=125, median_face_px=212.0,
        thumbnail=b"jpeg", performer_id=performer, score=0.82137, threshold=0.45, recogniser="sface", band="match",
    )  # fmt: skip
    setup.bring(clip, film)
    setup.examined(clip)
    return clip


def _make_frames(run: Run, performers: Path) -> None:
    """Model and frames, put where a worker would have left them."""
    grant = seal.open(run.sealed_grant, keys.gate_public(settings.KEYS), timezone.now())
    likeness = next(one for one in grant.consents if one.part is Part.LIKENESS)
    LikenessModel.objects.create(
        run=run, performer_id=likeness.performer_id, consent_id=likeness.consent_id, sha256=WEIGHTS,
        trained_at=timezone.now(),
    )  # fmt: skip
    Run.objects.filter(pk=run.pk).update(state=RunState.TRAINED)
    claimed = pipeline.claim(run.pk, pipeline.CONVERT)
    assert claimed
    folder = storage.work(run.pk)
    (folder / "lineage.json").write_text("{}")
    with keyring.held(everything()):
        making.store_frames(claimed, grant, performers / FRAMES)


def members(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, found: Mapping[str, bytes]) -> Path:
    """The members as a ZIP file, whatever they are."""
    with Writer(path, made_at=timezone.now()) as archive:
        for name, content in found.items():
            archive.add(name, content)
    return path


def flipped(content: bytes) -> bytes:
    """One bit in the middle is another."""
    at = len(content) // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def resigned(found: Mapping[str, bytes], *, key: Ed25519PrivateKey | None = None) -> Members:
    """The members under a manifest that fits them again, signed by the house's own key unless another is given: what a
    dishonest house could hand out."""
    said = contents.parse(found[MANIFEST])
    parts = {name: content for name, content in found.items() if name not in (MANIFEST, SIGNATURE)}
    listed = tuple(Member(name=n, size=len(c), sha256=sha256(c).hexdigest()) for n, c in parts.items())
    withheld = tuple(one for one in said.withheld if one.name not in parts)
    manifest = contents.written(replace(said, members=listed, withheld=withheld))
    signature = contents.sign(
        manifest, name=log.evidence_name(), key=key or keys.evidence_private(settings.KEYS)
    ).encode()
    return {MANIFEST: manifest, SIGNATURE: signature, **parts}


def rewritten(found: Mapping[str, bytes], name: str, change: Callable[[Any], Any]) -> Members:
    """The members with another value in one that is canonical JSON, signed again."""
    return resigned({**found, name: canonical.dumps(change(json.loads(found[name])))})


def entry_of(found: Mapping[str, bytes], kind: str) -> str:
    """The member that is the last entry of this kind."""
    entries = [name for name in found if name.startswith("ledger/entries/")]
    return [name for name in sorted(entries) if json.loads(found[name])["kind"] == kind][-1]
