"""The song's movement per frame: all that a picture maker learns of the music."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from musicvid.schema.frames import FrameRate
from musicvid.schema.shots import MOTION_CHANNELS, Motion
from musicvid.schema.song import Curve, Song


def motion_of(song: Song, rate: FrameRate, frame_count: int) -> Motion:
    """Rows for frames ``0`` to ``frame_count``, channels as :data:`MOTION_CHANNELS`.

    Curves are interpolated at frame starts; ``onset`` takes the highest value within the frame, because a stroke is
    shorter than a frame. Phases are counted between the frames that beats are snapped to, so that they are 0 exactly
    where a cut on that beat stands. Before the first beat and once the last one has rung out they rest at 1. A channel
    whose curve is missing is 0.
    """
    curves = {curve.name: curve for curve in song.curves}
    channels: dict[str, Sequence[float]] = {}
    for name in ("loudness", "bass", "brightness"):
        channels[name] = _sampled(curves.get(name), rate, frame_count)
    channels["onset"] = _peaks(curves.get("onset"), rate, frame_count)
    beats = [(rate.frame_at(b.time_s), b.position) for b in song.beats]
    channels["beat_phase"] = _phases([f for f, _ in beats], frame_count)
    channels["bar_phase"] = _phases([f for f, position in beats if position == 1], frame_count)
    bars, in_bar = _counts(beats, frame_count)
    channels["bar"], channels["beat"] = bars, in_bar
    rows = array("f", bytes(4 * len(MOTION_CHANNELS) * frame_count))
    for k, name in enumerate(MOTION_CHANNELS):
        rows[k :: len(MOTION_CHANNELS)] = array("f", channels[name])
    return Motion(rows.tobytes())


def _clean(curve: Curve | None) -> list[float]:
    """The samples within 0 and 1; what is no number counts as silence."""
    if curve is None:
        return []
    return [v if 0.0 <= v <= 1.0 else (1.0 if v > 1.0 else 0.0) for v in curve.values]


def _sampled(curve: Curve | None, rate: FrameRate, frame_count: int) -> list[float]:
    values = _clean(curve)
    if curve is None or not values:
        return [0.0] * frame_count
    step = curve.rate_hz / float(rate.fps)
    inside = min(frame_count, math.ceil((len(values) - 1) / step))
    values.append(values[-1])
    sampled = []
    for frame in range(inside):
        place = frame * step
        low = int(place)
        value = values[low]
        sampled.append(value + (values[low + 1] - value) * (place - low))
    return sampled + [values[-1]] * (frame_count - inside)


def _peaks(curve: Curve | None, rate: FrameRate, frame_count: int) -> list[float]:
    """As :func:`_sampled`, but not lower than any sample that lies within the frame."""
    sampled = _sampled(curve, rate, frame_count)
    if curve is None:
        return sampled
    frames_per_sample = float(rate.fps) / curve.rate_hz
    for k, value in enumerate(_clean(curve)):
        frame = int(k * frames_per_sample)
        if frame < frame_count and sampled[frame] < value:
            sampled[frame] = value
    return sampled


def _phases(events: Sequence[int], frame_count: int) -> list[float]:
    """0 at each event, rising to 1 at the next; after the last one as fast as before it, then resting at 1."""
    frames = [f for f in dict.fromkeys(events) if 0 <= f < frame_count]
    if not frames:
        return [1.0] * frame_count
    phases = [1.0] * frames[0]
    gaps = [b - a for a, b in pairwise(frames)]
    last = gaps[-1] if gaps else 1
    for gap in (*gaps, last):
        phases += [k / gap for k in range(gap)]
    del phases[frame_count:]
    return phases + [1.0] * (frame_count - len(phases))


def _counts(beats: Sequence[tuple[int, int]], frame_count: int) -> tuple[list[float], list[float]]:
    """Per frame the number of the bar, and of the beat within it; both 0 before the first downbeat."""
    frames = [f for f, _ in beats]
    bars, in_bar = [0.0] * frame_count, [0.0] * frame_count
    bar = 0
    for k in range(bisect_left(frames, 0), len(beats)):
        start, position = beats[k]
        bar += position == 1
        stop = min(frames[k + 1] if k + 1 < len(beats) else frame_count, frame_count)
        if bar and start < stop:
            bars[start:stop] = [float(bar)] * (stop - start)
            in_bar[start:stop] = [float(position)] * (stop - start)
    return bars, in_bar
