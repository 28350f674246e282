"""Flow and the pictures in between, on pictures whose movement is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from musicvid.vision.flow import flow_between, in_between

HEIGHT, WIDTH = 96, 160


def texture(height: int, width: int, seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(30, 220, (height // 8, width // 8), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def window(left: int, top: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """A planar picture cut out of larger planes; everything of it moves alike. Places are even."""
    luma = texture(height + 32, width + 32)[top : top + height, left : left + width]
    places = slice(top // 2, (top + height) // 2), slice(left // 2, (left + width) // 2)
    chroma = [texture(height + 32, width + 32, seed)[::2, ::2][places] for seed in (1, 2)]
    return np.concatenate([plane.reshape(-1) for plane in (luma, *chroma)]).reshape(height * 3 // 2, width)


def luma(picture: np.ndarray) -> np.ndarray:
    return picture[: picture.shape[0] * 2 // 3]


def test_flow_has_the_direction_and_length_of_the_movement():
    before, after = luma(window(12, 8)), luma(window(4, 12))  # what is seen goes 8 to the right and 4 up
    flows = flow_between(before, after)
    for flow, (dx, dy) in ((flows.forward, (8, -4)), (flows.backward, (-8, 4))):
        assert (flow.shape, flow.dtype) == ((2, HEIGHT, WIDTH), np.float32)
        assert np.abs(flow - np.array([dx, dy])[:, None, None])[:, 16:-16, 16:-16].mean() < 0.2


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_flow_does_not_depend_on_how_many_threads_there_are(threads):
    before, after = luma(window(12, 8)), luma(window(4, 12))
    usual = cv2.getNumThreads()
    wanted = flow_between(before, after)
    try:
        cv2.setNumThreads(threads)
        found = flow_between(before, after)
    finally:
        cv2.setNumThreads(usual)
    assert np.array_equal(found.forward, wanted.forward)
    assert np.array_equal(found.backward, wanted.backward)


@pytest.mark.parametrize(("part", "left", "top"), [(0.25, 10, 8), (0.5, 8, 8), (0.75, 6, 8)])
def test_in_between_all_planes_are_where_they_were_by_then(part, left, top):
    before, after, wanted = window(12, 8), window(4, 8), window(left, top)
    found = in_between(before, after, flow_between(luma(before), luma(after)), part)
    assert (found.shape, found.dtype) == (before.shape, np.uint8)
    error = np.abs(found.astype(int) - wanted)
    mixed = np.abs((1 - part) * before + part * after - wanted)
    inner = np.s_[12:-12, 16:-16]
    assert error[:HEIGHT][inner].mean() < 1
    for plane, blended in zip(error[HEIGHT:].reshape(2, HEIGHT // 2, -1), mixed[HEIGHT:].reshape(2, HEIGHT // 2, -1),
                              strict=True):  # fmt: skip
        assert plane[inner].mean() < 2
        assert plane[inner].mean() < 0.2 * blended[inner].mean()


def test_the_ends_are_the_pictures_themselves():
    before, after = window(12, 8), window(4, 8)
    flows = flow_between(luma(before), luma(after))
    assert np.array_equal(in_between(before, after, flows, 0), before)
    assert np.array_equal(in_between(before, after, flows, 1), after)


@pytest.mark.parametrize("size", [(2, 2), (8, 16), (16, 8), (34, 18)])
def test_pictures_may_be_small(size):
    height, width = size
    one = np.full((height * 3 // 2, width), 90, np.uint8)
    flows = flow_between(luma(one), luma(one))
    assert flows.forward.shape == (2, height, width)
    assert np.array_equal(in_between(one, one, flows, 0.3), one)


def test_pictures_that_may_not_be_written_to_are_read():
    one = window(0, 0)
    one.flags.writeable = False
    assert np.array_equal(in_between(one, one, flow_between(luma(one), luma(one)), 0.5), one)


def test_pictures_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match=r"\(8, 8\) and \(8, 10\)"):
        flow_between(np.zeros((8, 8), np.uint8), np.zeros((8, 10), np.uint8))


def test_the_processor_is_not_asked_for_a_card(monkeypatch):
    """Kernels that were asked for by name are for cards: these pictures lie in the host's memory."""
    monkeypatch.delenv("TRITON_INTERPRET")
    monkeypatch.setenv("MUSICVID_KERNELS", "triton")
    before = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    flows = flow_between(before[:32], before[:32])
    assert np.array_equal(in_between(before, before, flows, 0.5), before)
