"""Sung lines: their times, and the shots that they sound over."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from musicvid.planning.grid import Grid
from musicvid.planning.laying import laid_lines
from musicvid.planning.naming import clock
from musicvid.schema.frames import FrameRate, FrameSpan
from musicvid.schema.lyrics import LyricLine, Lyrics
from musicvid.schema.song import Section, Song


@dataclass(frozen=True, slots=True)
class Sung:
    """Lines in order of time. ``lines`` is None when the storyboard has no lyrics at all."""

    lines: tuple[LyricLine, ...] | None
    notes: tuple[str, ...]


def timed_lines(song: Song, sections: Sequence[Section], grid: Grid, lyrics: Lyrics | None) -> Sung:
    """The lines of ``lyrics``; those without times are laid onto the sections and marked as estimated."""
    if lyrics is None:
        return Sung(None, ())
    notes = list(lyrics.notes)
    lines = lyrics.lines
    if lyrics.blocks:
        laid = laid_lines(lyrics.blocks, sections, grid)
        lines = laid.lines
        notes += laid.notes
    late = [line for line in lines if line.start_s >= song.duration_s]
    if late:
        notes.append(f"{len(late)} lyric lines start after the end of the song, the first at {clock(late[0].start_s)}")
    kept = sorted((line for line in lines if line.start_s < song.duration_s), key=lambda x: (x.start_s, x.stop_s))
    return Sung(tuple(kept), tuple(notes))


def lines_over(spans: Sequence[FrameSpan], lines: Sequence[LyricLine], rate: FrameRate) -> list[tuple[LyricLine, ...]]:
    """For each of ``spans``, which tile the movie, the lines that sound during at least one of its frames."""
    found: list[list[LyricLine]] = [[] for _ in spans]
    starts = [span.start for span in spans]
    for line in lines:
        first = max(rate.frame_at(line.start_s), 0)
        stop = max(rate.frame_at(line.stop_s), first + 1)
        k = max(bisect_right(starts, first) - 1, 0)
        while k < len(spans) and spans[k].start < stop:
            if first < spans[k].stop:
                found[k].append(line)
            k += 1
    return [tuple(over) for over in found]
