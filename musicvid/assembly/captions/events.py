"""Lyric lines → captions on the frame grid: when each is seen, where it stands, how far the wipe has come."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from musicvid.assembly.captions.typeface import Typeface
from musicvid.assembly.captions.wrapping import WrappedLine, wrap
from musicvid.errors import AssemblyError
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.lyrics import LyricLine

_ROW_HEIGHT = 1.22
"""Distance of two baselines in letter sizes."""


@dataclass(frozen=True, slots=True)
class CaptionEvent:
    """One line as it stands in the picture over ``span`` (movie frames).

    ``top`` is the even pixel row where the block of ``rows`` (text, width in pixels) begins; every row is ``row_px``
    high and centred. ``wipe`` has one entry per frame of ``span``: how many pixels of each row are sung, from the side
    where reading starts; empty where word times are not known. ``rtl`` rows read from the right.
    """

    span: FrameSpan
    rows: tuple[tuple[str, int], ...]
    px: int
    row_px: int
    top: int
    rtl: bool = False
    wipe: tuple[tuple[int, ...], ...] = ()

    def cut(self, span: FrameSpan) -> CaptionEvent | None:
        """The part that is seen within ``span``, or None."""
        seen = self.span.overlap(span)
        if seen is None:
            return None
        first = seen.start - self.span.start
        return replace(self, span=seen, wipe=self.wipe[first : first + len(seen)])


def place_lines(
    lines: Iterable[LyricLine], rate: FrameRate, size: FrameSize, face: Typeface, *, karaoke: bool
) -> tuple[CaptionEvent, ...]:
    """Lay all lines of a movie out, in order of time.

    A line is seen from the frame nearest to its start up to the frame nearest to its stop. Lines sung at the same time
    stand above one another. Raises :class:`AssemblyError` for characters that the font lacks, and for more lines at
    one time than the picture holds.
    """
    placed: list[CaptionEvent] = []
    for line in sorted(lines, key=lambda line: (line.start_s, line.stop_s, line.text)):
        if not line.text.strip():
            continue
        where = f"lyric line at {_clock(line.start_s)}"
        face.refuse_missing(line.text, where)
        start = max(rate.frame_at(line.start_s), 0)
        span = FrameSpan(start, max(rate.frame_at(line.stop_s), start + 1))
        wrapped = wrap(line.text, face)
        row_px = round(wrapped.px * _ROW_HEIGHT / 2) * 2
        beside = [event for event in placed if event.span.overlap(span)]
        top = _free_top(len(wrapped.rows) * row_px, beside, size, face)
        if top is None:
            raise AssemblyError(
                f"{len(beside) + 1} lines are sung at the same time, more than fit into the picture",
                where=where,
                hint="correct the times in the lyrics file",
            )
        placed.append(
            CaptionEvent(
                span=span,
                rows=tuple((row.text, row.width) for row in wrapped.rows),
                px=wrapped.px,
                row_px=row_px,
                top=top,
                rtl=_reads_from_right(wrapped.text),
                wipe=_wipe(line, wrapped, span, rate, face) if karaoke and line.words else (),
            )
        )
    return tuple(placed)


def _free_top(height: int, beside: Sequence[CaptionEvent], size: FrameSize, face: Typeface) -> int | None:
    """The lowest even row where a block fits between the margins without touching blocks seen at the same time."""
    bottoms = [size.height - face.bottom_px, *(event.top for event in beside)]
    for bottom in sorted(bottoms, reverse=True):
        top = (bottom - height) // 2 * 2
        if top >= face.top_px and not any(_touch(top, height, event) for event in beside):
            return top
    return None


def _touch(top: int, height: int, event: CaptionEvent) -> bool:
    return top < event.top + len(event.rows) * event.row_px and event.top < top + height


def _wipe(
    line: LyricLine, wrapped: WrappedLine, span: FrameSpan, rate: FrameRate, face: Typeface
) -> tuple[tuple[int, ...], ...]:
    """Sung pixels of every row at every frame start: linear within a word; a pause crosses what stands between two."""
    font = face.font(wrapped.px)
    times = np.array([float(rate.seconds_at(frame)) for frame in span.frames()])
    columns = []
    words = _find_words(line, wrapped.text)
    for row in wrapped.rows:
        stop = row.start + len(row.text)
        at_s, px = [], []
        for word, begin, end in words:
            if row.start <= begin < stop:
                at_s += [word.start_s, max(word.stop_s, word.start_s + 1e-3)]
                px += [font.getlength(row.text[: place - row.start]) for place in (begin, min(end, stop))]
        if not at_s:
            columns.append(np.zeros(len(times), int))
            continue
        # Words out of order or overlapping: the wipe waits, it never runs back.
        sung = np.interp(times, np.maximum.accumulate(at_s), np.maximum.accumulate(px), left=0.0)
        columns.append(np.rint(sung).astype(int))
    return tuple(tuple(int(value) for value in frame) for frame in zip(*columns, strict=True))


def _find_words(line: LyricLine, text: str) -> list[tuple[object, int, int]]:
    """Each word (or syllable) with the characters of ``text`` it covers, marks that cling to it included.

    Words that do not stand in the text are passed over; the wipe then runs from their neighbours.
    """
    found = []
    cursor = 0
    for word in line.words:
        bare = " ".join(word.text.split())
        begin = text.find(bare, cursor) if bare else -1
        if begin >= 0:
            cursor = begin + len(bare)
            found.append([word, begin, cursor])
    for entry, following in zip(found, [*found[1:], [None, len(text), 0]], strict=True):
        while entry[2] < following[1] and text[entry[2]] != " ":
            entry[2] += 1
    return [tuple(entry) for entry in found]


def _reads_from_right(text: str) -> bool:
    import unicodedata

    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("L", "R", "AL"):
            return kind != "L"
    return False


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(math.floor(Fraction(seconds) * 100), 0), 6000)
    return f"{minutes}:{rest // 100:02d}.{rest % 100:02d}"
