"""The bridge to moviepy, for people who script: the edit as a moviepy clip.

moviepy is never our writer. It samples at float times, where its own concatenation shows wrong frames at cuts; here
every time is turned into an exact frame number first. (A moviepy clip as a take: ``rendering.backends.clips``.)
"""

from __future__ import annotations

import math
from bisect import bisect_right
from fractions import Fraction
from typing import TYPE_CHECKING

from moviepy import AudioFileClip, VideoClip

from musicvid.assembly.captions.overlay import timeline_captions
from musicvid.assembly.compose import PartPictures
from musicvid.assembly.parts import parts_of
from musicvid.media.colour import rgb_of
from musicvid.schema.frames import FrameRate
from musicvid.schema.timeline import Timeline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HAIR = Fraction(1, 1000)
"""Part of a frame by which a float time may fall short of the frame it means."""


class TimelineClip(VideoClip):
    """A whole edit as a moviepy clip. Only the takes of the frame last asked for are open."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self._player = _Player(timeline)
        self.frame_function = self._player.at
        self.size = (timeline.size.width, timeline.size.height)
        self.fps = float(timeline.rate.fps)
        self.duration = self.end = _duration(timeline.frame_count, timeline.rate)
        if timeline.audio:
            sound = AudioFileClip(timeline.audio)
            self.audio = sound.subclipped(0, min(sound.duration, self.duration))

    def close(self) -> None:
        """Close the open takes and the song."""
        self._player.close()
        if self.audio is not None:
            self.audio.close()
        super().close()


class _Player:
    """Pictures of a timeline at any time, in sRGB."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._parts = parts_of(timeline, timeline_captions(timeline))
        self._starts = [part.span.start for part in self._parts]
        self._pictures: PartPictures | None = None
        self._last: tuple[int, NDArray[np.uint8]] | None = None

    def at(self, t: float) -> NDArray[np.uint8]:
        frame = math.floor(Fraction(float(t)) * self._timeline.rate.fps + _HAIR)
        frame = min(max(frame, 0), self._timeline.frame_count - 1)
        if self._last is None or self._last[0] != frame:
            self._last = (frame, rgb_of(self._part_pictures(frame).picture(frame)))
        # A copy: moviepy's effects may draw into what they are given.
        return self._last[1].copy()

    def _part_pictures(self, frame: int) -> PartPictures:
        part = self._parts[bisect_right(self._starts, frame) - 1]
        if self._pictures is None or self._pictures.part is not part:
            self.close()
            self._pictures = PartPictures(part, self._timeline.size).__enter__()
        return self._pictures

    def close(self) -> None:
        if self._pictures is not None:
            self._pictures.__exit__(None, None, None)
            self._pictures = None


def _duration(frame_count: int, rate: FrameRate) -> float:
    """The movie's length in seconds, nudged so that moviepy's ``int(duration * fps)`` is the exact frame count."""
    fps = float(rate.fps)
    duration = frame_count / fps
    while int(duration * fps) < frame_count:
        duration = math.nextafter(duration, math.inf)
    return duration
