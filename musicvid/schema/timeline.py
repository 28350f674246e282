"""The edit: which frame of which take is shown at each frame of the movie."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from musicvid.errors import InputError
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.lyrics import LyricLine
from musicvid.schema.storyboard import CaptionSpec
from musicvid.schema.take import Take


@dataclass(frozen=True, slots=True)
class FrameMap:
    """Record frame ``k`` of a clip shows source frame ``start + floor(k * step)``.

    Beyond the ``available`` source frames the last one is held, or the source starts again (``loop``).
    """

    start: int
    available: int
    step: Fraction = Fraction(1)
    past_end: Literal["hold", "loop"] = "hold"

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.available:
            raise InputError(f"source frame {self.start} is outside the {self.available} frames of the take")
        if self.step < 0:
            raise InputError(f"step {self.step} runs backwards")

    def source_frame(self, k: int) -> int:
        frame = self.start + (k * self.step.numerator) // self.step.denominator
        return min(frame, self.available - 1) if self.past_end == "hold" else frame % self.available

    def is_plain(self, frame_count: int) -> bool:
        """Whether the frames are simply ``start, start + 1, …`` with none held or looped."""
        return self.step == 1 and self.start + frame_count <= self.available


@dataclass(frozen=True, slots=True)
class Clip:
    """One take on the record line. ``frames`` maps ``span`` extended by the handles: record frame
    ``span.start - head_frames`` is ``k = 0``."""

    shot_id: str
    span: FrameSpan
    take: Take
    frames: FrameMap
    head_frames: int = 0
    tail_frames: int = 0
    lines: tuple[LyricLine, ...] = ()

    def source_frame(self, record_frame: int) -> int:
        """The take's frame that is shown at ``record_frame`` of the movie (handles included)."""
        return self.frames.source_frame(record_frame - self.span.start + self.head_frames)


@dataclass(frozen=True, slots=True)
class Dissolve:
    """Both neighbours overlap over ``span``; at its middle the incoming shot's planned first frame stands."""

    span: FrameSpan
    from_shot: str
    to_shot: str


@dataclass(frozen=True, slots=True)
class CutPoint:
    """A planned cut: the frame where ``to_shot`` begins, and the measured time of the event it belongs to."""

    frame: int
    to_shot: str
    kind: str
    time_s: float
    dissolve_frames: int = 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """Clips tile ``[0, frame_count)``. ``audio`` is the absolute path of the song (empty: silent)."""

    title: str
    rate: FrameRate
    size: FrameSize
    frame_count: int
    clips: tuple[Clip, ...]
    cuts: tuple[CutPoint, ...]
    audio: str = ""
    dissolves: tuple[Dissolve, ...] = ()
    captions: CaptionSpec = CaptionSpec()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        edge = 0
        for clip in self.clips:
            if clip.span.start != edge:
                raise InputError(f"clip {clip.shot_id} starts at frame {clip.span.start}, {edge} was expected")
            edge = clip.span.stop
        if edge != self.frame_count:
            raise InputError(f"clips end at frame {edge}, the movie has {self.frame_count}")

    @property
    def lines(self) -> tuple[LyricLine, ...]:
        """Every lyric line once, in order of time."""
        unique = dict.fromkeys(line for clip in self.clips for line in clip.lines)
        return tuple(sorted(unique, key=lambda line: (line.start_s, line.stop_s, line.text)))
