"""Clips become takes: the right frame at every moment, the movie's size, and pictures to make clips from."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from musicvid.diffusion.models import FrameRule, Licence, Road, VideoModel
from musicvid.errors import MediaError, RenderError
from musicvid.rendering.backends.diffusion.clip_store import ClipStore
from musicvid.rendering.backends.diffusion.conform import conformed, joined
from musicvid.rendering.backends.diffusion.pictures import condition_picture, note_on_picture
from musicvid.rendering.fit import Segment, fit
from musicvid.schema.frames import FrameRate, FrameSize

SIZE = FrameSize(48, 32)
CHAINED = VideoModel(
    key="toy",
    repo="toy/toy",
    roads=(Road("Toy", frozenset(("first", "extend"))),),
    frames=FrameRule(4, 1),
    default_frames=49,
    max_frames=49,
    rate_fps=Fraction(16),
    size_multiple=16,
    sizes=(SIZE,),
    licence=Licence("free"),
)


def picture(level: int, size: FrameSize = SIZE) -> np.ndarray:
    return np.full((size.height * 3 // 2, size.width), level, np.uint8)


def levels(pictures) -> list[int]:
    found = [np.unique(one) for one in pictures]
    assert all(len(one) == 1 for one in found)
    return [int(one[0]) for one in found]


rising = st.lists(st.fractions(0, 3, max_denominator=12), min_size=1, max_size=60).map(
    lambda steps: tuple(itertools.accumulate(steps))
)


@given(rising, st.sampled_from(["hold", "blend"]))
def test_each_moment_shows_what_is_due(positions, retime):
    """A clip whose every sample is its frame's level: the oracle is the line through those levels."""
    count = int(positions[-1]) + 2
    clip_levels = [(37 * k + k * k) % 251 for k in range(count)]
    shown = levels(conformed((picture(level) for level in clip_levels), positions, SIZE, retime))
    for position, level in zip(positions, shown, strict=True):
        before, after = clip_levels[int(position)], clip_levels[int(position) + 1]
        exact = before + (position - int(position)) * (after - before)
        expected = before if retime == "hold" else int(exact + Fraction(1, 2))
        assert level == expected


def test_mixing_rounds_halves_up_in_every_plane():
    before, after = picture(100), picture(101)
    before[40:], after[40:] = 7, 4
    (mixed,) = conformed([before, after], [Fraction(1, 2)], SIZE, "blend")
    assert np.unique(mixed[:40]) == [101]
    assert np.unique(mixed[40:]) == [6]


def test_odd_rates_mix_exactly():
    """Positions of 30000/1001 against 24: denominators beyond 16 bits."""
    ratio = Fraction(30000, 1001) / Fraction(24000, 1003)
    positions = [k * ratio for k in range(9)]
    shown = levels(conformed((picture(20 * k) for k in range(13)), positions, SIZE, "blend"))
    assert shown == [int(20 * position + Fraction(1, 2)) for position in positions]


def test_the_last_frame_needs_no_one_after_it():
    for retime in ("hold", "blend"):
        shown = conformed((picture(k) for k in (5, 9)), [Fraction(0), Fraction(1), Fraction(1)], SIZE, retime)
        assert levels(shown) == [5, 9, 9]


def test_frames_that_are_shown_twice_are_scaled_once_and_skipped_ones_never(monkeypatch):
    import musicvid.rendering.backends.diffusion.conform as room

    scaled = []

    def counting(one, size):
        scaled.append(int(one[0, 0]))
        return picture(int(one[0, 0]), size)

    monkeypatch.setattr(room, "conform", counting)
    positions = [Fraction(k, 2) for k in range(6)] + [Fraction(7), Fraction(7)]
    assert len(list(conformed((picture(k) for k in range(9)), positions, FrameSize(96, 64), "hold"))) == 8
    assert scaled == [0, 1, 2, 7]


def test_memory_is_flat_and_nothing_is_read_ahead():
    read = []

    def frames():
        for k in range(10**9):
            read.append(k)
            yield picture(k % 200)

    for k, _ in zip(
        range(50), conformed(frames(), [Fraction(2 * k, 3) for k in range(100)], SIZE, "hold"), strict=False
    ):
        assert read[-1] == 2 * k // 3


@pytest.mark.parametrize("size", [FrameSize(96, 64), FrameSize(64, 64), FrameSize(32, 64), FrameSize(60, 34)])
def test_the_picture_fills_the_frame_without_bars_or_stretching(size):
    """A dark disc on white stays round and nothing but white and dark comes in."""
    big = FrameSize(192, 128)
    rows, columns = np.mgrid[: big.height, : big.width]
    clip = picture(128, big)
    clip[: big.height] = np.where(np.hypot(rows - 63.5, columns - 95.5) < 24, 40, 210)
    (shown,) = conformed([clip], [Fraction(0)], size, "hold")
    assert shown.shape == (size.height * 3 // 2, size.width)
    luma = shown[: size.height]
    assert min(luma[0, 0], luma[-1, -1], luma[0, -1], luma[-1, 0]) > 200
    dark = luma < 125
    high, wide = dark.any(1).sum(), dark.any(0).sum()
    scale = max(size.width / big.width, size.height / big.height)
    assert abs(high - 48 * scale) <= 2
    assert abs(wide - 48 * scale) <= 2


def test_too_few_frames_and_falling_positions_are_said():
    with pytest.raises(RenderError, match="has 2 frames, frame 2"):
        list(conformed([picture(1)] * 2, [Fraction(2)], SIZE, "hold"))
    with pytest.raises(RenderError, match="has 2 frames, frame 2"):
        list(conformed([picture(1)] * 2, [Fraction(3, 2)], SIZE, "blend"))
    with pytest.raises(RenderError, match="must not fall"):
        list(conformed((picture(k) for k in range(9)), [Fraction(5), Fraction(1)], SIZE, "hold"))


def test_chained_clips_are_joined_without_what_they_repeat(tmp_path):
    store = ClipStore(tmp_path)
    rate = FrameRate.parse("16")
    keys = [letter * 64 for letter in "abc"]
    runs = [range(9), range(4, 13), range(12, 21)]
    for key, run in zip(keys, runs, strict=True):
        store.write(key, {}, (picture(10 + k) for k in run), rate, SIZE)
    clips = [store.find(key) for key in keys]
    segments = [Segment(9), Segment(9, 5), Segment(9, 1)]
    assert levels(joined(store, clips, segments)) == [10 + k for k in range(21)]
    shown = conformed(joined(store, clips, segments), [Fraction(2 * k, 3) for k in range(31)], SIZE, "hold")
    assert levels(shown) == [10 + 2 * k // 3 for k in range(31)]
    with pytest.raises(RenderError, match="has 9 frames, 13 were fitted"):
        list(joined(store, clips[:1], [Segment(13)]))


@given(st.integers(1, 300), st.sampled_from(["24", "25", "29.97", "60"]), st.sampled_from(["hold", "blend"]))
def test_a_fitted_take_has_exactly_its_frames_and_each_at_its_time(frame_count, rate_text, retime):
    """Clips whose level is their frame's place in time; the take is then a straight line whatever was chained."""
    rate = FrameRate.parse(rate_text)
    found = fit(CHAINED, frame_count, rate, SIZE)
    shown = conformed((picture(k % 256) for k in range(found.joined_frames)), found.positions, SIZE, retime)
    for k, level in zip(range(frame_count), levels(shown), strict=True):
        place = k * found.rate.fps / rate.fps
        if retime == "hold":
            assert level == int(place) % 256
        elif int(place) % 256 < 255:
            assert level == int(place % 256 + Fraction(1, 2))


def save(path, width, height, **how):
    """Left half red, right half blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = pixels[:, width // 2 :, 2] = 255
    Image.fromarray(pixels).save(path, **how)
    return path


@pytest.mark.parametrize("own", [(96, 64), (300, 64), (96, 300), (49, 33), (48, 32), (24, 16)])
def test_a_picture_fills_the_clip_and_is_cropped_to_its_middle(own, tmp_path):
    rgb = condition_picture(save(tmp_path / "x.png", *own), SIZE)
    assert (rgb.shape, rgb.dtype, rgb.flags.c_contiguous) == ((32, 48, 3), np.uint8, True)
    assert tuple(rgb[16, 2]) == (255, 0, 0)
    assert tuple(rgb[16, 45]) == (0, 0, 255)
    red = (rgb[:, :, 0] > rgb[:, :, 2]).sum(1)
    assert np.all(abs(red - 24) <= 1)  # red meets blue in the middle


def test_a_picture_of_the_very_size_is_taken_as_it_is(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (32, 48, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    assert np.array_equal(condition_picture(tmp_path / "x.png", SIZE), pixels)


def test_a_turned_photo_is_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: 90 degrees clockwise to show
    path = save(tmp_path / "x.jpg", 320, 480, exif=exif, quality=95)
    rgb = condition_picture(path, SIZE).astype(int)
    assert rgb[4, 24, 0] > 200
    assert rgb[28, 24, 2] > 200
    assert note_on_picture(path, SIZE) == ""


def test_what_cannot_be_a_picture_of_a_clip(tmp_path):
    (tmp_path / "x.png").write_text("no picture")
    with pytest.raises(MediaError, match="still picture"):
        condition_picture(tmp_path / "x.png", SIZE)
    with pytest.raises(MediaError, match="still picture"):
        condition_picture(tmp_path / "gone.png", SIZE)
    assert note_on_picture(tmp_path / "gone.png", SIZE) == ""
    with pytest.raises(RenderError, match="8x40 pixels is too small"):
        condition_picture(save(tmp_path / "s.png", 8, 40), SIZE)


def test_pictures_that_will_not_look_good_are_said(tmp_path):
    size = FrameSize(832, 480)
    small = note_on_picture(save(tmp_path / "small.png", 160, 90), size)
    assert small.startswith("small.png is only 160x90: enlarged 5.3 times")
    assert note_on_picture(save(tmp_path / "fair.png", 320, 180), size) == ""
    upright = note_on_picture(save(tmp_path / "upright.png", 480, 832), size)
    assert upright == "67 % of upright.png is cropped to fill 832x480"
