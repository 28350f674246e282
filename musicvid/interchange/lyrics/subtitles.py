"""SRT and ASS/SSA through pysubs2; karaoke tags (``{\\k40}``, hundredths of a second) become word times."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

from musicvid.errors import LyricsError
from musicvid.interchange.lyrics.syllables import Syllable, text_of, words_of
from musicvid.interchange.lyrics.tidy import clean, finish
from musicvid.schema.lyrics import LyricLine, Lyrics

if TYPE_CHECKING:
    from pysubs2 import SSAEvent, SSAFile

_BLOCK = re.compile(r"(\{[^{}]*\})")
_KARAOKE = re.compile(r"\\[kK][fo]?\s*(\d{1,7})")
_MUSIC = re.compile(r"[♪♫♩♬]")


def parse_srt(text: str, file: str) -> Lyrics:
    """Read SubRip. Raises :class:`LyricsError`."""
    text = re.sub(r"\n{3,}", "\n\n", text)  # pysubs2 takes quadratic time over runs of empty lines
    return finish((_line(event) for event in _open(text, "srt", file)), file)


def parse_ass(text: str, file: str) -> Lyrics:
    """Read Advanced SubStation Alpha (or SSA) with its karaoke; comments and drawings are not sung.

    Raises :class:`LyricsError`.
    """
    subtitles = _open(text, "ass" if "[V4+ Styles]" in text or "[V4 Styles]" not in text else "ssa", file)
    title = subtitles.info.get("Title", "")
    sung = [event for event in subtitles if event.is_text]
    return finish((_line(event) for event in sung), file, title="" if title.startswith("Default Aegisub") else title)


def _open(text: str, kind: str, file: str) -> SSAFile:
    import pysubs2
    from pysubs2.exceptions import Pysubs2Error

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and margins, which lyrics do not have
            return pysubs2.SSAFile.from_string(text, format_=kind)
    except (Pysubs2Error, ValueError, TypeError, KeyError, IndexError, OverflowError, NotImplementedError) as error:
        raise LyricsError(f"not readable as .{kind}: {clean(str(error))[:80]}", where=file) from error


def _line(event: SSAEvent) -> LyricLine:
    start_s, stop_s = event.start / 1000, event.end / 1000
    words = words_of(_syllables(event))
    if words:
        return LyricLine(start_s, stop_s, text_of(words), words)
    return LyricLine(start_s, stop_s, clean(_MUSIC.sub(" ", event.plaintext)))


def _syllables(event: SSAEvent) -> list[Syllable]:
    """The text between karaoke tags with its times; empty where there are none. A tag of its own is a pause."""
    if not _KARAOKE.search(event.text):
        return []
    syllables: list[Syllable] = []
    begin_ms = end_ms = event.start
    for part in _BLOCK.split(event.text):
        if part.startswith("{"):
            for match in _KARAOKE.finditer(part):
                begin_ms, end_ms = end_ms, end_ms + int(match[1]) * 10
        else:
            text = _MUSIC.sub(" ", re.sub(r"\\[nNh]", " ", part))
            syllables.append(Syllable(begin_ms / 1000, end_ms / 1000, text))
    return syllables
