"""Trials of a backend: one that is ready, its frames checked on the way, and what tells its takes apart."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

from musicvid.rendering.backend import Backend, KeepsClips, RenderRequest
from musicvid.rendering.specimens import write_picture

MakeBackend = Callable[..., Backend]
"""``make()`` makes the backend with options that work; ``make(word=value)`` adds an option to them."""


def prepared(make: MakeBackend, *requests: RenderRequest) -> Backend:
    """A new backend that is ready to render. What it keeps is its own: no instance finds what another has made."""
    backend = make()
    if isinstance(backend, KeepsClips):
        backend.keep_in(Path(tempfile.mkdtemp(dir=_scratch().name)))
    backend.prepare(requests)
    return backend


@cache
def _scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes when the process does."""
    return tempfile.TemporaryDirectory(prefix="musicvid-conformance-")


def picture(colour: str) -> Path:
    path = Path(_scratch().name) / f"{colour}.png"
    if not path.exists():
        write_picture(path, colour)
    return path


def traces(make: MakeBackend, request: RenderRequest, *before: RenderRequest) -> object:
    """What tells a take from another: the backend's identity for it and its frames."""
    backend = prepared(make, *before, request)
    return dict(backend.identity(request)), digests(backend, request)


def digests_of(job: tuple[Backend, RenderRequest]) -> list[str]:
    return digests(*job)


def digests(backend: Backend, request: RenderRequest) -> list[str]:
    """The hashes of all frames, each frame checked on the way."""
    found = [digest(frame) for frame in _checked_frames(backend, request)]
    require(
        len(found) == request.frame_count,
        f"{len(found)} frames came, {request.frame_count} were asked for ({request.size}, {request.rate} fps)",
    )
    return found


def _checked_frames(backend: Backend, request: RenderRequest) -> Iterator[np.ndarray]:
    width, height = request.size.width, request.size.height
    rgb = backend.capabilities().pixel_format == "rgb24"
    shape = (height, width, 3) if rgb else (height * 3 // 2, width)
    for number, frame in enumerate(backend.render(request)):
        require(isinstance(frame, np.ndarray), f"frame {number} is a {type(frame).__name__}, not an array")
        found = f"frame {number} of {request.size} is {frame.dtype} {frame.shape}"
        require(frame.dtype == np.uint8 and frame.shape == shape, f"{found}, uint8 {shape} was promised")
        require(number < request.frame_count, f"more than the {request.frame_count} frames that were asked for came")
        yield frame


def digest(frame: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(frame).tobytes()).hexdigest()


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
