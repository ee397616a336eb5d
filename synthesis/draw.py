"""One plate frame finished: retrieved pixels on the target geometry, in the plate's light, refined and composed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthesis import compose, data, geometry, skin, warp
from synthesis.casting import Casting
from synthesis.compose import Layers
from synthesis.data import Inputs, Stage
from synthesis.learner import AUTOCAST
from synthesis.model import Refiner, logit
from synthesis.skin import Skin
from synthesis.store import Window
from synthesis.types import Device, Floats, Image, Mask
from synthesis.warp import Raster


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A finished window, where it belongs, and which of its pixels may differ from the plate's (s, s)."""

    box: warp.Box
    pixels: Image
    mask: Mask


class Drawing:
    """Draws frames of one casting. `network` None means warp and blend alone: no pixel without an ancestor."""

    def __init__(
        self, casting: Casting, windows: Mapping[int, Window], *, network: Refiner | None, size: int, device: Device
    ) -> None:
        self._casting, self._windows, self._size, self._device = casting, windows, size, device
        self._network = network.to(device.name) if network is not None else None
        self._skin: Skin = skin.learn(casting.plate, casting.target_light)

    def frame(self, image: Image, t: int) -> Drawn:
        """Plate frame (H, W, 3), the t-th with a face."""
        points = self._casting.points(t)
        box = warp.window(points)
        window = box.cut(image)
        small = data.stage(box.local(points, self._size / box.side), self._casting.faces, self._size)
        layers = self._layers(window, box.local(points), small, t)
        if self._network is not None:
            layers = self._refined(self._network, layers, window, small)
        return Drawn(box, compose.compose(window, layers), compose.mask(layers))

    def _layers(self, window: Image, points: Floats, small: Stage, t: int) -> Layers:
        side = len(window)
        mesh = warp.raster(points, self._casting.faces, side)
        face, sure = self._face(mesh, points, small, t)
        hidden = self._skin.hidden(
            _shrunk(window, self._size).astype(np.uint8), small.raster, self._casting.target_light.level[t]
        )
        return Layers(
            face=face,
            sure=sure,
            alpha=compose.edge_alpha(mesh, sure),
            skin=self._skin.likelihood(window, mesh.covered),
            hidden=_grown(hidden, side),
            gap=self._casting.gap + _grown(_soft(small.raster.spread(self._casting.rim_gap), small, 0.05), side),
        )

    def _face(self, mesh: Raster, points: Floats, small: Stage, t: int) -> tuple[Floats, Floats]:
        """The retrieved frames on the target geometry, lit (s, s, 3), and how sure they are (s, s)."""
        side = len(mesh.triangle)
        face = np.zeros((side, side, 3), np.float32)
        sure = np.zeros((self._size, self._size), np.float32)
        normals = geometry.normals(points, self._casting.faces)
        for index, share in self._casting.chosen[t].items():
            source = self._windows[index]
            weight = share.upper * self._casting.upper + share.lower * (1 - self._casting.upper)  # (468, 1)
            gain = np.exp(self._casting.gain(t, index, normals)) * weight
            pixels = warp.pull(mesh, source.image, source.points)
            face += pixels * _grown(_beyond(small.raster.spread(gain), small, 0.015), side)
            shown = warp.confidence(points, source.points, self._casting.faces)
            sure += small.raster.spread(shown * weight * self._casting.bare)[..., 0]
        return np.clip(face, 0, 255), _grown(sure, side)

    @torch.inference_mode()
    def _refined(self, network: Refiner, layers: Layers, window: Image, small: Stage) -> Layers:
        below = _shrunk(compose.graded(window, layers), self._size) / np.float32(255)
        seen = Inputs(
            lit=_shrunk(layers.face, self._size) / np.float32(255) * small.raster.covered[..., None],
            around=data.surroundings(below, _shrunk(layers.skin, self._size), small.raster),
            alpha=_shrunk(layers.alpha, self._size),
            sure=np.clip(_shrunk(layers.sure, self._size), 0, 1),
            normals=small.normals,
        )
        x = torch.from_numpy(seen.stacked()[None]).to(self._device.name, memory_format=torch.channels_last)
        precision = AUTOCAST.get(self._device.precision)
        with torch.autocast(torch.device(self._device.name).type, dtype=precision, enabled=precision is not None):
            said = network(x)
        side = len(window)
        face = layers.face * np.exp(_picture(said.gain, side)) + 255 * _picture(said.remainder, side)
        opaque = torch.sigmoid(logit(torch.from_numpy(layers.alpha)) + torch.from_numpy(_picture(said.alpha, side)))
        return replace(layers, face=np.clip(face, 0, 255), alpha=opaque.numpy() * (layers.alpha > 0))


def _picture(answer: Tensor, side: int) -> Floats:
    """A network's answer (1, c, n, n) as (side, side, c), or (side, side) for one channel."""
    flat = answer[0].permute(1, 2, 0).cpu().numpy()
    return _grown(np.ascontiguousarray(flat), side)


def _soft(values: Floats, small: Stage, reach: float) -> Floats:
    """Values on the mesh (n, n, c) blurred over `reach` of the window, continued and fading outside it."""
    sigma = reach * len(values)
    near = cv2.GaussianBlur(small.raster.covered.astype(np.float32), (0, 0), sigma)[..., None]
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma) / np.maximum(near, 0.02), np.float32)


def _beyond(values: Floats, small: Stage, reach: float) -> Floats:
    """Values on the mesh (n, n, c), untouched there, continued a little outside it."""
    return np.where(small.raster.covered[..., None], values, _soft(values, small, reach))


def _grown(picture: Floats, side: int) -> Floats:
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_LINEAR))


def _shrunk(picture: NDArray[Any], size: int) -> Floats:
    how = cv2.INTER_AREA if len(picture) > size else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (size, size), interpolation=how))
