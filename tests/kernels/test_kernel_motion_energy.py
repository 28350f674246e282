"""Differences of frames and motion of blocks, against numpy, brute force and pictures whose movement is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from musicvid_kernels.motion_energy import (
    block_motion,
    block_motion_reference,
    frame_difference,
    frame_difference_reference,
)

clips = arrays.arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 9)))


def launcher(name: str):
    pytest.importorskip("triton")
    from musicvid_kernels.motion_energy import kernel

    return getattr(kernel, name)


@given(clips)
def test_differences_are_numpys(clip):
    wanted = np.abs(np.diff(clip.astype(np.int64), axis=0)).sum((1, 2))
    assert frame_difference(torch.from_numpy(clip)).tolist() == wanted.tolist()


@given(clips)
def test_differences_are_the_same_backwards_and_in_the_negative(clip):
    frames = torch.from_numpy(clip)
    found = frame_difference(frames)
    assert torch.equal(found, frame_difference(frames.flip(0)).flip(0))
    assert torch.equal(found, frame_difference(255 - frames))


@given(clips, st.integers(1, 9), st.integers(0, 3))
def test_differences_are_sums_over_blocks(clip, block, radius):
    frames = torch.from_numpy(clip)
    vectors, sads, still = block_motion(frames, block=block, radius=radius)
    assert torch.equal(still.sum((1, 2), dtype=torch.int64), frame_difference(frames))
    assert (sads <= still).all()
    assert (vectors.abs() <= radius).all()


@given(st.integers(1, 4), st.integers(0, 255))
def test_a_clip_that_stands_still_has_none(count, level):
    frames = torch.full((count, 20, 20), level, dtype=torch.uint8)
    assert not frame_difference(frames).any()
    assert not any(found.any() for found in block_motion(frames, block=8, radius=2))


def test_sums_do_not_overflow():
    """720p from black to white: 352 million, and no block beyond a third of a million."""
    frames = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1).expand(2, 1080, 1280)
    assert frame_difference(frames).tolist() == [255 * 1080 * 1280]
    few = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1).expand(2, 64, 64)
    for run in (block_motion_reference, launcher("block_motion_triton")):
        _, sads, still = run(few, block=64, radius=0)
        assert sads.tolist() == still.tolist() == [[[255 * 64 * 64]]]


def brute_force(before: np.ndarray, after: np.ndarray, block: int, radius: int):
    """Loops over everything, as the docstring says it."""
    height, width = before.shape
    for top in range(0, height, block):
        for left in range(0, width, block):
            piece = before[top : top + block, left : left + block].astype(int)
            tried = []
            for dy in range(-radius, radius + 1):
                for dx in range(-radius, radius + 1):
                    y, x = top + dy, left + dx
                    if y >= 0 and x >= 0 and y + piece.shape[0] <= height and x + piece.shape[1] <= width:
                        there = after[y : y + piece.shape[0], x : x + piece.shape[1]]
                        tried.append((np.abs(there - piece).sum(), dx * dx + dy * dy, dy, dx))
            sad, _, dy, dx = min(tried)
            yield dx, dy, sad


@pytest.mark.parametrize("seed", range(3))
def test_the_best_block_is_found_and_ties_go_as_they_should(seed):
    rng = np.random.default_rng(seed)
    clip = rng.integers(0, 3, (2, 11, 14), np.uint8)
    wanted = list(brute_force(*clip, block=4, radius=3))
    for run in (block_motion_reference, launcher("block_motion_triton")):
        vectors, sads, _ = run(torch.from_numpy(clip), block=4, radius=3)
        found = torch.cat((vectors, sads[..., None]), -1).reshape(-1, 3)
        assert [tuple(row) for row in found.tolist()] == wanted


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (5, -3), (-7, 7), (1, 6)])
def test_a_texture_that_moves_is_followed_exactly(dx, dy):
    wide = np.random.default_rng(1).integers(0, 256, (64, 80), np.uint8)
    before, after = wide[8:56, 8:72], wide[8 - dy : 56 - dy, 8 - dx : 72 - dx]
    frames = torch.from_numpy(np.stack([before, after]))
    for run in (block_motion_reference, launcher("block_motion_triton")):
        vectors, sads, _ = run(frames, block=16, radius=7)
        assert (vectors[0, 1:-1, 1:-1] == torch.tensor([dx, dy])).all()
        assert not sads[0, 1:-1, 1:-1].any()


def test_difference_kernels_read_rows_of_planar_pictures_in_place():
    frames = torch.randint(0, 256, (3, 36, 16), dtype=torch.uint8)
    luma = frames[:, :24]
    assert torch.equal(launcher("frame_difference_triton")(luma), frame_difference_reference(luma.clone()))


@pytest.mark.xdist_group("compiling")
def test_differences_are_read_16_bytes_at_a_time(tmp_path_factory):
    """A program stores one sum, so that the catalogue's test, which looks at stores too, leaves them out."""
    from test_kernels_compile import compiled

    kernels = compiled(90, tmp_path_factory.getbasetemp() / "triton")
    for size in ("81x480x832", "121x704x1280"):
        (kernel,) = kernels[f"frame_difference/{size}"]
        assert kernel["loads"] == [".v4.b32"]


@pytest.mark.parametrize("wish", ["reference", "triton"])
def test_both_choices_run(wish, monkeypatch):
    pytest.importorskip("triton")
    monkeypatch.setenv("MUSICVID_KERNELS", wish)
    frames = torch.tensor([[[1, 2]], [[4, 0]]], dtype=torch.uint8)
    assert frame_difference(frames).tolist() == [5]
    assert block_motion(frames, block=2, radius=1)[1].tolist() == [[[5]]]


def test_wrong_shapes_types_and_sizes_say_so():
    frames = torch.zeros(2, 4, 6, dtype=torch.uint8)
    with pytest.raises(ValueError, match="at least one frame"):
        frame_difference(frames[:0])
    with pytest.raises(ValueError, match="uint8 is needed"):
        frame_difference(frames.float())
    with pytest.raises(ValueError, match=r"luma \(F, H, W\)"):
        block_motion(frames[0])
    with pytest.raises(ValueError, match="block is 65: 1 to 64"):
        block_motion(frames, block=65)
    with pytest.raises(ValueError, match="radius is -1: 0 to 32"):
        block_motion(frames, radius=-1)
