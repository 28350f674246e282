"""Finished takes on disk, each under its key: ``takes/ab/<key>.mp4`` and beside it ``<key>.json`` saying what it is.

A take counts once its sidecar is there, and the sidecar is written last; so a run that dies leaves either a whole take
or nothing that :meth:`TakeStore.find` would return. What is damaged is not found, and so rendered again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from musicvid.errors import InputError, StorageError
from musicvid.media.files import part_file, remove_parts, storage_error
from musicvid.media.seals import facts_of, still_is
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.take import Take

_VERSION = 1
_KEY = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"\.[a-z0-9]{2,4}")
_ABANDONED_S = 3600.0


class TakeStore:
    """Takes under ``root/takes``. Several processes may read and write the same store at once."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.folder = Path(root).absolute() / "takes"

    def open(self) -> None:
        """Make the folder, and clear it of the parts of runs that died: their process is gone and nobody wrote to them
        for an hour (the process may be one of another machine that shares this folder).

        Raises :class:`StorageError` where there can be no folder.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise StorageError(
                "a file stands where the folder for takes should be",
                where=str(self.folder),
                hint="choose another --work",
            ) from None
        except OSError as error:
            raise storage_error(error, self.folder) or error from error
        remove_parts(self.folder, "*/.*.part-*", idle_s=_ABANDONED_S)

    def path_of(self, key: str, suffix: str) -> Path:
        """Where the file with that ``key`` and ``suffix`` (``.mp4``, ``.json``) belongs."""
        return self.folder / key[:2] / f"{key}{suffix}"

    def find(self, key: str) -> Take | None:
        """The take under ``key`` as it was first made, or None when it is missing, damaged or incomplete."""
        if not _KEY.fullmatch(key):
            return None
        try:
            facts = json.loads(self.path_of(key, ".json").read_text("utf-8"))
            return self._take(key, facts)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError):
            return None  # "not found" is the answer for whatever is wrong with it: the take is made again

    def add(self, take: Take, facts: Mapping[str, object]) -> None:
        """Write the sidecar of ``take``, whose movie is in place. ``facts`` are what else should be remembered.

        Raises :class:`StorageError`.
        """
        path = Path(take.path)
        document = {
            "document": "take",
            "version": _VERSION,
            "key": take.key,
            "suffix": path.suffix,
            **facts_of(path),
            "made_for": {"shot": take.shot_id, "take": take.number},
            "frame_count": take.frame_count,
            "head_frames": take.head_frames,
            "rate": str(take.rate),
            "size": str(take.size),
            "seed": take.seed,
            "backend": take.backend,
            "backend_version": take.backend_version,
            "model": take.model,
            "overlay": take.overlay_key,
            "notes": list(take.notes),
            "from": dict(facts),
        }
        with part_file(self.path_of(take.key, ".json")) as part:
            part.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")

    def _take(self, key: str, facts: dict[str, Any]) -> Take | None:
        if (facts["document"], facts["version"], facts["key"]) != ("take", _VERSION, key):
            return None
        if not _SUFFIX.fullmatch(facts["suffix"]):
            return None
        path = self.path_of(key, facts["suffix"])
        if not still_is(path, facts):
            return None
        return Take(
            shot_id=str(facts["made_for"]["shot"]),
            number=int(facts["made_for"]["take"]),
            key=key,
            path=str(path),
            rate=FrameRate.parse(facts["rate"]),
            size=FrameSize.parse(facts["size"]),
            frame_count=int(facts["frame_count"]),
            head_frames=int(facts["head_frames"]),
            seed=int(facts["seed"]),
            backend=str(facts["backend"]),
            backend_version=str(facts["backend_version"]),
            model=str(facts["model"]),
            overlay_key=str(facts["overlay"]),
            notes=tuple(str(note) for note in facts["notes"]),
        )

    def remove_parts(self, key: str) -> None:
        """Remove what a process that is gone was writing under ``key``."""
        remove_parts(self.folder, f"{key[:2]}/.{key}.part-*", idle_s=0.0)
