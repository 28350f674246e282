"""Mixxx's library, ``mixxxdb.sqlite``: the beats of one track.

``library.beats`` holds a message of Mixxx's ``src/proto/beats.proto``, ``library.beats_version`` says which:
``BeatGrid-2.0`` (a tempo and where its first beat is; the grid goes on both ways), ``BeatMap-1.0`` (every beat), or
``BeatGrid-1.0`` (two doubles, tempo and first beat). Positions are frames at ``library.samplerate``. Mixxx knows no
bars.
"""

from __future__ import annotations

import math
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from musicvid.errors import InputError
from musicvid.interchange.annotations.choosing import Track, the_one
from musicvid.interchange.annotations.marks import FASTEST_BPM, LAST_S, BeatMark, Tempo, WantedSong, laid_out
from musicvid.interchange.annotations.protobuf import BYTES, FIXED64, VARINT, Field, fields, signed

SIGN = b"SQLite format 3\0"
_LONGEST_VALUE = 16 * 2**20
_MOST_STEPS = 2_000
"""Of a million instructions each, a few seconds' work in all; a hostile schema could ask for any amount."""
_MOST_TRACKS = 1_000_000
_TRACKS = """
SELECT library.id, track_locations.location
FROM library JOIN track_locations ON library.location = track_locations.id
WHERE length(library.beats) > 0 AND NOT coalesce(library.mixxx_deleted, 0)
"""
_BEATS = "SELECT beats_version, samplerate, beats FROM library WHERE id = ?"


def read_library(path: Path, where: str, song: WantedSong) -> tuple[BeatMark, ...]:
    """The beats of ``song``; the library is opened for reading only.

    Raises :class:`InputError` when it is damaged, in use, or no library of Mixxx, and when the song is not in it.
    """
    with _opened(path, where) as library:
        rows = library.execute(_TRACKS).fetchmany(_MOST_TRACKS)
        tracks = [Track(str(location), f"track {number}") for number, location in rows]

        def beats_of(index: int) -> tuple[BeatMark, ...]:
            version, rate_hz, message = library.execute(_BEATS, (rows[index][0],)).fetchone()
            place = f"{where}: {tracks[index].place}"
            if not isinstance(rate_hz, int | float) or not 0 < rate_hz < math.inf or not isinstance(message, bytes):
                raise InputError("the beats are damaged: no sample rate, or no bytes", where=place)
            return _beats(version, float(rate_hz), message, song, place)

        return the_one(tracks, song, where, beats_of)


@contextmanager
def _opened(path: Path, where: str) -> Iterator[sqlite3.Connection]:
    """The library, read-only and bounded: nothing that its schema says makes SQLite write, or work for ever."""
    steps = iter(range(_MOST_STEPS))
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2.0)) as library:
            library.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
            library.set_progress_handler(lambda: next(steps, None) is None, 1_000_000)
            library.execute("PRAGMA trusted_schema = OFF")
            library.execute("PRAGMA cell_size_check = ON")
            yield library
    except sqlite3.Error as error:
        missing = "no such" in str(error)
        raise InputError(
            f"the library cannot be read: {error}",
            where=where,
            hint="is it Mixxx's mixxxdb.sqlite?" if missing else "close Mixxx, and try a copy of the file",
        ) from error


def _beats(version: object, rate_hz: float, message: bytes, song: WantedSong, where: str) -> tuple[BeatMark, ...]:
    if version == "BeatMap-1.0":
        return _map(message, rate_hz, where)
    if version == "BeatGrid-1.0" and len(message) == 16:
        bpm, first = struct.unpack("<dd", message)
    elif version in ("BeatGrid-2.0", "BeatGrid-1.0"):
        bpm, first = _grid(message, where)
    else:
        raise InputError(f"beats of an unknown kind {version!r} (known: BeatGrid-2.0, BeatMap-1.0)", where=where)
    start_s = first / rate_hz
    if not (0 < bpm <= FASTEST_BPM and abs(start_s) <= LAST_S):
        raise InputError(f"a grid of {bpm:g} bpm from {start_s:g} s on is none", where=where)
    # The grid goes on both ways, so its first beat is the first one in the song.
    return laid_out([Tempo(start_s % (60.0 / bpm), bpm)], song.duration_s, where)


class _Grid(NamedTuple):
    bpm: float
    first_frame: float


def _grid(message: bytes, where: str) -> _Grid:
    """``BeatGrid``: 1 is a ``Bpm`` (whose 1 is a double), 2 the first ``Beat``."""
    bpm, first = 0.0, 0
    for field in fields(message, where):
        if field.number == 1 and field.kind == BYTES:
            for part in fields(_bytes(field), where):
                if part.number == 1 and part.kind == FIXED64:
                    (bpm,) = struct.unpack("<d", _bytes(part))
        elif field.number == 2 and field.kind == BYTES:
            first = _frame(_bytes(field), where) or 0
    return _Grid(bpm, first)


def _map(message: bytes, rate_hz: float, where: str) -> tuple[BeatMark, ...]:
    """``BeatMap``: every 1 is a ``Beat``. Beats before the song's start are left out."""
    marks: list[BeatMark] = []
    for field in fields(message, where):
        frame = _frame(_bytes(field), where) if field.number == 1 and field.kind == BYTES else None
        if frame is None or frame < 0:
            continue
        time_s = frame / rate_hz
        if (marks and time_s <= marks[-1].time_s) or time_s > LAST_S:
            raise InputError(f"the beats are damaged: one at {time_s:g} s is out of order", where=where)
        marks.append(BeatMark(time_s, None))
    return tuple(marks)


def _frame(message: bytes, where: str) -> int | None:
    """``Beat``: 1 is its frame (int32), 2 whether it is enabled (as long as nothing is said: yes)."""
    frame, enabled = 0, True
    for field in fields(message, where):
        if field.kind == VARINT and isinstance(field.value, int):
            if field.number == 1:
                frame = signed(field.value)
            elif field.number == 2:
                enabled = bool(field.value)
    return frame if enabled else None


def _bytes(field: Field) -> bytes:
    return field.value if isinstance(field.value, bytes) else b""
