"""From clips to a take: the frames that are due, scaled and cropped to the movie's size. Memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import RenderError
from musicvid.media.pictures import Picture, conform
from musicvid.rendering.backends.diffusion.clip_store import Clip, ClipStore
from musicvid.rendering.fit import Segment
from musicvid.schema.frames import FrameSize

CONFORM_VERSION = 1
"""Raise when the same clips and positions give other pictures."""

Retime = Literal["hold", "blend"]


def joined(store: ClipStore, clips: Sequence[Clip], segments: Sequence[Segment]) -> Iterator[Picture]:
    """The frames of clips that go on from each other, in a row, without what each repeats of the one before.

    Raises :class:`RenderError` for clips that are not what ``segments`` say, :class:`MediaError` for damaged ones.
    """
    for clip, segment in zip(clips, segments, strict=True):
        if clip.frame_count != segment.frame_count:
            raise RenderError(f"a clip has {clip.frame_count} frames, {segment.frame_count} were fitted")
        yield from store.frames(clip, range(segment.repeats, clip.frame_count))


def conformed(
    frames: Iterable[Picture], positions: Sequence[Fraction], size: FrameSize, retime: Retime = "hold"
) -> Iterator[Picture]:
    """Yield one picture of ``size`` for every position: uint8 yuv420p ``(height * 3 // 2, width)``.

    ``frames`` are a clip's, read once and in order; ``positions`` count in them from 0 and never fall. ``hold`` shows
    the frame that is due (the last one begun). ``blend`` mixes the two neighbours by their nearness, each sample
    rounded to the nearest code, halves up. A yielded array may be yielded again, so do not write to it.

    Raises :class:`RenderError` when there are fewer frames than the positions need.
    """
    window = _Window(iter(frames), size)
    for position in positions:
        due, rest = divmod(position, 1)
        if retime == "hold" or not rest:
            yield window.frame(int(due))
        else:
            yield _mixed(window.frame(int(due)), window.frame(int(due) + 1), rest)


class _Window:
    """The two frames of a clip that were asked for last, each scaled once; those in between are only decoded."""

    def __init__(self, frames: Iterator[Picture], size: FrameSize) -> None:
        self._frames, self._size = frames, size
        self._read = 0
        self._scaled: dict[int, Picture] = {}

    def frame(self, index: int) -> Picture:
        """Frame ``index``: one of the two latest, or a later one."""
        while self._read <= index:
            picture = next(self._frames, None)
            if picture is None:
                raise RenderError(f"the clip has {self._read} frames, frame {index} was to be shown")
            if self._read == index:
                self._scaled[index] = conform(picture, self._size)
            self._read += 1
        for old in sorted(self._scaled)[:-2]:
            del self._scaled[old]
        if index not in self._scaled:
            raise RenderError(f"frame {index} was to be shown after frame {self._read - 1}: positions must not fall")
        return self._scaled[index]


def _mixed(before: Picture, after: Picture, weight: Fraction) -> NDArray[np.uint8]:
    """``before + weight * (after - before)`` in whole numbers, halves up. ``weight`` lies between 0 and 1."""
    parts, of = weight.numerator, weight.denominator
    mixed = before.astype(np.int64) * (of - parts) + after.astype(np.int64) * parts
    return ((2 * mixed + of) // (2 * of)).astype(np.uint8)
