"""What the movie shows at a frame: the takes' own pictures, conformed, mixed and captioned."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from musicvid.assembly.dissolve import mix
from musicvid.assembly.parts import Part
from musicvid.media.movie import MovieReader, conform
from musicvid.schema.frames import FrameSize
from musicvid.schema.timeline import Clip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PartPictures:
    """The pictures of one part, by movie frame. A context manager; its takes are open as long as it is.

    Frames asked for in rising order are decoded once each; any other order works too.
    """

    def __init__(self, part: Part, size: FrameSize) -> None:
        self.part, self.size = part, size

    def __enter__(self) -> PartPictures:
        with ExitStack() as stack:
            self._sources = [_Source(clip, self.size, stack) for clip in self.part.clips]
            self._open = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def picture(self, frame: int) -> NDArray[np.uint8]:
        """The picture at movie frame ``frame``: a new uint8 yuv420p array ``(height * 3 // 2, width)``."""
        span = self.part.span
        if len(self._sources) == 1:
            picture = self._sources[0].picture(frame).copy()
        else:
            outgoing, incoming = (source.picture(frame) for source in self._sources)
            picture = mix(outgoing, incoming, frame - span.start, len(span))
        if self.part.overlay is not None:
            self.part.overlay.apply(picture, frame)
        return picture


class _Source:
    """The pictures of one clip's take at the movie's size; a frame that is held is made once."""

    def __init__(self, clip: Clip, size: FrameSize, stack: ExitStack) -> None:
        self._clip, self._size = clip, size
        self._reader = stack.enter_context(MovieReader(clip.take.path))
        self._shown: tuple[int, NDArray[np.uint8]] | None = None

    def picture(self, frame: int) -> NDArray[np.uint8]:
        index = self._clip.source_frame(frame)
        if self._shown is None or self._shown[0] != index:
            self._shown = (index, conform(self._reader.picture(index), self._size))
        return self._shown[1]
