"""Laws of the tempo curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.analysis.tempo import median_bpm, tempo_curve

INTERVALS = st.lists(st.floats(0.25, 1.5), min_size=1, max_size=60)


def beats(intervals: list[float], metre: int) -> tuple[np.ndarray, np.ndarray]:
    times = np.concatenate([[0.5], 0.5 + np.cumsum(intervals)])
    return times, np.arange(len(times)) % metre + 1


@given(INTERVALS, st.sampled_from([2, 3, 4, 7]))
def test_tempo_stays_between_the_slowest_and_the_fastest_interval(intervals, metre):
    times, positions = beats(intervals, metre)
    curve = tempo_curve(times, positions)
    assert curve
    for point in curve:
        assert 60 / max(intervals) * 0.999999 <= point.bpm <= 60 / min(intervals) * 1.000001
        assert point.time_s in times
    assert min(p.bpm for p in curve) <= median_bpm(times, curve) <= max(p.bpm for p in curve)
    assert [p.time_s for p in curve] == sorted({p.time_s for p in curve})


@given(st.floats(40, 240), st.integers(2, 50))
def test_a_steady_tempo_is_told_exactly(bpm, count):
    times, positions = beats([60 / bpm] * count, 4)
    curve = tempo_curve(times, positions)
    assert all(point.bpm == pytest.approx(bpm) for point in curve)
    assert median_bpm(times, curve) == pytest.approx(bpm)


@given(INTERVALS, st.floats(0.5, 2))
def test_playing_faster_scales_the_curve(intervals, speed):
    times, positions = beats(intervals, 4)
    slow, fast = tempo_curve(times, positions), tempo_curve(times / speed, positions)
    assert [p.bpm * speed for p in slow] == pytest.approx([p.bpm for p in fast])


def test_one_late_beat_hardly_shows():
    times, positions = beats([0.5] * 32, 4)
    late = times.copy()
    late[9] += 0.03
    assert max(abs(p.bpm - 120) for p in tempo_curve(late, positions)) < 3


def test_without_two_beats_there_is_no_tempo():
    assert tempo_curve(np.array([1.0]), np.array([1])) == ()
    assert median_bpm(np.zeros(0), ()) == 0
