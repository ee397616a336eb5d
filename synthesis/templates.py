"""A face template as bytes, for whoever keeps it encrypted."""

import json

import numpy as np

from synthesis.errors import WeightsError
from synthesis.types import Template

SHORTEST, LONGEST = 64, 4096  # numbers in an embedding


def to_bytes(template: Template) -> bytes:
    """JSON; floats keep every bit of float32."""
    said = {
        "recogniser": template.recogniser,
        "stills": template.stills,
        "agreement": template.agreement,
        "embedding": [float(value) for value in template.embedding],
    }
    return json.dumps(said).encode()


def from_bytes(raw: bytes) -> Template:
    """Raises WeightsError for anything that `to_bytes` did not write."""
    try:
        said = json.loads(raw)
        embedding = np.asarray(said["embedding"], np.float32)
        if embedding.ndim != 1 or not SHORTEST <= len(embedding) <= LONGEST or not np.isfinite(embedding).all():
            raise ValueError(f"expected {SHORTEST} to {LONGEST} numbers, came {embedding.shape}")
        return Template(
            embedding=embedding,
            recogniser=str(said["recogniser"]),
            stills=int(said["stills"]),
            agreement=float(said["agreement"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"a face template cannot be read: {error}; enrol the performer again") from error
