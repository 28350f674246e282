"""``retime: flow``: what moves between a clip's frames is shown where it was."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from musicvid.errors import RenderError
from musicvid.rendering.backends.diffusion.conform import conformed
from musicvid.schema.frames import FrameSize

SIZE = FrameSize(160, 96)


def moment(time: Fraction | int) -> np.ndarray:
    """A scene at a time in frames: a wall that goes by, 6 px a frame, and a disc before it that goes the other way."""
    rng = np.random.default_rng(0)
    wall = cv2.resize(rng.integers(40, 160, (20, 60), np.uint8), (480, 160), interpolation=cv2.INTER_CUBIC)
    shift = np.float32([[1, 0, -60 - 6 * float(time)], [0, 1, -20]])
    luma = cv2.warpAffine(wall, shift, (SIZE.width, SIZE.height), flags=cv2.INTER_CUBIC)
    rows, columns = np.mgrid[: SIZE.height, : SIZE.width]
    inside = np.clip(24.5 - np.hypot(rows - 48, columns - 40 - 8 * float(time)), 0, 1)
    luma = np.round(luma * (1 - inside) + 210 * inside).astype(np.uint8)
    chroma = [np.round(128 + sign * 50 * inside[::2, ::2]).astype(np.uint8) for sign in (1, -1)]
    return np.concatenate([plane.reshape(-1) for plane in (luma, *chroma)]).reshape(SIZE.height * 3 // 2, SIZE.width)


def shown(positions, retime, size=SIZE):
    return list(conformed((moment(k) for k in range(9)), positions, size, retime))


def psnr_db(found: np.ndarray, wanted: np.ndarray) -> float:
    return 10 * np.log10(255**2 / ((found.astype(float) - wanted) ** 2).mean())


def test_flow_is_far_nearer_to_what_was_never_rendered():
    positions = [Fraction(2 * k + 1, 2) for k in range(6)]
    true = [moment(position) for position in positions]
    hold, blend, flow = (
        np.mean([psnr_db(*pair) for pair in zip(shown(positions, retime), true, strict=True)])
        for retime in ("hold", "blend", "flow")
    )
    assert flow > blend + 3 > hold + 3


def test_nothing_is_torn_at_the_edges():
    """The pan brings 6 px of new wall in with every frame."""
    found, true = shown([Fraction(7, 2)], "flow")[0], moment(Fraction(7, 2))
    error = np.abs(found.astype(int) - true)[: SIZE.height]
    edge = np.ones_like(error, bool)
    edge[8:-8, 8:-8] = False
    assert error[edge].mean() < 4


def test_frames_of_the_clip_are_shown_as_they_are():
    positions = [Fraction(0), Fraction(1, 3), Fraction(1), Fraction(1), Fraction(5, 2), Fraction(8)]
    found = shown(positions, "flow")
    for k in (0, 2, 3, 5):
        assert np.array_equal(found[k], moment(int(positions[k])))
    assert not np.array_equal(found[1], found[0])


def test_each_pair_is_followed_once_in_the_clips_own_size(monkeypatch):
    import musicvid.rendering.backends.diffusion.conform as room

    followed, usual = [], room.flow_between

    def counting(before, after):
        followed.append(before.shape)
        return usual(before, after)

    monkeypatch.setattr(room, "flow_between", counting)
    found = shown([Fraction(k, 4) for k in range(12)], "flow", FrameSize(320, 192))
    assert {picture.shape for picture in found} == {(288, 320)}
    assert followed == [(96, 160)] * 3


def test_a_clip_that_ends_too_early_is_said():
    with pytest.raises(RenderError, match="has 9 frames, frame 9"):
        shown([Fraction(17, 2)], "flow")


def test_memory_is_flat_and_one_frame_is_read_ahead():
    read = []

    def frames():
        while True:
            read.append(len(read))
            yield moment(0)

    positions = [Fraction(2 * k, 3) for k in range(100)]
    for k, _ in zip(range(12), conformed(frames(), positions, SIZE, "flow"), strict=False):
        assert read[-1] <= 2 * k // 3 + 1
