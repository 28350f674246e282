"""What in a storyboard does not fit the song: every mistake at once, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from musicvid.errors import Mistake
from musicvid.planning.naming import slug
from musicvid.planning.places import Ground, did_you_mean, find
from musicvid.schema.storyboard import Amount, Scene, ShotOverride, Storyboard


def check_scenes(story: Storyboard, ground: Ground) -> list[Mistake]:
    """Places that the song lacks, cast that is not introduced, lengths that are not above zero."""
    mistakes = []
    cast = [member.name for member in story.cast]
    for k, scene in enumerate(story.scenes):
        found = find(scene.place, ground)
        if found.mistake:
            mistakes.append(_mistake(story, scene, f"scenes[{k}].in", found.mistake))
        mistakes += [
            _mistake(story, scene, f"scenes[{k}].cast", _unknown("cast", name, cast))
            for name in scene.cast
            if name not in cast
        ]
        mistakes += _length_mistakes(story, scene, f"scenes[{k}].transition", scene.transition.length)
    for field, amount in _paces(story):
        mistakes += _length_mistakes(story, None, field, amount)
    return mistakes


def check_overrides(story: Storyboard, ids: Sequence[str]) -> list[Mistake]:
    """Overrides of shots that the plan does not have, and takes that are not made. ``ids`` are the planned shots'."""
    mistakes = _choices(story)
    for override in story.shots:
        if override.shot_id not in ids:
            mistakes.append(_mistake(story, override, f"shots.{override.shot_id}", _no_such_shot(override, ids)))
        elif override.continues and override.shot_id == ids[0]:
            message = "this is the first shot: there is none before it to go on from"
            mistakes.append(_mistake(story, override, f"shots.{override.shot_id}.continues", message))
    return mistakes


def check_override_sections(story: Storyboard, sections: Iterable[str]) -> list[Mistake]:
    """What can be said about overrides when scenes have mistakes, so that ids are not known yet."""
    slugs = list(dict.fromkeys(slug(name) for name in sections))
    mistakes = _choices(story)
    for override in story.shots:
        section = override.shot_id.partition("/")[0]
        if section not in slugs:
            message = f'there is no shot "{override.shot_id}": {_unknown("section", section, slugs)}'
            mistakes.append(_mistake(story, override, f"shots.{override.shot_id}", message))
    return mistakes


def _choices(story: Storyboard) -> list[Mistake]:
    mistakes = []
    takes = story.renderer.takes
    for override in story.shots:
        field = f"shots.{override.shot_id}"
        if override.take is not None and not 1 <= override.take <= takes:
            made = "only take 1 is made" if takes == 1 else f"takes 1 to {takes} are made"
            message = f"take {override.take} is chosen, but {made}: set renderer.takes to {override.take} or more"
            if override.take < 1:
                message = f"take {override.take} is chosen, but takes count from 1"
            mistakes.append(_mistake(story, override, f"{field}.take", message))
        if override.continues and override.first_frame:
            message = "a shot that goes on from another has no first_frame of its own: keep one of them"
            mistakes.append(_mistake(story, override, f"{field}.continues", message))
        if override.transition is not None:
            mistakes += _length_mistakes(story, override, f"{field}.transition", override.transition.length)
    return mistakes


def _no_such_shot(override: ShotOverride, ids: Sequence[str]) -> str:
    section = override.shot_id.partition("/")[0]
    mine = [shot_id for shot_id in ids if shot_id.partition("/")[0] == section]
    guess = did_you_mean(override.shot_id, mine or ids)
    if mine:
        there = mine[0] if len(mine) == 1 else f"{mine[0]} to {mine[-1]}"
        return f'there is no shot "{override.shot_id}"{guess} (this section has {there})'
    slugs = list(dict.fromkeys(shot_id.partition("/")[0] for shot_id in ids))
    return f'there is no shot "{override.shot_id}"{guess} (sections: {", ".join(slugs)})'


def _paces(story: Storyboard) -> list[tuple[str, Amount | None]]:
    rules = [("pace.default", story.pace.default), ("cuts.shortest", story.cuts.shortest)]
    return [*rules, *((f"pace.{name}", amount) for name, amount in story.pace.by_section)]


def _length_mistakes(
    story: Storyboard, at: Scene | ShotOverride | None, field: str, amount: Amount | None
) -> list[Mistake]:
    if amount is None or amount.value > 0 or (field == "cuts.shortest" and amount.value == 0):
        return []
    return [_mistake(story, at, field, f"{amount.value} {amount.unit} is no length: it must be above 0")]


def _unknown(kind: str, name: str, known: Sequence[str]) -> str:
    there = f" (known: {', '.join(known)})" if known else f" (no {kind} is introduced)"
    return f'unknown {kind} "{name}"{did_you_mean(name, known)}{there}'


def _mistake(story: Storyboard, at: Scene | ShotOverride | None, field: str, message: str) -> Mistake:
    """``where`` is ``file:line:column``; a storyboard that was made in Python has none."""
    parts = at.where.rsplit(":", 2) if at else []
    if len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return Mistake(parts[0], int(parts[1]), int(parts[2]), field, message)
    return Mistake(story.file or "storyboard", 1, 1, field, message)
