"""From clips to a take: the frames that are due, scaled and cropped to the movie's size. Memory stays flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import RenderError
from musicvid.media.pictures import Picture, conform, planes_of
from musicvid.rendering.backends.diffusion.clip_store import Clip, ClipStore
from musicvid.rendering.fit import Segment
from musicvid.schema.frames import FrameSize
from musicvid.vision.flow import FlowPair, flow_between, flow_version, in_between

CONFORM_VERSION = 1
"""Raise when the same clips and positions give other pictures."""

Retime = Literal["hold", "blend", "flow"]


def conformed_by(retime: Retime) -> dict[str, object]:
    """What determines a take's pixels beside its clips and their positions: part of its identity."""
    flow = {"flow": flow_version()} if retime == "flow" else {}
    return {"retime": retime, "conform": CONFORM_VERSION, **flow}


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
    rounded to the nearest code, halves up. ``flow`` shows what moved between them where it was by then, followed in
    the clip's own size. A position on a frame shows that frame. A yielded array may be yielded again, so do not write
    to it.

    Raises :class:`RenderError` when there are fewer frames than the positions need.
    """
    window = _Window(iter(frames), size)
    for position in positions:
        due, rest = divmod(position, 1)
        if retime == "hold" or not rest:
            yield window.frame(int(due))
        elif retime == "blend":
            yield _mixed(window.frame(int(due)), window.frame(int(due) + 1), rest)
        else:
            yield window.between(int(due), float(rest))


class _Window:
    """The two frames of a clip that were asked for last, each scaled once; those in between are only decoded."""

    def __init__(self, frames: Iterator[Picture], size: FrameSize) -> None:
        self._frames, self._size = frames, size
        self._read = 0
        self._own: dict[int, Picture] = {}
        self._scaled: dict[int, Picture] = {}
        self._flows: tuple[int, FlowPair] | None = None

    def frame(self, index: int) -> Picture:
        """Frame ``index`` in the movie's size: one of the two latest, or a later one."""
        own = self._asked(index)
        if index not in self._scaled:
            self._scaled[index] = conform(own, self._size)
        return self._scaled[index]

    def between(self, index: int, part: float) -> Picture:
        """A ``part`` of the way from frame ``index`` to the next one, in the movie's size."""
        before, after = self._asked(index), self._asked(index + 1)
        if self._flows is None or self._flows[0] != index:
            self._flows = index, flow_between(planes_of(before).y, planes_of(after).y)
        return conform(in_between(before, after, self._flows[1], part), self._size)

    def _asked(self, index: int) -> Picture:
        while self._read <= index:
            picture = next(self._frames, None)
            if picture is None:
                raise RenderError(f"the clip has {self._read} frames, frame {index} was to be shown")
            if self._read == index:
                self._own[index] = picture
            self._read += 1
        for old in sorted(self._own)[:-2]:
            del self._own[old]
            self._scaled.pop(old, None)
        if index not in self._own:
            raise RenderError(f"frame {index} was to be shown after frame {self._read - 1}: positions must not fall")
        return self._own[index]


def _mixed(before: Picture, after: Picture, weight: Fraction) -> NDArray[np.uint8]:
    """``before + weight * (after - before)`` in whole numbers, halves up. ``weight`` lies between 0 and 1."""
    parts, of = weight.numerator, weight.denominator
    mixed = before.astype(np.int64) * (of - parts) + after.astype(np.int64) * parts
    return ((2 * mixed + of) // (2 * of)).astype(np.uint8)
