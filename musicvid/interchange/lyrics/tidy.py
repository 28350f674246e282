"""What every timed format needs at the end: lines in order, times that can be, and a word on what was repaired."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from musicvid.errors import LyricsError
from musicvid.schema.lyrics import LyricLine, Lyrics, Word

MAX_TIME_S = 24 * 3600.0


def clean(text: str) -> str:
    """One line without control characters; runs of white space become one space."""
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).split())


def likely_length_s(text: str) -> float:
    """How long a line may sound when its end is not given: 2 s and 0.12 s per character, at most 8 s."""
    return min(8.0, 2.0 + 0.12 * len(text))


def finish(
    lines: Iterable[LyricLine],
    file: str,
    *,
    title: str = "",
    artist: str = "",
    rows: Sequence[float] | None = None,
    notes: Iterable[str] = (),
) -> Lyrics:
    """Sort ``lines`` by time, drop impossible ones and doubles, mend ends; every repair is noted.

    ``rows`` are the start times in the order of the file where that is not the order of ``lines``.
    Raises :class:`LyricsError` when nothing is left.
    """
    given = list(lines)
    said = list(notes)
    order = [line.start_s for line in given] if rows is None else rows
    _say(said, sum(b < a for a, b in pairwise(order)), "out of order: sorted by time")
    possible = [line for line in given if math.isfinite(line.start_s) and line.start_s < MAX_TIME_S and line.text]
    _say(said, sum(bool(line.text) for line in given) - len(possible), "later than 24 hours: left out")
    heard = [line for line in possible if line.start_s >= 0 or line.stop_s > 0]
    _say(said, len(possible) - len(heard), "before the beginning of the song: left out")
    _say(said, sum(line.start_s < 0 for line in heard), "began before the song: moved to its beginning")
    _say(said, sum(line.stop_s <= max(line.start_s, 0) for line in heard), "without a length: an end was estimated")
    single = dict.fromkeys(_mend(line) for line in heard)
    _say(said, len(heard) - len(single), "stood twice: kept once")
    if not single:
        raise LyricsError("holds no lyric lines", where=file)
    ordered = sorted(single, key=lambda line: (line.start_s, line.stop_s))
    return Lyrics(tuple(ordered), title=clean(title), artist=clean(artist), notes=tuple(said))


def _say(notes: list[str], count: int, what: str) -> None:
    if count:
        notes.append(f"{count} lyric {'line' if count == 1 else 'lines'} {what}")


def _mend(line: LyricLine) -> LyricLine:
    start_s = max(line.start_s, 0.0)
    stop_s = min(line.stop_s, MAX_TIME_S)
    if stop_s <= start_s:
        stop_s = start_s + likely_length_s(line.text)
    return replace(line, start_s=start_s, stop_s=stop_s, words=tuple(_inside(w, start_s, stop_s) for w in line.words))


def _inside(word: Word, start_s: float, stop_s: float) -> Word:
    begin = min(max(word.start_s, start_s), stop_s)
    return Word(begin, min(max(word.stop_s, begin), stop_s), word.text)
