"""Rekordbox's collection as XML (its File > Export Collection in xml format), also written by other DJ software.

Published by the maker as "rekordbox XML format list": below ``COLLECTION`` each ``TRACK`` has a ``Location`` (a file
URL) and ``TEMPO`` elements: ``Inizio``, seconds, where it begins; ``Bpm``; ``Metro``, such as 4/4; ``Battito``, which
beat of the bar stands at its beginning. Several mean that the tempo changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from musicvid.errors import InputError
from musicvid.interchange.annotations.choosing import Track, rank, the_one
from musicvid.interchange.annotations.marks import (
    FASTEST_BPM,
    LAST_S,
    LONGEST_BAR,
    BeatMark,
    Tempo,
    WantedSong,
    laid_out,
    number,
    whole,
)
from musicvid.interchange.annotations.markup import walk

_MOST_TEMPOS = 100_000


def read_collection(chunks: Iterable[bytes], where: str, song: WantedSong) -> tuple[BeatMark, ...]:
    """The beats of ``song``. Raises :class:`InputError` with file:line, and when the song is not in it with a grid."""
    reader = _Reader(where, song)
    walk(chunks, where, reader.on_start, reader.on_end)
    return laid_out(the_one(reader.tracks, song, where, reader.grids.__getitem__), song.duration_s, where)


class _Reader:
    """Keeps the name of every track that has a grid, and the grids of those that could be the song."""

    def __init__(self, where: str, song: WantedSong) -> None:
        self._where = where
        self._song = song
        self._open: Track | None = None
        self._tempos: list[Tempo] = []
        self.tracks: list[Track] = []
        self.grids: dict[int, list[Tempo]] = {}

    def on_start(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        if name == "TRACK" and "Location" in attributes:  # in playlists a TRACK only refers to one
            self._open = Track(_path(attributes["Location"]), f"line {line}")
            self._tempos = []
        elif name == "TEMPO" and self._open is not None and len(self._tempos) < _MOST_TEMPOS:
            self._tempos.append(self._tempo(attributes, f"{self._where}:{line}"))

    def on_end(self, name: str) -> None:
        if name == "TRACK" and self._open is not None:
            if self._tempos and rank(self._open.path, self._song):
                self.grids[len(self.tracks)] = self._tempos
            if self._tempos:
                self.tracks.append(self._open)
            self._open = None

    def _tempo(self, attributes: Mapping[str, str], place: str) -> Tempo:
        start_s, bpm = number(attributes.get("Inizio")), number(attributes.get("Bpm"))
        if start_s is None or not -LAST_S <= start_s <= LAST_S:
            raise InputError(f"Inizio={attributes.get('Inizio')!r} is no time in seconds", where=place)
        if bpm is None or not 0 < bpm <= FASTEST_BPM:
            raise InputError(f"Bpm={attributes.get('Bpm')!r} is no tempo", where=place)
        beats, _, _unit = attributes.get("Metro", "4/4").partition("/")
        metre, position = whole(beats), whole(attributes.get("Battito", "1"))
        if metre is None or not 1 <= metre <= LONGEST_BAR:
            raise InputError(f"Metro={attributes.get('Metro')!r} is no metre, such as 4/4", where=place)
        if position is None or not 1 <= position <= metre:
            raise InputError(f"Battito={attributes.get('Battito')!r} is no beat of a bar of {metre}", where=place)
        return Tempo(start_s, bpm, position, metre)


def _path(location: str) -> str:
    """``file://localhost/C:/Music/a%20b.mp3`` → ``/C:/Music/a b.mp3``."""
    return unquote(location.removeprefix("file://localhost").removeprefix("file://"))
