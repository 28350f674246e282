"""Pieces that tile the movie (sections, holdings), looked up by frames."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from musicvid.schema.frames import FrameRate, FrameSpan


@dataclass(frozen=True, slots=True)
class Parts:
    """Piece ``k`` is frames ``edges[k]`` to ``edges[k + 1]``; one that is shorter than half a frame may be empty."""

    edges: tuple[int, ...]

    @classmethod
    def of(cls, starts_s: Iterable[float], rate: FrameRate, frame_count: int) -> Parts:
        """Pieces that start at these rising times; the first is taken to start at 0, the last to end with the movie."""
        inner = [min(max(rate.frame_at(time_s), 0), frame_count) for time_s in list(starts_s)[1:]]
        return cls((0, *inner, frame_count))

    def touching(self, span: FrameSpan) -> list[int]:
        """The pieces that have frames in ``span``, in order."""
        first = max(bisect_right(self.edges, span.start) - 1, 0)
        stop = min(bisect_left(self.edges, span.stop), len(self.edges) - 1)
        return [k for k in range(first, stop) if self._shared(k, span) > 0]

    def main(self, span: FrameSpan) -> int:
        """The piece with the most frames in ``span``, the first of equals."""
        return max(self.touching(span), key=lambda k: (self._shared(k, span), -k), default=len(self.edges) - 2)

    def _shared(self, k: int, span: FrameSpan) -> int:
        return min(self.edges[k + 1], span.stop) - max(self.edges[k], span.start)
