"""Examples as tensors on a device."""

import numpy as np
import torch
from torch import Tensor

from synthesis.data import Example
from synthesis.types import Floats


def tensors(examples: list[Example], device: str) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Network inputs (B, 10, n, n), lit (B, 3, n, n), alpha (B, 1, n, n), below and wanted (B, 3, n, n)."""

    def put(arrays: list[Floats]) -> Tensor:
        whole = torch.from_numpy(np.stack(arrays))
        if device == "cpu":
            return whole
        return whole.pin_memory().to(device, non_blocking=True, memory_format=torch.channels_last)

    def chw(picture: Floats) -> Floats:
        return np.ascontiguousarray(picture.transpose(2, 0, 1))

    return (
        put([e.inputs.stacked() for e in examples]),
        put([chw(e.inputs.lit) for e in examples]),
        put([e.inputs.alpha[None] for e in examples]),
        put([chw(e.below) for e in examples]),
        put([chw(e.wanted) for e in examples]),
    )
