"""Sung lines with their times, whatever file they came from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    start_s: float
    stop_s: float
    text: str


@dataclass(frozen=True, slots=True)
class LyricLine:
    """One sung line. ``words`` is empty when the file times lines only. ``estimated`` marks times laid out by us.

    ``section`` is the heading that the line stood under (``chorus``), or empty.
    """

    start_s: float
    stop_s: float
    text: str
    words: tuple[Word, ...] = ()
    section: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class LyricText:
    """Untimed lines under one heading of a plain-text lyrics file, e.g. ``[Verse 1]``."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lyrics:
    """A lyrics file: timed ``lines`` or untimed ``blocks``, never both. ``notes`` say what was repaired on reading."""

    lines: tuple[LyricLine, ...] = ()
    blocks: tuple[LyricText, ...] = ()
    title: str = ""
    artist: str = ""
    notes: tuple[str, ...] = ()
