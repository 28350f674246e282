"""The edit as people who script hold it in their hands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from musicvid.schema.timeline import Timeline

if TYPE_CHECKING:
    from moviepy import VideoClip


@dataclass(frozen=True, slots=True)
class Cut(Timeline):
    """A :class:`Timeline` that can be handed to moviepy."""

    def to_moviepy(self) -> VideoClip:
        """The whole movie as a moviepy clip with its song; pictures are read from the takes when they are asked for.

        The clip has the movie's size, frame rate and length. Frame ``k`` is shown for every time from ``k / fps`` to
        ``(k + 1) / fps``, so both ``k / fps`` (moviepy's own writer) and frame centres are exact.
        """
        from musicvid.assembly.moviepy_bridge import TimelineClip

        return TimelineClip(self)
