"""Laws of the op, for the definition and the twin compiled for the processor; and the twin against the definition."""

from __future__ import annotations

import pytest
import torch
from finish_pictures import BOTH, distance, parts, picture, table_of
from hypothesis import given, settings
from hypothesis import strategies as st
from musicvid_kernels.case import Maker
from musicvid_kernels.finish import (
    FLASH,
    GAIN,
    LIFT,
    LUT,
    SATURATION,
    SHIFT_X,
    SHIFT_Y,
    ZOOM,
    finish_reference,
    neutral,
)  # fmt: skip
from musicvid_kernels.finish.cases import CASES, OPS
from musicvid_kernels.finish.processor import finish_processor

few = settings(max_examples=25)
seeds = st.integers(0, 2**20)
RUNS = st.sampled_from([finish_reference, finish_processor])


@few
@given(RUNS, seeds)
def test_a_neutral_table_changes_nothing(run, seed):
    frames = picture(seed=seed)
    assert torch.equal(run(frames, neutral(2)), run(frames))


@few
@given(RUNS, seeds, st.floats(0.5, 2), st.floats(0, 2), st.floats(0.8, 1.6))
def test_a_full_flash_is_white_whatever_comes_before(run, seed, gain, saturation, zoom):
    table = table_of(2, gain=gain, saturation=saturation, zoom=zoom, flash=1.0)
    for lut in (None, torch.rand(3, 3, 3, 3)):
        y, u, v = parts(run(picture(seed=seed), table, lut))
        assert (y == 235).all()
        assert (u == 128).all()
        assert (v == 128).all()


@few
@given(RUNS, seeds, st.floats(0.1, 2), st.floats(0, 1), st.floats(0.8, 1.6))
def test_without_saturation_all_is_grey(run, seed, gain, flash, zoom):
    y, u, v = parts(run(picture(seed=seed), table_of(2, gain=gain, flash=flash, zoom=zoom, saturation=0.0)))
    assert y.float().std() > 0 or flash > 0.9
    assert (u == 128).all()
    assert (v == 128).all()


@few
@given(RUNS, seeds, st.integers(-3, 3), st.integers(-3, 3))
def test_a_shift_by_whole_pixels_moves_the_planes(run, seed, columns, rows):
    """By twos, so that chroma moves by ones; away from the edges that come in."""
    frames = picture(1, 32, 40, seed)
    table = table_of(1, shift_x=2 * columns / 40, shift_y=2 * rows / 32)
    for before, after, unit in zip(parts(run(frames)), parts(run(frames, table)), (2, 1, 1), strict=True):
        moved = torch.roll(before, (rows * unit, columns * unit), (1, 2))
        edge = 4 * unit
        inner = (slice(None), slice(edge, -edge), slice(edge, -edge))
        assert distance(moved[inner], after[inner]) <= 1
    if columns > 0:  # the edge is repeated
        y, _, _ = parts(run(frames, table))
        assert (y[:, :, : 2 * columns] == y[:, :, 2 * columns : 2 * columns + 1]).all()


@few
@given(RUNS, seeds, st.floats(1.0, 3.0))
def test_zoom_keeps_the_centre_and_a_flat_picture(run, seed, zoom):
    flat = torch.rand(1, 3, 1, 1, generator=torch.Generator().manual_seed(seed)).expand(1, 3, 10, 14)
    assert distance(run(flat, table_of(1, zoom=zoom)), run(flat)) <= 1
    ramp = torch.linspace(0, 1, 40).reshape(1, 1, 1, 40).expand(1, 3, 8, 40)
    y, _, _ = parts(run(ramp, table_of(1, zoom=zoom)))
    middle = y[0, 0, 19:21].float().mean()
    assert abs(middle - (16 + 219 / 2)) <= 1


@few
@given(RUNS, seeds, st.floats(0.2, 1.8), st.floats(-0.3, 0.3), st.floats(0.0, 2.0), st.floats(0.0, 1.0))
def test_without_a_look_up_table_the_grade_is_one_affine_map(run, seed, gain, lift, saturation, flash):
    frames = picture(seed=seed).double()
    grey = (frames * torch.tensor([0.2126, 0.7152, 0.0722]).double().reshape(1, 3, 1, 1)).sum(1, keepdim=True)
    wanted = (grey + (frames - grey) * saturation) * gain + lift
    wanted = wanted * (1 - flash) + flash
    table = table_of(2, gain=gain, lift=lift, saturation=saturation, flash=flash)
    assert distance(run(frames.float(), table), finish_reference(wanted)) <= 1


@few
@given(RUNS, seeds, st.floats(0, 1))
def test_a_look_up_table_that_says_the_same_changes_nothing(run, seed, strength):
    line = torch.linspace(0, 1, 5)
    blue, green, red = torch.meshgrid(line, line, line, indexing="ij")
    same, frames = torch.stack([red, green, blue], -1), picture(seed=seed)
    assert distance(run(frames, table_of(2, lut=strength), same), run(frames)) <= 1
    turned = 1 - same
    assert distance(run(frames, lut=turned), run(1 - frames)) <= 1
    assert torch.equal(run(frames, table_of(2, lut=0.0), torch.rand(5, 5, 5, 3)), run(frames))


@few
@given(RUNS, seeds, st.sampled_from([torch.float32, torch.float16, torch.bfloat16]))
def test_bytes_are_the_floats_they_stand_for(run, seed, dtype):
    values = torch.randint(0, 256, (2, 8, 12, 3), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)
    frames = values.permute(0, 3, 1, 2)
    table = table_of(2, zoom=1.2, gain=1.1, saturation=0.7, flash=0.1)
    for more in ({}, {"table": table}):
        # 0 to 255 are whole numbers in every type
        assert distance(run(frames, **more), run(frames.to(dtype), low=0.0, high=255.0, **more)) <= 1


@BOTH
def test_what_is_outside_is_clamped_and_what_is_no_number_is_black(run):
    bad = picture()
    bad[0, 0, 3, 4], bad[0, 1, 5, 6], bad[1, 2, 2, 2] = float("nan"), float("inf"), -float("inf")
    bad[1, 0, 8, 8], bad[1, 1, 9, 9] = 7.0, -7.0
    good = bad.clone()
    good[0, 0, 3, 4], good[0, 1, 5, 6], good[1, 2, 2, 2], good[1, 0, 8, 8], good[1, 1, 9, 9] = 0, 1, 0, 1, 0
    for table in (None, table_of(2, zoom=1.3, gain=-1.0, lift=1.0)):
        assert torch.equal(run(bad, table), run(good, table))
        assert torch.equal(run(bad * 2 - 1, table, low=-1.0), run(good * 2 - 1, table, low=-1.0))


@BOTH
def test_views_give_the_same_as_copies(run):
    wide = torch.rand(2, 40, 60, 3, generator=torch.Generator().manual_seed(1))
    view = wide[:, ::2, 4:44].permute(0, 3, 1, 2)
    for table in (None, table_of(4, zoom=1.1)[::2]):
        assert torch.equal(run(view, table), run(view.contiguous(), table))
    bytes_of_four = torch.randint(0, 256, (2, 8, 10, 4), dtype=torch.uint8)[..., :3].permute(0, 3, 1, 2)
    assert torch.equal(run(bytes_of_four), run(bytes_of_four.contiguous()))


# The twin that is compiled for the processor


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_twin_is_within_one_level_of_the_definition(case, dtype):
    arguments = case.build(Maker(getattr(torch, dtype)))
    found, wanted = finish_processor(**arguments), finish_reference(**arguments)
    assert found.shape == wanted.shape
    assert not found.numel() or distance(found, wanted) <= 1


@few
@given(
    seeds, st.sampled_from([(2, 2), (9, 31), (64, 98)]), st.sampled_from([(0, 0), (8, 6), (40, 130)]), st.booleans(),
    st.lists(st.floats(0.3, 3), min_size=2, max_size=2), st.lists(st.floats(-0.6, 0.6), min_size=4, max_size=4),
)  # fmt: skip
def test_the_twin_keeps_to_the_definition_whatever_moves(seed, source, size, whole, zooms, shifts):
    generator = torch.Generator().manual_seed(seed)
    frames = torch.randint(0, 256, (2, *source, 3), generator=generator, dtype=torch.uint8).permute(0, 3, 1, 2)
    if not whole:
        frames = frames / 255
    table = neutral(2)
    table[:, ZOOM], table[:, SHIFT_X], table[:, SHIFT_Y] = map(torch.tensor, (zooms, shifts[:2], shifts[2:]))
    table[:, [GAIN, LIFT, SATURATION, LUT, FLASH]] = torch.tensor([1.2, -0.1, 0.6, 1.0, 0.2])
    height, width = size if size[0] else (source[0] // 2 * 2, source[1] // 2 * 2)
    found = finish_processor(frames, table, height=height, width=width)
    assert distance(found, finish_reference(frames, table, height=height, width=width)) <= 1


@pytest.mark.filterwarnings("ignore::RuntimeWarning:triton")
@pytest.mark.parametrize("zoom", [0.0, -1.0, float("nan"), float("inf"), 1e-30, 1e30])
@pytest.mark.parametrize("shift", [0.0, float("nan"), -float("inf"), 1e30])
def test_no_table_reads_outside_of_the_picture(zoom, shift):
    frames = picture(1, 6, 8)
    table = table_of(1, zoom=zoom, shift_x=shift, shift_y=shift)
    for run in (finish_reference, finish_processor, OPS[0].triton):
        assert run(frames, table).shape == (1, 9, 8)
