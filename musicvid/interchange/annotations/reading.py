"""A file of beats → its format → its beats. The content decides; what is large is read piece by piece."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from musicvid.errors import InputError
from musicvid.interchange.annotations import mixxx
from musicvid.interchange.annotations.ableton import read_set
from musicvid.interchange.annotations.marks import BeatMark, WantedSong
from musicvid.interchange.annotations.rekordbox import read_collection
from musicvid.interchange.annotations.sonic_visualiser import read_layer
from musicvid.interchange.annotations.tables import parse_tables

LARGEST_TEXT = 16 * 2**20
LARGEST_XML = 512 * 2**20
"""Also of XML that a gzip file unpacks to; a collection of 100,000 tracks has half of it."""
_PIECE = 2**16
_GZIP = b"\x1f\x8b"
_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*)")
_ROOTS = {b"sv": "a layer of Sonic Visualiser", b"DJ_PLAYLISTS": "a Rekordbox collection", b"Ableton": "a Live set"}


def read_beats(path: str | os.PathLike[str], song: WantedSong | None = None) -> tuple[BeatMark, ...]:
    """The beats of a file, in order; of a collection of songs, those of ``song``.

    Raises :class:`InputError` with file:line for what is not a time, is negative, does not rise, or is no position;
    for a file that is missing, too large, damaged, of an unknown format, or has no beats (of that song).
    """
    where = os.fspath(path)
    file = Path(path)
    try:
        if not file.is_file():
            missing = not file.exists()
            raise InputError("there is no such beat file" if missing else "the beat file cannot be read: it is no file",
                             where=where)  # fmt: skip
        with file.open("rb") as opened:
            head = opened.read(_PIECE)
        size = file.stat().st_size
        if head.startswith(mixxx.SIGN):
            marks = mixxx.read_library(file, where, _known(song, where))
        elif head.startswith(_GZIP):
            marks = _of_markup(_unpacked(_pieces(file), where), where, song)
        elif head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
            if size > LARGEST_XML:
                raise InputError(f"this is more than {LARGEST_XML >> 20} MiB of XML", where=where)
            marks = _of_markup(_pieces(file), where, song)
        else:
            marks = parse_tables(_text(file, size, where), where)
    except (OSError, ValueError) as error:
        raise InputError(f"the beat file cannot be read: {getattr(error, 'strerror', None) or error}", where=where) \
            from error  # fmt: skip
    if not marks:
        raise InputError("no beats of this song in this file", where=where)
    return marks


def _known(song: WantedSong | None, where: str) -> WantedSong:
    if song is None:
        raise InputError("this holds the beats of many songs: say of which", where=where)
    return song


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece


def _unpacked(pieces: Iterable[bytes], where: str) -> Iterator[bytes]:
    """What a gzip file holds, never more than a piece of it at a time, and no more in all than an XML may have."""
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    total = 0
    try:
        for piece in pieces:
            while piece and not unpacker.eof:
                unpacked = unpacker.decompress(piece, _PIECE)
                total += len(unpacked)
                if total > LARGEST_XML:
                    raise InputError(f"this unpacks to more than {LARGEST_XML >> 20} MiB", where=where)
                yield unpacked
                piece = unpacker.unconsumed_tail
    except zlib.error as error:
        raise InputError(f"this gzip file is damaged: {error}", where=where) from error
    if not unpacker.eof:
        raise InputError("this gzip file is cut off", where=where)


def _of_markup(pieces: Iterator[bytes], where: str, song: WantedSong | None) -> tuple[BeatMark, ...]:
    """XML: its outermost element says whose."""
    first = next(pieces, b"")
    root = _ROOT.search(first)
    name = root[1] if root else b""
    if name not in _ROOTS:
        known = ", ".join(f"<{root.decode()}> {what}" for root, what in _ROOTS.items())
        shown = f"<{name[:40].decode('ascii', 'replace')}>" if name else "no XML"
        raise InputError(f"{shown} is of no known format (known: {known})", where=where)
    chunks = _joined(first, pieces)
    if name == b"sv":
        return read_layer(chunks, where)
    if name == b"DJ_PLAYLISTS":
        return read_collection(chunks, where, _known(song, where))
    return read_set(chunks, where, _known(song, where))


def _joined(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _text(file: Path, size: int, where: str) -> str:
    if size > LARGEST_TEXT:
        raise InputError("this file is too large to be a list of beats", where=where)
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "this is not a text file in UTF-8", where=where, hint="one time in seconds per line"
        ) from error
