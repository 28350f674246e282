"""From thumbs and timestamps to the numbers of a :class:`SyncReport`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from musicvid.schema.sync import CutMeasure, Spread
from musicvid.vision.cuts import find_cut, find_dissolve, frame_steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from musicvid.schema.frames import FrameRate
    from musicvid.schema.timeline import CutPoint, Timeline

REACH_FRAMES = 12
"""A cut is looked for this far to both sides of its plan, but never beyond half of either shot."""


def measure_cuts(timeline: Timeline, thumbs: NDArray[np.uint8]) -> tuple[CutMeasure, ...]:
    """Find every planned cut but the first shot's start in the pictures."""
    steps = frame_steps(thumbs)
    edges = [cut.frame for cut in timeline.cuts] + [timeline.frame_count]
    found = []
    for i, cut in enumerate(timeline.cuts):
        if cut.frame == 0:
            continue
        before, after = edges[i - 1] if i else 0, edges[i + 1]
        seen = _seen(cut, before, after, steps, thumbs)
        event = float((cut.frame if seen is None else seen) - Fraction(cut.time_s) * timeline.rate.fps)
        found.append(CutMeasure(cut.to_shot, cut.frame, seen, event))
    return tuple(found)


def _seen(cut: CutPoint, before: int, after: int, steps: NDArray[np.float32], thumbs: NDArray[np.uint8]) -> int | None:
    half = cut.dissolve_frames // 2
    if half:
        return find_dissolve(thumbs, cut.frame - half, cut.frame + half)
    low = max(cut.frame - REACH_FRAMES, (before + cut.frame) // 2 + 1)
    high = min(cut.frame + REACH_FRAMES + 1, (cut.frame + after + 1) // 2)
    return find_cut(steps, max(low, 1), max(high, cut.frame + 1))


def spread(values: Sequence[float]) -> Spread:
    """Median, 95th percentile and maximum of the absolute values; zeros when there are none."""
    if not len(values):
        return Spread(0.0, 0.0, 0.0)
    size = np.abs(np.asarray(values, float))
    return Spread(float(np.median(size)), float(np.percentile(size, 95)), float(size.max()))


def drift_ms_per_min(cuts: Sequence[CutMeasure], rate: FrameRate) -> float:
    """Slope of the cuts' error against their event times, in milliseconds per minute (0 below three cuts)."""
    seen = [c for c in cuts if c.seen_frame is not None]
    if len(seen) < 3:
        return 0.0
    at_min = np.array([float(c.planned_frame / rate.fps) for c in seen]) / 60.0
    late_ms = np.array([float((c.seen_frame - c.planned_frame) / rate.fps) for c in seen]) * 1000.0
    return float(np.polyfit(at_min, late_ms, 1)[0])


def timestamp_deviation_frames(times_s: Sequence[Fraction], rate: FrameRate) -> float:
    """Largest distance of frame ``k``'s timestamp from ``k / rate``, in frames; exact arithmetic."""
    return float(max((abs(time * rate.fps - k) for k, time in enumerate(times_s)), default=Fraction(0)))
