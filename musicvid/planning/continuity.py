"""Which shots go on from the one before them without a visible cut, and the pictures that shots begin and end with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from musicvid.planning.coverage import Territory
from musicvid.planning.shooting import override_of
from musicvid.schema.storyboard import Scene, SectionPlace, Storyboard

_NOTHING = Scene(SectionPlace(""))


@dataclass(frozen=True, slots=True)
class Seam:
    """How a shot is joined to its neighbours: the fields of the same names in :class:`Shot`."""

    continues: str = ""
    first_frame: str = ""
    last_frame: str = ""


@dataclass(frozen=True, slots=True)
class Seams:
    """One for each shot. ``notes`` tell what was asked for and is not so."""

    of_shots: tuple[Seam, ...]
    notes: tuple[str, ...]


def seams(
    story: Storyboard,
    ids: Sequence[str],
    owners: Sequence[Territory],
    places: Sequence[tuple[int, int]],
    dissolve_frames: Sequence[int],
) -> Seams:
    """Decide for every shot. ``places`` says which of how many shots of its territory it is, counted from 0.

    In a continuous scene a shot goes on from its neighbour of the same territory; where another scene comes between,
    the next shot begins anew. An override wins over its scene, and of the rest a picture over going on.
    """
    found: list[Seam] = []
    notes: list[str] = []
    for k, shot_id in enumerate(ids):
        override = override_of(shot_id, story)
        scene = _scene(owners[k], story)
        place, count = places[k]
        its_first = scene.first_frame if place == 0 else ""
        its_last = scene.last_frame if place == count - 1 else ""
        first = its_first if override.first_frame is None else override.first_frame
        last = its_last if override.last_frame is None else override.last_frame
        goes_on = scene.continuous and k > 0 and owners[k] == owners[k - 1] and not first
        if goes_on and override.continues is None and dissolve_frames[k]:
            goes_on = False
            notes.append(
                f"{shot_id} dissolves in: it does not go on from {ids[k - 1]} (continues: true would ask for it)"
            )
        if override.continues is not None:
            goes_on = override.continues
        if goes_on and first:
            notes.append(f"{shot_id} goes on from {ids[k - 1]}, as asked: its scene's first_frame is not used")
            first = ""
        if goes_on and override_of(ids[k - 1], story).hold:
            notes.append(f"{shot_id} goes on from where {ids[k - 1]} would end, but that is held on its first frame")
        found.append(Seam(ids[k - 1] if goes_on else "", first, last))
    return Seams(tuple(found), tuple(notes))


def _scene(owner: Territory, story: Storyboard) -> Scene:
    return _NOTHING if owner.scene is None else story.scenes[owner.scene]
