"""The musical grid: what was heard, and what continues it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from handmade_songs import make_song, steady_song

from musicvid.planning.grid import grid_of
from musicvid.planning.lengths import length_s, shortest_frames
from musicvid.planning.naming import clock, shot_ids, slug
from musicvid.planning.parts import Parts
from musicvid.schema.frames import FrameRate, FrameSpan
from musicvid.schema.storyboard import Amount

STEADY = grid_of(steady_song([("verse", 4, 0.5)], pickup_beats=2))  # 120 bpm, downbeats at 1, 3, 5, 7 s


def test_what_was_heard_is_kept_as_it_is() -> None:
    assert STEADY.times_s == tuple(k / 2 for k in range(18))
    assert [STEADY.times_s[k] for k in STEADY.downs] == [1, 3, 5, 7]
    assert {m.kind for m in STEADY.marks} == {"beat", "downbeat"}
    assert (STEADY.beat_s, STEADY.bar_s, STEADY.metre, STEADY.note) == (0.5, 2.0, 4, "")


def test_neighbours() -> None:
    def time_of(mark: object) -> float | None:
        return getattr(mark, "time_s", None)

    assert time_of(STEADY.before(0.9)) == 0.5
    assert time_of(STEADY.before(1.0)) == 1.0
    assert STEADY.before(-0.1) is None
    assert time_of(STEADY.after(1.0)) == 1.5
    assert STEADY.after(8.5) is None
    assert time_of(STEADY.nearest(1.25)) == 1.0, "the earlier of two"
    assert time_of(STEADY.nearest(1.9, bars_only=True)) == 1.0
    assert time_of(STEADY.nearest(2.1, bars_only=True)) == 3.0
    assert time_of(STEADY.nearest(99.0, bars_only=True)) == 7.0


def test_points_between_marks() -> None:
    def point(cause: object) -> tuple[str, float] | None:
        return (cause.kind, cause.time_s) if cause else None  # type: ignore[attr-defined]

    assert point(STEADY.bar_point(Fraction(1))) == ("downbeat", 3.0)
    assert point(STEADY.bar_point(Fraction(3, 2))) == ("beat", 4.0)
    assert point(STEADY.bar_point(Fraction(1, 8))) == ("grid", 1.25)
    assert point(STEADY.bar_point(Fraction(15, 4))) == ("beat", 8.5)
    assert point(STEADY.bar_point(Fraction(4))) is None
    assert point(STEADY.beat_point(Fraction(35, 2))) is None


@pytest.mark.parametrize(("gap_s", "filled"), [(1.0, 0), (1.2, 0), (1.5, 2), (3.0, 5), (7.0, 13)])
def test_a_hole_is_filled_at_the_tempo_around_it(gap_s: float, filled: int) -> None:
    times = [k * 0.5 for k in range(9)] + [4 + gap_s + k * 0.5 for k in range(8)]
    grid = grid_of(make_song(times, [k % 4 + 1 for k in range(17)], (), times[-1] + 0.5))
    added = [m for m in grid.marks if m.kind == "grid"]
    assert len(added) == filled
    assert [m.time_s for m in added] == pytest.approx([4 + gap_s * k / (filled + 1) for k in range(1, filled + 1)])
    assert list(grid.times_s) == sorted(grid.times_s)


def test_a_slower_passage_is_no_hole() -> None:
    times = [k * 0.4 for k in range(10)] + [4 + k * 1.2 for k in range(10)]
    assert all(m.kind != "grid" for m in grid_of(make_song(times, [k % 4 + 1 for k in range(20)], (), 16.0)).marks)


def test_the_usual_metre_is_the_most_frequent() -> None:
    positions = [1, 2, 3, 1, 2, 3, 1, 2, 3, 4, 1, 2]
    assert grid_of(make_song([k / 2 for k in range(12)], positions, (), 6.0)).metre == 3


def test_lengths() -> None:
    rate = FrameRate.parse("25")
    found = [length_s(Amount(Fraction(3, 2), u), STEADY, rate) for u in ("bars", "beats", "seconds", "frames")]  # type: ignore[arg-type]
    assert found == [3.0, 0.75, 1.5, pytest.approx(0.06)]
    shortest = [
        shortest_frames(Amount(Fraction(3, 2), u), STEADY, rate) for u in ("bars", "beats", "seconds", "frames")
    ]  # type: ignore[arg-type]
    assert shortest == [63, 15, 38, 2]
    assert shortest_frames(Amount(Fraction(0), "seconds"), STEADY, rate) == 1


def test_parts_share_frames() -> None:
    parts = Parts.of([0.0, 1.0, 1.001, 2.0], FrameRate.parse("24"), 72)
    assert parts.edges == (0, 24, 24, 48, 72)
    assert parts.touching(FrameSpan(20, 50)) == [0, 2, 3]
    assert parts.touching(FrameSpan(24, 48)) == [2]
    assert parts.main(FrameSpan(12, 36)) == 0, "the first of equals"
    assert parts.main(FrameSpan(12, 37)) == 2


def test_names() -> None:
    assert [slug(n) for n in ("Verse 2", "Guitar_Solo!", "Pré-refrain", "サビ 1", "…")] == [
        "verse-2", "guitar-solo", "pré-refrain", "サビ-1", "section",
    ]  # fmt: skip
    assert shot_ids(["intro", "verse 1", "verse 1", "intro"]) == ["intro/01", "verse-1/01", "verse-1/02", "intro/02"]
    assert shot_ids(["x"] * 100)[-1] == "x/100"
    assert [clock(t) for t in (0.0, 62.5, 59.9996, 600.001, 3661.25)] == [
        "0:00",
        "1:02.5",
        "1:00",
        "10:00.001",
        "61:01.25",
    ]
