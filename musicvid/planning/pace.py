"""Cuts at a pace that the storyboard names: every 2 bars, 3 beats, 5 seconds, 48 frames.

Places are counted from the section's first downbeat, never from the last cut, so nothing adds up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from musicvid.planning.grid import Grid
from musicvid.schema.frames import FrameRate
from musicvid.schema.shots import CutCause
from musicvid.schema.storyboard import Amount

_STUB = 0.45
"""A piece at either end that is shorter than this share of the pace joins its neighbour."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The time between two settled cuts, and the section whose first downbeat counts as one."""

    start_s: float
    stop_s: float
    section_start_s: float
    section_stop_s: float


def paced_cuts(
    amount: Amount, interval: Interval, grid: Grid, rate: FrameRate, on: Literal["downbeats", "beats"]
) -> list[CutCause]:
    """The cuts inside ``interval``, in order. ``on`` says what paces in seconds land on; one that is quicker than a bar
    lands on beats all the same. Frames are taken as they are."""
    points: list[CutCause] = []
    for point in _points(amount, interval, grid, rate, on):
        if not points or point.time_s > points[-1].time_s:
            points.append(point)
        if point.time_s > interval.stop_s:
            break
    return _without_stubs(points, interval)


def _points(
    amount: Amount, interval: Interval, grid: Grid, rate: FrameRate, on: Literal["downbeats", "beats"]
) -> Iterator[CutCause]:
    match amount.unit:
        case "bars":
            return _musical(grid, amount.value, grid.first_bar_in(interval.section_start_s, interval.section_stop_s))
        case "beats":
            return _beats(grid, amount.value, interval)
        case "seconds":
            return _seconds(grid, amount.value, interval, on)
        case "frames":
            return _frames(rate, amount.value, interval)


def _musical(grid: Grid, bars: Fraction, first: int | None) -> Iterator[CutCause]:
    place = Fraction(first) if first is not None else Fraction(len(grid.downs))
    while point := grid.bar_point(place):
        yield point
        place += bars


def _beats(grid: Grid, beats: Fraction, interval: Interval) -> Iterator[CutCause]:
    bar = grid.first_bar_in(interval.section_start_s, interval.section_stop_s)
    inside = grid.between(interval.section_start_s, interval.section_stop_s)
    if bar is None and not len(inside):
        return
    place = Fraction(grid.downs[bar] if bar is not None else inside[0])
    while point := grid.beat_point(place):
        yield point
        place += beats


def _seconds(
    grid: Grid, seconds: Fraction, interval: Interval, on: Literal["downbeats", "beats"]
) -> Iterator[CutCause]:
    bar = grid.first_bar_in(interval.section_start_s, interval.section_stop_s)
    first_s = grid.times_s[grid.downs[bar]] if bar is not None else interval.section_start_s
    if first_s - interval.section_start_s > 2 * grid.bar_s:
        first_s = interval.section_start_s
    step_s = float(seconds)
    bars_only = on == "downbeats" and step_s >= 0.75 * grid.bar_s
    k = 0
    while True:
        time_s = float(Fraction(first_s) + k * seconds)
        mark = grid.nearest(time_s, bars_only=bars_only)
        if mark and abs(mark.time_s - time_s) <= step_s / 2:
            yield mark.cause
        else:
            yield CutCause("grid", time_s)
        k += 1


def _frames(rate: FrameRate, frames: Fraction, interval: Interval) -> Iterator[CutCause]:
    first, step = rate.frame_at(interval.section_start_s), max(1, round(frames))
    frame = first
    while True:
        yield CutCause("grid", float(rate.seconds_at(frame)))
        frame += step


def _without_stubs(points: list[CutCause], interval: Interval) -> list[CutCause]:
    if len(points) < 2:
        return []
    kept = []
    gaps = [b.time_s - a.time_s for a, b in pairwise(points)]
    for k, point in enumerate(points):
        before_s, after_s = gaps[max(k - 1, 0)], gaps[min(k, len(gaps) - 1)]
        far_enough = (
            point.time_s - interval.start_s >= _STUB * before_s and interval.stop_s - point.time_s >= _STUB * after_s
        )
        if far_enough:
            kept.append(point)
    return kept
