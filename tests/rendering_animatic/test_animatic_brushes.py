"""Kernels against float64 definitions written here from the geometry."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from musicvid.rendering.backends.animatic.brushes import finish, lights, maths, shapes, sprites
from musicvid.rendering.backends.animatic.colour import gradient, mix, turned, yuv

F = np.float32
HEIGHT, WIDTH = 120, 160


def blank() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chroma = (HEIGHT // 2, WIDTH // 2)
    return np.full((HEIGHT, WIDTH), 16, np.uint8), np.full(chroma, 128, np.uint8), np.full(chroma, 128, np.uint8)


def centres(scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.mgrid[: int(HEIGHT * scale), : int(WIDTH * scale)]
    return (columns + 0.5) / scale, (rows + 0.5) / scale


def test_sine_is_a_sine() -> None:
    x = np.linspace(-1000, 1000, 20011)
    found = np.array([maths.sine(F(v)) for v in x])
    assert np.abs(found - np.sin(x.astype(np.float32).astype(float))).max() < 1.5e-3


def test_ease_and_clamp() -> None:
    x = np.linspace(-1, 2, 301)
    t = np.clip(x, 0, 1)
    assert np.allclose([maths.clamp(F(v)) for v in x], t, atol=1e-6)
    assert np.allclose([maths.ease(F(v)) for v in x], t * t * (3 - 2 * t), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "code"),
    [("#ffffff", (235, 128, 128)), ("#000000", (16, 128, 128)), ("#ff0000", (62.56, 102.34, 240)),
     ("#00ff00", (172.63, 41.66, 26.27)), ("#0000ff", (31.81, 240, 117.73))],
)  # fmt: skip
def test_colours_are_bt709_limited(name: str, code: tuple[float, float, float]) -> None:
    assert np.allclose(yuv(name), code, atol=0.02)


def test_mixing_yuv_is_mixing_rgb() -> None:
    assert np.allclose(mix(yuv("#204080"), yuv("#e0c000"), 0.5), yuv("#808040"), atol=0.6)


def test_turning_keeps_luma_and_saturation() -> None:
    colour = yuv("#c04020")
    other = turned(colour, 70.0)
    assert other[0] == colour[0]
    assert np.isclose(np.hypot(*(other[1:] - 128)), np.hypot(*(colour[1:] - 128)), rtol=1e-5)


def test_gradient_holds_its_ends() -> None:
    a, b = yuv("#000000"), yuv("#ffffff")
    rows = gradient([(0.0, a), (1.0, b)], np.array([-1.0, 0.5, 2.0], np.float32))
    assert np.allclose(rows[:, 0], [16, 125.5, 235])


def _cone_cover(row: np.ndarray, scale: float) -> np.ndarray:
    x, y = centres(scale)
    x0, y0, r0, x1, y1, r1, soft, alpha = row[:8].astype(float)
    dx, dy = x1 - x0, y1 - y0
    t = np.clip(((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-6), 0, 1)
    thin = min(2 * max(r0, r1) * scale, 1.0)
    r0, r1 = max(r0, 0.5 / scale), max(r1, 0.5 / scale)
    distance = np.hypot(x - x0 - t * dx, y - y0 - t * dy) - r0 - (r1 - r0) * t
    return np.clip(0.5 - distance * scale / max(soft * scale, 1.0), 0, 1) * alpha * thin


def test_cones_are_two_circles_and_their_hull() -> None:
    rng = np.random.default_rng(1)
    for n in range(60):
        row = np.zeros(11, np.float32)
        row[:6] = rng.uniform(-20, 150, 6)
        row[[2, 5]] = rng.uniform(0.1, 30, 2)
        if n % 5 == 0:
            row[4] = row[1] + rng.uniform(-0.7, 0.7)  # lying flat
        row[6:] = (rng.choice([1.0, 8.0]), rng.choice([1.0, 0.5]), 235, 40, 220)
        y, u, v = blank()
        shapes.cones(y, u, v, row[None], F(1))
        assert np.abs(16 + 219 * _cone_cover(row, 1.0) - y).max() < 1.6
        assert np.abs(128 - 88 * _cone_cover(row, 0.5) - u).max() < 1.6
        assert np.abs(128 + 92 * _cone_cover(row, 0.5) - v).max() < 1.6


def test_quads_are_half_planes() -> None:
    rng = np.random.default_rng(2)
    x, y0 = centres()
    for n in range(60):
        angles, middle, radius = np.sort(rng.uniform(0, 6.28, 4)), rng.uniform(20, 110, 2), rng.uniform(15, 80)
        points = np.stack([middle[0] + radius * np.cos(angles), middle[1] + radius * np.sin(angles)], 1)
        if n % 4 == 0:
            points[3] = points[2]  # a triangle
        points = points.astype(np.float32).astype(float)
        inside = np.full(x.shape, 1e9)
        for a, b in zip(points, np.roll(points, -1, 0), strict=True):
            edge = b - a
            if np.hypot(*edge) < 1e-3:
                continue
            normal = np.array([edge[1], -edge[0]]) / np.hypot(*edge)
            normal *= np.sign(normal @ (points.mean(0) - a))
            inside = np.minimum(inside, (x - a[0]) * normal[0] + (y0 - a[1]) * normal[1])
        y, u, v = blank()
        shapes.quads(
            y, u, v, np.array([[*points.ravel(), 1, 1, 0, 0, 0, 235, 128, 128, 235, 128, 128]], np.float32), F(1)
        )
        (left, top), (right, low) = points.min(0), points.max(0)
        seen = (x > left) & (x < right) & (y0 > top) & (y0 < low)  # sharp corners are cut at the bounding box
        assert (np.abs(16 + 219 * np.clip(inside + 0.5, 0, 1) - y)[seen] < 2).all()


def test_quad_gradients_run_where_they_are_told() -> None:
    y, u, v = blank()
    box = (20, 10, 140, 10, 140, 110, 20, 110, 1, 1, -20 / 120, 1 / 120, 0, 16, 128, 128, 235, 128, 128)
    shapes.quads(y, u, v, np.array([box], np.float32), F(1))
    assert np.allclose(y[60, 30:130], 16 + 219 * (np.arange(30, 130) + 0.5 - 20) / 120, atol=1.0)


def test_panes_cover_exactly() -> None:
    """Area counts: a pane of 7.25 by 3.5 pixels leaves as much light as that, wherever it lies."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        x, y = rng.uniform(5, 100, 2)
        planes = blank()
        sprites.panes(*planes, np.array([[x, y, x + 7.25, y + 3.5, 1, 216, 128, 128]], np.float32), F(1))
        assert (planes[0].astype(float) - 16).sum() / 200 == pytest.approx(7.25 * 3.5, abs=0.15)


def test_glows_are_symmetric_and_bounded() -> None:
    y, u, v = blank()
    lights.glows(y, u, v, np.array([[80, 60, 30, 30, 1, 1, 235, 128, 200]], np.float32), F(1))
    assert np.array_equal(y, y[:, ::-1])
    assert np.array_equal(y, y[::-1])
    x, y0 = centres()
    far = np.hypot(x - 80, y0 - 60)
    assert (y[far > 30] == 16).all()
    expected = 16 + 219 * np.clip(1 - (far / 30) ** 2, 0, 1) ** 2
    assert np.abs(expected - y).max() < 2


def test_small_lights_keep_their_sum() -> None:
    """A star that drifts by fractions of a pixel does not blink."""
    sums = []
    for shift in np.linspace(0, 1, 9):
        y, u, v = blank()
        lights.glows(y, u, v, np.array([[80 + shift, 60.3, 1.4, 1.4, 1, 1, 235, 128, 128]], np.float32), F(1))
        sums.append((y.astype(float) - 16).sum())
    assert max(sums) / min(sums) < 1.35


@pytest.mark.parametrize("shape", [(7, 9), (36, 64), (1, 1), (2, 5)])
def test_doubling_is_linear(shape: tuple[int, int]) -> None:
    small = np.random.default_rng(4).integers(16, 235, shape).astype(np.uint8)
    for crop in (0, 1):
        large = np.zeros((2 * shape[0] - crop, 2 * shape[1] - crop), np.uint8)
        finish.double(small, large)
        other = cv2.resize(small, (2 * shape[1], 2 * shape[0]), interpolation=cv2.INTER_LINEAR)
        assert np.abs(large.astype(int) - other[: large.shape[0], : large.shape[1]]).max() <= 1


def test_exposure_is_a_product() -> None:
    y = np.arange(16, 236, dtype=np.uint8).reshape(20, 11).copy()
    across, down = np.linspace(0.7, 1, 11, dtype=np.float32), np.linspace(1, 0.8, 20, dtype=np.float32)
    expected = 16 + (y.astype(float) - 16) * across * down[:, None] * 1.1
    finish.expose(y, across, down, F(1.1))
    assert np.abs(np.minimum(expected, 235) - y).max() <= 0.51
