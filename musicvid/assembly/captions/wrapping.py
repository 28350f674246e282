"""Breaking a line into rows that fit the picture and are about equally long."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from musicvid.assembly.captions.typeface import SMALLEST, Typeface

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_MOST_ROWS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """``text`` is the characters ``[start, start + len(text))`` of the whole line. ``width`` is in pixels."""

    text: str
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class WrappedLine:
    """``text`` with single spaces between words, its rows, and the letter size that makes them fit."""

    text: str
    px: int
    rows: tuple[Row, ...]


@lru_cache(maxsize=1024)
def wrap(text: str, face: Typeface) -> WrappedLine:
    """Rows for ``text``; line breaks in it are kept. The letters get smaller before there are more than three rows."""
    lines = [" ".join(part.split()) for part in text.splitlines()]
    lines = [line for line in lines if line]
    room = face.width_px - 2 * face.side_px
    smallest = max(6, int(face.full_px * SMALLEST))
    for px in range(face.full_px, smallest - 1, -1):
        rows = _rows(lines, face.font(px), room)
        if (len(rows) <= max(_MOST_ROWS, len(lines)) and all(row.width <= room for row in rows)) or px == smallest:
            break
    return WrappedLine(" ".join(lines), px, tuple(rows))


def _rows(lines: list[str], font: FreeTypeFont, room: int) -> list[Row]:
    rows: list[Row] = []
    at = 0
    measure = cache(font.getlength)  # shaping is slow, and the search below asks again and again
    for line in lines:
        breaks = _break_places(line)
        filled = _fill(line, breaks, measure, room)
        count = len(filled)
        # The narrowest room that needs no more rows: rows come out about equally long.
        low, high = (1, room) if count > 1 else (room, room)
        while low < high:
            middle = (low + high) // 2
            narrower = _fill(line, breaks, measure, middle)
            if len(narrower) <= count:
                filled, high = narrower, middle
            else:
                low = middle + 1
        rows += [Row(line[start:stop], at + start, round(measure(line[start:stop]))) for start, stop in filled]
        at += len(line) + 1
    return rows


def _break_places(line: str) -> list[tuple[int, int]]:
    """Where a row may end and the next begin: at spaces, and on both sides of wide (East Asian) characters."""
    places = []
    for i, char in enumerate(line):
        if char == " ":
            places.append((i, i + 1))
        elif i and line[i - 1] != " " and (_is_wide(char) or _is_wide(line[i - 1])) and not _is_mark(char):
            places.append((i, i))
    return places


def _is_mark(char: str) -> bool:
    """Punctuation: never begins a row."""
    return unicodedata.category(char).startswith("P")


def _is_wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" and not 0x1100 <= ord(char) <= 0x11FF


def _fill(
    line: str, breaks: list[tuple[int, int]], measure: Callable[[str], float], room: int
) -> list[tuple[int, int]]:
    """Rows as (start, stop) of ``line``, each filled with as many words as fit; a word alone may be too wide."""
    rows: list[tuple[int, int]] = []
    start = stop = next_start = 0
    for end, following in [*breaks, (len(line), len(line))]:
        if stop > start and measure(line[start:end]) > room:
            rows.append((start, stop))
            start = next_start
        stop, next_start = end, following
    rows.append((start, stop))
    return rows
