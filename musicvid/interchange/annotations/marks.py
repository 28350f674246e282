"""What every format gives, and what is the same for all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from musicvid.errors import InputError

LONGEST_BAR = 64
LAST_S = 24 * 3600.0
FASTEST_BPM = 1000.0
"""More beats than this in a minute are no beats; it bounds what a hostile file can ask for."""


@dataclass(frozen=True, slots=True)
class BeatMark:
    """``position`` counts within the bar from 1; None where the file does not say."""

    time_s: float
    position: int | None


@dataclass(frozen=True, slots=True)
class WantedSong:
    """Whose beats are wanted from a file that holds many songs, or that says a tempo and not where it ends."""

    path: str
    duration_s: float


class Tempo(NamedTuple):
    """From ``start_s`` on beats come at ``bpm``. The first has ``position`` in a bar of ``metre`` (None: not known)."""

    start_s: float
    bpm: float
    position: int | None = None
    metre: int = 4


def number(text: str | None) -> float | None:
    """The finite number that ``text`` is; None for anything else."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in str(text) else None


def whole(text: str | None) -> int | None:
    """The whole number that ``text`` is; None for anything else."""
    value = number(text)
    return int(value) if value is not None and value == int(value) else None


def positions_of(labels: Sequence[str], places: Sequence[str]) -> list[int | None]:
    """The positions that labels say: ``3``, or ``8.3`` for the third beat of bar 8; None for words such as New Point.

    ``places`` are the labels' file:line. Raises :class:`InputError` for a number that is no position.
    """
    counts_bars = any(_is_bar_beat(label) for label in labels)
    return [_position(label, counts_bars, place) for label, place in zip(labels, places, strict=True)]


def _is_bar_beat(label: str) -> bool:
    """``8.3``: the third beat of bar 8. (``8.0`` is just the number 8.)"""
    bar, dot, beat = label.partition(".")
    return bool(dot) and bar.isdecimal() and beat.isdecimal() and int(beat) != 0


def _position(label: str, counts_bars: bool, place: str) -> int | None:
    value = number(label)
    if value is None:
        return None
    if counts_bars:
        beat = label.partition(".")[2]
        position = int(beat) if beat.isdecimal() else 0
    else:
        position = int(value) if value == int(value) else 0
    if not 1 <= position <= LONGEST_BAR:
        raise InputError(
            f"{label!r} is no position in a bar",
            where=place,
            hint="count from 1, the downbeat, or leave it out",
        )
    return position


def laid_out(tempos: Iterable[Tempo], stop_s: float, where: str) -> tuple[BeatMark, ...]:
    """The beats of a row of tempos, up to ``stop_s``; each tempo holds until the next begins with its own first beat.

    A beat less than half an interval before the next tempo's first is that beat. Beats before 0 s are left out. Raises
    :class:`InputError` for a tempo of nothing or of thousands.
    """
    row = sorted(tempos)
    marks: list[BeatMark] = []
    for k, tempo in enumerate(row):
        if not 0 < tempo.bpm <= FASTEST_BPM:
            raise InputError(f"a tempo of {tempo.bpm:g} bpm is no tempo", where=where)
        interval = 60.0 / tempo.bpm
        ends_s = min(row[k + 1].start_s - interval / 2, stop_s) if k + 1 < len(row) else stop_s
        first = max(0, math.ceil(-tempo.start_s / interval))
        for count in range(first, first + math.ceil(LAST_S / interval)):
            time_s = tempo.start_s + count * interval
            if time_s >= ends_s:
                break
            position = None if tempo.position is None else (tempo.position - 1 + count) % tempo.metre + 1
            if not marks or time_s > marks[-1].time_s:
                marks.append(BeatMark(time_s, position))
    return tuple(marks)
