"""How clips move, on pictures whose movement is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.vision.motion import Shift, movements, movements_between

HEIGHT, WIDTH = 144, 256


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(30, 220, (height // 6, width // 6), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def planar(luma: np.ndarray) -> np.ndarray:
    return np.concatenate([luma, np.full((luma.shape[0] // 2, luma.shape[1]), 128, np.uint8)])


def pan(count: int, dx: int, dy: int, height: int = HEIGHT, width: int = WIDTH) -> list[np.ndarray]:
    """A window over a still: what is seen goes ``(dx, dy)`` px a frame."""
    around = count * max(abs(dx), abs(dy))
    still = texture(height + 2 * around, width + 2 * around)
    places = [(around - k * dy, around - k * dx) for k in range(count)]
    return [planar(still[top : top + height, left : left + width]) for top, left in places]


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, -2), (-7, 5)])
def test_a_pan_is_found(dx, dy):
    found = list(movements(pan(5, dx, dy)))
    assert [one.shift for one in found] == [Shift(dx, dy)] * 4
    for one in found:  # what comes in at an edge was nowhere before
        assert one.moving_share >= 0.8 if (dx, dy) != (0, 0) else one.moving_share == 0


def test_large_pictures_are_followed_further_in_px_of_their_own():
    found = list(movements(pan(3, 15, 6, 480, 832)))
    assert [one.shift for one in found] == [Shift(15, 6)] * 2


def test_energy_is_numpys_mean_difference_of_luma():
    rng = np.random.default_rng(2)
    pictures = rng.integers(0, 256, (20, 48, 30), np.uint8)
    wanted = np.abs(np.diff(pictures[:, :32].astype(float), axis=0)).mean((1, 2))
    assert [one.energy_levels for one in movements(pictures)] == pytest.approx(wanted.tolist(), abs=1e-9)


@settings(max_examples=10)
@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 10))
def test_plain_pictures_change_but_do_not_go_anywhere(first, second, count):
    found = list(movements([planar(np.full((32, 48), level, np.uint8)) for level in (first, *[second] * count)]))
    assert [one.energy_levels for one in found] == [abs(first - second), *[0] * (count - 1)][:count]
    assert all(one.shift is None and one.moving_share == 0 for one in found)


def test_something_small_moves_before_a_still_background():
    still, thing = texture(HEIGHT, WIDTH), texture(48, 48, seed=1)
    pictures = []
    for k in range(3):
        luma = still.copy()
        luma[48:96, 64 + 6 * k : 112 + 6 * k] = thing
        pictures.append(planar(luma))
    for one in movements(pictures):
        assert one.shift == Shift(0, 0)
        assert 6 / 144 <= one.moving_share <= 20 / 144


def test_grain_moves_nothing():
    rng = np.random.default_rng(0)
    for still in (np.full((HEIGHT, WIDTH), 90, np.uint8), texture(HEIGHT, WIDTH)):
        grain = rng.normal(0, 5, (4, HEIGHT, WIDTH))
        found = list(movements(planar(np.clip(still + one, 0, 255).astype(np.uint8)) for one in grain))
        assert all(one.shift == Shift(0, 0) and one.moving_share == 0 for one in found)
        assert all(4 < one.energy_levels < 7 for one in found)


def test_pictures_may_be_one_array_that_is_written_again_and_again():
    pictures, one = pan(10, 2, 1), np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)

    def reusing():
        for picture in pictures:
            one[:] = picture
            yield one

    assert (
        list(movements(reusing())) == list(movements(pictures)) == movements_between(torch.tensor(np.stack(pictures)))
    )


def test_memory_is_flat():
    read = []

    def endless():
        while True:
            read.append(len(read))
            yield planar(np.zeros((8, 8), np.uint8))

    for _, seen in zip(movements(endless()), range(50), strict=False):
        assert len(read) <= seen + 9


def test_clips_of_one_picture_or_none_have_no_movement():
    assert list(movements([])) == []
    assert list(movements([planar(np.zeros((16, 16), np.uint8))])) == []


def test_pictures_smaller_than_a_block_only_have_energy():
    (found,) = movements([planar(np.full((8, 8), level, np.uint8)) for level in (10, 13)])
    assert (found.energy_levels, found.shift, found.moving_share) == (3, None, 0)
