"""How far a picture is from the one that was wanted."""

import torch
from torch import Tensor
from torch.nn import functional

DSSIM_WEIGHT = 0.3
EDGE_WEIGHT = 0.6


def picture(made: Tensor, wanted: Tensor, *, weight: Tensor) -> Tensor:
    """L1 + DSSIM + difference of edges of (B, 3, n, n) pictures, weighted by (B, 1, n, n); one number."""
    total = (made - wanted).abs() + DSSIM_WEIGHT * dssim(made, wanted)
    mass = weight.sum() * 3 + 1e-6
    return (total * weight).sum() / mass + EDGE_WEIGHT * _edges(made, wanted, weight) / mass


def dssim(made: Tensor, wanted: Tensor) -> Tensor:
    """Structural dissimilarity per pixel (B, 3, n, n), 0 to 1 (Wang et al., 2004; a flat 7x7 window)."""

    def mean(x: Tensor) -> Tensor:
        return functional.avg_pool2d(functional.pad(x, (3, 3, 3, 3), mode="reflect"), 7, stride=1)

    a, b = mean(made), mean(wanted)
    var_a, var_b = mean(made * made) - a * a, mean(wanted * wanted) - b * b
    both = mean(made * wanted) - a * b
    c1, c2 = 0.01**2, 0.03**2
    ssim = ((2 * a * b + c1) * (2 * both + c2)) / ((a * a + b * b + c1) * (var_a + var_b + c2))
    return (1 - ssim).clamp(0, 2) / 2


def _edges(made: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    off = made - wanted
    across = (off.diff(dim=3).abs() * weight[..., 1:]).sum()
    return across + (off.diff(dim=2).abs() * weight[:, :, 1:]).sum()


@torch.no_grad()
def error(made: Tensor, wanted: Tensor, *, weight: Tensor) -> float:
    """The same distance as a plain number, for reports."""
    return float(picture(made, wanted, weight=weight))
