"""The table of effects on songs whose movement is written by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from musicvid_kernels.finish import COLUMNS, finish, finish_reference, neutral

from musicvid.errors import InputError
from musicvid.rendering import finish_table as here
from musicvid.rendering.finish_table import finish_table
from musicvid.schema.frames import FrameRate, FrameSpan
from musicvid.schema.shots import MOTION_CHANNELS, Motion

RATE = FrameRate.parse("24")
ALL = FrameSpan(0, 48)


def moving(frames: int = 48, **channels: list[float]) -> Motion:
    """A bar of four beats each second; other channels as given, or 0."""
    known = {"beat_phase": [k % 6 / 6 for k in range(frames)], "bar_phase": [k % 24 / 24 for k in range(frames)]}
    return Motion.of(zip(*((known | channels).get(name, [0.0] * frames) for name in MOTION_CHANNELS), strict=True))


def column(table: np.ndarray, name: str) -> np.ndarray:
    return table[:, COLUMNS.index(name)]


def test_columns_and_their_neutral_values_are_those_of_the_kernel():
    assert here.COLUMNS == COLUMNS
    table = finish_table(moving(), ALL, RATE)
    assert table.dtype == np.float32
    assert np.array_equal(table, neutral(48).numpy())


def test_downbeats_zoom_and_fall_back():
    zoom = column(finish_table(moving(), ALL, RATE, zoom=0.08), "zoom")
    assert zoom[[0, 24]] == pytest.approx([1.08, 1.08])
    assert zoom[12] == pytest.approx(1 + 0.08 / 4)
    assert (np.diff(zoom[:24]) < 0).all()
    assert np.array_equal(zoom[:24], zoom[24:])


def test_hits_flash_and_fade_and_half_hits_do_not():
    onset = [0.0] * 48
    onset[5], onset[30], onset[44] = 1.0, 0.6, 0.4
    flash = column(finish_table(moving(onset=onset), ALL, RATE, flash=0.5), "flash")
    assert flash[5:10] == pytest.approx([0.5, 0.375, 0.25, 0.125, 0.0])
    assert flash[30] == pytest.approx(0.3)
    assert flash[[4, 29, 44]].tolist() == [0, 0, 0]


def test_the_stronger_of_two_hits_that_are_close_flashes():
    onset = [0.0] * 48
    onset[10], onset[13], onset[17] = 0.6, 0.9, 0.8
    flash = column(finish_table(moving(onset=onset), ALL, RATE, flash=1.0), "flash")
    assert flash[10] == 0
    assert flash[13] == pytest.approx(0.9)
    assert flash[17] == 0


@given(
    st.lists(st.floats(0, 1, width=32), min_size=1, max_size=200), st.sampled_from(["12", "23.976", "24", "25", "60"])
)
def test_no_second_has_more_than_three_flashes(onset, name):
    rate = FrameRate.parse(name)
    flash = column(finish_table(moving(len(onset), onset=onset), FrameSpan(0, len(onset)), rate, flash=1.0), "flash")
    begins = np.flatnonzero((flash > 0) & (flash > np.append(0, flash[:-1])))
    assert all(begins[k + 3] - begins[k] >= rate.fps for k in range(len(begins) - 3))


def test_the_shake_follows_the_bass_and_shows_no_edge():
    bass = [1.0] * 24 + [0.0] * 24
    table = finish_table(moving(bass=bass), ALL, RATE, shake=0.02)
    x, y = column(table, "shift_x"), column(table, "shift_y")
    assert np.abs(x[:24:6]).max() > 0.002
    assert not x[24:].any()
    assert not np.array_equal(x, y)
    assert column(table, "zoom") == pytest.approx(1.04)
    framed = torch.zeros(1, 3, 32, 64)
    framed[:, :, 1:-1, 1:-1] = 0.5  # in a black line of one pixel
    planes = finish(framed.expand(48, 3, 32, 64), torch.from_numpy(table))
    inner = planes[:, 2:30, 3:61]  # what is mixed with the line stays beside it
    assert (inner == inner[0, 10, 10]).all()


def test_the_same_frame_shakes_the_same_way_in_every_span():
    motion = moving(bass=[1.0] * 48)
    whole = finish_table(motion, ALL, RATE, shake=0.02, zoom=0.1, flash=0.3, colour=0.2, seed=7)
    part = finish_table(motion, FrameSpan(11, 30), RATE, shake=0.02, zoom=0.1, flash=0.3, colour=0.2, seed=7)
    assert np.array_equal(part, whole[11:30])
    other = finish_table(motion, ALL, RATE, shake=0.02, seed=8)
    assert not np.array_equal(column(other, "shift_x"), column(whole, "shift_x"))


def test_the_shake_is_the_same_on_every_machine():
    """The generator's published numbers: SplitMix64 from 1234567, which is the seed of the second axis of 617283."""
    published = (6457827717110365317, 3203168211198807973)
    shift = column(finish_table(moving(bass=[1.0] * 48), ALL, RATE, shake=0.25, seed=617283), "shift_y")
    for frame, number in enumerate(published, 1):
        assert shift[frame] == pytest.approx(0.25 * (1 - frame / 6) ** 2 * ((number >> 40) / 2**23 - 1), rel=1e-5)


def test_colour_follows_the_loudness():
    table = finish_table(moving(loudness=[0.0] * 24 + [1.0] * 24), ALL, RATE, colour=0.2)
    assert column(table, "saturation")[[0, 47]] == pytest.approx([0.8, 1.2])


def test_frames_past_the_end_repeat_the_last_row():
    table = finish_table(moving(loudness=[1.0] * 48), FrameSpan(40, 60), RATE, colour=0.5, zoom=0.1)
    assert (table[8:] == table[7]).all()


@pytest.mark.parametrize("wrong", [{"zoom": -0.1}, {"flash": 1.5}, {"shake": 0.3}, {"colour": float("nan")}])
def test_amounts_out_of_range_are_refused(wrong):
    with pytest.raises(InputError, match=f"{next(iter(wrong))} .* is outside 0 to"):
        finish_table(moving(), ALL, RATE, **wrong)


def test_no_motion_is_refused():
    with pytest.raises(InputError, match="no rows"):
        finish_table(Motion(b""), ALL, RATE)


def test_it_is_what_the_kernel_takes():
    frames = np.random.default_rng(0).integers(0, 256, (48, 16, 24, 3), dtype=np.uint8)
    table = finish_table(moving(bass=[1.0] * 48), ALL, RATE, zoom=0.06, shake=0.004, flash=0.25, colour=0.15)
    given_frames = torch.from_numpy(frames).permute(0, 3, 1, 2)
    planes = finish(given_frames, torch.from_numpy(table))
    assert planes.shape == (48, 24, 24)
    wanted = finish_reference(given_frames, torch.from_numpy(table))
    assert int((planes.int() - wanted.int()).abs().max()) <= 1
