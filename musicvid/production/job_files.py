"""Which films a batch is to make: from a job file, or from a folder of song and storyboard pairs.

A job file::

    musicvid-batch: 1
    defaults: {draft: true, size: 720p}     # any key of a job but song, storyboard and to
    jobs:
      - {song: a.flac, storyboard: a.yaml, to: films/a.mp4}
      - {storyboard: b.yaml, to: films/b.mp4, fps: 25, renderer: footage, options: {folder: clips}}

Paths start from the job file's folder. In a folder, ``NAME.yaml`` goes with the song ``NAME.*`` beside it, or names its
own.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from musicvid.errors import InputError, Mistake, StoryboardError
from musicvid.production.job import Encoding, Job, Wishes
from musicvid.production.storyboard.fields import GridLevel, GridTime, Offset, Tempo
from musicvid.production.storyboard.mistakes import mistakes_of
from musicvid.production.storyboard.model import Anchors
from musicvid.production.storyboard.reader import read_tree
from musicvid.production.storyboard.syntax import read_bytes
from musicvid.schema.grid import AS_HEARD, Corrections

SONG_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".m4a", ".aac", ".opus", ".aif", ".aiff")
STORY_SUFFIXES = (".yaml", ".yml")


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    work: str = ""
    renderer: str | None = None
    model: str | None = None
    takes: int | None = Field(None, ge=1)
    size: str | None = None
    fps: str | int | float | None = None
    seed: int | None = None
    options: dict[str, str | int | float | bool] = Field(default_factory=dict)
    memory: str | None = None
    draft: bool | None = None
    codec: Literal["h264", "h265", "prores"] | None = None
    preset: str | None = None
    crf: int | None = Field(None, ge=1, le=51)
    lossless: bool | None = None
    beats: str = ""
    tracker: str = ""
    bpm: Tempo | None = None
    level: GridLevel | None = None
    offset: Offset | None = None
    anchors: Anchors = None
    downbeat: GridTime | None = None


class _JobEntry(_Settings):
    song: str = ""
    storyboard: str
    to: str = ""


class _JobFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    version: Literal[1] = Field(alias="musicvid-batch")
    defaults: _Settings = Field(default_factory=_Settings)
    jobs: list[_JobEntry] = Field(min_length=1)


def read_jobs(
    source: str | Path,
    *,
    output: str = "",
    wishes: Wishes | None = None,
    encoding: Encoding | None = None,
    corrections: Corrections = AS_HEARD,
) -> list[Job]:
    """The films that ``source`` (a job file or a folder) asks for, in its order.

    ``output`` is a folder for films without a target. ``wishes``, ``encoding`` and ``corrections`` hold where a job
    says nothing.

    Raises :class:`StoryboardError` with every mistake of a job file, :class:`InputError` for an empty folder.
    """
    path = Path(source)
    common = Job("", "", wishes=wishes or Wishes(), encoding=encoding or Encoding(), corrections=corrections)
    if path.is_dir():
        jobs = _of_folder(path, common, output)
    else:
        jobs = _of_file(path, common, output)
    _refuse_clashes(jobs, path)
    return jobs


def _of_folder(folder: Path, common: Job, output: str) -> list[Job]:
    stories = sorted(p for p in folder.iterdir() if p.suffix.lower() in STORY_SUFFIXES and p.is_file())
    jobs = []
    for story in stories:
        songs = [s for s in sorted(folder.glob(f"{_literal(story.stem)}.*")) if s.suffix.lower() in SONG_SUFFIXES]
        if len(songs) > 1:
            raise InputError(f"several songs go with it: {', '.join(s.name for s in songs)}", where=str(story))
        jobs.append(replace(common, storyboard=str(story), song=str(songs[0]) if songs else "",
                            to=_target("", story, output, common.encoding.codec)))  # fmt: skip
    if not jobs:
        raise InputError(
            "there is no NAME.yaml in this folder", where=str(folder), hint="musicvid init SONG writes one"
        )
    return jobs


def _literal(stem: str) -> str:
    import glob

    return glob.escape(stem)


def _of_file(path: Path, common: Job, output: str) -> list[Job]:
    try:
        data = read_bytes(path)
    except OSError as error:
        raise InputError(f"the job file cannot be read: {error.strerror}", where=str(path)) from error
    tree = read_tree(data, str(path))
    if tree.root is None:
        raise StoryboardError([*tree.mistakes, Mistake(str(path), 1, 1, "", "the job file is empty")])
    mistakes = list(tree.mistakes)
    try:
        document = _JobFile.model_validate(tree.root.plain())
    except ValidationError as error:
        mistakes += mistakes_of(error, tree.root, _JobFile, str(path))
    if mistakes:
        raise StoryboardError(mistakes)
    return [_job(entry, document.defaults, common, path, output) for entry in document.jobs]


def _job(entry: _JobEntry, defaults: _Settings, common: Job, source: Path, output: str) -> Job:
    home = source.absolute().parent
    said = {**_said(defaults), **_said(entry)}
    wishes = common.wishes
    options = {**dict(wishes.options), **defaults.options, **entry.options}
    if said.get("memory"):
        options["memory"] = said["memory"]
    named = {name: said[name] for name in ("renderer", "model", "takes", "size", "seed") if said.get(name) is not None}
    if said.get("fps") is not None:
        named["fps"] = str(said["fps"])
    coded = {name: said[name] for name in ("draft", "codec", "preset", "crf") if said.get(name) is not None}
    if said.get("lossless") is not None:
        coded["lossless_sound"] = said["lossless"]
    encoding = replace(common.encoding, **coded)
    story = home / entry.storyboard
    return Job(
        storyboard=str(story),
        song=str(home / entry.song) if entry.song else "",
        to=_target(str(home / entry.to) if entry.to else "", story, output, encoding.codec),
        work=str(home / said["work"]) if said.get("work") else "",
        wishes=replace(wishes, **named, options=tuple(sorted(options.items()))),
        corrections=_corrections(entry, home, source)
        .over(_corrections(defaults, home, source))
        .over(common.corrections),
        encoding=encoding,
    )


def _said(part: _Settings) -> dict[str, Any]:
    return {name: getattr(part, name) for name in part.model_fields_set}


def _corrections(part: _Settings, home: Path, source: Path) -> Corrections:
    try:
        return Corrections(
            beats=str(home / part.beats) if part.beats else "",
            bpm=part.bpm,
            level=part.level or "",
            offset_s=part.offset,
            anchors=tuple(part.anchors or ()),
            downbeat_s=part.downbeat,
            tracker=part.tracker,
        )
    except InputError as error:
        raise InputError(error.message, where=str(source), hint=error.hint) from error


def _target(named: str, story: Path, output: str, codec: str) -> str:
    if named:
        return named
    name = story.with_suffix(".mov" if codec == "prores" else ".mp4")
    return str(Path(output) / name.name if output else name)


def _refuse_clashes(jobs: list[Job], source: Path) -> None:
    """Two jobs that write the same film, or work in the same folder, would destroy each other's work."""
    seen: dict[Path, str] = {}
    for job in jobs:
        for place in (job.film, job.workspace.root):
            other = seen.setdefault(place, job.storyboard)
            if other != job.storyboard:
                raise InputError(f"{other} and {job.storyboard} would both write {place}", where=str(source))
    films = [job.film for job in jobs]
    if len(set(films)) != len(films):
        raise InputError("one film is asked for twice", where=str(source), hint="give every job its own `to:`")
