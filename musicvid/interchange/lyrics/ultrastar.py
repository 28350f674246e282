"""UltraStar song files: notes on a tick grid, exact.

A tick is a quarter of a beat of ``#BPM``: tick *k* sounds at ``GAP / 1000 + k * 15 / BPM`` seconds, computed as a
fraction and rounded once. ``: * F R G`` are normal, golden, freestyle, rap and golden rap notes, ``-`` ends a line,
``B tick bpm`` changes the tempo, ``P1``/``P2`` part duets. In ``#RELATIVE:YES`` files ticks count from the last line
break, which gives the next origin as its last number.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from musicvid.errors import LyricsError
from musicvid.interchange.lyrics.syllables import Syllable, text_of, words_of
from musicvid.interchange.lyrics.tidy import clean, finish
from musicvid.schema.lyrics import LyricLine, Lyrics

_HEADER = re.compile(r"#([A-Za-z0-9]+)\s*:(.*)")
_NOTE = re.compile(r"[:*FRGfrg]\s*(-?\d{1,9})\s+(\d{1,9})\s+-?\d{1,9}(?: (.*))?")
_BREAK = re.compile(r"-\s*(-?\d{1,9})(?:\s+(-?\d{1,9}))?\s*")
_TEMPO = re.compile(r"B\s*(-?\d{1,9})\s+(\S+)\s*")
_PLAYER = re.compile(r"P\s*[0-9]\s*")
_DECIMAL = re.compile(r"-?\d{1,9}(?:[.,]\d{0,9})?")


class Tempo(NamedTuple):
    tick: int
    bpm: Fraction


class TickClock:
    """Tick → exact seconds, through every change of tempo."""

    def __init__(self, gap_s: Fraction, bpm: Fraction, changes: Iterable[Tempo] = ()) -> None:
        self._tempos = [Tempo(0, bpm), *sorted(change for change in changes if change.tick > 0)]
        self._times_s = [gap_s]
        for before, after in pairwise(self._tempos):
            self._times_s.append(self._times_s[-1] + (after.tick - before.tick) * 15 / before.bpm)

    def seconds(self, tick: int) -> Fraction:
        k = max(bisect_right(self._tempos, tick, key=lambda tempo: tempo.tick) - 1, 0)
        return self._times_s[k] + (tick - self._tempos[k].tick) * 15 / self._tempos[k].bpm


@dataclass(frozen=True, slots=True)
class _Note:
    start_tick: int
    stop_tick: int
    text: str


@dataclass(slots=True)
class _Song:
    headers: dict[str, str] = field(default_factory=dict)
    lines: list[list[_Note]] = field(default_factory=lambda: [[]])
    tempos: list[Tempo] = field(default_factory=list)
    duet: bool = False
    notes: list[str] = field(default_factory=list)


def parse_ultrastar(text: str, file: str) -> Lyrics:
    """Read an UltraStar file. Words and lines have exact times. Raises :class:`LyricsError`, e.g. without ``#BPM``."""
    song = _read(text, file)
    bpm = _number(song, "BPM", file)
    if bpm <= 0:
        raise LyricsError(f"#BPM:{song.headers['BPM']} is no tempo: it must be more than zero", where=file)
    clock = TickClock(_number(song, "GAP", file) / 1000, bpm, song.tempos)
    lines = [_line(notes, clock) for notes in song.lines if notes]
    return finish(
        lines,
        file,
        title=song.headers.get("TITLE", ""),
        artist=song.headers.get("ARTIST", ""),
        rows=() if song.duet else None,  # the second voice begins again at the beginning
        notes=song.notes,
    )


def _read(text: str, file: str) -> _Song:
    song = _Song()
    origin = 0
    for number, row in enumerate(text.split("\n"), 1):
        relative = song.headers.get("RELATIVE", "").upper() == "YES"
        if not row.strip():
            continue
        if row.strip() in ("E", "e"):
            break
        if header := _HEADER.fullmatch(row.strip()):
            song.headers.setdefault(header[1].upper(), header[2].strip())
        elif note := _NOTE.fullmatch(row):
            start = origin + int(note[1])
            song.lines[-1].append(_Note(start, start + int(note[2]), note[3] or ""))
        elif line_break := _BREAK.fullmatch(row):
            song.lines.append([])
            if relative:
                origin += int(line_break[2] or line_break[1])
        elif tempo := _TEMPO.fullmatch(row):
            song.tempos.append(Tempo(origin + int(tempo[1]), _tempo(tempo[2], f"{file}:{number}")))
        elif _PLAYER.fullmatch(row):
            song.lines.append([])
            song.duet, origin = True, 0
        else:
            song.notes.append(f"line {number}: {clean(row)[:40]!r} is no note: left out")
    return song


def _line(notes: list[_Note], clock: TickClock) -> LyricLine:
    sung = _without_tildes(notes)
    words = words_of(
        Syllable(float(clock.seconds(n.start_tick)), float(clock.seconds(n.stop_tick)), n.text) for n in sung
    )
    start_s = float(clock.seconds(min(n.start_tick for n in notes)))
    stop_s = float(clock.seconds(max(n.stop_tick for n in notes)))
    return LyricLine(start_s, stop_s, text_of(words), words)


def _without_tildes(notes: list[_Note]) -> list[_Note]:
    """``~`` goes on with the syllable before it: that one lasts longer, and takes the text after the tilde."""
    sung: list[_Note] = []
    for note in notes:
        bare = note.text.strip()
        if bare.startswith("~") and sung:
            before = sung[-1]
            tail = re.sub(r"^\s+(?=[^\w\s])", "", note.text.lstrip().lstrip("~"))  # "~ ," is "~,"
            stop = max(before.stop_tick, note.stop_tick)
            sung[-1] = replace(before, stop_tick=stop, text=before.text + tail)
        else:
            sung.append(replace(note, text=note.text.replace("~", "")))
    return sung


def _number(song: _Song, name: str, file: str) -> Fraction:
    """The header as an exact number; a comma may part the decimals. ``GAP`` (milliseconds) may be missing."""
    written = song.headers.get(name, "")
    if not written and name == "GAP":
        return Fraction(0)
    if not written:
        raise LyricsError(f"an UltraStar file without #{name}: its notes have no times", where=file)
    return _decimal(written, f"#{name}:{clean(written)[:20]} is not a number", file)


def _tempo(written: str, where: str) -> Fraction:
    bpm = _decimal(written, f"tempo {clean(written)[:20]!r} is not a number", where)
    if bpm <= 0:
        raise LyricsError(f"tempo {written} must be more than zero", where=where)
    return bpm


def _decimal(written: str, message: str, where: str) -> Fraction:
    if not _DECIMAL.fullmatch(written):
        raise LyricsError(message, where=where)
    return Fraction(written.replace(",", ".").rstrip("."))
