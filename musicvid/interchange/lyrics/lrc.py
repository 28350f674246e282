"""LRC: ``[mm:ss.xx]text``, also with word times (``<mm:ss.xx>`` or inner ``[mm:ss.xx]``: "enhanced", "A2").

Several stamps before one text repeat it. ``[offset:+500]`` shows everything half a second sooner. A stamp without text
ends the line before it; otherwise a line lasts until the next one, within reason. Times are whole milliseconds here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from musicvid.interchange.lyrics.headings import heading_of, is_repeat
from musicvid.interchange.lyrics.syllables import Syllable, text_of, words_of
from musicvid.interchange.lyrics.tidy import clean, finish, likely_length_s
from musicvid.schema.lyrics import LyricLine, Lyrics

_TIME = r"(?:(\d{1,2}):(?=\d{1,2}:\d{1,2}\.\d))?(\d{1,5}):(\d{1,2})(?:[.:,](\d{1,3}))?"
_LEADING = re.compile(rf"\s*\[\s*{_TIME}\s*\]")
_INNER = re.compile(rf"[\[<]\s*{_TIME}\s*[\]>]")
_TAG = re.compile(r"\s*\[([A-Za-z#][^:\[\]]{0,40}):(.*)\]\s*")
_ODD_STAMP = re.compile(r"\s*[\[<]\s*[+-]?\d")
_OFFSET = re.compile(r"([+-]?\d{1,9})(?:\.\d*)?")


class _Piece(NamedTuple):
    """Text that is sung from ``start_ms`` on; its outer white space is kept."""

    start_ms: int
    text: str


@dataclass(slots=True)
class _Row:
    """A line of the file and when it is sung. ``pieces`` have the times of its first singing."""

    starts_ms: list[int]
    text: str
    section: str
    pieces: list[_Piece] = field(default_factory=list)
    stop_ms: int | None = None


@dataclass(slots=True)
class _File:
    rows: list[_Row] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def parse_lrc(text: str, file: str) -> Lyrics:
    """Read LRC. Stamps are minutes:seconds with none to three decimals; ``[mm:ss:xx]`` counts hundredths.

    Raises :class:`LyricsError` when no line is timed.
    """
    read = _read(text)
    offset_ms = _offset_ms(read)
    edges = sorted({start for row in read.rows for start in row.starts_ms})
    sung = [row for row in read.rows if row.text]
    return finish(
        (_line(row, start, edges, offset_ms) for row in sung for start in row.starts_ms),
        file,
        title=read.tags.get("ti", ""),
        artist=read.tags.get("ar", ""),
        rows=[row.starts_ms[0] for row in sung],
        notes=read.notes,
    )


def _read(text: str) -> _File:
    read = _File()
    section, untimed = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        starts, rest = _leading(line)
        heading = heading_of(rest)
        if heading is not None:
            section = heading
            if starts:  # a timed heading also ends what was sung before it
                read.rows.append(_Row(starts, "", section))
        elif starts:
            read.rows.append(_row(starts, rest, section, number, read.notes))
        elif tag := _TAG.fullmatch(line):
            read.tags.setdefault(tag[1].strip().lower(), tag[2].strip())
        elif first := _INNER.match(rest.strip()):  # word times only, without one for the line
            read.rows.append(_row([_milliseconds(first)], rest, section, number, read.notes))
        elif _ODD_STAMP.match(rest):
            read.notes.append(f"line {number}: {clean(rest)[:40]!r} has no time that can be read: left out")
        elif clean(rest) and not is_repeat(rest):
            untimed += 1
    if untimed:
        read.notes.append(f"{untimed} {'line' if untimed == 1 else 'lines'} without a time left out")
    return read


def _leading(line: str) -> tuple[list[int], str]:
    """The stamps before the text, and the text."""
    starts, place = [], 0
    while match := _LEADING.match(line, place):
        starts.append(_milliseconds(match))
        place = match.end()
    return starts, line[place:]


def _milliseconds(match: re.Match[str]) -> int:
    hours, minutes, seconds, fraction = match.groups()
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * 1000 + int((fraction or "0").ljust(3, "0"))


def _row(starts: list[int], rest: str, section: str, number: int, notes: list[str]) -> _Row:
    """Split ``rest`` at its inner stamps; a last stamp without text behind it is the end of the line."""
    inner = list(_INNER.finditer(rest))
    begins = [0, *(match.end() for match in inner)]
    ends = [*(match.start() for match in inner), len(rest)]
    times = [starts[0], *(_milliseconds(match) for match in inner)]
    pieces = [_Piece(t, rest[a:b]) for t, a, b in zip(times, begins, ends, strict=True)]
    text = text_of(words_of(Syllable(0, 0, piece.text) for piece in pieces))
    if not inner:
        return _Row(starts, text, section)
    if any(b < a for a, b in pairwise(times)):
        notes.append(f"line {number}: its word times run backwards and were left out")
        return _Row(starts, text, section)
    stop_ms = None if pieces[-1].text.strip() else pieces.pop().start_ms
    return _Row(starts, text, section, pieces, stop_ms)


def _line(row: _Row, start_ms: int, edges: list[int], offset_ms: int) -> LyricLine:
    """The row as sung at ``start_ms``: until its end stamp, else the next stamp of the file, else as long as likely."""
    later = start_ms - row.starts_ms[0]
    behind = bisect_right(edges, start_ms)
    likely_ms = start_ms + round(likely_length_s(row.text) * 1000)
    if row.pieces:
        likely_ms = max(likely_ms, row.pieces[-1].start_ms + later + 1000)
    stop_ms = min(edges[behind], likely_ms) if behind < len(edges) else likely_ms
    if row.stop_ms is not None:
        stop_ms = row.stop_ms + later

    def seconds(ms: int) -> float:
        return (ms - offset_ms) / 1000

    begins = [seconds(piece.start_ms + later) for piece in row.pieces]
    ends = [*begins[1:], seconds(stop_ms)]
    words = words_of(Syllable(a, b, p.text) for a, b, p in zip(begins, ends, row.pieces, strict=False))
    return LyricLine(seconds(start_ms), seconds(stop_ms), row.text, words, row.section)


def _offset_ms(read: _File) -> int:
    written = read.tags.get("offset", "0") or "0"
    match = _OFFSET.fullmatch(written)
    if match is None:
        read.notes.append(f"offset {written[:20]!r} is not a number of milliseconds: left out")
        return 0
    return int(match[1])
