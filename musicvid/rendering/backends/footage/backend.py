"""The backend that shows what somebody else made: a folder of clips and stills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import InputError, RenderError
from musicvid.media.movie import MovieReader, read_still
from musicvid.rendering.backend import Capabilities, RenderRequest
from musicvid.rendering.backends.footage.assign import Assigned, assign
from musicvid.rendering.backends.footage.conform import CONFORM_VERSION, Conform, conform, source_frames
from musicvid.rendering.backends.footage.folder import Source, look_closely, take_stock
from musicvid.rendering.backends.footage.framing import framed, inner_size
from musicvid.rendering.backends.footage.options import read_options
from musicvid.rendering.backends.footage.still import still_frames
from musicvid.schema.storyboard import OptionValue


@dataclass(frozen=True, slots=True)
class _Choice:
    source: Source
    notes: tuple[str, ...]


class Footage:
    """Clips and stills from a folder.

    Files named after shot ids (``verse-1_01.mp4``, ``verse-1/01 take b.mov``) are shown in those shots, the others in
    order in the rest. Clips are conformed to the movie's rate by their own timestamps, so variable rates come out
    right, and scaled; stills move slowly. What is held, slowed, looped, shown again or cannot be used is noted.
    """

    name = "footage"
    version = "1"
    model = ""
    summary = "clips and stills from a folder, by shot name or in order"

    def __init__(self, options: Mapping[str, OptionValue], *, model: str, base: Path) -> None:
        if model:
            raise InputError(f"footage has no models, {model!r} was asked for", hint="remove `model:`")
        self.options = read_options(options, base)
        self._choices: dict[tuple[str, int], _Choice] = {}

    def capabilities(self) -> Capabilities:
        return Capabilities(pixel_format="yuv420p", cpu_s_per_frame_720p=0.008)

    def prepare(self, requests: Sequence[RenderRequest]) -> None:
        """Look into the folder and give every take its file. Raises :class:`FootageError`."""
        self._choices = {}
        if not requests:
            return
        stock = take_stock(self.options.folder)
        files = assign([(r.shot_id, r.take) for r in requests], stock.usable, stock.unusable)
        sources = {name: look_closely(stock.folder, name) for name in {one.name for one in files.values()}}
        unused = tuple(f"not used: {name}: {reason}" for name, reason in stock.unusable.items())
        for number, request in enumerate(requests):
            file = files[request.shot_id, request.take]
            notes = self._remarks(request, file, sources[file.name])
            # What concerns the whole folder is said once, with the first take.
            self._choices[request.shot_id, request.take] = _Choice(
                sources[file.name], notes + unused if number == 0 else notes
            )

    def _remarks(self, request: RenderRequest, file: Assigned, source: Source) -> tuple[str, ...]:
        notes = [file.note] if file.note else []
        told = [*source.remarks]
        if source.clip_s is not None:
            told.append(self._conform(request, source).note)
        notes += [f"{request.shot_id}: {source.name} {remark}" for remark in told if remark]
        return tuple(notes)

    def identity(self, request: RenderRequest) -> Mapping[str, object]:
        source = self._choice(request).source
        return {"sha256": source.sha256, "kind": source.kind, "conform": CONFORM_VERSION, **self.options.identity}

    def notes(self, request: RenderRequest) -> tuple[str, ...]:
        return self._choice(request).notes

    def render(self, request: RenderRequest) -> Iterator[NDArray[np.uint8]]:
        source = self._choice(request).source
        if source.kind == "still":
            return self._still(request, source)
        return self._clip(request, source)

    def _still(self, request: RenderRequest, source: Source) -> Iterator[NDArray[np.uint8]]:
        picture = read_still(source.path)
        height, width = picture.shape[:2]
        inner = inner_size(width, height, request.size, self.options.fit)
        frames = still_frames(picture, inner, request.frame_count, request.rate, request.seed, pan=self.options.pan)
        for frame in frames:
            yield framed(frame, request.size)

    def _clip(self, request: RenderRequest, source: Source) -> Iterator[NDArray[np.uint8]]:
        how = self._conform(request, source)
        with MovieReader(source.path) as reader:
            times = reader.timestamps()
            shown = source_frames([t - times[0] for t in times], how, request.frame_count, request.rate)
            inner = inner_size(reader.info.size.width, reader.info.size.height, request.size, self.options.fit)
            last, frame = -1, None
            for number, picture in zip(shown, reader.pictures(shown), strict=True):
                if number != last:
                    last, frame = number, framed(picture, request.size, inner)
                yield frame

    def _conform(self, request: RenderRequest, source: Source) -> Conform:
        return conform(source.clip_s, request.frame_count, request.rate, self.options)

    def _choice(self, request: RenderRequest) -> _Choice:
        try:
            return self._choices[request.shot_id, request.take]
        except KeyError:
            raise RenderError("footage was not prepared for this take", where=request.shot_id) from None
