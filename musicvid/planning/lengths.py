"""Lengths in bars, beats, seconds or frames become clock time and frames."""

from __future__ import annotations

import math

from musicvid.planning.grid import Grid
from musicvid.schema.frames import FrameRate
from musicvid.schema.storyboard import Amount

_QUICKER = 0.85
"""A beat may be this much shorter than the song's median beat and still count as one whole beat."""


def length_s(amount: Amount, grid: Grid, rate: FrameRate, at_s: float | None = None) -> float:
    """Seconds that ``amount`` lasts: at the tempo around ``at_s``, or at the song's usual one."""
    value = float(amount.value)
    match amount.unit:
        case "bars":
            beat_s = grid.bar_s / grid.metre if at_s is None else grid.beat_s_at(at_s)
            return value * grid.metre * beat_s
        case "beats":
            return value * (grid.beat_s if at_s is None else grid.beat_s_at(at_s))
        case "seconds":
            return value
        case "frames":
            return value / float(rate.fps)


def shortest_frames(amount: Amount, grid: Grid, rate: FrameRate) -> int:
    """The least number of frames that a shot may have, at least 1.

    Seconds and frames are strict. Bars and beats allow for a tempo that breathes: frames are counted at 0.85 of the
    usual length, or every beat a little quicker than the median would lose its cut.
    """
    if amount.unit == "frames":
        return max(1, math.ceil(amount.value))
    if amount.unit == "seconds":
        return max(1, rate.frames_covering(amount.value))
    return max(1, math.floor(length_s(amount, grid, rate) * _QUICKER * float(rate.fps)))
