"""Encoded parts, kept under the hash of what determines their pixels: what did not change is never encoded again."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import Event

import numpy as np

from musicvid.assembly.compose import PartPictures
from musicvid.assembly.parts import Part
from musicvid.media.encode import EncodeSettings, SegmentWriter
from musicvid.media.files import part_file
from musicvid.media.join import stream_signature
from musicvid.media.seals import is_sealed, seal
from musicvid.schema.frames import FrameRate, FrameSize

SEGMENT_VERSION = 1
"""Counts up whenever the same part would be encoded to other pixels."""


class Stopped(Exception):
    """Another segment failed or the user pressed Ctrl-C; this one was given up half-way."""


class SegmentStore:
    """Encoded segments of one movie format in ``folder/segments/ab/<sha256>.mp4``."""

    def __init__(self, folder: str | Path, rate: FrameRate, size: FrameSize, settings: EncodeSettings) -> None:
        self.folder = Path(folder).absolute() / "segments"
        self.rate, self.size, self.settings = rate, size, settings
        # The encoder's version belongs to the key: another one may write another header, which cannot be joined.
        self._format = [SEGMENT_VERSION, version("av"), settings.key, str(rate), str(size)]

    def path_of(self, part: Part) -> Path:
        """Where the segment of ``part`` is or will be."""
        shown = [[clip.take.key, clip.take.overlay_key, part.source_frames(clip)] for clip in part.clips]
        return self._path(["part", shown, part.overlay.key if part.overlay else ""])

    @cached_property
    def signature(self) -> str:
        """The stream signature of everything encoded with these settings: that of one black frame, made once."""
        path = self._path(["signature"])
        if not is_sealed(path):
            luma = self.size.width * self.size.height
            black = np.full(luma * 3 // 2, 128, np.uint8)
            black[:luma] = 16
            with part_file(path) as target, SegmentWriter(target, self.rate, self.size, self.settings) as writer:
                writer.write(black.reshape(-1, self.size.width))
            seal(path)
        return stream_signature(path)

    def encode(self, part: Part, stop: Event) -> Path:
        """Encode ``part`` unless it is there already, whole; returns its path.

        Raises :class:`Stopped` as soon as ``stop`` is set; nothing half-written stays.
        """
        path = self.path_of(part)
        if is_sealed(path):
            return path
        with (
            part_file(path) as target,
            PartPictures(part, self.size) as pictures,
            SegmentWriter(target, self.rate, self.size, self.settings) as writer,
        ):
            for frame in part.span.frames():
                if stop.is_set():
                    raise Stopped
                writer.write(pictures.picture(frame))
        seal(path)
        return path

    def _path(self, facts: list[object]) -> Path:
        key = hashlib.sha256(json.dumps([*self._format, *facts]).encode()).hexdigest()
        return self.folder / key[:2] / f"{key}{self.settings.suffix}"
