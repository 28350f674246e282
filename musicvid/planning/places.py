"""Where in the song a scene is: its place in words becomes stretches of time, or the reason why it cannot."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from musicvid.planning.grid import Grid
from musicvid.planning.naming import clock
from musicvid.planning.wording import holds, plain_words
from musicvid.schema.lyrics import LyricLine
from musicvid.schema.shots import CutCause
from musicvid.schema.song import Section, Song
from musicvid.schema.storyboard import BarPlace, DefaultPlace, LinePlace, Place, SectionPlace, TimePlace

DEFAULT, LABEL, NUMBERED, RANGE, LINE = range(5)
"""How specific a place is: of two scenes at the same time the higher wins."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the song, what makes the cuts at its ends, and how specific the place is that it comes from."""

    start_s: float
    stop_s: float
    level: int
    begins: CutCause
    ends: CutCause


@dataclass(frozen=True, slots=True)
class Found:
    """The stretches of a place, or what is wrong with it (one of both is empty). ``note`` says what was adjusted."""

    stretches: tuple[Stretch, ...] = ()
    mistake: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """What places are looked up in. ``sections`` tile the song (see :func:`heard_sections`). ``lines`` is None when
    there are no lyrics at all. ``shortest_s`` is the least time that a shot lasts: shorter stretches are extended."""

    song: Song
    sections: tuple[Section, ...]
    grid: Grid
    lines: tuple[LyricLine, ...] | None
    shortest_s: float


def heard_sections(song: Song) -> tuple[Section, ...]:
    """The song's sections without empty ones, edges meeting exactly; one ``song`` where none were heard."""
    found: list[Section] = []
    for section in song.sections:
        start_s = found[-1].stop_s if found else 0.0
        if section.stop_s > start_s:
            found.append(replace(section, start_s=start_s))
    if not found:
        return (Section(0.0, song.duration_s, "song", "song", 0.5),)
    return (*found[:-1], replace(found[-1], stop_s=song.duration_s))


def find(place: Place, ground: Ground) -> Found:
    """Look ``place`` up in the song."""
    match place:
        case DefaultPlace():
            end_s = ground.song.duration_s
            return Found((Stretch(0.0, end_s, DEFAULT, CutCause("start", 0.0), CutCause("section", end_s)),))
        case SectionPlace():
            return _sections(place, ground)
        case TimePlace():
            return _times(place, ground)
        case BarPlace():
            return _bars(place, ground)
        case LinePlace():
            return _lines(place, ground)


def sections_of(place: SectionPlace, sections: Sequence[Section]) -> list[Section]:
    """The sections that ``place`` means. ``verse 2`` is the one of that name, else the second with that label."""
    label = place.label.strip().casefold()
    alike = [s for s in sections if s.label.casefold() == label]
    if place.number is None:
        return alike or [s for s in sections if s.name.casefold() == label]
    named = [s for s in sections if s.name.casefold() == f"{label} {place.number}"]
    return named[:1] or alike[place.number - 1 : place.number] if place.number >= 1 else []


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """``, did you mean "verse 2"?`` or nothing."""
    close = difflib.get_close_matches(word.casefold(), [k.casefold() for k in known], n=1)
    match = next((k for k in known if close and k.casefold() == close[0]), "")
    return f', did you mean "{match}"?' if match else ""


def _sections(place: SectionPlace, ground: Ground) -> Found:
    sections = sections_of(place, ground.sections)
    if not sections:
        word = place.label if place.number is None else f"{place.label} {place.number}"
        names = [s.name for s in ground.sections]
        labels = [s.label for s in ground.sections]
        guess = did_you_mean(word, list(dict.fromkeys(labels + names if place.number is None else names + labels)))
        return Found(mistake=f'this song has no "{word}"{guess} (it has: {", ".join(names)})')
    level = LABEL if place.number is None else NUMBERED
    return Found(
        tuple(
            Stretch(s.start_s, s.stop_s, level, CutCause("section", s.start_s), CutCause("section", s.stop_s))
            for s in sections
        )
    )


def _times(place: TimePlace, ground: Ground) -> Found:
    duration_s = ground.song.duration_s
    written = f"{clock(place.start_s)} - {clock(place.stop_s)}"
    if not (math.isfinite(place.start_s) and math.isfinite(place.stop_s)) or place.start_s < 0:
        return Found(mistake=f"{written} is not a time range in a song")
    if place.stop_s <= place.start_s:
        return Found(mistake=f"the range {written} runs backwards: write the earlier time first")
    if place.start_s >= duration_s or place.stop_s > math.ceil(duration_s):  # an end rounded up to a second is meant so
        return Found(mistake=f"the range {written} is past the end of the song, which lasts {clock(duration_s)}")
    stop_s = min(place.stop_s, duration_s)
    longer_s = min(max(stop_s, place.start_s + ground.shortest_s), duration_s)
    if longer_s == stop_s:
        ends, note = CutCause("time", stop_s), ""
    else:
        ends = _cause_near(longer_s, ground.grid)
        note = f"{written} is shorter than the shortest shot: it lasts until {clock(ends.time_s)}"
    return Found((Stretch(place.start_s, ends.time_s, RANGE, CutCause("time", place.start_s), ends),), note=note)


def _bars(place: BarPlace, ground: Ground) -> Found:
    bars = ground.song.bars
    if place.first < 1 or place.last < place.first:
        return Found(mistake=f"bars {place.first}-{place.last} are not a range: bars count from 1, the first one first")
    if not bars:
        return Found(mistake="no bars were heard in this song: use times instead")
    if place.last > len(bars):
        return Found(mistake=f"bars {place.first}-{place.last} are past the end: this song has {len(bars)} bars")
    first, last = bars[place.first - 1], bars[place.last - 1]
    stop_s = min(last.stop_s, ground.song.duration_s)
    if first.start_s >= stop_s:
        return Found(mistake=f"bar {place.first} begins after the end of the song")
    begins, ends = CutCause("downbeat", first.start_s), CutCause("downbeat", stop_s)
    return Found((Stretch(max(first.start_s, 0.0), stop_s, RANGE, begins, ends),))


def _lines(place: LinePlace, ground: Ground) -> Found:
    if ground.lines is None:
        return Found(mistake=f'line "{place.words}" needs lyrics: name a lyrics file with `lyrics:`')
    words = plain_words(place.words)
    if not words:
        return Found(mistake=f'line "{place.words}" holds no words to look for')
    sung = [line for line in ground.lines if holds(plain_words(line.text), words)]
    if not sung:
        close = _closest_line(words, ground.lines)
        guess = f', did you mean "{close}"?' if close else ""
        return Found(mistake=f'no lyric line holds "{place.words}"{guess}')
    stretches = [_line_stretch(line, ground) for line in sung]
    inside = tuple(s for s in stretches if s.start_s < s.stop_s)
    return Found(inside, "" if inside else f'the line "{sung[0].text}" is sung after the end of the song')


def _closest_line(words: str, lines: Sequence[LyricLine]) -> str:
    """The line that is most like ``words``, or that holds most of them."""
    plain = {plain_words(line.text): line.text for line in reversed(lines)}
    close = difflib.get_close_matches(words, list(plain), n=1, cutoff=0.5)
    if close:
        return plain[close[0]]
    wanted = set(words.split())
    best = max(plain, key=lambda p: len(wanted & set(p.split())), default="")
    return plain[best] if best and 2 * len(wanted & set(best.split())) >= len(wanted) else ""


def _line_stretch(line: LyricLine, ground: Ground) -> Stretch:
    """From the beat that the line starts on to the mark nearest to its end."""
    start_s = min(max(line.start_s, 0.0), ground.song.duration_s)
    half_s = ground.grid.beat_s_at(start_s) / 2
    before, after = ground.grid.before(start_s), ground.grid.after(start_s)
    if before and start_s - before.time_s <= half_s:
        start_s = before.time_s
    elif after and after.time_s - start_s <= half_s / 4:  # sung a touch early: the picture waits for the beat
        start_s = after.time_s
    least_s = start_s + ground.shortest_s
    stop_s = max(line.stop_s, least_s)
    near = ground.grid.nearest(stop_s)
    if near and abs(near.time_s - stop_s) <= half_s and near.time_s >= least_s:
        ends = near.cause
    else:
        ends = CutCause("line", stop_s)
    if ends.time_s > ground.song.duration_s:
        ends = CutCause("line", ground.song.duration_s)
    return Stretch(start_s, ends.time_s, LINE, CutCause("line", start_s), ends)


def _cause_near(time_s: float, grid: Grid) -> CutCause:
    """The first mark at or after ``time_s`` within a beat, else ``time_s`` itself."""
    k = grid.between(time_s, time_s + grid.beat_s_at(time_s))
    return grid.marks[k[0]].cause if len(k) else CutCause("time", time_s)
