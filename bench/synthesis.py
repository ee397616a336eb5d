"""How fast and how good the synthesis line is on this machine, on the demo's own pair of clips.

`python -m bench.synthesis [--seconds 75]`: trains once, converts once, measures the film.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import torch
from cryptography.fernet import Fernet

from bench import report
from consent.types import Grant, GrantedConsent, KindOfUse, Part
from synthesis import admission, cores, faces, quality
from synthesis.convert import convert
from synthesis.settings import TrainSettings
from synthesis.train import fit
from synthesis.types import Clips, Device, Progress, Template, Vault

ROOT = Path(__file__).resolve().parents[1]
PERFORMERS = ROOT / "demo" / "performers"
CLIPS = Clips(footage=PERFORMERS / "idris_training.mp4", plate=PERFORMERS / "anselm_plate.mp4")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=75, help="of training")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16", "fp16"])
    asked = parser.parse_args()
    threads = cores.free()
    figures = {"threads": float(threads), "gemm_gflops": gemm_gflops(asked.device, threads)}
    device = Device(name=asked.device, precision=asked.precision, threads=threads)
    with tempfile.TemporaryDirectory() as folder:
        figures |= line(Path(folder), TrainSettings(seconds=asked.seconds), device)
    report.write("synthesis", figures)


def gemm_gflops(device: str, threads: int, *, size: int = 1024, times: int = 20) -> float:
    """What the machine multiplies at best: float32 matrices, in GFLOP/s."""
    torch.set_num_threads(threads)
    a = torch.rand(size, size, device=device)
    best = 0.0
    for _ in range(times):
        begun = time.perf_counter()
        float((a @ a)[0, 0])  # reading one number waits for the device
        best = max(best, 2 * size**3 / (time.perf_counter() - begun) / 1e9)
    return best


def line(folder: Path, settings: TrainSettings, device: Device) -> dict[str, float]:
    """The figures of one whole job."""
    grant, key = demo_grant(), Fernet(Fernet.generate_key())
    vault = Vault(seal=key.encrypt, open=key.decrypt)
    clips = admission.admit(grant, CLIPS, folder, datetime.now(UTC))
    target, begun = folder / "film.mp4", time.monotonic()
    trained = watch(fit(grant, clips, folder=folder, settings=settings, device=device, vault=vault))
    between = time.monotonic()
    made = watch(convert(grant, clips, folder=folder, target=target, device=device, vault=vault))
    ended = time.monotonic()
    found = quality.measure(target, plate=CLIPS.plate, likeness=template("idris"), performer=template("anselm"))
    pace = trained["train"]["steps_per_s"] * settings.batch
    return {
        f"train_images_per_s_{settings.size}": pace,
        "held_out_plain_loss": trained["train"]["held_out_plain"],
        "held_out_refined_loss": trained["train"]["held_out_refined"],
        "convert_fps": made["convert"]["frames_per_s"],
        "fit_s": between - begun,
        "convert_s": ended - between,
        "identity_margin": found.identity_margin,
        "to_likeness_cosine": found.to_likeness,
        "to_plate_cosine": found.to_plate,
        "expression_error": found.expression_error,
        "flicker_ratio": found.flicker,
        "sharpness_ratio": found.sharpness_ratio,
    }


def watch(steps: Iterator[Progress]) -> dict[str, dict[str, float]]:
    """Show what a job says; answers the last figures of each stage."""
    figures: dict[str, dict[str, float]] = {}
    for said in steps:
        figures.setdefault(said.stage, {}).update(said.figures)
        if sys.stderr.isatty():
            print(f"\r{said.stage:<16}{said.fraction:6.1%}  {said.note:<60}", end="", file=sys.stderr)
    return figures


def template(name: str) -> Template:
    """A demo performer's template."""
    return faces.enrol([path.read_bytes() for path in sorted(PERFORMERS.glob(f"{name}_enrol_*.jpg"))])


def demo_grant() -> Grant:
    """A grant over the demo's clips; the line takes none less."""
    now = datetime.now(UTC)
    named = ((Part.LIKENESS, CLIPS.footage), (Part.PLATE, CLIPS.plate))
    return Grant(
        nonce=uuid4().hex,
        run_id=uuid4(),
        production_id=uuid4(),
        kind=KindOfUse.SWAP,
        consents=tuple(_consent(part, path) for part, path in named),
        releases=(),
        tracks=(0,),
        parameters_sha256=sha256(b"bench").hexdigest(),
        screen_seconds=5.0,
        trains=True,
        policy_sha256=sha256(b"bench").hexdigest(),
        issued_at=now,
        expires_at=now + timedelta(hours=6),
    )


def _consent(part: Part, path: Path) -> GrantedConsent:
    digest = sha256(path.read_bytes()).hexdigest()
    return GrantedConsent(
        consent_id=uuid4(),
        performer_id=uuid4(),
        part=part,
        document_sha256=digest,
        terms_sha256=digest,
        footage_sha256=digest,
    )


if __name__ == "__main__":
    main()
