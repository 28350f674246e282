"""The stages of a film, each from nouns to nouns, with its document written to the workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.errors import AssemblyError, InputError
from musicvid.media.files import path_as_given
from musicvid.production.documents import read_shots, read_song, read_timeline, write_shots, write_song, write_timeline
from musicvid.production.plans import plan
from musicvid.production.songs import analyse
from musicvid.production.storyboard import Storyboard
from musicvid.production.workspace import Workspace
from musicvid.schema.progress import OnProgress
from musicvid.schema.shots import Shot, ShotList
from musicvid.schema.storyboard import OptionValue
from musicvid.schema.storyboard import Storyboard as StoryboardNoun
from musicvid.schema.take import Take

if TYPE_CHECKING:
    from musicvid.assembly.cut import Cut
    from musicvid.media.overlay import Overlay
    from musicvid.production.job import Job
    from musicvid.schema.grid import Corrections
    from musicvid.schema.song import Song


def load_storyboard(job: Job) -> StoryboardNoun:
    """The storyboard with the job's wishes and corrections applied and its song settled (the job's win)."""
    story = job.wishes.applied(Storyboard.load(job.storyboard))
    song = job.song or story.song
    if not song:
        raise InputError(
            "no song is named", where=job.storyboard, hint="write `song: FILE` there, or give it before the storyboard"
        )
    _check_renderer(story)
    return replace(story, song=str(path_as_given(song)), grid=job.corrections.over(story.grid))


def _check_renderer(story: StoryboardNoun) -> None:
    """A renderer or an option that does not exist, or that the film may not be released with, is said at once, not
    after the song was heard."""
    from musicvid.rendering.backend import ChecksRelease
    from musicvid.rendering.registry import load_backend

    spec = story.renderer
    backend = load_backend(spec.name, dict(spec.options), model=spec.model, base=Path(spec.base or "."))
    if isinstance(backend, ChecksRelease):
        backend.check_release(story.release)


def hear(song: str, corrections: Corrections, on_progress: OnProgress | None = None) -> Song:
    return analyse(song, corrections=corrections, on_progress=on_progress)


def plan_into(workspace: Workspace, song: Song, story: StoryboardNoun) -> ShotList:
    """Plan, and write the song's and the shot list's documents."""
    shots = plan(song, story)
    write_song(workspace.song, song)
    write_shots(workspace.shots, shots)
    return shots


def overlays(shots: ShotList) -> Callable[[Shot], Overlay | None] | None:
    """What burns the lyrics into a shot's pictures; None when the storyboard does not ask for that."""
    if not shots.captions.burnt:
        return None
    from musicvid.assembly.captions import shot_captions

    return shot_captions(shots)


def render_into(
    workspace: Workspace, shots: ShotList, job: Job, song: str, on_progress: OnProgress | None = None
) -> list[Take]:
    """Every take that the shot list asks for; finished ones come from the workspace. ``song`` is the audio file."""
    from musicvid.rendering.render import render

    return list(
        render(
            shots,
            shots.renderer.name,
            into=workspace.root,
            settings=job.encoding.settings,
            only=job.only or None,
            workers=job.workers,
            song=song,
            overlay_for=overlays(shots),
            on_progress=on_progress,
        )
    )


def finished_takes(workspace: Workspace, shots: ShotList, job: Job, song: str) -> list[Take]:
    """The takes that the workspace holds for this shot list; rendering is left to its own command."""
    from musicvid.rendering.render import kept_takes

    return kept_takes(shots, workspace.root, settings=job.encoding.settings, song=song, overlay_for=overlays(shots))


def with_earlier_takes(workspace: Workspace, shots: ShotList, takes: Iterable[Take]) -> list[Take]:
    """Takes of a run limited with ``only``, completed by those of the film that was made before."""
    fresh = list(takes)
    missing = {s.id for s in shots.shots} - {t.shot_id for t in fresh}
    earlier = read_timeline(workspace.timeline) if missing and workspace.timeline.is_file() else None
    kept = [c.take for c in earlier.clips if c.shot_id in missing and Path(c.take.path).is_file()] if earlier else []
    still = sorted(missing - {t.shot_id for t in kept})
    if still:
        raise AssemblyError(
            f"{len(still)} shots have no take yet: {', '.join(still[:5])}{' …' if len(still) > 5 else ''}",
            hint="make the whole film once without --only",
        )
    return fresh + kept


def edit_into(workspace: Workspace, shots: ShotList, takes: list[Take], song: str) -> Cut:
    """The edit, written to the workspace as the plan that the finished film is measured against."""
    from musicvid.assembly.edit import edit

    cut = edit(shots, takes, audio=song)
    write_timeline(workspace.timeline, cut)
    return cut


def planned_shots(workspace: Workspace) -> ShotList:
    return read_shots(workspace.existing(workspace.shots, f"plan SONG STORYBOARD --work {workspace.root}"))


def planned_song(workspace: Workspace) -> Song:
    return read_song(workspace.existing(workspace.song, f"plan SONG STORYBOARD --work {workspace.root}"))


def with_option(shots: ShotList, name: str, value: OptionValue) -> ShotList:
    """The same shots with one option of their renderer set."""
    renderer = shots.renderer
    options = {**dict(renderer.options), name: value}
    return replace(shots, renderer=replace(renderer, options=tuple(sorted(options.items()))))
