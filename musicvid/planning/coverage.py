"""Which scene owns each moment of the song.

The more specific place wins (line > time or bars > numbered section > label > default), the later scene among equals.
What no scene covers takes the notes of a scene for the same section label, else the look alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from musicvid.planning.naming import clock
from musicvid.planning.places import LINE, Ground, Stretch, find
from musicvid.schema.shots import CutCause
from musicvid.schema.song import Section
from musicvid.schema.storyboard import Scene, SectionPlace

UNCOVERED = -1
_SLIVER_S = 0.05


@dataclass(frozen=True, slots=True)
class Territory:
    """What one scene asks for in one place. ``scene`` is its index, None where the look stands alone."""

    stretch: Stretch
    scene: int | None


@dataclass(frozen=True, slots=True)
class Holding:
    """The piece of a territory that is left when more specific ones have taken theirs."""

    start_s: float
    stop_s: float
    territory: Territory


@dataclass(frozen=True, slots=True)
class Coverage:
    """Holdings tile the song. ``notes`` say what no scene covers and what had to be extended."""

    holdings: tuple[Holding, ...]
    notes: tuple[str, ...]


def cover(scenes: Sequence[Scene], ground: Ground) -> Coverage:
    """Decide for every moment whose it is. Scenes whose place cannot be found are left out (see ``check``)."""
    found = [find(scene.place, ground) for scene in scenes]
    territories = [Territory(stretch, k) for k, place in enumerate(found) for stretch in place.stretches]
    base = [_uncovered(section, k, scenes, ground) for k, section in enumerate(ground.sections)]
    holdings = [Holding(t.stretch.start_s, t.stretch.stop_s, t) for t in base]
    for territory in sorted(territories, key=lambda t: (t.stretch.level, t.scene or 0)):
        holdings = _painted(holdings, territory)
    extended = [f"scenes[{k}]: {place.note}" for k, place in enumerate(found) if place.note]
    return Coverage(tuple(holdings), (*_notes(holdings, scenes, ground), *extended))


def border(left: Holding, right: Holding) -> CutCause:
    """What makes the cut between two neighbours: the edge of the place that is more specific."""
    mine, theirs = right.territory.stretch, left.territory.stretch
    begins, ends = mine.start_s == right.start_s, theirs.stop_s == right.start_s
    return mine.begins if begins and (not ends or mine.level >= theirs.level) else theirs.ends


def _uncovered(section: Section, index: int, scenes: Sequence[Scene], ground: Ground) -> Territory:
    """The ground that scenes are painted on: the section with the scene of a sister section, if there is one."""
    stretch = Stretch(
        section.start_s,
        section.stop_s,
        UNCOVERED,
        CutCause("section", section.start_s),
        CutCause("section", section.stop_s),
    )
    sisters = []
    for k, scene in enumerate(scenes):
        if isinstance(scene.place, SectionPlace) and scene.place.label.strip().casefold() == section.label.casefold():
            for other in find(scene.place, ground).stretches:
                place = next(j for j, s in enumerate(ground.sections) if s.start_s == other.start_s)
                # The nearest earlier sister first, then the nearest later one; of equals the later scene.
                sisters.append((place > index, abs(place - index), -k))
    return Territory(stretch, -min(sisters)[2] if sisters else None)


def _painted(holdings: list[Holding], territory: Territory) -> list[Holding]:
    start_s, stop_s = territory.stretch.start_s, territory.stretch.stop_s
    kept: list[Holding] = []
    placed = False
    for holding in holdings:
        if holding.stop_s <= start_s or holding.start_s >= stop_s:
            if holding.start_s >= stop_s and not placed:
                kept.append(Holding(start_s, stop_s, territory))
                placed = True
            kept.append(holding)
            continue
        if holding.start_s < start_s:
            kept.append(Holding(holding.start_s, start_s, holding.territory))
        if not placed:
            kept.append(Holding(start_s, stop_s, territory))
            placed = True
        if holding.stop_s > stop_s:
            kept.append(Holding(stop_s, holding.stop_s, holding.territory))
    return kept


def _notes(holdings: list[Holding], scenes: Sequence[Scene], ground: Ground) -> list[str]:
    bare = [h for h in holdings if h.territory.stretch.level == UNCOVERED and h.stop_s - h.start_s > _SLIVER_S]
    if not scenes and bare:
        return ["the storyboard has no scenes: every shot takes the look alone"]
    notes = []
    for holding in bare:
        section = next(s for s in ground.sections if s.start_s == holding.territory.stretch.start_s)
        whole = (holding.start_s, holding.stop_s) == (section.start_s, section.stop_s)
        where = f"{section.name} ({clock(holding.start_s)} - {clock(holding.stop_s)})"
        what = where if whole else f"a part of {where}"
        scene = holding.territory.scene
        takes = "the look alone" if scene is None else f"the note of scenes[{scene}]{_named(scenes[scene])}"
        notes.append(f"{what} is covered by no scene: it takes {takes}")
    return notes


def _named(scene: Scene) -> str:
    place = scene.place
    if not isinstance(place, SectionPlace):
        return ""
    return f" ({place.label}{'' if place.number is None else f' {place.number}'})"


def is_line(holding: Holding) -> bool:
    return holding.territory.stretch.level == LINE
