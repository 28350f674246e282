"""Times between frames, against whole numbers, OpenCV's own warp and pictures whose movement is known."""

from __future__ import annotations

import itertools
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from musicvid_kernels.timewarp import timewarp, timewarp_flow, timewarp_flow_reference, timewarp_reference

fractions = st.fractions(0, 1, max_denominator=16000)


def both(op, name: str, *given: torch.Tensor) -> torch.Tensor:
    """What ``op``'s definition makes, after Triton's kernel made the same, uint8 to a level."""
    pytest.importorskip("triton")
    from musicvid_kernels.timewarp import kernel

    wanted, found = op(*given), getattr(kernel, name)(*given)
    assert found.dtype == wanted.dtype
    assert found.shape == wanted.shape
    torch.testing.assert_close(found.float(), wanted.float(), rtol=1e-4, atol=1e-4 if wanted.is_floating_point() else 1)
    return wanted


def positions(*places: float) -> torch.Tensor:
    return torch.tensor(places, dtype=torch.float64)


def in_whole_numbers(before: int, after: int, weight: Fraction) -> int:
    """The nearest level, halves up."""
    return int(before + weight * (after - before) + Fraction(1, 2))


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=40), fractions)
def test_levels_round_as_fractions_do(levels, weight):
    frames = torch.tensor(levels, dtype=torch.uint8).T.contiguous()
    (found,) = timewarp(frames, positions(float(weight)))
    assert found.tolist() == [in_whole_numbers(a, b, weight) for a, b in levels]


@pytest.mark.parametrize("weight", [Fraction(1, 2), Fraction(5, 6), Fraction(1001, 1500), Fraction(7999, 16000)])
def test_every_pair_of_levels_rounds_right_in_both(weight):
    pytest.importorskip("triton")
    from musicvid_kernels.timewarp.kernel import timewarp_triton

    pairs = torch.cartesian_prod(*[torch.arange(256, dtype=torch.uint8)] * 2)
    wanted = [in_whole_numbers(a, b, weight) for a, b in pairs.tolist()]
    for made in (timewarp_reference, timewarp_triton):
        assert made(pairs.T, positions(float(weight)))[0].tolist() == wanted


rising = st.lists(st.floats(0, 1.5, allow_subnormal=False), min_size=1, max_size=8).map(
    lambda steps: [min(place, 4.0) for place in itertools.accumulate(steps)]
)


@given(rising, st.integers(0, 255))
def test_a_clip_that_stands_still_stays(places, level):
    frames = torch.full((5, 2, 4, 6), level, dtype=torch.uint8)
    flow = torch.randn(4, 2, 4, 6, generator=torch.Generator().manual_seed(level)) * 9
    assert (timewarp(frames, positions(*places)) == level).all()
    assert (timewarp_flow(frames, positions(*places), flow, -2 * flow) == level).all()


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float16, torch.bfloat16, torch.float32])
def test_positions_on_frames_copy_them_bit_for_bit(dtype):
    bits = {1: torch.uint8, 2: torch.int16, 4: torch.int32}[torch.empty((), dtype=dtype).element_size()]
    frames = torch.randn(4, 2, 3, 5).to(dtype) if dtype.is_floating_point else torch.arange(120).byte().view(4, 2, 3, 5)
    if dtype.is_floating_point:
        frames[1, 0, 0], frames[2, 1, 2] = torch.inf, torch.nan
    flow = torch.full((3, 2, 3, 5), 2.0)
    places = positions(0, 1, 1, 2, 3)
    for made in (timewarp(frames, places), timewarp_flow(frames, places, flow, flow)):
        assert torch.equal(made.view(bits), frames[[0, 1, 1, 2, 3]].view(bits))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the interpreter's: it computes what is not taken
def test_kernels_copy_bit_for_bit_too():
    frames = torch.tensor([[torch.inf, -torch.inf, torch.nan, -0.0]] * 2)
    pytest.importorskip("triton")
    from musicvid_kernels.timewarp.kernel import timewarp_flow_triton, timewarp_triton

    assert torch.equal(timewarp_triton(frames, positions(0, 1)).view(torch.int32), frames.view(torch.int32))
    planes, flow = frames.view(2, 1, 2, 2), torch.ones(1, 2, 2, 2)
    made = timewarp_flow_triton(planes, positions(0, 1), flow, flow)
    assert torch.equal(made.view(torch.int32), planes.view(torch.int32))


def texture(height: int, width: int) -> np.ndarray:
    """Smooth, and nowhere alike."""
    coarse = np.random.default_rng(3).integers(20, 236, (height // 16, width // 16), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def moved(picture: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """Its content ``(dx, dy)`` px further, by OpenCV."""
    return cv2.warpAffine(
        picture, np.float32([[1, 0, dx], [0, 1, dy]]), picture.shape[::-1], flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip


@pytest.mark.parametrize("part", [0.25, 0.5, 0.8])
def test_a_texture_that_moves_is_half_way_at_half_the_time(part):
    dx, dy = 6.0, -4.0
    still = texture(64, 96)
    frames = torch.from_numpy(np.stack([still, moved(still, dx, dy)]))[:, None]
    forward = torch.tensor([dx, dy]).view(1, 2, 1, 1).expand(1, 2, 64, 96)
    found = both(timewarp_flow_reference, "timewarp_flow_triton", frames, positions(part), forward, -forward)
    wanted = moved(still, dx * part, dy * part).astype(int)
    assert np.abs(found[0, 0].numpy() - wanted)[10:-10, 10:-10].max() <= 1
    mixed = timewarp(frames, positions(part))[0, 0].numpy()
    assert np.abs(mixed - wanted)[10:-10, 10:-10].max() >= 8


def test_what_comes_into_the_picture_is_taken_from_the_frame_that_shows_it():
    """A pan by 12 px: at the right edge the frame before has nothing, and its last column must not be smeared in."""
    wide = texture(48, 128)
    frames = torch.from_numpy(np.stack([wide[:, :96], wide[:, 12:108]]))[:, None]
    forward = torch.tensor([-12.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 48, 96)
    found = timewarp_flow(frames, positions(0.5), forward, -forward)[0, 0].numpy().astype(int)
    assert np.abs(found - wide[:, 6:102]).max() <= 12
    assert np.abs(found - wide[:, 6:102])[:, 6:-6].max() <= 1


def test_what_is_uncovered_is_taken_from_the_frame_that_shows_it():
    """A white post passes a dark wall with a mark. Where the post stood in one frame, the other one shows the wall."""
    wall = np.full((40, 80), 40, np.uint8)
    before, after, between = (wall.copy() for _ in range(3))
    before[:, 20:30] = after[:, 36:46] = between[:, 28:38] = 220
    forward = np.zeros((1, 2, 40, 80), np.float32)
    backward = forward.copy()
    forward[0, 0, :, 12:38], backward[0, 0, :, 28:54] = 16, -16  # flow spreads over the edges of what moves
    frames = torch.from_numpy(np.stack([before, after]))[:, None]
    flows = torch.from_numpy(forward), torch.from_numpy(backward)
    found = both(timewarp_flow_reference, "timewarp_flow_triton", frames, positions(0.5), *flows)[0, 0].numpy()
    assert (found[:, 28:38] == 220).all()
    assert (found[:, :20] == 40).all()
    assert (found[:, 46:] == 40).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_warp_is_opencvs(seed):
    """With one flow the negative of the other nothing is missed: what is left is the mean of two warps."""
    rng = np.random.default_rng(seed)
    height, width = 21, 34
    frames = rng.normal(size=(2, height, width)).astype(np.float32)
    dx, dy = rng.uniform(-9, 9, 2).astype(np.float32)
    y, x = np.mgrid[:height, :width].astype(np.float32)

    def warped(frame, part):
        return cv2.remap(frame, x + part * dx, y + part * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    flow = torch.tensor([dx, dy]).view(1, 2, 1, 1).expand(1, 2, height, width)
    found = both(
        timewarp_flow_reference, "timewarp_flow_triton", torch.from_numpy(frames)[:, None], positions(0.5), flow, -flow
    )[0, 0].numpy()
    inner = np.s_[5:-5, 5:-5]  # further out one of the two is trusted less
    wanted = (warped(frames[0], -0.5) + warped(frames[1], 0.5)) / 2
    assert np.abs(found - wanted)[inner].max() < 0.1  # OpenCV rounds positions to 1/32 px
    assert np.abs(found - wanted)[inner].mean() < 0.02


def test_no_flow_is_mixing():
    frames = torch.rand(3, 2, 6, 7)
    still = torch.zeros(2, 2, 6, 7)
    places = positions(0.2, 0.5, 1.75)
    assert torch.allclose(timewarp_flow(frames, places, still, still), timewarp(frames, places), atol=1e-6)


def test_time_reversed_is_the_same_seen_from_behind():
    frames = torch.rand(2, 1, 9, 12)
    forward, backward = torch.randn(2, 1, 2, 9, 12) * 3
    ahead = timewarp_flow(frames, positions(0.25), forward, backward)
    behind = timewarp_flow(frames.flip(0), positions(0.75), backward, forward)
    assert torch.allclose(ahead, behind, atol=1e-5)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_flows_that_are_no_numbers_read_nothing_from_elsewhere():
    frames = torch.zeros(2, 1, 4, 5)
    flow = torch.full((1, 2, 4, 5), torch.nan)
    flow[..., 2:] = 1e30
    pytest.importorskip("triton")
    from musicvid_kernels.timewarp.kernel import timewarp_flow_triton

    for made in (timewarp_flow_reference, timewarp_flow_triton):
        assert made(frames, positions(0.5), flow, flow).shape == (1, 1, 4, 5)


@pytest.mark.parametrize("wish", ["reference", "triton"])
def test_both_choices_run(wish, monkeypatch):
    pytest.importorskip("triton")
    monkeypatch.setenv("MUSICVID_KERNELS", wish)
    frames = torch.arange(48).byte().view(2, 1, 4, 6)
    assert timewarp(frames, positions(0.5)).view(-1)[0] == 12
    still = torch.zeros(1, 2, 4, 6)
    assert timewarp_flow(frames, positions(0.5), still, still).view(-1)[0] == 12


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([0.0, 2.0, 1.5], r"fall from 2\.0 to 1\.5 at 2"),
        ([0.5, 2.001], r"position 1 is 2\.001: there are 3 frames, 0 to 2"),
        ([-0.1], r"position 0 is -0\.1"),
        ([float("nan")], "position 0 is nan"),
    ],
)
def test_positions_that_cannot_be_are_said(places, said):
    frames, flow = torch.zeros(3, 1, 2, 2), torch.zeros(2, 2, 2, 2)
    with pytest.raises(ValueError, match=said):
        timewarp(frames, positions(*places))
    with pytest.raises(ValueError, match=said):
        timewarp_flow(frames, positions(*places), flow, flow)


def test_wrong_shapes_and_types_say_so():
    frames, flow, places = torch.zeros(3, 1, 4, 6), torch.zeros(2, 2, 4, 6), positions(0)
    with pytest.raises(ValueError, match="at least one frame"):
        timewarp(frames[:0], places)
    with pytest.raises(ValueError, match="int32: uint8"):
        timewarp(frames.int(), places)
    with pytest.raises(ValueError, match="float64 is for the definitions"):
        timewarp(frames.double(), places)
    with pytest.raises(ValueError, match=r"\(1, 1\) torch.float64: \(K,\)"):
        timewarp(frames, places[None])
    with pytest.raises(ValueError, match="int64"):
        timewarp(frames, places.long())
    with pytest.raises(ValueError, match="on the processor"):
        timewarp(frames, places.to("meta"))
    with pytest.raises(ValueError, match=r"\(F, C, H, W\)"):
        timewarp_flow(frames[:, 0], places, flow, flow)
    with pytest.raises(ValueError, match=r"backward is \(2, 2, 4, 5\): \(2, 2, 4, 6\)"):
        timewarp_flow(frames, places, flow, flow[..., 1:])
    with pytest.raises(ValueError, match=r"forward is torch\.int64"):
        timewarp_flow(frames, places, flow.long(), flow)
    with pytest.raises(ValueError, match="backward is on meta"):
        timewarp_flow(frames, places, flow, flow.to("meta"))
