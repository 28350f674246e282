"""Laws of bending a grid: anchors are hit, counts are kept, times rise, bars follow the one who counts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from musicvid.analysis.grid import (
    Grid,
    counted_from,
    every_second,
    in_pairs,
    nearest,
    reaching,
    usual_metre,
    warped,
    with_halves,
)
from musicvid.schema.grid import Anchor, clashes

INTERVALS = st.lists(st.floats(0.15, 2.0), min_size=1, max_size=40)


def counted_grid(times: np.ndarray, metre: int = 4, first: int = 0) -> Grid:
    return Grid(np.asarray(times, float), (np.arange(len(times)) - first) % metre + 1)


@st.composite
def anchor_rows(draw) -> list[Anchor]:
    beat, time_s = draw(st.integers(1, 50)), draw(st.floats(0, 10))
    row = [Anchor(beat, time_s)]
    for count, interval in draw(st.lists(st.tuples(st.integers(1, 30), st.floats(0.16, 3.0)), max_size=4)):
        row.append(Anchor(row[-1].beat + count, row[-1].time_s + count * interval))
    assume(next(clashes(row), None) is None)
    return row


@given(start=st.floats(0, 5), intervals=INTERVALS, anchors=anchor_rows(), extra=st.floats(0.1, 20))
def test_anchors_are_hit_counts_are_kept_and_times_rise(start, intervals, anchors, extra):
    heard = counted_grid(np.cumsum([start, *intervals]))
    duration_s = anchors[-1].time_s + extra
    grid = reaching(heard, anchors[0].time_s, anchors[-1].time_s)
    laid = warped(grid.times_s, anchors, duration_s)
    assert (np.diff(laid.times_s) > 0).all()
    assert (laid.times_s >= 0).all()
    assert (laid.times_s < duration_s).all()
    at = [int(np.flatnonzero(laid.times_s == anchor.time_s)[0]) for anchor in anchors]
    for (a, b), (i, j) in zip(pairwise(anchors), pairwise(at), strict=True):
        assert j - i == b.beat - a.beat


@given(anchors=anchor_rows(), extra=st.floats(0.1, 20))
def test_anchors_alone_fill_the_song_evenly(anchors, extra):
    assume(len(anchors) > 1)
    duration_s = anchors[-1].time_s + extra
    laid = warped(np.zeros(0), anchors, duration_s)
    assert (laid.sources == -1).all()
    assert (np.diff(laid.times_s) > 0).all()
    first = (anchors[1].time_s - anchors[0].time_s) / (anchors[1].beat - anchors[0].beat)
    last = (anchors[-1].time_s - anchors[-2].time_s) / (anchors[-1].beat - anchors[-2].beat)
    assert laid.times_s[0] < first + 1e-9
    assert duration_s - laid.times_s[-1] <= last + 1e-9
    assert np.isin([a.time_s for a in anchors], laid.times_s).all()


@given(intervals=st.lists(st.floats(0.4, 0.6), min_size=20, max_size=40), shift=st.floats(-0.1, 0.1),
       stretch=st.floats(-0.1, 0.1), data=st.data())  # fmt: skip
def test_where_counts_agree_the_heard_lengths_keep_their_proportions(intervals, shift, stretch, data):
    heard = np.cumsum([5.0, *intervals])
    i = data.draw(st.integers(1, 8))
    j = data.draw(st.integers(i + 2, len(heard) - 2))
    anchors = [Anchor(7, heard[i] + shift), Anchor(7 + j - i, heard[j] + shift + stretch)]
    laid = warped(heard, anchors, 100.0)
    assert laid.sources.tolist() == list(range(len(heard)))
    new, old = np.diff(laid.times_s), np.diff(heard)
    factor = (heard[j] - heard[i] + stretch) / (heard[j] - heard[i])
    assert new[i:j] / old[i:j] == pytest.approx(np.full(j - i, factor))
    assert new[:i] == pytest.approx(old[:i])
    assert new[j:] == pytest.approx(old[j:])


def test_where_another_number_was_heard_beats_are_spread_evenly():
    heard = np.arange(0.0, 20.0, 0.25)  # twice what was counted
    laid = warped(heard, [Anchor(1, 2.0), Anchor(9, 6.0)], 20.0)
    assert np.diff(laid.times_s) == pytest.approx(np.full(len(laid.times_s) - 1, 0.5))
    assert (laid.sources == -1).all()
    assert laid.times_s[0] == pytest.approx(0.0)
    assert laid.times_s[-1] > 19.0


def test_one_beat_too_many_is_another_number():
    heard = np.arange(0.0, 20.0, 0.5)
    laid = warped(heard, [Anchor(1, 2.0), Anchor(8, 6.0)], 20.0)
    inside = laid.times_s[(laid.times_s >= 2) & (laid.times_s <= 6)]
    assert inside == pytest.approx(np.linspace(2, 6, 8))


def test_a_grid_half_a_beat_off_is_followed_all_the_same():
    heard = np.arange(0.0, 20.0, 0.5)
    laid = warped(heard, [Anchor(1, 2.26), Anchor(9, 6.24)], 20.0)
    assert (laid.sources >= 0).all()


@given(start=st.floats(0, 3), intervals=INTERVALS, time_s=st.floats(0, 60))
def test_one_anchor_moves_all_beats_alike_and_by_less_than_one(start, intervals, time_s):
    heard = reaching(counted_grid(np.cumsum([start, *intervals])), time_s, time_s)
    laid = warped(heard.times_s, [Anchor(12, time_s)], 100.0)
    moves = laid.times_s - heard.times_s[laid.sources]
    assert np.ptp(moves) < 1e-9
    assert abs(moves[0]) <= np.diff(heard.times_s).max() / 2 + 1e-9
    assert time_s in laid.times_s


@given(start=st.floats(0, 3), intervals=st.lists(st.floats(0.2, 1.0), min_size=4, max_size=40),
       metre=st.integers(2, 7), first=st.integers(0, 6), time_s=st.floats(0, 30), movable=st.booleans())  # fmt: skip
def test_bars_are_counted_both_ways_from_the_downbeat(start, intervals, metre, first, time_s, movable):
    grid = counted_grid(np.cumsum([start, *intervals]), metre, first)
    new, moved_s = counted_from(grid, time_s, movable=movable)
    here = nearest(new.times_s, time_s)
    assert new.positions[here] == 1
    counted = usual_metre(grid.positions)
    assert new.positions.tolist() == [(k - here) % counted + 1 for k in range(len(new))]
    assert (np.diff(new.times_s) > 0).all()
    around = np.diff(new.times_s)[max(here - 2, 0) : here + 2]
    if movable:
        assert abs(new.times_s[here] - time_s) <= 0.25 * around.max() + 1e-9
        assert moved_s == 0 or new.times_s[here] == time_s
    else:
        assert moved_s == 0


def test_a_downbeat_near_a_beat_moves_nothing_and_one_between_moves_all():
    grid = counted_grid(np.arange(0.5, 10, 0.5))
    near = counted_from(grid, 2.1, movable=True)
    assert near.moved_s == 0
    assert near.grid.times_s is grid.times_s or (near.grid.times_s == grid.times_s).all()
    between = counted_from(grid, 2.2, movable=True)
    assert between.moved_s == pytest.approx(0.2)
    assert between.grid.times_s == pytest.approx(grid.times_s + 0.2)
    assert between.grid.positions[3] == 1


@given(st.integers(2, 7), st.integers(0, 6), st.integers(4, 60))
def test_halving_keeps_every_second_and_the_downbeats_of_even_bars(metre, first, count):
    grid = counted_grid(np.arange(count) * 0.3, metre, first % metre)
    kept = every_second(grid, None)
    assert (np.diff(kept) == 2).all()
    downbeats = np.flatnonzero(grid.positions == 1)
    if metre % 2 == 0:
        assert np.isin(downbeats, kept).all()
    elif len(downbeats):
        assert downbeats[0] in kept


@given(st.integers(2, 7), st.integers(4, 60), st.data())
def test_halving_keeps_the_beat_that_a_person_names(metre, count, data):
    grid = counted_grid(np.arange(count) * 0.3, metre)
    k = data.draw(st.integers(0, count - 1))
    kept = every_second(grid, 0.3 * k + 0.1)
    assert k in kept
    assert (np.diff(kept) == 2).all()


def test_halving_stays_on_downbeats_where_the_count_slips():
    positions = np.array([1, 2, 3, 4, 1, 2, 3, 4, 5, 1, 2, 3, 4, 1, 2, 3, 1, 2, 3, 4])
    kept = every_second(Grid(np.arange(20) * 0.3, positions), None)
    assert set(np.flatnonzero(positions == 1)) <= set(kept.tolist())
    assert set(np.diff(kept).tolist()) <= {2, 3}


@given(metre=st.integers(1, 5), first=st.integers(0, 4), count=st.integers(15, 60), way=st.integers(0, 1))
def test_bars_join_in_the_way_that_is_heard(metre, first, count, way):
    positions = (np.arange(count) - first) % metre + 1
    at = np.flatnonzero(positions == 1)
    heard = np.zeros(count, int)
    heard[at[way::2]] = 1
    joined = in_pairs(positions, heard)
    assert joined.tolist() == [(k - at[way]) % (2 * metre) + 1 for k in range(count)]


def test_bars_that_are_heard_nowhere_join_from_the_first():
    assert in_pairs(np.array([2, 1, 2, 1, 2, 1, 2]), np.full(7, 3)).tolist() == [4, 1, 2, 3, 4, 1, 2]


@given(start=st.floats(0, 3), intervals=INTERVALS)
def test_doubling_then_halving_gives_the_grid_back(start, intervals):
    grid = counted_grid(np.cumsum([start, *intervals]))
    double = with_halves(grid)
    assert (np.diff(double.times_s) > 0).all()
    assert double.times_s[1::2] == pytest.approx((grid.times_s[:-1] + grid.times_s[1:]) / 2)
    assert double.taken(every_second(double, None)).times_s.tolist() == grid.times_s.tolist()
