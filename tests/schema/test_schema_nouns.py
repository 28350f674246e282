"""The nouns keep their promises: what they refuse, and the few things that they can work out."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.errors import InputError, Mistake, StoryboardError, UnknownNameError
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.lyrics import LyricLine
from musicvid.schema.shots import MOTION_CHANNELS, CutCause, Motion, Shot, ShotList
from musicvid.schema.song import Beat, Confidence, Curve, Section, Song
from musicvid.schema.storyboard import Amount, CaptionSpec, Pace
from musicvid.schema.sync import CutMeasure, Spread, SyncReport
from musicvid.schema.take import Take
from musicvid.schema.timeline import Clip, FrameMap, Timeline


def song(beats: tuple[Beat, ...] = (), sections: tuple[Section, ...] = ()) -> Song:
    return Song("a.wav", "", 1000, 1, 10_500, 120.0, (), beats, sections, (), (), Confidence(1, 1, 1, 1, 1))


def shot(shot_id: str, start: int, stop: int, dissolve: int = 0) -> Shot:
    return Shot(
        shot_id, FrameSpan(start, stop), "verse", "verse", "Rain.", "", 1, CutCause("beat", 0.0),
        dissolve_frames=dissolve,
    )  # fmt: skip


def shot_list(*shots: Shot, frames: int = 20, rows: int = 20) -> ShotList:
    motion = Motion.of([[float(k)] * 8 for k in range(rows)])
    return ShotList("", FrameRate(Fraction(24)), FrameSize(64, 64), frames, shots, motion)


# ---------------------------------------------------------------- song


def test_bars_run_from_downbeat_to_downbeat_and_the_last_to_the_end() -> None:
    beats = tuple(Beat(0.5 * k, p, 1.0) for k, p in enumerate([3, 4, 1, 2, 3, 1, 2, 3, 4]))
    bars = song(beats).bars
    assert [(b.number, b.start_s, b.stop_s, b.beat_count) for b in bars] == [(1, 1.0, 2.5, 3), (2, 2.5, 10.5, 4)]
    assert [b.time_s for b in song(beats).downbeats] == [1.0, 2.5]
    assert song().bars == ()


def test_the_length_is_exact() -> None:
    assert song().duration == Fraction(21, 2)
    assert song().duration_s == 10.5


@pytest.mark.parametrize("times", [(1.0, 1.0), (2.0, 1.0)])
def test_beats_must_rise(times: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="must rise strictly"):
        song(tuple(Beat(t, 1, 1.0) for t in times))


@pytest.mark.parametrize("edges", [(0.0, 5.0, 5.1, 10.5), (0.0, 5.0, 4.9, 10.5), (0.1, 5.0, 5.0, 10.5), (0, 5, 5, 10)])
def test_sections_must_tile(edges: tuple[float, ...]) -> None:
    a, b, c, d = edges
    with pytest.raises(InputError, match=r"tile the song from 0 to 10\.500 s"):
        song(sections=(Section(a, b, "verse", "verse", 0.5), Section(c, d, "chorus", "chorus", 0.5)))


def test_the_section_that_sounds() -> None:
    sections = (Section(0.0, 5.0, "verse", "verse", 0.5), Section(5.0, 10.5, "chorus", "chorus", 0.5))
    found = [song(sections=sections).section_at(t).name for t in (-1.0, 0.0, 4.999, 5.0, 10.5, 99.0)]
    assert found == ["verse", "verse", "verse", "chorus", "chorus", "chorus"]


def test_curves_are_interpolated_and_held() -> None:
    curve = Curve.of("loudness", "relative", 50.0, [0.0, 1.0, 0.5])
    assert [curve.at(t) for t in (-1.0, 0.0, 0.01, 0.02, 0.03, 0.04, 9.0)] == [0.0, 0.0, 0.5, 1.0, 0.75, 0.5, 0.5]
    assert len(curve) == 3
    assert Curve.of("x", "", 50.0, []).at(1.0) == 0.0
    assert hash(curve) == hash(Curve.of("loudness", "relative", 50.0, [0.0, 1.0, 0.5]))


def test_a_curve_that_is_missing_lists_the_others() -> None:
    with pytest.raises(KeyError, match="no curve 'bass'"):
        song().curve("bass")


# ---------------------------------------------------------------- shots


def test_shots_must_tile() -> None:
    assert len(shot_list(shot("a/01", 0, 8), shot("a/02", 8, 20)).shots) == 2
    for shots, says in (
        ((shot("a/01", 0, 8), shot("a/02", 9, 20)), "a/02 starts at frame 9, 8 was expected"),
        ((shot("a/01", 1, 20),), "starts at frame 1, 0 was expected"),
        ((shot("a/01", 0, 19),), "end at frame 19, the movie has 20"),
        ((shot("a/01", 0, 8), shot("a/01", 8, 20)), "a/01 stands twice"),
    ):
        with pytest.raises(InputError, match=says):
            shot_list(*shots)


def test_there_is_a_row_of_motion_for_each_frame() -> None:
    with pytest.raises(InputError, match="motion has 19 rows for 20 frames"):
        shot_list(shot("a/01", 0, 20), rows=19)


def test_handles_are_half_of_each_neighbouring_dissolve() -> None:
    shots = shot_list(shot("a/01", 0, 6), shot("a/02", 6, 12, 4), shot("a/03", 12, 20, 2))
    assert [shots.handles(k) for k in range(3)] == [(0, 2), (2, 1), (1, 0)]
    assert shots.find("a/02") is shots.shots[1]
    assert shots.find("b/01") is None


@given(st.integers(1, 12), st.integers(0, 30), st.integers(1, 30))
def test_motion_is_cut_by_frames_and_its_last_row_repeats(rows: int, start: int, length: int) -> None:
    motion = Motion.of([[float(k)] * len(MOTION_CHANNELS) for k in range(rows)])
    piece = motion.cut(FrameSpan(start, start + length))
    assert len(piece) == length
    assert [piece.row(k)[0] for k in range(length)] == [min(start + k, rows - 1) for k in range(length)]


# ---------------------------------------------------------------- timeline


@given(
    st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))),
    st.fractions(0, 4, max_denominator=1001),
    st.sampled_from(["hold", "loop"]),
    st.integers(0, 200),
)
def test_frame_maps_stay_inside_the_take(start: tuple[int, int], step: Fraction, past_end: str, k: int) -> None:
    first, available = start
    frames = FrameMap(first, available, step, past_end)  # type: ignore[arg-type]
    assert frames.source_frame(0) == first
    exact = first + math.floor(k * step)
    assert frames.source_frame(k) == (min(exact, available - 1) if past_end == "hold" else exact % available)


def test_plain_frame_maps() -> None:
    assert FrameMap(2, 10).is_plain(8)
    assert not FrameMap(2, 10).is_plain(9)
    assert not FrameMap(2, 10, Fraction(1, 2)).is_plain(3)
    for start, available, step in ((10, 10, 1), (-1, 10, 1), (0, 10, -1)):
        with pytest.raises(InputError):
            FrameMap(start, available, Fraction(step))


def clip(shot_id: str, start: int, stop: int, *lines: LyricLine, head: int = 0) -> Clip:
    take = Take(shot_id, 1, "k", "/x", FrameRate(Fraction(24)), FrameSize(64, 64), 99, head, 1, "animatic", "1")
    return Clip(shot_id, FrameSpan(start, stop), take, FrameMap(0, 99), head, 0, lines)


def timeline(*clips: Clip) -> Timeline:
    return Timeline("", FrameRate(Fraction(24)), FrameSize(64, 64), 20, clips, ())


def test_clips_must_tile() -> None:
    with pytest.raises(InputError, match="b starts at frame 9, 8 was expected"):
        timeline(clip("a", 0, 8), clip("b", 9, 20))
    with pytest.raises(InputError, match="clips end at frame 19, the movie has 20"):
        timeline(clip("a", 0, 19))


def test_a_take_with_a_head_shows_its_planned_first_frame_on_time() -> None:
    assert clip("b", 8, 20, head=3).source_frame(8) == 3
    assert clip("b", 8, 20, head=3).source_frame(5) == 0


def test_a_line_over_two_clips_is_one_line() -> None:
    first, second = LyricLine(0.1, 0.5, "one"), LyricLine(0.4, 0.8, "two")
    assert timeline(clip("a", 0, 8, second, first), clip("b", 8, 20, second)).lines == (first, second)


# ---------------------------------------------------------------- the rest


def test_the_most_specific_pace_wins() -> None:
    two, one = Amount(Fraction(2), "bars"), Amount(Fraction(1), "bars")
    pace = Pace(two, (("verse", one), ("verse 2", None)))
    found = [pace.for_section("verse", "verse 1"), pace.for_section("verse", "verse 2"), pace.for_section("x", "x")]
    assert found == [one, None, two]


def test_caption_modes() -> None:
    found = {mode: (CaptionSpec(mode).burnt, CaptionSpec(mode).sidecar) for mode in ("off", "burn", "sidecar", "both")}  # type: ignore[arg-type]
    assert found == {"off": (False, False), "burn": (True, False), "sidecar": (False, True), "both": (True, True)}


def test_a_report_is_ok_when_there_are_no_problems() -> None:
    zero = Spread(0.0, 0.0, 0.0)
    cuts = (CutMeasure("a", 8, 8, 0.0), CutMeasure("b", 12, None, 0.0))
    report = SyncReport("v.mp4", 20, 20, 0.0, 0.0, 0.0, 0.0, zero, zero, 0.0, cuts)
    assert report.ok
    assert report.cuts_seen == 1
    assert not replace(report, problems=("late",)).ok


def test_errors_cross_process_borders_whole() -> None:
    mistakes = [Mistake("s.yaml", 9, 1, "b", "two"), Mistake("s.yaml", 2, 5, "a", "one")]
    errors = [
        InputError("no", where="a.yaml:1", hint="do"),
        StoryboardError(mistakes),
        UnknownNameError("x", "b", ["a"]),
    ]
    for error in errors:
        back = pickle.loads(pickle.dumps(error))
        assert type(back) is type(error)
        assert str(back) == str(error)
        assert back.__dict__ == error.__dict__
    assert str(errors[0]) == "a.yaml:1: no (do)"
    assert str(errors[1]) == "s.yaml:2:5: a: one\ns.yaml:9:1: b: two"


def test_the_nouns_load_only_the_standard_library() -> None:
    program = (
        "import sys, pkgutil, musicvid.schema as s\n"
        "for m in pkgutil.iter_modules(s.__path__): __import__('musicvid.schema.' + m.name)\n"
        "print(*{n.partition('.')[0] for n in sys.modules} - set(sys.stdlib_module_names))"
    )
    root = str(Path(__file__).parents[2])
    program = f"import sys; sys.path.insert(0, {root!r})\n{program}"
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"musicvid", "__main__"}


def test_turns_go_on_over_the_top() -> None:
    phase = Curve.of("beat_phase", "turns", 10.0, [1.0, 1.0, 0.0, 0.4, 0.8, 0.2, 0.6])
    assert phase.at(0.15) == 1.0  # it rests at 1 until the first beat
    assert phase.at(0.25) == pytest.approx(0.2)
    assert phase.at(0.425) == pytest.approx(0.9)
    assert phase.at(0.475) == pytest.approx(0.1)
    level = Curve.of("loudness", "relative", 10.0, [1.0, 0.0])
    assert level.at(0.05) == pytest.approx(0.5)


@pytest.mark.parametrize(("values", "least"), [((0.9, 0.8, 0.7, 0.1, 0.1), 0.7), ((0.2, 1, 1, 1, 1), 0.2)])
def test_the_grid_is_as_sure_as_its_weakest_part(values, least):
    """Bar lines and sections are not part of it."""
    assert Confidence(*values).overall == least
