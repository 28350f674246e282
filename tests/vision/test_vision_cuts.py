"""Cuts and dissolves found in pictures whose changes we placed ourselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.vision.cuts import find_cut, find_dissolve, frame_steps
from musicvid.vision.thumbs import THUMB_SIZE, distance, thumb


def picture(luma: int, cb: int = 128, cr: int = 128, size: tuple[int, int] = (90, 160)):
    height, width = size
    return (
        np.full((height, width), luma, np.uint8),
        np.full((height // 2, width // 2), cb, np.uint8),
        np.full((height // 2, width // 2), cr, np.uint8),
    )


def moving_shot(seed: int, frames: int, speed: float = 1.0) -> np.ndarray:
    """A random smooth picture that drifts sideways and pulses in light."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(30, 220, (6, 20))
    base = np.kron(coarse, np.ones((15, 16)))[:, :320]
    rows = []
    for k in range(frames):
        view = np.roll(base, int(k * speed), 1)[:, :160] * (1 + 0.05 * np.sin(k))
        y = view.clip(16, 235).astype(np.uint8)
        half = np.full((45, 80), int(coarse[0, 0] / 2 + 60), np.uint8)
        rows.append(thumb(y, half, half))
    return np.stack(rows)


def test_thumb_is_an_area_mean_of_each_plane():
    row = thumb(*picture(100, 60, 200))
    assert row.shape == (THUMB_SIZE,)
    assert set(row[:576]) == {100}
    assert set(row[576:720]) == {60}
    assert set(row[720:]) == {200}


def test_distance_sees_hue_at_equal_brightness():
    a, b = thumb(*picture(100, 90, 128)), thumb(*picture(100, 166, 128))
    assert distance(a, b) == pytest.approx(0.25 * 76)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), at=st.integers(4, 20), speed=st.floats(0, 2))
def test_a_cut_between_moving_shots_is_found_on_its_frame(seed, at, speed):
    thumbs = np.concatenate([moving_shot(seed, at, speed), moving_shot(seed + 1, 24 - at, speed)])
    assert find_cut(frame_steps(thumbs), 1, 24) == at


def test_no_cut_is_invented_where_a_shot_only_moves():
    assert find_cut(frame_steps(moving_shot(3, 40)), 1, 40) is None


def test_no_cut_is_invented_in_a_still_picture():
    still = np.repeat(moving_shot(3, 1), 30, 0)
    assert find_cut(frame_steps(still), 1, 30) is None


@pytest.mark.parametrize("length", [2, 4, 12, 24])
@pytest.mark.parametrize("speed", [0.0, 2.0])
def test_the_middle_of_a_dissolve_is_found_also_in_motion(length, speed):
    a, b = moving_shot(1, length, speed), moving_shot(2, length, speed)
    weights = ((np.arange(length) + 0.5) / length)[:, None]
    mixed = ((1 - weights) * a + weights * b).round().astype(np.uint8)
    assert find_dissolve(mixed, a, b) == length // 2


def test_a_dissolve_that_comes_late_is_seen_late():
    a, b = moving_shot(1, 12), moving_shot(2, 12)
    weights = (((np.arange(12) + 0.5 - 2) / 12).clip(0, 1))[:, None]
    mixed = ((1 - weights) * a + weights * b).round().astype(np.uint8)
    assert find_dissolve(mixed[4:], a[4:], b[4:]) == 4


def test_a_dissolve_between_equal_pictures_is_not_seen():
    same = moving_shot(1, 10)
    assert find_dissolve(same, same, same) is None
