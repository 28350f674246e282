"""Make one take: frames out of a backend, captions on them, a segment on disk, and a proof that it is whole.

This is what runs in a worker process (or in the caller's, when there is one worker).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import MusicvidError, RenderError
from musicvid.media.colour import picture_of
from musicvid.media.encode import EncodeSettings, SegmentWriter
from musicvid.media.files import part_file
from musicvid.media.movie import MovieReader
from musicvid.media.overlay import Overlay
from musicvid.rendering.backend import Backend, RenderRequest
from musicvid.rendering.keys import request_facts
from musicvid.rendering.takes import TakeStore
from musicvid.schema.take import Take


@dataclass(frozen=True, slots=True)
class TakeJob:
    """One take to make under ``key``. ``first_frame`` is the movie frame of the take's first frame.

    ``hold`` freezes the shot's first frame. ``facts`` is what the backend says identifies the take. ``parent_pid`` is
    the process that waits for it: when that is gone, so is the reason to go on.
    """

    backend: Backend
    request: RenderRequest
    key: str
    store: TakeStore
    settings: EncodeSettings
    first_frame: int
    hold: bool = False
    overlay: Overlay | None = None
    facts: Mapping[str, object] | None = None
    parent_pid: int | None = None


def make_take(job: TakeJob) -> Take:
    """Render, encode, check and store the take; returns it with the remarks that came up while rendering.

    Raises our errors only: :class:`RenderError` for whatever the backend does wrong.
    """
    request, backend = job.request, job.backend
    known = set(_notes(job))
    path = job.store.path_of(job.key, job.settings.suffix)
    # The dissolve into the shot ends at its frame `head`: from there on the segment is copied, so cut there.
    keyframes = (2 * request.head_frames,) if request.head_frames else ()
    with part_file(path) as part:
        with SegmentWriter(part, request.rate, request.size, job.settings, keyframes=keyframes) as writer:
            for picture in _pictures(job):
                writer.write(picture)
        _check_whole(part, job)
    take = Take(
        shot_id=request.shot_id,
        number=request.take,
        key=job.key,
        path=str(path),
        rate=request.rate,
        size=request.size,
        frame_count=request.frame_count,
        head_frames=request.head_frames,
        seed=request.seed,
        backend=backend.name,
        backend_version=backend.version,
        model=backend.model,
        overlay_key=job.overlay.key if job.overlay else "",
        notes=tuple(note for note in _notes(job) if note not in known),
    )
    job.store.add(take, {**request_facts(request), **(job.facts or {}), "hold": job.hold})
    return take


def _pictures(job: TakeJob) -> Iterator[NDArray[np.uint8]]:
    """The take's finished pictures: checked, frozen where the shot holds, with the overlay drawn on."""
    frames = _checked(job)
    if job.hold:
        frames = _frozen(frames, job.request)
    if job.overlay is None:
        yield from frames
        return
    rgb = job.backend.capabilities().pixel_format == "rgb24"
    for number, frame in enumerate(frames, job.first_frame):
        if rgb:
            picture = picture_of(frame)
        else:
            picture = np.array(frame)  # a copy: the backend may show the same array again
        job.overlay.apply(picture, number)
        yield picture


def _frozen(frames: Iterator[NDArray[np.uint8]], request: RenderRequest) -> Iterator[NDArray[np.uint8]]:
    """The shot's first frame, as often as the take has frames. Later ones are not even rendered."""
    for number, frame in enumerate(frames):
        if number == request.head_frames:
            still = np.array(frame)
            break
    for _ in range(request.frame_count):
        yield still


def _checked(job: TakeJob) -> Iterator[NDArray[np.uint8]]:
    """The backend's frames, each of the promised shape and type, exactly as many as were asked for."""
    request = job.request
    width, height = request.size.width, request.size.height
    rgb = job.backend.capabilities().pixel_format == "rgb24"
    shape = (height, width, 3) if rgb else (height * 3 // 2, width)
    count = 0
    frames = _guarded(job)
    for frame in frames:
        _check_wanted(job)
        if not isinstance(frame, np.ndarray) or frame.shape != shape or frame.dtype != np.uint8:
            found = f"{frame.dtype} {frame.shape}" if isinstance(frame, np.ndarray) else type(frame).__name__
            raise _wrong(job, f"frame {count} is {found}, uint8 {shape} was asked for")
        count += 1
        if count > request.frame_count:
            raise _wrong(job, f"more than the {request.frame_count} frames that were asked for came")
        yield frame
    if count < request.frame_count:
        raise _wrong(job, f"{count} frames came, {request.frame_count} were asked for")


def _guarded(job: TakeJob) -> Iterator[NDArray[np.uint8]]:
    """The backend's frames; whatever it raises is ours from here on, so that no error of its own about a file is taken
    for one about the take's."""
    try:
        yield from job.backend.render(job.request)
    except MusicvidError:
        raise
    except Exception as error:
        raise _wrong(job, f"it raised {' '.join(f'{type(error).__name__}: {error}'.split())}") from error


def _notes(job: TakeJob) -> tuple[str, ...]:
    try:
        return tuple(job.backend.notes(job.request))
    except MusicvidError:
        raise
    except Exception as error:
        raise _wrong(job, f"its notes raised {type(error).__name__}: {error}") from error


def _wrong(job: TakeJob, what: str) -> RenderError:
    return RenderError(f"backend {job.backend.name!r} failed: {what}", where=job.request.shot_id)


def _check_wanted(job: TakeJob) -> None:
    """Stop when the process that waits for this take has died: nobody would ever stop this one."""
    if job.parent_pid is not None and os.name == "posix" and os.getppid() != job.parent_pid:
        raise RenderError("the process that asked for this take is gone", where=job.request.shot_id)


def _check_whole(part: Path, job: TakeJob) -> None:
    """Open what was written again and count."""
    with MovieReader(part) as reader:
        found = reader.frame_count
    if found != job.request.frame_count:
        raise RenderError(
            f"the take was written with {found} frames instead of {job.request.frame_count}", where=job.request.shot_id
        )


def described(take: Take, request: RenderRequest, notes: tuple[str, ...]) -> Take:
    """A stored take as this request's: its own shot and number, and the remarks of now before those of then."""
    return replace(
        take, shot_id=request.shot_id, number=request.take, notes=tuple(dict.fromkeys((*notes, *take.notes)))
    )
