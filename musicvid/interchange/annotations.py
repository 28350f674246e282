"""Read beat times that a person or another program wrote.

| format | a line | extension |
|---|---|---|
| beat files (MIREX, madmom, Isophonics …) | ``12.34``, ``12.34 3`` (position) or ``12.34 8.3`` (bar.beat) | any |
| Sonic Visualiser, other tables | ``12.34,label`` or ``12.34,1.0,label``; a header is skipped | ``.csv`` |
| Audacity labels | ``12.34⇥12.34⇥label`` (start, stop, label) | any |

Lines that are empty or begin with ``#``, ``;`` or ``%`` are skipped. Times are seconds and rise.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from musicvid.errors import InputError

_LARGEST_FILE = 16 * 2**20
_LONGEST_BAR = 64
_LAST_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class BeatMark:
    """``position`` counts within the bar from 1; None where the file does not say."""

    time_s: float
    position: int | None


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: tuple[str, ...]


def read_beats(path: str | os.PathLike[str]) -> tuple[BeatMark, ...]:
    """The beats of a file, in order.

    Raises :class:`InputError` with file:line for what is not a time, is negative, does not rise, or is no position;
    for a file that is missing, not UTF-8 text, too large, or has no beats.
    """
    where = os.fspath(path)
    rows = list(_rows(_text(Path(path), where), where))
    marks: list[BeatMark] = []
    counts_bars = any(_is_bar_beat(_label(row)) for row in rows)
    for row in rows:
        time_s = _time(row, where)
        if marks and time_s <= marks[-1].time_s:
            raise InputError(
                f"beat times must rise, but {time_s:g} s follows {marks[-1].time_s:g} s", where=f"{where}:{row.line}"
            )
        marks.append(BeatMark(time_s, _position(row, counts_bars, where)))
    if not marks:
        raise InputError("no beat times in this file", where=where, hint="one time in seconds per line")
    return tuple(marks)


def _text(path: Path, where: str) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError("this file is too large to be a list of beats", where=where)
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError("there is no such beat file", where=where) from error
    except OSError as error:
        raise InputError(f"the beat file cannot be read: {error.strerror}", where=where) from error
    except UnicodeDecodeError as error:
        raise InputError(
            "this is not a text file in UTF-8", where=where, hint="one time in seconds per line"
        ) from error


def _rows(text: str, where: str) -> Iterator[_Row]:
    """Lines cut into cells at commas, semicolons or tabs, else at spaces; comments and a table's header left out."""
    seen = False
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;%\\":
            continue
        # An Audacity label without a text ends in a tab: only spaces may go.
        delimiter = next((d for d in "\t,;" if d in line), None)
        try:
            cells = next(csv.reader([line.strip(" ")], delimiter=delimiter)) if delimiter else stripped.split()
        except csv.Error as error:
            raise InputError(f"this line cannot be read: {error}", where=f"{where}:{number}") from error
        row = _Row(number, tuple(cell.strip() for cell in cells))
        is_header = not seen and delimiter is not None and _number(row.cells[0]) is None
        seen = True
        if not is_header:
            yield row


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _time(row: _Row, where: str) -> float:
    value = _number(row.cells[0])
    if value is None:
        raise InputError(
            f"{row.cells[0]!r} is not a time", where=f"{where}:{row.line}", hint="write seconds, such as 12.345"
        )
    if not 0 <= value <= _LAST_S:
        raise InputError(
            f"{value:g} s is not within a song", where=f"{where}:{row.line}", hint="were the times given in seconds?"
        )
    return value


def _label(row: _Row) -> str:
    """The cell that may say the position: the last one."""
    return row.cells[-1] if len(row.cells) > 1 else ""


def _is_bar_beat(label: str) -> bool:
    """``8.3``: the third beat of bar 8. (``8.0`` is just the number 8.)"""
    bar, dot, beat = label.partition(".")
    return bool(dot) and bar.isdecimal() and beat.isdecimal() and int(beat) != 0


def _position(row: _Row, counts_bars: bool, where: str) -> int | None:
    label = _label(row)
    value = _number(label)
    if value is None:
        return None  # a name such as "New Point"
    if counts_bars:
        _, _, beat = label.partition(".")
        position = int(beat) if beat.isdecimal() else 0
    else:
        position = int(value) if value == int(value) else 0
    if not 1 <= position <= _LONGEST_BAR:
        raise InputError(
            f"{label!r} is no position in a bar",
            where=f"{where}:{row.line}",
            hint="count from 1, the downbeat, or leave it out",
        )
    return position
