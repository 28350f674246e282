"""WebVTT, read here because pysubs2 takes notes, cue names and inner word times for text or for further cues."""

from __future__ import annotations

import html
import re
from itertools import pairwise

from musicvid.interchange.lyrics.syllables import Syllable, text_of, words_of
from musicvid.interchange.lyrics.tidy import finish
from musicvid.schema.lyrics import LyricLine, Lyrics

_STAMP = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"\s*{_STAMP}\s*-->\s*{_STAMP}(?:\s.*)?")
_INNER = re.compile(rf"<{_STAMP}>")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|</?>")
_MUSIC = re.compile(r"[♪♫♩♬]")


def parse_vtt(text: str, file: str) -> Lyrics:
    """Read WebVTT cues; inner times (``<00:01.500>``) become word times. Raises :class:`LyricsError` without cues.

    What stands outside of cues (header, NOTE, STYLE, REGION, names) is skipped: a cue runs from its timing line to the
    next empty line.
    """
    lines: list[LyricLine] = []
    notes: list[str] = []
    rows = enumerate(text.split("\n"), 1)
    for number, row in rows:
        if "-->" not in row:
            continue
        match = _TIMING.fullmatch(row)
        if match is None:
            notes.append(f"line {number}: its times cannot be read: left out")
            continue
        payload = []
        for _, row in rows:
            if not row.strip():
                break
            payload.append(row)
        parts = match.groups()
        lines.append(_line(_seconds(parts[:4]), _seconds(parts[4:]), "\n".join(payload)))
    return finish(lines, file, notes=notes)


def _line(start_s: float, stop_s: float, payload: str) -> LyricLine:
    inner = list(_INNER.finditer(payload))
    begins = [0, *(match.end() for match in inner)]
    ends = [*(match.start() for match in inner), len(payload)]
    times = [start_s, *(_seconds(match.groups()) for match in inner), stop_s]
    syllables = [
        Syllable(a, b, _plain(payload[i:j])) for (a, b), i, j in zip(pairwise(times), begins, ends, strict=True)
    ]
    words = words_of(syllables)
    timed = bool(inner) and all(a <= b for a, b in pairwise(times))
    return LyricLine(start_s, stop_s, text_of(words), words if timed else ())


def _plain(text: str) -> str:
    return html.unescape(_MARKUP.sub("", _MUSIC.sub(" ", text)))


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return (whole * 1000 + int((fraction or "0").ljust(3, "0"))) / 1000
