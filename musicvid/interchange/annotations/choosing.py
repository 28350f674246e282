"""Which of a collection's many tracks is the song that is asked for: by its path, its file name, its name's stem."""

from __future__ import annotations

import ntpath
import posixpath
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from musicvid.errors import InputError, nearest
from musicvid.interchange.annotations.marks import WantedSong

Found = TypeVar("Found")

_NAMES_COMPARED = 2000
"""Looking for near names among more would take seconds."""
_MOST_ALIKE = 1000


class Track(NamedTuple):
    """A file that a collection names, by whatever system's path, and where it stands in the collection."""

    path: str
    place: str


def rank(path: str, song: WantedSong) -> int:
    """3 for the same path, 2 for the same file name, 1 for the same name but for its ending, else 0."""
    if path == song.path:
        return 3
    name, wanted = file_name(path), file_name(song.path)
    if name.casefold() == wanted.casefold():
        return 2
    stem, _ = posixpath.splitext(name.casefold())
    return int(bool(stem) and stem == posixpath.splitext(wanted.casefold())[0])


def file_name(path: str) -> str:
    """The last part of a path of any system."""
    return ntpath.basename(path.rstrip("/\\"))


def the_one(tracks: Sequence[Track], song: WantedSong, where: str, grid_of: Callable[[int], Found]) -> Found:
    """The grid of the track that fits ``song`` best; ``grid_of`` is asked only about those that could be it.

    Raises :class:`InputError` when none could, or when several could and their grids differ.
    """
    ranks = [rank(track.path, song) for track in tracks]
    top = max(ranks, default=0)
    if not top:
        raise _not_found([track.path for track in tracks], song, where)
    chosen = [k for k, r in enumerate(ranks) if r == top]
    grid = grid_of(chosen[0])
    for k in chosen[1:_MOST_ALIKE]:
        if grid_of(k) != grid:
            raise InputError(
                f"{tracks[chosen[0]].place} and {tracks[k].place} could both be {file_name(song.path)!r}, "
                "and their beats differ",
                where=where,
                hint="rename the song's file, here and there",
            )
    return grid


def _not_found(paths: Sequence[str], song: WantedSong, where: str) -> InputError:
    wanted = file_name(song.path)
    if not paths:
        return InputError("there is no track with beats in it", where=where)
    close = nearest(wanted, {file_name(path) for path in paths}).split("?")[0] if len(paths) <= _NAMES_COMPARED else ""
    guess = f"{close}?" if close.startswith(", did you mean") else ""
    count = "one track" if len(paths) == 1 else f"{len(paths)} tracks"
    return InputError(
        f"none of its {count} with beats is the file {wanted!r}{guess}",
        where=where,
        hint="tracks are told by their file's name",
    )
