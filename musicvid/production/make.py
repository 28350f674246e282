"""The whole job: song and storyboard in, a measured film out. Run again, it does only what changed."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid import __version__
from musicvid.errors import InputError, SyncError
from musicvid.media.files import path_as_given
from musicvid.production import stages
from musicvid.production.documents import (
    read_document,
    read_sync,
    read_timeline,
    timeline_to_document,
    write_document,
    write_sync,
)
from musicvid.production.estimate import check_budget
from musicvid.production.job import Encoding, Job, Wishes
from musicvid.production.workspace import Workspace
from musicvid.schema.grid import AS_HEARD, Corrections
from musicvid.schema.progress import OnProgress
from musicvid.schema.shots import ShotList
from musicvid.schema.sync import SyncReport

if TYPE_CHECKING:
    from musicvid.assembly.cut import Cut

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """A finished film. ``kept`` is true when nothing had to be done."""

    video: Path
    report: SyncReport
    shots: ShotList
    kept: bool
    notes: tuple[str, ...] = ()


def make(
    song: str | Path | None,
    storyboard: str | Path,
    *,
    to: str | Path,
    backend: str = "",
    model: str = "",
    takes: int | None = None,
    size: str = "",
    fps: str | float = "",
    seed: int | None = None,
    work: str | Path = "",
    only: tuple[str, ...] | list[str] = (),
    draft: bool = False,
    codec: str = "h264",
    preset: str = "",
    crf: int = 20,
    lossless: bool = False,
    beats: str | Path = "",
    bpm: float | None = None,
    offset_s: float | None = None,
    corrections: Corrections = AS_HEARD,
    workers: int | None = None,
    memory: str = "",
    budget_s: float | None = None,
    on_progress: OnProgress | None = None,
) -> Made:
    """Make the film ``to`` from ``song`` and ``storyboard``; empty values mean: as the storyboard says.

    ``song`` None takes the storyboard's. ``corrections`` of the beat grid go over those of the storyboard, key by key;
    ``beats``, ``bpm`` and ``offset_s`` are short for some of them. ``memory`` (``12GiB``) is an option of renderers on
    graphics cards: plan for a card with so much. The old film stays until the new one is whole.
    Raises :class:`MusicvidError`: :class:`StoryboardError` with all mistakes, :class:`SyncError` when the finished file
    is not what was planned.
    """
    job = Job(
        storyboard=str(storyboard),
        to=str(to),
        song=str(song or ""),
        work=str(work),
        wishes=Wishes(
            renderer=backend,
            model=model,
            takes=takes,
            size=size,
            fps=str(fps),
            seed=seed,
            options=(("memory", memory),) if memory else (),
        ),
        corrections=Corrections(beats=str(beats), bpm=bpm, offset_s=offset_s).over(corrections),
        encoding=Encoding(codec=codec, preset=preset, crf=crf, draft=draft, lossless_sound=lossless),
        only=tuple(only),
        workers=workers,
        budget_s=budget_s,
    )
    return make_job(job, on_progress)


def make_job(job: Job, on_progress: OnProgress | None = None) -> Made:
    """See :func:`make`."""
    _check_target(job)
    story = stages.load_storyboard(job)
    song = stages.hear(story.song, story.grid, on_progress)
    workspace = job.workspace
    with workspace.locked():
        shots = stages.plan_into(workspace, song, story)
        check_budget(shots, job, workspace, story.song)
        takes = stages.render_into(workspace, shots, job, story.song, on_progress)
        if job.only:
            takes = stages.with_earlier_takes(workspace, shots, takes)
        cut = stages.edit_into(workspace, shots, takes, story.song)
        shown = (note for clip in cut.clips for note in clip.take.notes)
        notes = tuple(dict.fromkeys((*song.notes, *shots.notes, *shown, *cut.notes)))
        key = _key(job, cut, song.sha256)
        report = _unchanged(job, key)
        if report is not None:
            return Made(job.film, report, shots, kept=True, notes=notes)
        report = assemble_and_verify(job, cut, on_progress)
        _remember(job, key, report)
    return Made(job.film, report, shots, kept=False, notes=notes)


def assemble_and_verify(job: Job, cut: Cut, on_progress: OnProgress | None = None) -> SyncReport:
    """Write the film and measure it. Raises :class:`SyncError` when it is not what was planned."""
    from musicvid.assembly.assemble import assemble
    from musicvid.production.verify import verify

    workspace = job.workspace
    assemble(
        cut,
        to=job.film,
        work=workspace.root,
        settings=job.encoding.settings,
        lossless=job.encoding.lossless_sound,
        on_progress=on_progress,
    )
    report = verify(job.film, cut, memory=workspace.thumbs, on_progress=on_progress)
    write_sync(workspace.sync, report)
    if not report.ok:
        raise SyncError("; ".join(report.problems[:5]), where=str(job.film), hint="see: musicvid verify --json")
    return report


def _check_target(job: Job) -> None:
    wanted = (".mov",) if job.encoding.codec == "prores" else (".mp4", ".mov")
    if job.film.suffix.lower() not in wanted:
        raise InputError(
            f"a {job.encoding.codec} film cannot be a {job.film.suffix or 'file without suffix'}",
            where=job.to,
            hint=f"end its name with {' or '.join(wanted)}",
        )
    if job.film.is_dir():
        raise InputError("this is a folder, not a film", where=job.to)


def _key(job: Job, cut: Cut, song_sha256: str) -> str:
    facts = {
        "version": __version__,
        "timeline": timeline_to_document(cut),
        "song": song_sha256,
        "settings": job.encoding.settings.key,
        "lossless": job.encoding.lossless_sound,
        "film": str(job.film),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _unchanged(job: Job, key: str) -> SyncReport | None:
    """The report of a film that is still exactly what this job would make."""
    workspace = job.workspace
    if not (workspace.made.is_file() and workspace.sync.is_file() and job.film.is_file()):
        return None
    stat = job.film.stat()
    now = {"key": key, "size_bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    try:
        made = read_document(workspace.made)
        same = isinstance(made, dict) and all(made.get(name) == value for name, value in now.items())
        return read_sync(workspace.sync) if same else None
    except InputError as error:
        log.warning("what is known of the finished film is damaged, making it again: %s", error)
        return None


def _remember(job: Job, key: str, report: SyncReport) -> None:
    stat = job.film.stat()
    facts = {"key": key, "film": report.video, "size_bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    write_document(job.workspace.made, {"document": "made", "version": 1, **facts})


def assemble_workspace(job: Job, on_progress: OnProgress | None = None) -> Made:
    """Edit, assemble and measure what a workspace holds; every shot must have its take already."""
    _check_target(job)
    workspace = job.workspace
    shots = stages.planned_shots(workspace)
    song = stages.planned_song(workspace)
    with workspace.locked():
        takes = stages.finished_takes(workspace, shots, job, song.file)
        cut = stages.edit_into(workspace, shots, takes, song.file)
        report = assemble_and_verify(job, cut, on_progress)
        _remember(job, _key(job, cut, song.sha256), report)
    return Made(job.film, report, shots, kept=False, notes=cut.notes)


def verify_film(video: Path, *, work: str = "", song: str = "", on_progress: OnProgress | None = None) -> SyncReport:
    """Measure a film against the timeline in its workspace (``work``, else the folder beside the film)."""
    from musicvid.production.verify import verify

    if not video.is_file():
        raise InputError("there is no such film", where=str(video))
    workspace = Workspace(path_as_given(work)) if work else Workspace.beside(video.absolute())
    if not workspace.timeline.is_file():
        raise InputError(
            f"there is no plan to measure it against: {workspace.timeline} is missing",
            where=str(video),
            hint="name the workspace with --work DIR",
        )
    timeline = read_timeline(workspace.timeline)
    if song:
        timeline = replace(timeline, audio=str(path_as_given(song)))
    return verify(video, timeline, on_progress=on_progress)
