"""Pictures kept as they are: every byte that went in comes out again.

For works that were dear to make and are not the film yet. x264 without quantisation needs about a third of the raw
planes, and every reader of ours decodes it; most players do not.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import InputError, MediaError
from musicvid.media.encode import EncodeSettings, SegmentWriter
from musicvid.schema.frames import FrameRate, FrameSize

LOSSLESS_SUFFIX = ".mp4"


@dataclass(frozen=True, slots=True)
class _NothingLost(EncodeSettings):
    """x264 at a quantiser of zero: a mode of its own, in which ``crf`` plays no part."""

    def options(self, rate: FrameRate) -> dict[str, str]:
        group = str(max(1, round(rate.fps)))  # a jump decodes a second at most
        return {"preset": self.preset, "qp": "0", "bf": "0", "g": group, "x264-params": "open-gop=0"}


class LosslessWriter(SegmentWriter):
    """Write yuv420p pictures to ``path`` (``.mp4``) without loss, one :meth:`write` per frame; a context manager.

    ``threads`` are the encoder's. Raises as :class:`SegmentWriter` does, and :class:`InputError` for another suffix.
    """

    def __init__(self, path: str | os.PathLike[str], rate: FrameRate, size: FrameSize, *, threads: int = 1) -> None:
        super().__init__(path, rate, size, _NothingLost(preset="veryfast", threads=threads))
        if self.path.suffix != LOSSLESS_SUFFIX:
            raise InputError(f"lossless pictures are kept in {LOSSLESS_SUFFIX} files", where=str(self.path))

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Keep the next frame: uint8 yuv420p ``(height * 3 // 2, width)``, BT.709 limited range. RGB is refused: its
        conversion would lose. The array may be reused after the call."""
        if picture.ndim != 2:
            raise MediaError(
                f"frame {self.frame_count} is {picture.dtype} {picture.shape}, planar yuv420p was expected",
                where=str(self.path),
            )
        super().write(picture)
