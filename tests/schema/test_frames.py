"""Seconds become frames here and nowhere else, so this grid must be exact."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.errors import InputError
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan, spans_between

NAMES = {
    "23.976": Fraction(24000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
    "50": Fraction(50),
    "59.94": Fraction(60000, 1001),
    "60": Fraction(60),
}
rates = st.sampled_from(sorted(NAMES)).map(FrameRate.parse)
frames = st.integers(0, 2 * 3600 * 60)  # two hours at 60
seconds = st.floats(0, 7200)


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(("name", "fps"), NAMES.items())
def test_the_usual_rates_are_exact(name: str, fps: Fraction) -> None:
    assert FrameRate.parse(name).fps == fps
    assert FrameRate.parse(str(FrameRate.parse(name))).fps == fps
    assert FrameRate.parse(float(name)).fps == fps, "YAML reads 23.976 as a float"


@pytest.mark.parametrize(
    ("written", "fps"),
    [
        (24, Fraction(24)),
        (24.0, Fraction(24)),
        ("24.0", Fraction(24)),
        (" 25 ", Fraction(25)),
        ("12.5", Fraction(25, 2)),
        ("24000/1001", Fraction(24000, 1001)),
        ("48000/2002", Fraction(24000, 1001)),
        (Fraction(30000, 1001), Fraction(30000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        ("119.88", Fraction(120000, 1001)),
    ],
)
def test_other_ways_to_write_a_rate(written: str | float | Fraction, fps: Fraction) -> None:
    assert FrameRate.parse(written).fps == fps


@pytest.mark.parametrize(
    "written",
    ["", "fast", "-24", "0", "0.5", "241", "24 fps", "24,0", "1e2", "nan", "inf", "24/0", "24/", "/24", "1/2/3",
     "23.976/1", "29.971", "30/7", "True", "２４x", "24\n25"],
)  # fmt: skip
def test_what_is_no_rate_is_refused_with_its_value(written: str) -> None:
    with pytest.raises(InputError) as caught:
        FrameRate.parse(written)
    assert "frame rate" in str(caught.value)


def test_rates_outside_1_to_240_are_refused() -> None:
    for fps in (Fraction(1, 2), Fraction(0), Fraction(-24), Fraction(241)):
        with pytest.raises(InputError, match="outside 1 to 240"):
            FrameRate(fps)
    assert FrameRate(24).fps == Fraction(24)  # type: ignore[arg-type]


# ---------------------------------------------------------------- the grid


@given(rates, seconds)
def test_no_event_is_further_than_half_a_frame_from_its_frame(rate: FrameRate, time_s: float) -> None:
    frame = rate.frame_at(time_s)
    assert abs(Fraction(frame) / rate.fps - Fraction(time_s)) <= 1 / (2 * rate.fps)


@given(rates, seconds, seconds)
def test_later_events_are_never_on_earlier_frames(rate: FrameRate, a: float, b: float) -> None:
    assert (rate.frame_at(a) <= rate.frame_at(b)) == (a <= b) or rate.frame_at(a) == rate.frame_at(b)


@given(rates, frames)
def test_a_frame_starts_where_it_is_found(rate: FrameRate, frame: int) -> None:
    assert rate.frame_at(rate.seconds_at(frame)) == frame
    assert rate.frame_at(float(rate.seconds_at(frame))) == frame
    assert rate.seconds_at(frame) == Fraction(frame) / rate.fps


@given(rates, frames)
def test_halves_go_up(rate: FrameRate, frame: int) -> None:
    half = (Fraction(frame) + Fraction(1, 2)) / rate.fps
    assert rate.frame_at(half) == frame + 1
    assert rate.frame_at(half - Fraction(1, 10**12)) == frame


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bpm", [Fraction(128), Fraction(119, 1), Fraction(1193, 10)])
def test_snapped_positions_do_not_drift_over_two_hours(name: str, bpm: Fraction) -> None:
    rate = FrameRate.parse(name)
    beat = 60 / bpm
    worst = max(abs(rate.seconds_at(rate.frame_at(k * beat)) - k * beat) for k in range(0, int(7200 / beat), 37))
    assert worst <= 1 / (2 * rate.fps)


def test_what_rounding_lengths_would_cost() -> None:
    """The fault that the grid avoids: 128 bpm at 24 fps, four minutes of beats of 11 frames each end 5 s early."""
    rate, beat = FrameRate.parse("24"), Fraction(60, 128)
    count = int(240 / beat)
    assert count * beat - count * rate.seconds_at(rate.frame_at(beat)) > 5
    assert abs(count * beat - rate.seconds_at(rate.frame_at(count * beat))) <= Fraction(1, 48)


@given(rates, st.integers(1, 10**9), st.sampled_from([8000, 44100, 48000, 192000]))
def test_frames_cover_the_last_sample_and_not_one_more(rate: FrameRate, samples: int, rate_hz: int) -> None:
    duration = Fraction(samples, rate_hz)
    count = rate.frames_covering(duration)
    assert Fraction(count) / rate.fps >= duration
    assert Fraction(count - 1) / rate.fps < duration


@given(rates, frames, st.sampled_from([8000, 44100, 48000, 192000]))
def test_the_sample_of_a_frame_is_within_half_a_sample(rate: FrameRate, frame: int, rate_hz: int) -> None:
    sample = rate.sample_at(frame, rate_hz)
    assert abs(Fraction(sample, rate_hz) - Fraction(frame) / rate.fps) <= Fraction(1, 2 * rate_hz)


@pytest.mark.parametrize(
    ("name", "frame", "timecode"),
    [
        ("24", 0, "00:00:00:00"),
        ("24", 23, "00:00:00:23"),
        ("24", 24, "00:00:01:00"),
        ("23.976", 24, "00:00:01:00"),
        ("25", 25 * 3661 + 7, "01:01:01:07"),
        ("29.97", 1800, "00:01:00:00"),
        ("59.94", 59, "00:00:00:59"),
        ("60", 60 * 36000, "10:00:00:00"),
    ],
)
def test_timecode(name: str, frame: int, timecode: str) -> None:
    assert FrameRate.parse(name).timecode(frame) == timecode


@given(rates, frames, frames)
def test_timecodes_differ_and_sort_like_frames(rate: FrameRate, a: int, b: int) -> None:
    assert (rate.timecode(a) < rate.timecode(b)) == (a < b)


# ---------------------------------------------------------------- spans


@given(st.sets(st.integers(0, 10_000), min_size=2))
def test_spans_between_edges_tile(edges: set[int]) -> None:
    rising = sorted(edges)
    spans = list(spans_between(rising))
    assert [f for span in spans for f in span.frames()] == list(range(rising[0], rising[-1]))
    assert all(a.stop == b.start for a, b in pairwise(spans))
    assert sum(map(len, spans)) == rising[-1] - rising[0]


def test_few_edges_make_no_span() -> None:
    assert list(spans_between([])) == []
    assert list(spans_between([7])) == []


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (5, 5), (6, 5), (-1, 5)])
def test_empty_reversed_and_negative_spans_are_refused(start: int, stop: int) -> None:
    with pytest.raises(InputError, match=f"frames {start} to {stop} are not a span"):
        FrameSpan(start, stop)
    with pytest.raises(InputError):
        list(spans_between([start, stop]))


@given(st.tuples(st.integers(0, 60), st.integers(1, 60)), st.tuples(st.integers(0, 60), st.integers(1, 60)))
def test_overlap_is_what_both_hold(a: tuple[int, int], b: tuple[int, int]) -> None:
    first, second = FrameSpan(a[0], a[0] + a[1]), FrameSpan(b[0], b[0] + b[1])
    common = [f for f in range(200) if f in first and f in second]
    overlap = first.overlap(second)
    assert overlap == second.overlap(first)
    assert (list(overlap.frames()) if overlap else []) == common


def test_membership() -> None:
    span = FrameSpan(3, 5)
    assert [f for f in range(8) if f in span] == [3, 4]
    assert 3.5 not in span
    assert "3" not in span


# ---------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("written", "width", "height"),
    [
        ("1280x720", 1280, 720),
        (" 1280 X 720 ", 1280, 720),
        ("640×360", 640, 360),
        ("720p", 1280, 720),
        ("1080P", 1920, 1080),
        ("vertical", 1080, 1920),
        ("square", 1080, 1080),
        ("16x8192", 16, 8192),
    ],
)
def test_sizes(written: str, width: int, height: int) -> None:
    size = FrameSize.parse(written)
    assert (size.width, size.height) == (width, height)
    assert FrameSize.parse(str(size)) == size
    assert size.aspect == Fraction(width, height)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("1281x720", "width 1281 is odd: use 1280 or 1282"),
        ("1280x721", "height 721 is odd: use 720 or 722"),
        ("14x720", "width 14 is outside 16 to 8192 pixels"),
        ("1280x8194", "height 8194 is outside"),
        ("0x0", "width 0 is outside"),
        ("big", "'big' is not a size: write 1280x720 or one of 720p"),
        ("1280", "is not a size"),
        ("1280x720x3", "is not a size"),
        ("-1280x720", "is not a size"),
        ("123456x720", "is not a size"),
        ("", "is not a size"),
    ],
)
def test_what_is_no_size_is_refused(written: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        FrameSize.parse(written)
