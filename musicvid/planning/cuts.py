"""Where shots begin: section borders first, then what scenes ask for, then the pace.

Every cut keeps the measured time of its event and stands on the frame nearest to it. Where two cuts are closer than the
shortest shot the more important stays.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from musicvid.planning.breath import Scope, breathing_cuts
from musicvid.planning.coverage import Coverage, Holding, border, is_line
from musicvid.planning.grid import Grid
from musicvid.planning.lengths import length_s
from musicvid.planning.naming import clock
from musicvid.planning.pace import Interval, paced_cuts
from musicvid.planning.parts import Parts
from musicvid.schema.frames import FrameRate, FrameSpan
from musicvid.schema.shots import CutCause
from musicvid.schema.song import Section, Song
from musicvid.schema.storyboard import Amount, Storyboard

_SECTION_RANK, _TIME_RANK, _BAR_RANK, _LINE_RANK, _PACE_RANK = range(5)
_RANKS = {"time": _TIME_RANK, "downbeat": _BAR_RANK}
_LONG_LINE_BARS = 4


@dataclass(frozen=True, slots=True)
class CutAt:
    """A shot begins at ``frame`` because of ``cause``; ``cause.time_s`` is within half a frame of it."""

    frame: int
    cause: CutCause
    rank: int = _PACE_RANK


@dataclass(frozen=True, slots=True)
class Cuts:
    """Cuts in order, the one at frame 0 included. ``notes`` report what had to give way."""

    cuts: tuple[CutAt, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    """What cutting stands on. ``sections`` tile the song, ``parts`` are their frames; ``shortest`` is in frames."""

    song: Song
    story: Storyboard
    sections: tuple[Section, ...]
    parts: Parts
    grid: Grid
    frame_count: int
    shortest: int

    @property
    def rate(self) -> FrameRate:
        return self.story.video.rate


def cut(floor: Floor, coverage: Coverage) -> Cuts:
    """Decide every cut of the movie."""
    wanted = [*_section_borders(floor, coverage), *_scene_borders(floor, coverage)]
    settled = _settled(wanted, floor)
    notes = _given_way(wanted, settled, floor)
    cuts = [CutAt(0, CutCause("start", 0.0), _SECTION_RANK)]
    owners = Parts.of((h.start_s for h in coverage.holdings), floor.rate, floor.frame_count)
    edges = [*cuts, *settled, CutAt(floor.frame_count, CutCause("section", floor.song.duration_s))]
    for left, right in pairwise(edges):
        if left.frame:
            cuts.append(left)
        if right.frame - left.frame >= 2 * floor.shortest:
            owner = coverage.holdings[owners.main(FrameSpan(left.frame, right.frame))]
            cuts += _inner_cuts(left, right, owner, floor)
    return Cuts(tuple(cuts), (*notes, *_too_quick(floor)))


def _section_borders(floor: Floor, coverage: Coverage) -> list[CutAt]:
    found = []
    for left, right in pairwise(floor.sections):
        if not _may_straddle(left, right, floor, coverage):
            frame = floor.rate.frame_at(right.start_s)
            found.append(CutAt(frame, _cause_of(right.start_s, frame, floor), _SECTION_RANK))
    return found


def _may_straddle(left: Section, right: Section, floor: Floor, coverage: Coverage) -> bool:
    """Whether a shot may run from one section into the next: asked for, scene and pace the same on both sides."""
    at = next((k for k, h in enumerate(coverage.holdings) if h.stop_s >= right.start_s), 0)
    before = coverage.holdings[at]
    after = next((h for h in coverage.holdings[at:] if h.stop_s > right.start_s), before)
    scene = before.territory.scene
    if scene != after.territory.scene:
        return False
    asked = floor.story.cuts.straddle or (scene is not None and floor.story.scenes[scene].straddle)
    return asked and _pace(left, floor) == _pace(right, floor)


def _scene_borders(floor: Floor, coverage: Coverage) -> list[CutAt]:
    found = []
    for left, right in pairwise(coverage.holdings):
        if left.territory.scene == right.territory.scene and not (is_line(left) or is_line(right)):
            continue
        cause = border(left, right)
        frame = floor.rate.frame_at(cause.time_s)
        if cause.kind == "section":
            found.append(CutAt(frame, _cause_of(cause.time_s, frame, floor), _SECTION_RANK))
        else:
            found.append(CutAt(frame, cause, _RANKS.get(cause.kind, _LINE_RANK)))
    return found


def _cause_of(time_s: float, frame: int, floor: Floor) -> CutCause:
    """A section border that shares its frame with a beat is a cut on that beat."""
    mark = floor.grid.nearest(time_s)
    if mark and mark.kind != "grid" and floor.rate.frame_at(mark.time_s) == frame:
        return mark.cause
    return CutCause("section", time_s)


def _settled(wanted: Iterable[CutAt], floor: Floor) -> list[CutAt]:
    """The cuts that can stand together, more important ones first, then earlier ones."""
    frames = [0, floor.frame_count]
    kept: list[CutAt] = []
    for candidate in sorted(wanted, key=lambda c: (c.rank, c.frame)):
        k = bisect_left(frames, candidate.frame)
        if not 0 < k < len(frames):
            continue
        if candidate.frame - frames[k - 1] >= floor.shortest and frames[k] - candidate.frame >= floor.shortest:
            frames.insert(k, candidate.frame)
            kept.append(candidate)
    return sorted(kept, key=lambda c: c.frame)


def _inner_cuts(left: CutAt, right: CutAt, owner: Holding, floor: Floor) -> list[CutAt]:
    """The cuts that the pace makes between two settled ones. A lyric line that a scene asked for stays one shot, unless
    it is very long."""
    start_s, stop_s = left.cause.time_s, right.cause.time_s
    if is_line(owner) and stop_s - start_s <= _LONG_LINE_BARS * floor.grid.bar_s:
        return []
    span = FrameSpan(left.frame, right.frame)
    crossed = tuple(floor.sections[k] for k in floor.parts.touching(span))
    main = floor.sections[floor.parts.main(span)]
    amount = _pace(main, floor)
    if amount is None:
        causes = _auto(crossed, start_s, stop_s, floor)
    else:
        first = crossed[0] if _pace(crossed[0], floor) == amount else main
        interval = Interval(start_s, stop_s, first.start_s, max(first.stop_s, stop_s))
        causes = paced_cuts(amount, interval, floor.grid, floor.rate, floor.story.cuts.on)
    kept: list[CutAt] = []
    last = left.frame
    for cause in causes:
        frame = floor.rate.frame_at(cause.time_s)
        if frame - last >= floor.shortest and right.frame - frame >= floor.shortest:
            kept.append(CutAt(frame, cause))
            last = frame
    return kept


def _auto(crossed: tuple[Section, ...], start_s: float, stop_s: float, floor: Floor) -> list[CutCause]:
    last = crossed[-1]
    ends_section = stop_s >= last.stop_s - floor.grid.beat_s
    later = [s for s in floor.sections if s.start_s >= last.stop_s]
    begins_section = start_s <= crossed[0].start_s + floor.grid.beat_s
    interval = Interval(start_s, stop_s, start_s if begins_section else crossed[0].start_s, last.stop_s)
    scope = Scope(
        song=floor.song,
        grid=floor.grid,
        sections=crossed,
        next=later[0] if later and ends_section else None,
        ends_song=ends_section and not later,
        seed=floor.story.renderer.seed,
        on=floor.story.cuts.on,
        shortest_s=float(floor.shortest / floor.rate.fps),
    )
    return breathing_cuts(interval, scope)


def _pace(section: Section, floor: Floor) -> Amount | None:
    rules = floor.story.pace
    known = {name.casefold(): amount for name, amount in rules.by_section}
    return known.get(section.name.casefold(), known.get(section.label.casefold(), rules.default))


def _given_way(wanted: list[CutAt], settled: list[CutAt], floor: Floor) -> list[str]:
    """Section borders and times that could not be kept."""
    notes = []
    frames = sorted({0, floor.frame_count, *(c.frame for c in settled)})
    for candidate in sorted(set(wanted), key=lambda c: (c.frame, c.rank)):
        k = bisect_left(frames, candidate.frame)
        if candidate.rank > _TIME_RANK or (k < len(frames) and frames[k] == candidate.frame):
            continue
        near = min(frames[max(k - 1, 0) : k + 1], key=lambda f: abs(f - candidate.frame))
        what = "section border" if candidate.rank == _SECTION_RANK else "time"
        notes.append(
            f"the {what} at {clock(candidate.cause.time_s)} makes no cut of its own: the cut at"
            f" {clock(float(floor.rate.seconds_at(near)))} is closer than the shortest shot"
        )
    return notes


def _too_quick(floor: Floor) -> list[str]:
    """Paces that the shortest shot slows down, and sections named in the pace that the song lacks."""
    notes = []
    rules = [("default", floor.story.pace.default), *floor.story.pace.by_section]
    there = {word.casefold() for s in floor.sections for word in (s.name, s.label)} | {"default"}
    shortest_s = float(floor.shortest / floor.rate.fps)
    for name, amount in rules:
        if name.casefold() not in there:
            notes.append(f'pace: this song has no "{name}"')
        elif amount is not None and length_s(amount, floor.grid, floor.rate) < shortest_s - 1e-6:
            notes.append(
                f"pace {name} ({amount.value} {amount.unit}) is quicker than the shortest shot ({shortest_s:.2f} s):"
                " some cuts are left out; lower cuts.shortest to keep them"
            )
    return notes
