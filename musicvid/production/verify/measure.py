"""From thumbs and timestamps to the numbers of a :class:`SyncReport`."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from musicvid.production.verify.memory import Memory
from musicvid.production.verify.pictures import take_thumbs
from musicvid.schema.sync import CutMeasure, Spread
from musicvid.vision.cuts import find_cut, find_dissolve, frame_steps
from musicvid.vision.thumbs import distance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from musicvid.schema.frames import FrameRate
    from musicvid.schema.timeline import CutPoint, Timeline

LEAST_DIFFERENCE = 0.25
"""Two frames nearer than this, in 8-bit levels, are the same picture but for the encoder's noise."""
REACH_FRAMES = 12
"""A cut is looked for this far to both sides of its plan, but never beyond half of either shot."""


def measure_cuts(timeline: Timeline, thumbs: NDArray[np.uint8], numbers: Memory) -> tuple[CutMeasure, ...]:
    """Find every planned cut but the first shot's start in the pictures; ``numbers`` remembers what needed takes."""
    steps = frame_steps(thumbs)
    edges = [cut.frame for cut in timeline.cuts] + [timeline.frame_count]
    found = []
    for i, cut in enumerate(timeline.cuts):
        if cut.frame == 0:
            continue
        before, after = edges[i - 1] if i else 0, edges[i + 1]
        if cut.dissolve_frames:
            seen = _seen_dissolve(timeline, i, thumbs, numbers)
        else:
            seen = _seen_cut(cut, before, after, steps) or _recognised(timeline, i, thumbs)
        event = float((cut.frame if seen is None else seen) - Fraction(cut.time_s) * timeline.rate.fps)
        found.append(CutMeasure(cut.to_shot, cut.frame, seen, event))
    return tuple(found)


def _seen_cut(cut: CutPoint, before: int, after: int, steps: NDArray[np.float32]) -> int | None:
    low = max(cut.frame - REACH_FRAMES, (before + cut.frame) // 2 + 1)
    high = min(cut.frame + REACH_FRAMES + 1, (cut.frame + after + 1) // 2)
    return find_cut(steps, max(low, 1), max(high, cut.frame + 1))


def _recognised(timeline: Timeline, index: int, thumbs: NDArray[np.uint8]) -> int | None:
    """The planned frame, where two shots too alike to see a cut between are told apart by their takes: the film shows
    the outgoing take's last frame before it and the incoming one's first frame on it, each clearly nearer than the
    other."""
    frame = timeline.cuts[index].frame
    last = take_thumbs(timeline.clips[index - 1], range(frame - 1, frame), timeline.size)
    first = take_thumbs(timeline.clips[index], range(frame, frame + 1), timeline.size)
    if last is None or first is None or frame >= len(thumbs):
        return None
    before, after = thumbs[frame - 1], thumbs[frame]
    right = max(float(distance(before, last[0])), float(distance(after, first[0])))
    wrong = min(float(distance(before, first[0])), float(distance(after, last[0])))
    return frame if wrong > max(2 * right, LEAST_DIFFERENCE) else None


def _seen_dissolve(timeline: Timeline, index: int, thumbs: NDArray[np.uint8], numbers: Memory) -> int | None:
    """The middle of the dissolve into clip ``index``, from the film and the takes on both sides of it."""
    cut = timeline.cuts[index]
    half = min(cut.dissolve_frames // 2, REACH_FRAMES // 2)
    window = range(cut.frame - half, cut.frame + half)
    outgoing, incoming = timeline.clips[index - 1], timeline.clips[index]
    if window.stop > len(thumbs):
        return None
    film = thumbs[window.start : window.stop]

    def measured() -> list[float | int | None]:
        sides = [take_thumbs(clip, window, timeline.size) for clip in (outgoing, incoming)]
        return [None if any(side is None for side in sides) else find_dissolve(film, *sides)]

    shown = [f"{clip.take.key} {[clip.source_frame(k) for k in window]}" for clip in (outgoing, incoming)]
    crossing = numbers.get((film.tobytes(), str(timeline.size), *shown), measured)[0]
    return None if crossing is None else window.start + int(crossing)


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
