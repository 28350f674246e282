"""One shot from what its scene and its override say."""

from __future__ import annotations

from musicvid.planning.prompts import Scenery, cast_of, compose, framing, told_by
from musicvid.planning.seeds import shot_seed
from musicvid.planning.wording import sentences
from musicvid.schema.frames import FrameSpan
from musicvid.schema.shots import CutCause, Reference, Shot
from musicvid.schema.song import Section
from musicvid.schema.storyboard import Scene, SectionPlace, ShotOverride, Storyboard

_NOTHING = Scene(SectionPlace(""))


def make_shot(shot_id: str, story: Storyboard, scene: int | None, section: Section, place: int, count: int) -> Shot:
    """Shot ``place`` of the ``count`` shots that ``scene`` has here; its span, cut, lyrics and dissolve come later.

    What the override under ``shot_id`` says wins: a prompt is taken as it stands, a note or camera goes through
    composing.
    """
    override = override_of(shot_id, story)
    source = story.scenes[scene] if scene is not None else _NOTHING
    note = source.note if override.note is None else override.note
    told = told_by(note, place, count) if override.note is None else tuple(sentences(note))
    camera = source.camera if override.camera is None else override.camera
    cast = cast_of(source.cast, note, story.cast)
    prompt = override.prompt
    if prompt is None:
        prompt = compose(
            Scenery(
                note=told,
                cast=cast,
                camera=camera or framing(note, place, count),
                energy=section.energy,
                look=story.look,
                title=story.title,
                place=section.label,
            )
        )
    return Shot(
        id=shot_id,
        span=FrameSpan(0, 1),
        section=section.name,
        label=section.label,
        prompt=" ".join(prompt.split()),
        avoid=" ".join((story.look.avoid if override.avoid is None else override.avoid).split()),
        seed=shot_seed(story.renderer.seed, shot_id) if override.seed is None else override.seed,
        cut_on=CutCause("start", 0.0),
        energy=section.energy,
        cast=tuple(member.name for member in cast),
        note=" ".join(told),
        camera=camera,
        references=tuple(Reference(m.name, m.reference) for m in cast if m.reference),
        chosen_take=override.take,
        hold=bool(override.hold),
        scene=scene,
    )


def override_of(shot_id: str, story: Storyboard) -> ShotOverride:
    """The last override under ``shot_id``; one that changes nothing where there is none."""
    return next((o for o in reversed(story.shots) if o.shot_id == shot_id), ShotOverride(shot_id))
