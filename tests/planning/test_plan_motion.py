"""The song's movement per frame."""

from __future__ import annotations

from itertools import pairwise

import pytest
from handmade_songs import flat_curves, make_song, steady_song

from musicvid.planning.motion import motion_of
from musicvid.planning.plan import plan
from musicvid.schema.frames import FrameRate
from musicvid.schema.shots import MOTION_CHANNELS, Motion
from musicvid.schema.song import Curve
from musicvid.schema.storyboard import Amount, Pace, Storyboard, VideoSpec

RATES = ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60")


def channel(motion: Motion, name: str) -> list[float]:
    k = MOTION_CHANNELS.index(name)
    return [motion.row(frame)[k] for frame in range(len(motion))]


@pytest.mark.parametrize("name", RATES)
def test_a_ramp_is_read_at_frame_starts(name: str) -> None:
    rate = FrameRate.parse(name)
    ramp = Curve.of("loudness", "relative", 50.0, [k / 500 for k in range(501)])  # 0 to 1 in 10 s
    song = make_song([], [], (), 10.0, curves=(ramp,))
    found = channel(motion_of(song, rate, rate.frames_covering(10)), "loudness")
    for frame, value in enumerate(found):
        assert value == pytest.approx(min(float(frame / rate.fps) / 10, 1.0), abs=1e-6)


def test_a_curve_that_ends_early_is_held_and_a_missing_one_is_nothing() -> None:
    song = make_song([], [], (), 4.0, curves=(Curve.of("bass", "relative", 50.0, [0.25, 0.75]),))
    motion = motion_of(song, FrameRate.parse("24"), 96)
    assert channel(motion, "bass")[1:] == [0.75] * 95
    assert channel(motion, "loudness") == [0.0] * 96


def test_values_stay_within_0_and_1() -> None:
    wild = Curve.of("bass", "relative", 24.0, [-3.0, 7.0, float("nan"), float("inf"), 0.5])
    song = make_song([], [], (), 5 / 24, curves=(wild,), rate_hz=24)
    assert channel(motion_of(song, FrameRate.parse("24"), 5), "bass") == [0.0, 1.0, 0.0, 1.0, 0.5]


@pytest.mark.parametrize("name", RATES)
def test_no_stroke_is_lost_between_frames(name: str) -> None:
    rate = FrameRate.parse(name)
    strokes = [1.0 if k % 23 == 7 else 0.0 for k in range(500)]
    song = make_song([], [], (), 10.0, curves=(Curve.of("onset", "relative", 50.0, strokes),))
    found = channel(motion_of(song, rate, rate.frames_covering(10)), "onset")
    for k, stroke in enumerate(strokes):
        if stroke:
            assert found[int(k / 50 * rate.fps)] == 1.0


@pytest.mark.parametrize("name", RATES)
def test_phases_are_0_exactly_where_the_cuts_stand(name: str) -> None:
    song = steady_song([("verse", 8, 0.5)], bpm=119, pickup_beats=2)
    rate = FrameRate.parse(name)
    shots = plan(song, Storyboard(video=VideoSpec(rate=rate), pace=Pace(Amount(1, "bars"))))  # type: ignore[arg-type]
    beat_phase, bar_phase = channel(shots.motion, "beat_phase"), channel(shots.motion, "bar_phase")
    assert len(shots.shots) == 9, "the pickup and eight bars"
    for shot in shots.shots[1:]:
        assert beat_phase[shot.span.start] == 0.0
        assert bar_phase[shot.span.start] == 0.0
        assert bar_phase[shot.span.start - 1] > 0.9
    assert beat_phase.count(0.0) == len(song.beats)
    assert bar_phase.count(0.0) == len(song.bars)
    for a, b in pairwise(bar_phase):
        assert b > a or b in (0.0, 1.0)


def test_beats_and_bars_are_counted() -> None:
    song = steady_song([("verse", 2, 0.5)], bpm=120, metre=3, pickup_beats=1)
    motion = motion_of(song, FrameRate.parse("24"), 84)
    assert channel(motion, "bar") == [0] * 12 + [1] * 36 + [2] * 36
    assert channel(motion, "beat") == [0] * 12 + ([1] * 12 + [2] * 12 + [3] * 12) * 2


def test_phases_rest_at_1_where_nothing_beats() -> None:
    song = make_song([2.0, 2.5], [1, 2], (), 5.0)
    phase = channel(motion_of(song, FrameRate.parse("24"), 120), "beat_phase")
    assert phase[:48] == [1.0] * 48
    assert phase[48:60] == pytest.approx([k / 12 for k in range(12)])
    assert phase[60:72] == pytest.approx([k / 12 for k in range(12)]), "the last beat rings as long as the one before"
    assert phase[72:] == [1.0] * 48
    assert channel(motion_of(make_song([], [], (), 1.0), FrameRate.parse("24"), 24), "bar_phase") == [1.0] * 24


def test_beats_in_one_frame_and_past_the_end_do_no_harm() -> None:
    song = make_song([0.0, 0.001, 0.5, 9.0], [1, 2, 1, 2], (), 1.0)
    motion = motion_of(song, FrameRate.parse("24"), 24)
    assert channel(motion, "beat_phase")[12] == 0.0
    assert channel(motion, "bar")[23] == 2


def test_as_many_rows_as_frames() -> None:
    song = steady_song([("verse", 4, 0.5)], curves=flat_curves(3.0))
    for frames in (1, 2, 191, 192, 193):
        assert len(motion_of(song, FrameRate.parse("24"), frames)) == frames
