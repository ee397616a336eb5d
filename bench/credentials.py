"""What credentials cost: signing and reading the demo's clip and a film of 256 MiB, beside their SHA-256."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path
from statistics import median

from bench import report
from provenance import c2pa_io, signer, verify
from provenance.types import Claim, ConsentBinding, Ingredient
from tests.provenance import receipts

ROOT = Path(__file__).resolve().parents[1]
CLIPS = ROOT / "demo" / "performers"
FILM_BYTES = 256 * 2**20


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as name:
        folder = Path(name)
        signer.make_pki(folder / "sign", folder / "anchor.pem")
        clip = CLIPS / "mara_plate.mp4"
        film = _film(clip, folder / "film.mp4")
        figures = {
            **{f"clip_{key}": value for key, value in _measured(clip, folder=folder, times=7).items()},
            **{f"film_{key}": value for key, value in _measured(film, folder=folder, times=3).items()},
        }
    report.write("credentials", figures)


def _film(clip: Path, path: Path) -> Path:
    """The clip with a second box of media data, as long as a film."""
    with path.open("wb") as film:
        film.write(clip.read_bytes() + FILM_BYTES.to_bytes(4) + b"mdat")
        film.seek(FILM_BYTES - 9, 1)
        film.write(b"\0")
    return path


def _measured(source: Path, *, folder: Path, times: int) -> dict[str, float]:
    signed, anchors = folder / "signed.mp4", (folder / "anchor.pem").read_bytes()
    key, claim = signer.FileSigner(folder / "sign"), _claim()
    digest = _ms(lambda: _digest(source), times)
    sign = _ms(lambda: c2pa_io.sign(claim, source=source, target=signed, signer=key, anchors=anchors), times)
    bare = _ms(lambda: c2pa_io._sign(claim, source=source, draft=signed, signer=key, anchors=anchors), times)
    read = _ms(lambda: verify.verdict(signed, media_type="video/mp4", anchors=anchors), times)
    direct = _ms(lambda: c2pa_io.read(signed, media_type="video/mp4", anchors=anchors), times)
    return {
        "bytes": source.stat().st_size,
        "added_bytes": signed.stat().st_size - source.stat().st_size,
        "sha256_ms": round(digest, 2),
        "sign_ms": round(sign, 1),
        "sign_without_checks_ms": round(bare, 1),
        "read_ms": round(read, 1),
        "read_without_child_ms": round(direct, 1),
        "sign_over_sha256": round(sign / digest, 1),
        "read_over_sha256": round(read / digest, 1),
    }


def _claim() -> Claim:
    def ingredient(name: str, relationship: str) -> Ingredient:
        path = CLIPS / name
        return Ingredient(
            title=name, path=path, media_type="video/mp4", sha256=_digest(path), relationship=relationship
        )

    consent = ConsentBinding(
        consent_id="1", document_sha256="0" * 64, terms_sha256="0" * 64, part="likeness", status_path="/status/1"
    )
    return Claim(
        run_id="1",
        title="Bench",
        media_type="video/mp4",
        kind_of_use="swap",
        software_agent="Countersign",
        software_version="0.1.0",
        plate=ingredient("anselm_plate.mp4", "parentOf"),
        likeness=ingredient("idris_training.mp4", "componentOf"),
        model_sha256="0" * 64,
        parameters_sha256="0" * 64,
        grant_sha256="0" * 64,
        policy_sha256="0" * 64,
        consents=(consent, replace(consent, consent_id="2", part="plate")),
        lineage_sha256="0" * 64,
        essence_sha256="0" * 64,
        receipt=receipts.issued(run_id="1", grant_sha256="0" * 64, essence_sha256="0" * 64),
        synthetic_from_s=0.0,
        synthetic_to_s=5.0,
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _ms(work: Callable[[], object], times: int) -> float:
    def once() -> float:
        started = time.monotonic()
        work()
        return time.monotonic() - started

    return 1000 * median(once() for _ in range(times))


if __name__ == "__main__":
    main()
