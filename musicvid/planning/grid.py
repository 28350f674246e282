"""The musical grid: where in a song a cut may land.

Measured beats come first. Where a song has none for a while (a long fade, an ambient opening, the whole of a
recitation) the grid is continued at the tempo around it, and those marks say that they are ``grid``, not heard.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median

from musicvid.schema.shots import CutCause, CutKind
from musicvid.schema.song import Beat, Song

_DEFAULT_BEAT_S = 0.5
_DEFAULT_METRE = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where a cut may land. ``position`` counts within the bar from 1."""

    time_s: float
    position: int
    kind: CutKind

    @property
    def cause(self) -> CutCause:
        return CutCause(self.kind, self.time_s)


@dataclass(frozen=True, slots=True)
class Grid:
    """Marks in order of time; ``times_s`` are theirs and ``downs`` the indices of those that begin a bar.

    ``beat_s`` and ``bar_s`` are medians. ``metre`` is the usual number of beats in a bar. ``note`` is for the user.
    """

    marks: tuple[Mark, ...]
    times_s: tuple[float, ...]
    downs: tuple[int, ...]
    beat_s: float
    bar_s: float
    metre: int
    note: str = ""

    def between(self, start_s: float, stop_s: float) -> range:
        """Indices of the marks with ``start_s <= time < stop_s``."""
        return range(bisect_left(self.times_s, start_s), bisect_left(self.times_s, stop_s))

    def before(self, time_s: float) -> Mark | None:
        """The last mark at or before ``time_s``."""
        k = bisect_right(self.times_s, time_s)
        return self.marks[k - 1] if k else None

    def after(self, time_s: float) -> Mark | None:
        """The first mark after ``time_s``."""
        k = bisect_right(self.times_s, time_s)
        return self.marks[k] if k < len(self.marks) else None

    def nearest(self, time_s: float, *, bars_only: bool = False) -> Mark | None:
        """The mark nearest to ``time_s``, the earlier of two; with ``bars_only`` among those that begin a bar."""
        if bars_only:
            k = bisect_left(self.downs, bisect_left(self.times_s, time_s))
            near = [self.marks[i] for i in self.downs[max(k - 1, 0) : k + 1]]
        else:
            k = bisect_left(self.times_s, time_s)
            near = list(self.marks[max(k - 1, 0) : k + 1])
        return min(near, key=lambda m: abs(m.time_s - time_s)) if near else None

    def beat_s_at(self, time_s: float) -> float:
        """How long a beat lasts around ``time_s``."""
        k = min(max(bisect_right(self.times_s, time_s), 1), len(self.times_s) - 1)
        return self.times_s[k] - self.times_s[k - 1] if len(self.times_s) > 1 else self.beat_s

    def first_bar_in(self, start_s: float, stop_s: float) -> int | None:
        """Which of ``downs`` is the first inside the section; one that was heard just before its border counts too."""
        slack_s = min(0.06, self.beat_s / 4)
        k = bisect_left(self.downs, bisect_left(self.times_s, start_s - slack_s))
        return k if k < len(self.downs) and self.times_s[self.downs[k]] < stop_s else None

    def bar_point(self, bar: Fraction) -> CutCause | None:
        """The place ``bar`` bars after the first of ``downs``; interpolated between two marks, None past the end."""
        k = bar.numerator // bar.denominator
        if k < 0 or k >= len(self.downs):
            return None
        start = self.downs[k]
        length = self.downs[k + 1] - start if k + 1 < len(self.downs) else self.metre
        return self.beat_point(start + (bar - k) * length)

    def beat_point(self, beat: Fraction) -> CutCause | None:
        """The place ``beat`` marks after the first one, as :meth:`bar_point`."""
        k = beat.numerator // beat.denominator
        if k < 0 or k >= len(self.marks):
            return None
        if beat == k:
            return self.marks[k].cause
        if k + 1 >= len(self.marks):
            return None
        low, high = self.times_s[k], self.times_s[k + 1]
        return CutCause("grid", low + (high - low) * float(beat - k))


def grid_of(song: Song) -> Grid:
    """The grid of ``song``: its beats, continued where it has none."""
    beats = [b for b in song.beats if 0 <= b.time_s < song.duration_s]
    note = ""
    if len(beats) < 2:
        marks = _clockwork(song, beats)
        note = "no beats were heard in this song: cuts lie on a steady grid"
        metre = _DEFAULT_METRE
    else:
        if not any(b.position == 1 for b in beats):
            note = "no bar lines were heard in this song: every fourth beat is taken as one"
            beats = [Beat(b.time_s, k % _DEFAULT_METRE + 1, b.strength, b.confidence) for k, b in enumerate(beats)]
            metre = _DEFAULT_METRE
            marks = _filled([Mark(b.time_s, b.position, "beat") for b in beats], song.duration_s, metre)
        else:
            metre = _metre(beats)
            heard = [Mark(b.time_s, b.position, "downbeat" if b.position == 1 else "beat") for b in beats]
            marks = _filled(heard, song.duration_s, metre)
    times = tuple(m.time_s for m in marks)
    downs = tuple(k for k, m in enumerate(marks) if m.position == 1)
    beat_s = _median((b - a for a, b in pairwise(times)), _DEFAULT_BEAT_S)
    bar_s = _median((times[b] - times[a] for a, b in pairwise(downs)), metre * beat_s)
    return Grid(tuple(marks), times, downs, beat_s, bar_s, metre, note)


def _clockwork(song: Song, beats: list[Beat]) -> list[Mark]:
    """A steady grid at the song's tempo (120 where it has none), in step with its only beat if there is one."""
    step_s = 60 / song.tempo_bpm if 30 <= song.tempo_bpm <= 300 else _DEFAULT_BEAT_S
    only = beats[0] if beats else Beat(0.0, 1, 0.0)
    earlier = int(only.time_s / step_s)
    marks = []
    for k in range(-earlier, int((song.duration_s - only.time_s) / step_s) + 1):
        time_s = only.time_s + k * step_s
        if time_s < song.duration_s:
            kind: CutKind = ("downbeat" if only.position == 1 else "beat") if beats and k == 0 else "grid"
            marks.append(Mark(time_s, (only.position - 1 + k) % _DEFAULT_METRE + 1, kind))
    return marks


def _metre(beats: list[Beat]) -> int:
    starts = [k for k, b in enumerate(beats) if b.position == 1]
    lengths = Counter(b - a for a, b in pairwise(starts))
    if not lengths:
        return max(_DEFAULT_METRE, *(b.position for b in beats))
    most = max(lengths.values())
    return min(length for length, count in lengths.items() if count == most)


def _filled(heard: list[Mark], duration_s: float, metre: int) -> list[Mark]:
    """``heard`` with grid marks in the holes: before the first and after the last where more than a bar is missing,
    and between two whose distance is far from that of their neighbours."""
    gaps = [b.time_s - a.time_s for a, b in pairwise(heard)]
    step_s = median(gaps)
    first, last = heard[0], heard[-1]
    marks: list[Mark] = []
    if first.time_s > metre * step_s:
        count = int(first.time_s / step_s)
        marks += [
            Mark(first.time_s - k * step_s, (first.position - 1 - k) % metre + 1, "grid") for k in range(count, 0, -1)
        ]
    for k, mark in enumerate(heard):
        marks.append(mark)
        if k < len(gaps) and _is_hole(gaps, k):
            count = max(round(gaps[k] / step_s), 1)
            marks += [
                Mark(mark.time_s + j * gaps[k] / count, (mark.position - 1 + j) % metre + 1, "grid")
                for j in range(1, count)
            ]
    if duration_s - last.time_s > 2 * metre * step_s:
        count = int((duration_s - last.time_s) / step_s)
        more = (
            Mark(last.time_s + k * step_s, (last.position - 1 + k) % metre + 1, "grid") for k in range(1, count + 1)
        )
        marks += [m for m in more if m.time_s < duration_s]
    return [m for m in marks if m.time_s >= 0]


def _is_hole(gaps: list[float], k: int) -> bool:
    around = [gaps[j] for j in (k - 1, k + 1) if 0 <= j < len(gaps)] or [_DEFAULT_BEAT_S]
    return gaps[k] > 2.5 * max(around) or gaps[k] > 4.0


def _median(values: Iterable[float], otherwise: float) -> float:
    found = list(values)
    return median(found) if found else otherwise
