"""The refine network: sees the warped face in its place and says how light, seam and holes must be put right.

It answers, at its own size, with a smooth gain, a remainder for what the footage does not show, and a change of alpha.
They are applied to the warped pixels at full resolution, so that what is sharp stays sharp, and before training the
answer is exactly "leave it as it is".
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = 10  # lit face 3, surroundings 3, alpha 1, sureness 1, normals 2
GAIN = 0.35  # most the logarithm of the light may be changed
COARSE = 8  # pixels of the network's size over which light is constant: finer, it would wash out beard and pores
REMAINDER = 0.3  # most that may be added to a channel (0 to 1), where the footage shows nothing
OPAQUE, SURE = 6, 7  # the input channels of alpha and of how well the footage shows a place
ALPHA = 3.0  # most the logit of alpha may be moved


@dataclass(frozen=True, slots=True, kw_only=True)
class RefineConfig:
    """Widths of the network, from its outer level to its inner ones."""

    widths: tuple[int, ...] = (24, 40, 56)


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """What the network says (B, c, h, w): `gain` (c = 3), a logarithm; `remainder` (3); `alpha` (1), a logit."""

    gain: Tensor
    remainder: Tensor
    alpha: Tensor

    def face(self, lit: Tensor) -> Tensor:
        """The corrected face (B, 3, h, w), 0 to 1."""
        return (lit * self.gain.exp() + self.remainder).clamp(0, 1)


class Refiner(nn.Module):
    """A small U-Net over inputs (B, CHANNELS, n, n); n must be a multiple of 8."""

    def __init__(self, config: RefineConfig) -> None:
        super().__init__()
        outer, *inner = config.widths
        self.enter = _block(CHANNELS * 4, outer)
        self.down = nn.ModuleList([_block(a, b, stride=2) for a, b in zip(config.widths, inner, strict=False)])
        self.up = nn.ModuleList([_block(a + b, a) for a, b in zip(config.widths, inner, strict=False)])
        self.leave = nn.Conv2d(outer, 7 * 4, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Correction:
        """From inputs (B, CHANNELS, n, n), scaled to about -1 to 1."""
        opaque = x[:, OPAQUE : OPAQUE + 1].float()
        unseen = 1 - x[:, SURE : SURE + 1].float()
        x = self.enter(functional.pixel_unshuffle(x, 2))  # (B, outer, n/2, n/2)
        kept = []
        for down in self.down:
            kept.append(x)
            x = down(x)
        for up, beside in zip(reversed(self.up), reversed(kept), strict=True):
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = up(torch.cat([beside, x], 1))
        y = functional.pixel_shuffle(self.leave(x), 2).float()  # (B, 7, n, n)
        gain = _centred(
            functional.interpolate(functional.avg_pool2d(y[:, :3], COARSE), size=y.shape[2:], mode="bilinear"), opaque
        )
        return Correction(GAIN * gain.tanh(), REMAINDER * y[:, 3:6].tanh() * unseen, ALPHA * y[:, 6:].tanh())


def _centred(gain: Tensor, alpha: Tensor) -> Tensor:
    """The gain without its mean over the face: light may be moved about on a face, its complexion may not be moved."""
    return gain - (gain * alpha).sum((2, 3), keepdim=True) / (alpha.sum((2, 3), keepdim=True) + 1e-3)


def _block(into: int, out: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(into, out, 3, stride=stride, padding=1),
        nn.SiLU(),
        nn.Conv2d(out, out, 3, padding=1),
        nn.SiLU(),
    )


def logit(alpha: Tensor) -> Tensor:
    """The logit of an alpha, finite also at 0 and 1."""
    return torch.logit(alpha, eps=2e-3)


def blend(face: Tensor, below: Tensor, *, alpha: Tensor, change: Tensor) -> Tensor:
    """A face over what lies below, its alpha (B, 1, h, w) moved by `change`; where alpha is 0 it stays 0."""
    moved = torch.sigmoid(logit(alpha) + change) * (alpha > 0)
    return face * moved + below * (1 - moved)
