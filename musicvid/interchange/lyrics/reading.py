"""A lyrics file → its format → :class:`Lyrics`. The content decides; the suffix only where the content is silent."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from musicvid.errors import LyricsError
from musicvid.interchange.lyrics.lrc import parse_lrc
from musicvid.interchange.lyrics.plain import parse_plain
from musicvid.interchange.lyrics.subtitles import parse_ass, parse_srt
from musicvid.interchange.lyrics.ultrastar import parse_ultrastar
from musicvid.interchange.lyrics.webvtt import parse_vtt
from musicvid.schema.lyrics import Lyrics

MAX_BYTES = 4 << 20
MAX_LINE = 10_000

Parser = Callable[[str, str], Lyrics]

_SIGNS: tuple[tuple[Parser, re.Pattern[str]], ...] = (
    (parse_vtt, re.compile(r"\A\s*WEBVTT\b")),
    (
        parse_ass,
        re.compile(r"^[ \t]*(\[(Script Info|V4\+? Styles|Events)\]|Dialogue\s*:)", re.MULTILINE | re.IGNORECASE),
    ),
    (parse_ultrastar, re.compile(r"^#(BPM|MP3|AUDIO|GAP)\s*:", re.MULTILINE | re.IGNORECASE)),
    (parse_srt, re.compile(r"^[ \t]*\d{1,2}:\d{1,2}:\d{1,2}[.,]\d{1,3}\s*-->", re.MULTILINE)),
    (parse_lrc, re.compile(r"^[ \t]*\[\d{1,5}:\d{1,2}([.:]\d{1,3}){0,2}\]", re.MULTILINE)),
)
_TIMED_SUFFIXES = (".srt", ".vtt", ".ass", ".ssa")
_PLAIN_SUFFIXES = (".txt", ".lrc", ".md", "")


def read_lyrics(path: str | Path) -> Lyrics:
    """Read LRC (also word-timed), SRT, VTT, ASS, UltraStar or plain text with headings.

    UTF-8, UTF-16 with BOM, else Windows-1252 (said in ``notes``). Raises :class:`LyricsError` for a file that is
    missing, empty, too large, not text, of an unknown format, or that holds no lyrics.
    """
    file = Path(path)
    decoded = _decode(_read(file), str(path))
    parse = next((parser for parser, sign in _SIGNS if sign.search(decoded.text)), None)
    notes = decoded.notes
    if parse is None:
        suffix = file.suffix.lower()
        if suffix in _TIMED_SUFFIXES:
            raise LyricsError(f"no times in this {suffix} file", where=str(path), hint="rename plain lyrics to .txt")
        if suffix not in _PLAIN_SUFFIXES:
            known = ", ".join((".lrc", *_TIMED_SUFFIXES, ".txt"))
            raise LyricsError(f"unknown lyrics format {suffix!r} (known: {known})", where=str(path))
        if suffix == ".lrc":
            notes = (*notes, "no times in this .lrc file: read as plain text")
        parse = parse_plain
    lyrics = parse(decoded.text, str(path))
    return replace(lyrics, notes=(*notes, *lyrics.notes))


def _read(file: Path) -> bytes:
    try:
        if file.is_dir():
            raise LyricsError("is a folder, a lyrics file is needed", where=str(file))
        if file.stat().st_size > MAX_BYTES:
            raise LyricsError(f"larger than {MAX_BYTES:,} bytes: is this a lyrics file?", where=str(file))
        return file.read_bytes()
    except FileNotFoundError as error:
        raise LyricsError("no such lyrics file", where=str(file)) from error
    except (OSError, ValueError) as error:
        raise LyricsError(f"cannot be read: {error}", where=str(file)) from error


class _Decoded(NamedTuple):
    text: str
    notes: tuple[str, ...]


def _decode(data: bytes, where: str) -> _Decoded:
    notes: tuple[str, ...] = ()
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = data.decode("utf-16")
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Windows-1252 is what old karaoke files are in; the five bytes it leaves open are Latin-1's control characters.
        text = "".join(_WESTERN[byte] for byte in data)
        notes = ("not UTF-8: read as Windows-1252 (Latin-1)",)
    if "\0" in text:
        raise LyricsError("is not a text file", where=where)
    if not text.strip():
        raise LyricsError("is empty", where=where)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:  # nobody sings it, and patterns may take quadratic time over it
            notes = (*notes, f"line {number} has more than {MAX_LINE:,} characters: left out")
            lines[number - 1] = ""
    return _Decoded("\n".join(lines), notes)


def _western(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


_WESTERN = tuple(_western(byte) for byte in range(256))
