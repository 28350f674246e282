"""Sections as the person hears them, in place of the analyser's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from musicvid.errors import Mistake, StoryboardError
from musicvid.planning.naming import clock
from musicvid.schema.song import Curve, Section, Song
from musicvid.schema.storyboard import SectionMark, Storyboard

SNAP_S = 0.25
"""A mark this near to a beat means the beat."""


def with_marks(song: Song, story: Storyboard) -> Song:
    """``song`` with the sections that ``story`` marks; as it is when it marks none.

    Labels that stand several times are numbered in order, as the analyser does it. The first section reaches back to
    the song's start. Raises :class:`StoryboardError` with every mark that does not fit the song.
    """
    if not story.sections:
        return song
    starts = [_start_s(mark, song) for mark in story.sections]
    names = _names(story.sections)
    if mistakes := [*_misplaced(story, song, starts), *_doubled(story, names)]:
        raise StoryboardError(mistakes)
    edges = [0.0, *(s for s in starts[1:] if s is not None), song.duration_s]
    sections = tuple(
        Section(start, stop, mark.label, name, _energy(song, start, stop))
        for mark, name, (start, stop) in zip(story.sections, names, pairwise(edges), strict=True)
    )
    return replace(song, sections=sections)


def _start_s(mark: SectionMark, song: Song) -> float | None:
    """When it begins; None for a bar that the song lacks."""
    if mark.start_s is None:
        bars = song.bars
        return bars[mark.bar - 1].start_s if mark.bar and mark.bar <= len(bars) else None
    nearest = min((b.time_s for b in song.beats), key=lambda t: abs(t - (mark.start_s or 0.0)), default=mark.start_s)
    return nearest if abs(nearest - mark.start_s) <= SNAP_S else mark.start_s


def _names(marks: Sequence[SectionMark]) -> list[str]:
    total = Counter(mark.label for mark in marks)
    seen: Counter[str] = Counter()
    names = []
    for mark in marks:
        seen[mark.label] += 1
        number = mark.number or (seen[mark.label] if total[mark.label] > 1 else None)
        names.append(mark.label if number is None else f"{mark.label} {number}")
    return names


def _misplaced(story: Storyboard, song: Song, starts: Sequence[float | None]) -> list[Mistake]:
    mistakes = []
    before = -1.0
    for k, (mark, start) in enumerate(zip(story.sections, starts, strict=True)):
        if start is None:
            mistakes.append(_mistake(story, k, f"this song has {len(song.bars)} bars, no bar {mark.bar}"))
        elif start >= song.duration_s:
            mistakes.append(_mistake(story, k, f"{clock(start)} is past the song's end at {clock(song.duration_s)}"))
        elif start <= before:
            mistakes.append(
                _mistake(story, k, f"{clock(start)} does not come after {clock(before)}: write them in order")
            )
        else:
            before = start
    return mistakes


def _doubled(story: Storyboard, names: Sequence[str]) -> list[Mistake]:
    return [
        _mistake(story, k, f'"{name}" stands twice: give each its own number, or none')
        for k, name in enumerate(names)
        if name in names[:k]
    ]


def _mistake(story: Storyboard, k: int, message: str) -> Mistake:
    parts = story.sections[k].where.rsplit(":", 2)
    line, column = (int(parts[1]), int(parts[2])) if len(parts) == 3 else (1, 1)
    return Mistake(parts[0] or story.file or "storyboard", line, column, f"sections[{k}].from", message)


def _energy(song: Song, start_s: float, stop_s: float) -> float:
    """Mean loudness, 0 to 1."""
    loudness: Curve | None = next((c for c in song.curves if c.name == "loudness"), None)
    if loudness is None:
        return 0.5
    values = loudness.values[int(start_s * loudness.rate_hz) : max(int(stop_s * loudness.rate_hz), 1)]
    return min(max(sum(values) / len(values), 0.0), 1.0) if len(values) else 0.5
