"""Cuts that follow the energy, with places to breathe.

Quiet music gets shots of about seven seconds, the loudest about two; between them lengths are whole bars that double or
halve and start on multiples of themselves, so that cuts fall where phrases do. A section opens on a longer shot, a
build gets quicker, and the last bars before a chorus and at the end of the song are held. Which shots of a section are
split or joined is drawn from the storyboard's seed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from musicvid.planning.grid import Grid
from musicvid.planning.pace import Interval
from musicvid.schema.shots import CutCause
from musicvid.schema.song import Section, Song

_QUIET_S, _LOUD_S = 7.0, 1.9
_LONGEST_S = 12.0
_OPENING_S = 10.0
_BUILD = 0.12
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Scope:
    """What auto cutting is decided from: the sections that the interval crosses (one, unless shots may straddle), the
    section after it (None at the end of the song or when the interval ends within a section), and the draw."""

    song: Song
    grid: Grid
    sections: tuple[Section, ...]
    next: Section | None
    ends_song: bool
    seed: int
    on: Literal["downbeats", "beats"]
    shortest_s: float


def breathing_cuts(interval: Interval, scope: Scope) -> list[CutCause]:
    """The cuts inside ``interval``, in order."""
    bars = _bars_inside(interval, scope.grid)
    if not bars:
        return []
    cuts: list[CutCause] = []
    if scope.grid.times_s[scope.grid.downs[bars[0]]] - interval.start_s >= scope.grid.bar_s:
        cuts.append(scope.grid.marks[scope.grid.downs[bars[0]]].cause)
    for place in _places(len(bars), interval, bars.start, scope):
        point = scope.grid.bar_point(bars.start + place)
        mark = scope.grid.nearest(point.time_s) if point else None  # half of an odd bar lies between two beats
        cuts += [mark.cause] if mark else []
    return [c for c in cuts if interval.start_s < c.time_s < interval.stop_s]


def _bars_inside(interval: Interval, grid: Grid) -> range:
    """Which bars begin inside, without one that is cut off after less than half of it."""
    first = grid.first_bar_in(interval.start_s, interval.stop_s)
    if first is None:
        return range(0)
    stop = first
    while stop < len(grid.downs) and interval.stop_s - grid.times_s[grid.downs[stop]] > _HALF * grid.bar_s:
        stop += 1
    return range(first, stop)


def _places(count: int, interval: Interval, first_bar: int, scope: Scope) -> list[Fraction]:
    """Where the second and later shots begin, in bars from the interval's first bar."""
    building = scope.next is not None and scope.next.energy >= scope.sections[-1].energy + _BUILD
    held = _held_bars(count, _usual(_energy(scope, first_bar + max(count - 2, 0)), scope.grid.bar_s), building, scope)
    opens = interval.start_s == interval.section_start_s
    places: list[Fraction] = []
    place = Fraction(0)
    while place < count:
        if place >= count - held:
            length = count - place
        else:
            length = _length(place, count, first_bar, opens, building, scope)
            while length > count - held - place:
                length /= 2
        place += length
        if place < count:
            places.append(place)
    return places


def _held_bars(count: int, usual: Fraction, building: bool, scope: Scope) -> Fraction:
    """Bars at the end that stay one shot: before a chorus longer than those that led there, at the end of the song
    two bars or more."""
    bar_s = scope.grid.bar_s
    if scope.ends_song:
        if count < 2 * usual and count * bar_s <= _LONGEST_S:
            return Fraction(count)
        return min(max(usual, Fraction(2 if 2 * bar_s <= _OPENING_S else 1)), Fraction(count))
    if scope.next is None or scope.next.label.casefold() != "chorus" or count < 4:
        return Fraction(0)
    held = Fraction(2 if count >= 8 and 2 * bar_s <= _OPENING_S else 1)
    return held if building else min(max(held, usual), Fraction(count // 2))


def _length(place: Fraction, count: int, first_bar: int, opens: bool, building: bool, scope: Scope) -> Fraction:
    """Bars of the shot that begins at ``place``."""
    grid, bar_s = scope.grid, scope.grid.bar_s
    energy = _energy(scope, first_bar + int(place))
    usual = _usual(energy, bar_s)
    length = usual
    if place == 0 and opens and count >= 3 * usual:
        length = 2 * usual if float(2 * usual) * bar_s <= _OPENING_S * (1 - energy / 2) else usual
    elif building and place >= Fraction(3, 4) * count:
        length = usual / 4
    elif building and place >= _HALF * count:
        length = usual / 2
    else:
        draw = _draw(f"{scope.seed}:{scope.sections[0].name}:{place}")
        if draw < 0.25 * energy:
            length = usual / 2
        elif draw > 1 - 0.25 * (1 - energy):
            length = 2 * usual
    least = _HALF if scope.on == "beats" and grid.metre % 2 == 0 else Fraction(1)
    while float(length) * bar_s > _LONGEST_S:
        length /= 2
    while place % length and length > least:
        length /= 2
    while length < least or (float(length) * bar_s < scope.shortest_s and length < count):
        length *= 2
    return length


def _usual(energy: float, bar_s: float) -> Fraction:
    """The power of two of bars that is nearest to what this energy asks for."""
    wanted_s = _QUIET_S * (_LOUD_S / _QUIET_S) ** min(max(energy, 0.0), 1.0)
    lengths = [Fraction(2) ** k for k in range(-1, 5)]
    return min(lengths, key=lambda n: max(float(n) * bar_s / wanted_s, wanted_s / (float(n) * bar_s)))


def _energy(scope: Scope, bar: int) -> float:
    """The section's energy, with the loudness of the two bars that begin here."""
    time_s = scope.grid.times_s[scope.grid.downs[min(bar, len(scope.grid.downs) - 1)]]
    section = next((s for s in reversed(scope.sections) if s.start_s <= time_s), scope.sections[0])
    curve = next((c for c in scope.song.curves if c.name == "loudness"), None)
    if curve is None:
        return section.energy
    first = max(int(time_s * curve.rate_hz), 0)
    heard = curve.values[first : max(int((time_s + 2 * scope.grid.bar_s) * curve.rate_hz), first + 1)]
    return 0.6 * section.energy + 0.4 * sum(heard) / len(heard) if len(heard) else section.energy


def _draw(key: str) -> float:
    """A number from 0 to 1 that depends on nothing but ``key``."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32
