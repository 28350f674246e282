"""Frames: the only place where seconds become frames.

Seconds are measurements, frames are decisions. A cut *position* is snapped once to the exact rational grid with
:meth:`FrameRate.frame_at`; lengths are differences of positions. Snapping positions errs by at most half a frame and
never drifts; rounding lengths adds up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from musicvid.errors import InputError

_NTSC = {"23.976": 24, "23.98": 24, "29.97": 30, "47.952": 48, "59.94": 60, "119.88": 120}
_SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "2160p": (3840, 2160), "480p": (854, 480), "360p": (640, 360),
          "vertical": (1080, 1920), "square": (1080, 1080)}  # fmt: skip
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, order=True)
class FrameRate:
    """Frames per second as an exact fraction (23.976 is 24000/1001)."""

    fps: Fraction

    def __post_init__(self) -> None:
        if not isinstance(self.fps, Fraction):
            object.__setattr__(self, "fps", Fraction(self.fps))
        if not 1 <= self.fps <= 240:
            raise InputError(f"frame rate {self.fps} is outside 1 to 240 frames per second")

    @classmethod
    def parse(cls, text: str | int | float | Fraction) -> FrameRate:
        """Read ``24``, ``"23.976"`` (the NTSC family by name), ``"24000/1001"``.

        Raises :class:`InputError` for anything else; a decimal that is not exact or NTSC is refused, never guessed.
        """
        word = str(text).strip()
        if word in _NTSC:
            return cls(Fraction(_NTSC[word] * 1000, 1001))
        if not re.fullmatch(r"\d+(\.\d+)?(/\d+)?", word) or (word.count("/") and "." in word):
            raise InputError(f"{word!r} is not a frame rate: write 24, 23.976 or 24000/1001")
        try:
            fps = Fraction(word)
        except ZeroDivisionError:
            raise InputError(f"{word!r} is not a frame rate: the denominator is zero") from None
        if fps.denominator not in (1, 2, 4, 5, 10, 1001):
            raise InputError(f"{word!r} is not a usual frame rate: write it as a fraction such as 24000/1001")
        return cls(fps)

    def frame_at(self, seconds: float | Fraction) -> int:
        """The frame whose start is nearest to ``seconds``; halves go up. Exact, also for floats."""
        return math.floor(Fraction(seconds) * self.fps + _HALF)

    def seconds_at(self, frame: int) -> Fraction:
        """The exact start time of ``frame``."""
        return frame / self.fps

    def frames_covering(self, seconds: float | Fraction) -> int:
        """The least number of frames that lasts at least ``seconds``."""
        return math.ceil(Fraction(seconds) * self.fps)

    def sample_at(self, frame: int, rate_hz: int) -> int:
        """The audio sample nearest to the start of ``frame``."""
        return math.floor(frame * rate_hz / self.fps + _HALF)

    def timecode(self, frame: int) -> str:
        """Non-drop ``HH:MM:SS:FF`` counted at the nominal (rounded) rate, as editors show it."""
        nominal = math.floor(self.fps + _HALF)
        seconds, ff = divmod(frame, nominal)
        minutes, ss = divmod(seconds, 60)
        hh, mm = divmod(minutes, 60)
        return f"{hh:02d}:{mm:02d}:{ss:02d}:{ff:02d}"

    def __str__(self) -> str:
        return str(self.fps)


@dataclass(frozen=True, slots=True, order=True)
class FrameSpan:
    """Half-open range of frames ``[start, stop)``; never empty."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise InputError(f"frames {self.start} to {self.stop} are not a span: 0 <= start < stop is needed")

    def __len__(self) -> int:
        return self.stop - self.start

    def __contains__(self, frame: object) -> bool:
        return isinstance(frame, int) and self.start <= frame < self.stop

    def frames(self) -> range:
        return range(self.start, self.stop)

    def overlap(self, other: FrameSpan) -> FrameSpan | None:
        """The frames in both, or None."""
        start, stop = max(self.start, other.start), min(self.stop, other.stop)
        return FrameSpan(start, stop) if start < stop else None


def spans_between(edges: Iterable[int]) -> Iterator[FrameSpan]:
    """The spans between strictly rising ``edges``; they tile ``[edges[0], edges[-1])``."""
    previous: int | None = None
    for edge in edges:
        if previous is not None:
            yield FrameSpan(previous, edge)
        previous = edge


@dataclass(frozen=True, slots=True)
class FrameSize:
    """Width and height in pixels, both even (4:2:0 chroma needs it), 16 to 8192."""

    width: int
    height: int

    def __post_init__(self) -> None:
        for name, value in (("width", self.width), ("height", self.height)):
            if value % 2:
                raise InputError(f"{name} {value} is odd: use {value - 1} or {value + 1}")
            if not 16 <= value <= 8192:
                raise InputError(f"{name} {value} is outside 16 to 8192 pixels")

    @classmethod
    def parse(cls, text: str) -> FrameSize:
        """Read ``1280x720`` or a preset (720p, 1080p, vertical, square, …)."""
        word = str(text).strip().lower()
        if word in _SIZES:
            return cls(*_SIZES[word])
        match = re.fullmatch(r"(\d{1,5})\s*[x×]\s*(\d{1,5})", word)
        if not match:
            raise InputError(f"{text!r} is not a size: write 1280x720 or one of {', '.join(_SIZES)}")
        return cls(int(match[1]), int(match[2]))

    @property
    def aspect(self) -> Fraction:
        return Fraction(self.width, self.height)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"
