"""Networks on disk: safetensors, sealed, bound to the grant they were made under, never half written.

What is read back must belong to the same grant and hold exactly the tensors that are expected; anything else is a
CheckpointError, never a best effort.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load as load_tensors, save as save_tensors
from torch import Tensor

from consent.types import Grant, Part
from synthesis import video
from synthesis.errors import CheckpointError
from synthesis.types import Vault

FORMAT = "countersign-refine-1"


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Tensors by name, and what was noted with them (JSON values)."""

    tensors: dict[str, Tensor]
    notes: dict[str, Any]


def binding(grant: Grant) -> dict[str, str]:
    """What ties a file to a grant: its number, the bytes and the parameters it names."""
    return {
        "format": FORMAT,
        "nonce": grant.nonce,
        "run": str(grant.run_id),
        "footage": grant.footage_sha256(Part.LIKENESS),
        "plate": grant.footage_sha256(Part.PLATE),
        "parameters": grant.parameters_sha256,
    }


def write(path: Path, checkpoint: Checkpoint, *, grant: Grant, vault: Vault) -> None:
    """Put a checkpoint in place of the last one, sealed; a crash leaves one of the two, whole."""
    kept = {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()}
    metadata = {**binding(grant), "notes": json.dumps(checkpoint.notes, sort_keys=True)}
    part = path.with_name(path.name + ".part")
    part.write_bytes(vault.seal(save_tensors(kept, metadata)))
    video.replace(part, path)


def read(path: Path, *, grant: Grant, vault: Vault, names: Mapping[str, tuple[int, ...]]) -> Checkpoint:
    """The checkpoint at `path`, if it belongs to `grant` and holds just the tensors `names`, of those shapes.

    Raises CheckpointError. What `vault.open` raises passes through: a destroyed key is the caller's matter.
    """
    if not path.is_file():
        raise CheckpointError(f"{path.name} is expected in {path.parent.name}, it is not there")
    data = vault.open(path.read_bytes())
    try:
        metadata = _metadata(data)
        tensors: dict[str, Tensor] = load_tensors(data)
    except (SafetensorError, ValueError, KeyError) as e:
        raise CheckpointError(f"{path.name} is not a whole checkpoint: {e}") from e
    _same_binding(path, metadata, binding(grant))
    _same_names(path, {n: tuple(t.shape) for n, t in tensors.items()}, dict(names))
    return Checkpoint(tensors, json.loads(metadata["notes"]))


def _metadata(data: bytes) -> dict[str, str]:
    length = int.from_bytes(data[:8], "little")
    return dict(json.loads(data[8 : 8 + length])["__metadata__"])


def _same_binding(path: Path, found: Mapping[str, str], expected: Mapping[str, str]) -> None:
    for name, value in expected.items():
        if found.get(name) != value:
            message = f"{path.name} belongs to another grant: {name} is {found.get(name)}, expected {value}"
            raise CheckpointError(message)


def _same_names(path: Path, found: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> None:
    missing, unexpected = expected.keys() - found.keys(), found.keys() - expected.keys()
    if missing or unexpected:
        raise CheckpointError(f"{path.name} lacks {sorted(missing)} and holds unexpected {sorted(unexpected)}")
    if wrong := [n for n in expected if expected[n] != found[n]]:
        raise CheckpointError(f"{path.name}: {wrong[0]} should be {expected[wrong[0]]}, it is {found[wrong[0]]}")
