"""A clip's own time → the movie's frames: where it starts, what happens when it is too short, which frame is shown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from musicvid.rendering.backends.footage.options import FootageOptions
from musicvid.schema.frames import FrameRate

CONFORM_VERSION = 1
"""Raise when the same clip and options give other pictures."""

_ROUNDING_S = Fraction(1, 1000)
"""Containers round timestamps to as much as a millisecond (Matroska): a frame counts as due that much early."""


@dataclass(frozen=True, slots=True)
class Conform:
    """Frame ``k`` of the take shows the clip at ``start_s + speed * k / rate`` seconds from its first frame; with
    ``loop_s`` the clip starts again after that long. ``note`` is for the person (empty: nothing to say)."""

    start_s: Fraction
    speed: Fraction = Fraction(1)
    loop_s: Fraction | None = None
    note: str = ""


def conform(clip_s: Fraction, frame_count: int, rate: FrameRate, options: FootageOptions) -> Conform:
    """How a clip that lasts ``clip_s`` fills ``frame_count`` frames."""
    start_s, note = options.start_s, ""
    if start_s >= clip_s:
        start_s = Fraction(0)
        note = f"lasts {_s(clip_s)}, so it is shown from its beginning instead of from {_s(options.start_s)}"
    have_s = clip_s - start_s
    need_s = frame_count / rate.fps
    if (frame_count - 1) / rate.fps < have_s:  # every frame has a picture of its own time
        return Conform(start_s, note=note)
    short = f"is {_s(need_s - have_s)} short of {_s(need_s)}"
    speed, loop_s = Fraction(1), None
    if options.short == "loop":
        loop_s, done = have_s, "looped"
    elif options.short == "slow":
        speed = max(have_s / need_s, options.slowest)
        done = f"slowed to {round(speed * 100)} %"
        if (rest_s := need_s - have_s / speed) > 0:
            done += f" and its last frame held for {_s(rest_s)}"
    else:
        done = "its last frame is held"
    return Conform(start_s, speed, loop_s, "; ".join(filter(None, (note, f"{short}: {done}"))))


def source_frames(times_s: Sequence[Fraction], how: Conform, frame_count: int, rate: FrameRate) -> list[int]:
    """The clip's frame shown at each frame of the take.

    ``times_s`` are the clip's timestamps, rising, the first at 0. A frame is held until the time of the next one has
    come, whatever the spacing: right for constant and variable rates alike (assembly by nearest frame would show some
    of them up to half a frame early).
    """
    shown = []
    for k in range(frame_count):
        past_s = how.speed * k / rate.fps
        if how.loop_s is not None:
            past_s %= how.loop_s
            if how.loop_s - past_s < _ROUNDING_S:
                past_s = Fraction(0)
        shown.append(max(bisect_right(times_s, how.start_s + past_s + _ROUNDING_S) - 1, 0))
    return shown


def _s(seconds: Fraction) -> str:
    """``0.8 s``; two decimals below a tenth, so that nothing is ever 0.0 s."""
    return f"{float(seconds):.1f} s" if seconds >= Fraction(1, 20) else f"{float(seconds):.3f} s"
