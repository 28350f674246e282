"""The song's movement as a renderer needs it: per frame, smooth, and the same whatever frame is asked for first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.rendering.backend import RenderRequest
from musicvid.schema.shots import MOTION_CHANNELS


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame. ``time`` in seconds of the shot's own time (faster where the song is stronger), ``flow`` the same by
    energy for things that drift, ``steps`` walking steps, ``pulse`` 0..1 decaying after each beat, ``sway`` -1..1 once
    a bar, the rest 0..1. All but ``time``, ``flow``, ``beats`` and ``steps`` are bounded."""

    frame: int
    time: float
    flow: float
    beats: float
    steps: float
    pulse: float
    sway: float
    bass: float
    onset: float
    loudness: float
    brightness: float
    bar: int
    beat: int


class Clock:
    """Moments of one take. ``phase_s`` is where the shot's own time starts at its first frame (handles come before)."""

    def __init__(self, request: RenderRequest, phase_s: float) -> None:
        count = request.frame_count
        rows = np.frombuffer(request.motion.data, "<f4").reshape(-1, len(MOTION_CHANNELS))[:count]
        # Any bit pattern may come in: what is no number counts as silence.
        rows = np.nan_to_num(rows.astype(np.float64), nan=0.0, posinf=1.0, neginf=0.0)
        dt, head = 1.0 / float(request.rate.fps), request.head_frames
        level = np.clip(rows[:, :6], 0.0, 1.0)
        loud, bass = _calm(level[:, 0], 0.25, dt), _calm(level[:, 1], 0.10, dt)
        energy = min(max(request.energy, 0.0), 1.0) if request.energy == request.energy else 0.5
        speed = (0.55 + 0.7 * energy) * (0.75 + 0.5 * loud)
        self._time = phase_s + (np.arange(count) - head) * dt
        self._flow = phase_s + _since(np.cumsum(speed) * dt, head)
        beats, seconds_per_beat = _beats(level[:, 4], dt)
        self._beats = _since(beats, head)
        self._steps = self._beats + float(round(phase_s * 2.0))
        if seconds_per_beat and seconds_per_beat < 0.44:  # faster than one can stride: a step every other beat
            self._steps = self._steps / 2.0
        self._pulse = np.exp(-3.6 * level[:, 4]) * (0.6 + 0.4 * loud) if seconds_per_beat else np.zeros(count)
        self._sway = np.sin(2.0 * np.pi * level[:, 5])
        self._bass, self._loud = bass, loud
        self._onset, self._bright = _decay(level[:, 3], 0.12, dt), _calm(level[:, 2], 0.3, dt)
        self._bar = np.clip(rows[:, 6], 0, 99999).astype(int)
        self._beat = np.clip(rows[:, 7], 0, 999).astype(int)

    def at(self, frame: int) -> Moment:
        values = (self._time, self._flow, self._beats, self._steps, self._pulse, self._sway, self._bass, self._onset,
                  self._loud, self._bright)  # fmt: skip
        return Moment(frame, *(float(v[frame]) for v in values), int(self._bar[frame]), int(self._beat[frame]))


def _since(values: NDArray[np.float64], head: int) -> NDArray[np.float64]:
    return values - values[min(head, len(values) - 1)]


def _calm(values: NDArray[np.float64], seconds: float, dt: float) -> NDArray[np.float64]:
    """One-pole low pass with time constant ``seconds``, settled on the first value."""
    out, state, k = np.empty_like(values), float(values[0]), 1.0 - np.exp(-dt / seconds)
    for i, value in enumerate(values.tolist()):
        state += k * (value - state)
        out[i] = state
    return out


def _decay(values: NDArray[np.float64], seconds: float, dt: float) -> NDArray[np.float64]:
    """Peaks rise at once and fall with time constant ``seconds``."""
    out, state, k = np.empty_like(values), 0.0, np.exp(-dt / seconds)
    for i, value in enumerate(values.tolist()):
        state = max(value, state * k)
        out[i] = state
    return out


def _beats(phase: NDArray[np.float64], dt: float) -> tuple[NDArray[np.float64], float]:
    """Beats gone by per frame, continuous, and seconds per beat; where no beat is heard, 1.8 a second and 0."""
    wraps = np.concatenate([[0.0], np.cumsum(np.diff(phase) < -0.3)])
    beats = np.maximum.accumulate(wraps + phase)
    length = len(phase) * dt
    gone = float(beats[-1] - beats[0])
    if len(phase) > 1 and gone < 0.2 * length:
        return np.arange(len(phase)) * dt * 1.8, 0.0
    rise = np.diff(phase)
    rise = rise[(rise > 1e-4) & (rise < 0.5)]
    pace = float(dt / np.median(rise)) if len(rise) else 0.5
    return beats, min(max(pace, 0.2), 2.0)
