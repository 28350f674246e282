"""The little language of ``in:``: sections, times, bars, lyric lines. Also section names and shot ids as keys."""

from __future__ import annotations

import difflib
import re
from fractions import Fraction

from musicvid.errors import InputError
from musicvid.schema.song import SECTION_LABELS
from musicvid.schema.storyboard import BarPlace, DefaultPlace, LinePlace, Place, SectionPlace, TimePlace

PLACES = 'a section (verse, verse 1), a time range (1:02.5 - 1:20), bars 33-48, line "sung words" or default'
TIME_PATTERN = r"(?:(?:([0-9]{1,3}):)?([0-9]{1,3}):)?([0-9]{1,6}(?:\.[0-9]{1,6})?)"
SHOT_ID_PATTERN = r"[^\s/]+/[0-9]{2,}"

_TO = r"\s*(?:-|–|—|\bto\b)\s*"
_TIME = re.compile(TIME_PATTERN)
_RANGE = re.compile(rf"(\S+?)(?:\s*s)?{_TO}(\S+?)(?:\s*s)?")
_BARS = re.compile(rf"([0-9]{{1,6}})(?:{_TO}([0-9]{{1,6}}))?")
_WORD = r"[^\W\d_][\w'’&/+.-]*"
_SECTION = re.compile(rf"({_WORD}(?:\s+{_WORD})*)(?:\s+([0-9]{{1,3}}))?")
_QUOTED = re.compile(r"""(["'“”‘’«»])(.*)(["'“”‘’«»])""", re.DOTALL)


def parse_place(text: object) -> Place:
    """Read where a scene is. Raises :class:`InputError` that says what may be written.

    Whether the song has such a section, bar, time or line is not known here: planning tells.
    """
    words = " ".join(str(text).split())
    first, _, rest = words.partition(" ")
    if words == "default":
        return DefaultPlace()
    if first in ("bar", "bars"):
        return _parse_bars(words, rest)
    if first in ("line", "lines"):
        return _parse_line(rest)
    if words[:1].isdigit():
        return _parse_range(words)
    place = parse_section(words)
    if place is None:
        known = ("bars", "line", "default", *SECTION_LABELS)
        close = difflib.get_close_matches(first, known, n=1)
        guess = f", did you mean {close[0]!r}?" if close and close[0] != first else ""
        raise InputError(f"{words!r} is not a place{guess}: write {PLACES}")
    if place.number == 0:
        raise InputError(f"{words!r}: sections are counted from 1")
    return place


def parse_section(words: str) -> SectionPlace | None:
    """``verse`` or ``Verse 2`` (case does not matter); None when this is no section name."""
    match = _SECTION.fullmatch(" ".join(words.split()))
    return SectionPlace(match[1].lower(), int(match[2]) if match[2] else None) if match else None


def parse_section_key(text: object) -> str:
    """A key below ``pace``: a section's label or name, or ``default``; in lower case."""
    place = parse_section(str(text))
    if place is None or place.number == 0:
        raise InputError(f"{str(text)!r} is not a section: write a label or a name such as verse, verse 2 or default")
    return place.label if place.number is None else f"{place.label} {place.number}"


def parse_time(text: str) -> float:
    """Seconds of ``12.5``, ``1:02.5`` or ``0:01:30.25``. Raises :class:`InputError`."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise InputError(f"{text!r} is not a time: write 12.5, 1:02.5 or 0:01:30.25")
    hours, minutes, seconds = match[1], match[2], Fraction(match[3])
    if (minutes and seconds >= 60) or (hours and int(minutes) >= 60):
        raise InputError(f"{text!r} is not a time: minutes and seconds run to 59")
    return float(int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds)


def parse_moment(text: object) -> float | BarPlace:
    """Where a section begins: a time in seconds, or ``bar 5``. Raises :class:`InputError`."""
    words = " ".join(str(text).split())
    first, _, rest = words.partition(" ")
    if first != "bar":
        return parse_time(words.removesuffix("s").rstrip())
    if not re.fullmatch("[0-9]{1,6}", rest) or int(rest) < 1:
        raise InputError(f"{words!r} is not a bar: write bar 5, counted from 1")
    return BarPlace(int(rest), int(rest))


def parse_section_name(text: object) -> SectionPlace:
    """A section's label or name in a list of sections: ``verse`` or ``verse 2``. Raises :class:`InputError`."""
    place = parse_section(str(text))
    if place is None or place.number == 0 or place.label == "default":
        raise InputError(f"{str(text)!r} is not a section: write intro, verse, verse 2, chorus …")
    return place


def parse_shot_id(text: object) -> str:
    """A shot's stable id such as ``chorus-2/03``. Raises :class:`InputError`."""
    word = str(text)
    if re.fullmatch(SHOT_ID_PATTERN, word):
        return word
    short = re.fullmatch(r"([^\s/]+)/([0-9])", word)
    guess = f", did you mean '{short[1]}/0{short[2]}'?" if short else ""
    raise InputError(f"{word!r} is not a shot id{guess}: write it as musicvid plan prints it, e.g. chorus-2/03")


def _parse_bars(words: str, rest: str) -> BarPlace:
    match = _BARS.fullmatch(rest)
    if match is None:
        raise InputError(f"{words!r} is not a range of bars: write bars 33-48")
    first, last = int(match[1]), int(match[2] or match[1])
    if first < 1:
        raise InputError(f"{words!r}: bars are counted from 1")
    if last < first:
        raise InputError(f"{words!r} runs backwards: write bars {last}-{first}")
    return BarPlace(first, last)


def _parse_line(rest: str) -> LinePlace:
    match = _QUOTED.fullmatch(rest)
    words = (match[2] if match else rest).strip()
    if not any(c.isalnum() for c in words):
        raise InputError('line needs the words that are sung: write line "the long way home"')
    return LinePlace(words)


def _parse_range(words: str) -> TimePlace:
    match = _RANGE.fullmatch(words)
    if match is None:
        if _TIME.fullmatch(words.removesuffix("s").rstrip()):
            raise InputError(f"{words!r} is one moment, a range is needed: write 1:02.5 - 1:20")
        raise InputError(f"{words!r} is not a time range: write 1:02.5 - 1:20")
    start_s, stop_s = parse_time(match[1]), parse_time(match[2])
    if start_s >= stop_s:
        raise InputError(f"{words!r} ends before it starts: write the earlier time first")
    return TimePlace(start_s, stop_s)
