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
from collections.abc import Iterator
from dataclasses import dataclass

from musicvid.errors import InputError
from musicvid.interchange.annotations.marks import LAST_S, BeatMark, number, positions_of


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: tuple[str, ...]


def parse_tables(text: str, where: str) -> tuple[BeatMark, ...]:
    """The beats of a text, in order; ``where`` is its file's name for messages.

    Raises :class:`InputError` with file:line for what is not a time, is negative, does not rise, or is no position,
    and when there are no beats.
    """
    rows = list(_rows(text, where))
    times = [_time(row, where) for row in rows]
    for row, before_s, time_s in zip(rows[1:], times, times[1:], strict=False):
        if time_s <= before_s:
            raise InputError(
                f"beat times must rise, but {time_s:g} s follows {before_s:g} s", where=f"{where}:{row.line}"
            )
    positions = positions_of([_label(row) for row in rows], [f"{where}:{row.line}" for row in rows])
    if not rows:
        raise InputError("no beat times in this file", where=where, hint="one time in seconds per line")
    return tuple(BeatMark(time_s, position) for time_s, position in zip(times, positions, strict=True))


def _rows(text: str, where: str) -> Iterator[_Row]:
    """Lines cut into cells at commas, semicolons or tabs, else at spaces; comments and a table's header left out."""
    seen = False
    for count, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;%\\":
            continue
        # An Audacity label without a text ends in a tab: only spaces may go.
        delimiter = next((d for d in "\t,;" if d in line), None)
        try:
            cells = next(csv.reader([line.strip(" ")], delimiter=delimiter)) if delimiter else stripped.split()
        except csv.Error as error:
            raise InputError(f"this line cannot be read: {error}", where=f"{where}:{count}") from error
        row = _Row(count, tuple(cell.strip() for cell in cells))
        is_header = not seen and delimiter is not None and number(row.cells[0]) is None
        seen = True
        if not is_header:
            yield row


def _time(row: _Row, where: str) -> float:
    value = number(row.cells[0])
    if value is None:
        raise InputError(
            f"{row.cells[0]!r} is not a time", where=f"{where}:{row.line}", hint="write seconds, such as 12.345"
        )
    if not 0 <= value <= LAST_S:
        raise InputError(
            f"{value:g} s is not within a song", where=f"{where}:{row.line}", hint="were the times given in seconds?"
        )
    return value


def _label(row: _Row) -> str:
    """The cell that may say the position: the last one."""
    return row.cells[-1] if len(row.cells) > 1 else ""
