"""Clips as the model made them, kept without loss: ``clips/ab/<key>.mp4`` and beside it ``<key>.json``.

A clip costs minutes of a graphics card, a take made from it a second of a processor. So a shot that grows by two
frames, another movie size, other captions and other compression leave the clips as they are.

A clip counts once its sidecar is there, which is written last; one that is damaged is not found, and so made again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import InputError, RenderError, StorageError
from musicvid.media.colour import rgb_of
from musicvid.media.files import part_file, remove_parts, storage_error
from musicvid.media.lossless import LOSSLESS_SUFFIX, LosslessWriter
from musicvid.media.movie import MovieReader
from musicvid.media.pictures import Picture
from musicvid.media.seals import facts_of, still_is
from musicvid.schema.frames import FrameRate, FrameSize

_VERSION = 1
_KEY = re.compile(r"[0-9a-f]{64}")
_ABANDONED_S = 3600.0
_LOOK_EVERY_S = 0.5
_ENCODER_THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Clip:
    """A kept clip. ``facts`` are what was remembered with it, as JSON values."""

    key: str
    path: Path
    frame_count: int
    rate: FrameRate
    size: FrameSize
    facts: Mapping[str, Any]


class ClipStore:
    """Clips under ``folder``. Several processes may read and write the same store at once."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).absolute()

    def open(self) -> None:
        """Make the folder and clear it of what runs that died were writing: their process is gone and nobody wrote to
        it for an hour. Locks of clips that are there go too. Raises :class:`StorageError` where there can be no folder.
        """
        self._make(self.folder)
        remove_parts(self.folder, "*/.*.part-*", idle_s=_ABANDONED_S)
        for path in self.folder.glob("*/.*.lock"):
            if _KEY.fullmatch(key := path.name[1 : -len(".lock")]) and self.path_of(key, ".json").is_file():
                _remove_if_free(path)

    def path_of(self, key: str, suffix: str = LOSSLESS_SUFFIX) -> Path:
        """Where the clip named ``key`` (64 hex digits) belongs, or its sidecar with ``.json``."""
        if not _KEY.fullmatch(key):
            raise RenderError(f"{key!r} is no name of a clip: 64 hexadecimal digits were expected")
        return self.folder / key[:2] / f"{key}{suffix}"

    def find(self, key: str) -> Clip | None:
        """The clip under ``key``, or None when it is missing, damaged or incomplete."""
        sidecar = self.path_of(key, ".json")
        try:
            document = json.loads(sidecar.read_text("utf-8"))
            named = (document["document"], document["version"], document["key"]) == ("clip", _VERSION, key)
            return self._clip(key, document) if named and still_is(self.path_of(key), document) else None
        except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError, InputError):
            return None  # "not found" is the answer for whatever is wrong with it: the clip is made again

    def write(
        self, key: str, facts: Mapping[str, Any], frames: Iterable[Picture], rate: FrameRate, size: FrameSize
    ) -> Clip:
        """Keep ``frames`` (uint8 yuv420p ``(height * 3 // 2, width)`` of ``size``) under ``key``; whole or not at all.

        The frames are taken one by one, as they are made. ``facts`` (JSON values) come back with the clip. Raises
        :class:`StorageError`, :class:`MediaError` for frames of another shape or none, and what ``frames`` raises.
        """
        path = self.path_of(key)
        kept_facts = _as_json(facts)
        with part_file(path) as part:
            with LosslessWriter(part, rate, size, threads=_ENCODER_THREADS) as writer:
                for picture in frames:
                    writer.write(picture)
            _check_whole(part, writer.frame_count)
        document = {
            "document": "clip",
            "version": _VERSION,
            "key": key,
            **facts_of(path),
            "frame_count": writer.frame_count,
            "rate": str(rate),
            "size": str(size),
            "facts": kept_facts,
        }
        with part_file(self.path_of(key, ".json")) as part:
            part.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
        return self._clip(key, document)

    def frames(self, clip: Clip, indices: Iterable[int]) -> Iterator[Picture]:
        """The clip's frames with these numbers (from 0), each a fresh yuv420p array. Raises :class:`MediaError`."""
        with MovieReader(clip.path) as reader:
            yield from reader.pictures(indices)

    def rgb_frames(self, clip: Clip, indices: Iterable[int]) -> NDArray[np.uint8]:
        """The same as uint8 sRGB ``(frames, height, width, 3)``, as models take them. At least one is needed."""
        return np.stack([rgb_of(picture) for picture in self.frames(clip, indices)])

    def last_frames(self, clip: Clip, count: int) -> NDArray[np.uint8]:
        """The clip's end, uint8 sRGB ``(count, height, width, 3)``. Raises :class:`RenderError` if it is shorter."""
        if not 1 <= count <= clip.frame_count:
            raise RenderError(f"the last {count} frames of a clip of {clip.frame_count} were asked for")
        return self.rgb_frames(clip, range(clip.frame_count - count, clip.frame_count))

    @contextmanager
    def lock(self, key: str, check_wanted: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold ``key`` alone while its clip is made, so that two processes never pay for the same one: waits for the
        other, so look with :meth:`find` again inside. ``check_wanted`` is called while waiting, to raise when that has
        become pointless. The lock dies with its process. Raises :class:`StorageError`."""
        from filelock import FileLock, Timeout

        path = self.path_of(key, ".lock")
        self._make(path.parent)
        lock = FileLock(path.with_name(f".{path.name}"), thread_local=False)  # let go by whoever wrote the clip
        try:
            while not lock.is_locked:
                with contextlib.suppress(Timeout):
                    lock.acquire(timeout=_LOOK_EVERY_S)
                check_wanted()
        except (OSError, NotImplementedError) as error:
            ours = storage_error(error, path) if isinstance(error, OSError) else None
            raise ours or StorageError(f"files cannot be locked here: {error}", where=str(path)) from error
        try:
            yield
        finally:
            lock.release()

    def _clip(self, key: str, document: Mapping[str, Any]) -> Clip:
        return Clip(
            key=key,
            path=self.path_of(key),
            frame_count=int(document["frame_count"]),
            rate=FrameRate(Fraction(document["rate"])),
            size=FrameSize.parse(document["size"]),
            facts=dict(document["facts"]),
        )

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise StorageError(
                "a file stands where the folder for clips should be", where=str(folder), hint="choose another --work"
            ) from None
        except OSError as error:
            raise storage_error(error, folder) or error from error


def _remove_if_free(path: Path) -> None:
    """Remove a lock that no process holds. One that waits for it meanwhile finds the clip when it looks again."""
    from filelock import FileLock, Timeout

    lock = FileLock(path, thread_local=False)
    # What cannot be locked or removed here and now stays: it is in nobody's way.
    with contextlib.suppress(Timeout, OSError, NotImplementedError):
        lock.acquire(blocking=False)
        try:
            path.unlink(missing_ok=True)
        finally:
            lock.release()


def _as_json(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Checked before a clip is made for them; as they will be read back."""
    try:
        return dict(json.loads(json.dumps(dict(facts), allow_nan=False)))
    except (TypeError, ValueError) as error:
        raise RenderError(f"the facts of a clip are not made of JSON values: {error}") from error


def _check_whole(part: Path, frame_count: int) -> None:
    """Open what was written again and count."""
    with MovieReader(part) as reader:
        if reader.frame_count != frame_count:
            raise RenderError(f"a clip of {frame_count} frames was written with {reader.frame_count}", where=str(part))
