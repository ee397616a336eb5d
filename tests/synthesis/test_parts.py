"""The parts of the line, each on its own: shape, light, retrieval, warp, composition, losses."""

import numpy as np
import pytest
import torch

from synthesis import compose, geometry, light, losses, retrieve, warp
from synthesis.compose import Layers
from synthesis.geometry import OVAL, POINTS, Pose
from synthesis.light import Light
from synthesis.model import CHANNELS, RefineConfig, Refiner, blend
from synthesis.retrieve import Look
from synthesis.skin import Skin
from synthesis.types import Floats


@pytest.fixture
def dome() -> Floats:
    """468 points of a face-like dome, those of the oval on its rim; nearer the camera in the middle."""
    rng = np.random.default_rng(3)
    angle, radius = rng.uniform(0, 2 * np.pi, POINTS), np.sqrt(rng.uniform(0, 0.9, POINTS))
    angle[OVAL], radius[OVAL] = np.linspace(0, 2 * np.pi, len(OVAL), endpoint=False) - np.pi / 2, 1.0
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    return np.stack([x, y, -np.sqrt(1.05 - radius**2)], 1).astype(np.float32)


def test_a_pose_is_found_again(dome: Floats) -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    posed = Pose(40.0, turn * np.sign(np.linalg.det(turn)), np.array([5.0, 6.0, 7.0]))
    found = geometry.similarity(dome, posed.put(dome))
    assert found.scale == pytest.approx(40.0, rel=1e-4)
    assert np.allclose(found.rotation, posed.rotation, atol=1e-4)
    assert np.allclose(found.lift(posed.put(dome)), dome, atol=1e-4)


def test_every_point_has_a_triangle_and_no_triangle_is_flat(dome: Floats) -> None:
    faces = geometry.triangles(dome)
    assert set(faces.ravel()) == set(range(POINTS))
    assert len(np.unique(np.sort(faces, 1), axis=0)) == len(faces)


def test_the_outline_follows_the_plate_and_the_middle_stays_the_sources(dome: Floats) -> None:
    calm = np.zeros((1, 52), np.float32)
    wider = dome * np.array([1.3, 1, 1], np.float32)
    source, plate = geometry.head(wider[None], calm), geometry.head(dome[None], calm)
    shape = geometry.target_shape(source, plate)
    own = geometry.similarity(source.neutral, plate.neutral).put(source.neutral)
    assert np.abs(shape[OVAL] - plate.neutral[OVAL]).max() < 0.12
    inner = np.linalg.norm(dome[:, :2], axis=1) < 0.3
    assert np.abs(shape[inner] - own[inner]).max() < 0.02


def test_smoothing_does_not_mix_across_a_gap() -> None:
    numbers = np.array([0, 1, 2, 50, 51, 52])
    values = np.array([0, 0, 0, 9, 9, 9], np.float32)[:, None]
    assert np.allclose(geometry.smooth(values, numbers, sigma=1.0), values)


def test_light_from_the_left_is_measured_as_such(dome: Floats) -> None:
    faces = geometry.triangles(dome)
    n = geometry.normals(dome, faces)
    colours = (np.log([140.0, 100.0, 80.0]) - 0.4 * n[:, :1]).astype(np.float32)
    found = light.measure(colours[None], dome[None], faces)
    assert np.allclose(found.slope[0, :, 0], -0.4, atol=0.08)
    assert np.allclose(np.exp(found.level[0]), [140, 100, 80], rtol=0.1)


def test_complexion_is_the_median_and_its_changes_are_light() -> None:
    level = np.array([[1.0] * 3, [2.0] * 3, [9.0] * 3], np.float32)
    assert np.allclose(Light(level, np.zeros((3, 3, 2), np.float32)).complexion, 2.0)


def test_a_performer_retrieves_their_own_frames() -> None:
    features = np.random.default_rng(0).random((12, 12)).astype(np.float32)
    footage, turns = Look(_turns(12), features), np.arange(12).repeat(4)
    plate = Look(footage.rotations[turns], features[turns])
    assert list(_done(retrieve.path(plate, footage))) == list(turns)


def test_a_change_of_frame_is_faded_but_not_across_a_gap() -> None:
    mixed = retrieve.crossfade(np.array([7, 7, 9, 9]), np.array([0, 1, 2, 8]))
    assert mixed == [{7: 1.0}, {7: 0.75, 9: 0.25}, {7: 0.25, 9: 0.75}, {9: 1.0}]


def test_a_warp_onto_itself_changes_nothing(dome: Floats) -> None:
    faces, points = geometry.triangles(dome), dome * 40 + 50
    picture = np.random.default_rng(2).integers(0, 255, (100, 100, 3), dtype=np.uint8)
    mesh = warp.raster(points, faces, 100)
    drawn = warp.pull(mesh, picture, points)
    off = np.abs(drawn.astype(int) - picture)[mesh.covered]
    assert np.median(off) == 0
    assert mesh.covered.sum() > 0.95 * np.pi * 40**2
    assert not drawn[~mesh.covered].any()


def test_shares_of_a_triangle_always_sum_to_one(dome: Floats) -> None:
    turned = dome @ _turns(4)[3].T.astype(np.float32)
    mesh = warp.raster(turned * 40 + 50, geometry.triangles(dome), 100)
    assert np.allclose(mesh.shares.sum(1), 1, atol=1e-5)
    assert np.allclose(mesh.spread(np.ones((POINTS, 1), np.float32))[mesh.covered], 1, atol=1e-5)


def test_what_the_source_does_not_show_is_not_trusted(dome: Floats) -> None:
    faces = geometry.triangles(dome)
    away = dome * np.array([-1, 1, 1], np.float32)
    sure = warp.confidence(dome * 40, np.where(dome[:, :1] > 0.3, away, dome) * 40, faces)
    assert sure[dome[:, 0] < -0.3].mean() > 0.9
    assert sure[dome[:, 0] > 0.5].mean() < 0.3


def test_a_window_may_reach_over_the_frame() -> None:
    frame = np.arange(20 * 20 * 3, dtype=np.uint8).reshape(20, 20, 3)
    box = warp.Box(-5, 12, 16)
    again = frame.copy()
    box.paste(again, box.cut(frame))
    assert np.array_equal(again, frame)


def test_outside_the_mask_no_bit_is_touched() -> None:
    rng = np.random.default_rng(5)
    window = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
    alpha, skin, hidden = (np.zeros((64, 64), np.float32) for _ in range(3))
    alpha[20:40, 20:40], skin[10:50, 15:45], hidden[30:34] = 0.9, 0.7, 1.0
    face, gap = np.full((64, 64, 3), 200, np.float32), np.full((64, 64, 3), -0.4, np.float32)
    layers = Layers(face=face, sure=alpha, alpha=alpha, skin=skin, hidden=hidden, gap=gap)
    made, mask = compose.compose(window, layers), compose.mask(layers)
    assert np.array_equal(made[~mask], window[~mask])
    assert not np.array_equal(made[mask], window[mask])


def test_an_untrained_network_leaves_the_face_as_it_is() -> None:
    lit = torch.rand(2, 3, 64, 64)
    said = Refiner(RefineConfig())(torch.randn(2, CHANNELS, 64, 64))
    assert torch.equal(said.face(lit), lit)
    alpha = torch.full((2, 1, 64, 64), 0.5)
    assert torch.allclose(blend(lit, 1 - lit, alpha=alpha, change=said.alpha), torch.full_like(lit, 0.5), atol=1e-5)


def test_the_network_invents_nothing_where_the_footage_is_sure() -> None:
    torch.manual_seed(0)
    network = Refiner(RefineConfig())
    torch.nn.init.normal_(network.leave.weight)
    x = torch.randn(1, CHANNELS, 64, 64)
    x[:, 7] = 1.0
    assert not network(x).remainder.any()


def test_the_loss_is_nothing_for_the_wanted_picture_and_grows_with_error() -> None:
    wanted, weight = torch.rand(1, 3, 32, 32), torch.ones(1, 1, 32, 32)
    errors = [losses.error((wanted + off).clamp(0, 1), wanted, weight=weight) for off in (0, 0.05, 0.2)]
    assert errors[0] == pytest.approx(0, abs=1e-5)
    assert errors[0] < errors[1] < errors[2]


def _turns(count: int) -> np.ndarray:
    angles = np.linspace(0, 0.6, count)
    c, s, o, i = np.cos(angles), np.sin(angles), np.zeros(count), np.ones(count)
    return np.stack([np.stack([c, o, s], 1), np.stack([o, i, o], 1), np.stack([-s, o, c], 1)], 1)


def _done(steps: object) -> np.ndarray:
    while True:
        try:
            next(steps)  # type: ignore[call-overload]
        except StopIteration as end:
            return end.value


def test_a_wall_in_the_colour_of_skin_is_not_repainted() -> None:
    skin = Skin(*(np.asarray(a, np.float32) for a in ([0.3, 0.2, 4.7], np.eye(3) * 8, np.zeros(3), np.zeros(3))))
    wall = np.full((200, 200, 3), np.exp([4.7 + 0.3, 4.7, 4.7 - 0.2]), np.uint8)
    face = np.zeros((200, 200), np.bool_)
    face[60:130, 70:130] = True
    found = skin.likelihood(wall, face)
    assert found[95, 100] > 0.9  # the face itself
    assert found[160, 100] > 0.9  # where a neck is
    assert not found[:, :40].any()
    assert not found[:, 160:].any()
