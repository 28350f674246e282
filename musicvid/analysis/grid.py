"""Bending a grid of beats: plain arithmetic on times (seconds, strictly rising) and positions in the bar (from 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from musicvid.schema.grid import Anchor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEAR_BEATS = 0.25
"""A time this near to a beat, in beats, means that beat."""
_AGREES_BEATS = 0.5
"""Between two anchors the heard beats may be this much longer or shorter in all, and still be the same beats."""


@dataclass(frozen=True, slots=True)
class Grid:
    """``times_s`` (k,) and ``positions`` (k,)."""

    times_s: Floats
    positions: Ints

    def __len__(self) -> int:
        return len(self.times_s)

    def taken(self, which: Ints | NDArray[np.bool_]) -> Grid:
        return Grid(self.times_s[which], self.positions[which])

    def within(self, duration_s: float) -> Grid:
        return self.taken((self.times_s >= 0) & (self.times_s < duration_s))


def usual_metre(positions: Ints) -> int:
    """Beats in most bars; where no bar is whole, the highest position but no fewer than 2; 4 without beats."""
    lengths = np.diff(np.flatnonzero(positions == 1))
    if len(lengths):
        return int(np.bincount(lengths).argmax())
    return max(int(positions.max()), 2) if len(positions) else 4


def interval_at(times_s: Floats, index: int) -> float:
    """Median beat length around beat ``index``."""
    return float(np.median(np.diff(times_s[max(index - 2, 0) : index + 3])))


def nearest(times_s: Floats, time_s: float) -> int:
    return int(np.abs(times_s - time_s).argmin())


def every_second(grid: Grid, on_s: float | None) -> Ints:
    """Which beats stay when the tempo halves: those on which bars begin; where ``on_s`` is a time that a person says
    is a beat, those that hold the beat nearest to it.

    In bars of an odd length they alternate. Where the count slips within a song, the next downbeat stays all the same.
    """
    positions = grid.positions
    some = nearest(grid.times_s, on_s) if on_s is not None else int((positions == 1).argmax())
    if usual_metre(positions) % 2:
        return np.arange(some % 2, len(grid), 2)
    side = positions[some] % 2
    kept: list[int] = []
    for k in np.flatnonzero(positions % 2 == side):
        if kept and k - kept[-1] == 1:
            kept[-1] = int(k)  # a bar of an odd length ended: its last beat gives way
        else:
            kept.append(int(k))
    return np.array(kept, np.int64)


def counted_between(downbeats: Ints, count: int, metre: int) -> Ints:
    """``(count,)``: positions that begin anew at each of the ``downbeats``; before the first they lead up to it in bars
    of ``metre``."""
    if not len(downbeats):
        return np.arange(count) % metre + 1
    index = np.arange(count)
    since = index - downbeats[np.maximum(np.searchsorted(downbeats, index, side="right") - 1, 0)]
    return np.where(since < 0, since % metre, since) + 1


def in_pairs(positions: Ints, heard: Ints) -> Ints:
    """Two bars joined to one, throughout. Of the two ways, the one that begins bars where ``heard`` (positions of the
    same beats) does more often; the first bar begins one where neither does."""
    at = np.flatnonzero(positions == 1)
    votes = [np.count_nonzero(heard[at[way::2]] == 1) for way in (0, 1)]
    return counted_between(at[int(votes[1] > votes[0]) :: 2], len(positions), 2 * usual_metre(positions))


def with_halves(grid: Grid) -> Grid:
    """One more beat in the middle of every two; bars stay where they are and have twice the beats."""
    times = np.empty(2 * len(grid) - 1)
    times[::2], times[1::2] = grid.times_s, (grid.times_s[:-1] + grid.times_s[1:]) / 2
    positions = np.empty(len(times), np.int64)
    positions[::2], positions[1::2] = 2 * grid.positions - 1, 2 * grid.positions[:-1]
    return Grid(times, positions)


def reaching(grid: Grid, low_s: float, high_s: float) -> Grid:
    """The grid, counted on at the pace of its ends until it reaches from ``low_s`` or earlier to ``high_s`` or later.

    It needs two beats.
    """
    times, metre = grid.times_s, usual_metre(grid.positions)
    first, last = interval_at(times, 0), interval_at(times, len(times) - 1)
    before = np.arange(max(0, math.ceil((times[0] - low_s) / first)), 0, -1)
    after = np.arange(1, max(0, math.ceil((high_s - times[-1]) / last)) + 1)
    positions = (
        (grid.positions[0] - 1 - before) % metre + 1,
        grid.positions,
        (grid.positions[-1] - 1 + after) % metre + 1,
    )
    return Grid(np.concatenate([times[0] - first * before, times, times[-1] + last * after]), np.concatenate(positions))


class Warped(NamedTuple):
    """``times_s`` (k,); ``sources`` (k,): the beat that each one follows, -1 for those that are laid evenly."""

    times_s: Floats
    sources: Ints


def warped(times_s: Floats, anchors: Sequence[Anchor], duration_s: float) -> Warped:
    """Beats through all anchors: each is hit exactly, and between two of them there are as many as their numbers say.

    Between two anchors the beats keep the relative lengths of the heard ones when as many were heard there (the heard
    stretch may differ from the anchored one by less than half a beat); else they are spread evenly. Before the first
    and after the last anchor the heard beats move along with it, or, where the count did not agree, go on evenly as far
    as beats were heard. One anchor moves all beats by less than one beat.

    ``times_s`` reaches beyond the anchors, or is empty; then there are two anchors or more, and the song is filled.
    """
    starts = [_followed(times_s, a, b) for a, b in pairwise(anchors)]
    parts: list[Warped] = []
    for (a, b), start in zip(pairwise(anchors), starts, strict=True):
        count = b.beat - a.beat
        if start is None:
            inside = np.linspace(a.time_s, b.time_s, count + 1)[:-1]
            parts.append(Warped(inside, np.full(count, -1)))
            continue
        heard = times_s[start : start + count]
        stretch = (b.time_s - a.time_s) / (times_s[start + count] - heard[0])
        parts.append(Warped(a.time_s + (heard - heard[0]) * stretch, np.arange(start, start + count)))
    head, tail = _head(times_s, anchors, starts), _tail(times_s, anchors, starts, duration_s)
    whole = [head, *parts, tail]
    times = np.concatenate([part.times_s for part in whole])
    sources = np.concatenate([part.sources for part in whole])
    inside = (times >= 0) & (times < duration_s)
    return Warped(times[inside], sources[inside])


def _followed(times_s: Floats, a: Anchor, b: Anchor) -> int | None:
    """The beat that anchor ``a`` stands for if the beats heard from there to ``b`` are those that were counted."""
    count = b.beat - a.beat
    best: tuple[float, int] | None = None
    for start in _around(times_s, a.time_s):
        stop = start + count
        if stop not in _around(times_s, b.time_s):
            continue
        moved_a, moved_b = a.time_s - times_s[start], b.time_s - times_s[stop]
        interval = (times_s[stop] - times_s[start]) / count
        found = (float(abs(moved_a) + abs(moved_b)), start)
        if abs(moved_a - moved_b) < _AGREES_BEATS * interval and (best is None or found < best):
            best = found
    return None if best is None else best[1]


def _around(times_s: Floats, time_s: float) -> list[int]:
    """The beats on both sides."""
    k = int(np.searchsorted(times_s, time_s))
    return [index for index in (k - 1, k) if 0 <= index < len(times_s)]


def _head(times_s: Floats, anchors: Sequence[Anchor], starts: Sequence[int | None]) -> Warped:
    """Beats before the first anchor."""
    a = anchors[0]
    start = starts[0] if starts else nearest(times_s, a.time_s)
    if start is not None:
        return Warped(times_s[:start] + (a.time_s - times_s[start]), np.arange(start))
    interval = (anchors[1].time_s - a.time_s) / (anchors[1].beat - a.beat)
    from_s = times_s[0] - interval / 2 if len(times_s) else 0.0
    steps = np.arange(max(0, math.floor((a.time_s - from_s) / interval)), 0, -1)
    return Warped(a.time_s - interval * steps, np.full(len(steps), -1))


def _tail(times_s: Floats, anchors: Sequence[Anchor], starts: Sequence[int | None], duration_s: float) -> Warped:
    """The last anchor and the beats after it."""
    z = anchors[-1]
    start = starts[-1] if starts else nearest(times_s, z.time_s)
    if start is not None:
        at = start + (z.beat - anchors[-2].beat if starts else 0)
        times = times_s[at:] + (z.time_s - times_s[at])
        times[0] = z.time_s
        return Warped(times, np.arange(at, len(times_s)))
    interval = (z.time_s - anchors[-2].time_s) / (z.beat - anchors[-2].beat)
    to_s = times_s[-1] + interval / 2 if len(times_s) else duration_s
    steps = np.arange(max(0, math.floor((to_s - z.time_s) / interval)) + 1)
    return Warped(z.time_s + interval * steps, np.full(len(steps), -1))


class Counted(NamedTuple):
    """A grid whose bars are counted from one downbeat, and by how much it was moved for that."""

    grid: Grid
    moved_s: float


def counted_from(grid: Grid, time_s: float, *, movable: bool) -> Counted:
    """Bars of the usual length, counted both ways from the beat nearest to ``time_s``.

    Where none is within a quarter of a beat and the grid is ``movable``, all of it moves until one is at ``time_s``.
    It needs two beats; where they do not reach ``time_s`` they are counted on.
    """
    grid = reaching(grid, time_s, time_s)
    here = nearest(grid.times_s, time_s)
    moved_s = time_s - grid.times_s[here]
    if not movable or abs(moved_s) <= NEAR_BEATS * interval_at(grid.times_s, here):
        moved_s = 0.0
    metre = usual_metre(grid.positions)
    times = grid.times_s + moved_s if moved_s else grid.times_s
    if moved_s:
        times[here] = time_s
    return Counted(Grid(times, (np.arange(len(times)) - here) % metre + 1), float(moved_s))
