"""Drums and synthesizers made of sines, saws and noise: music for which no soundfont is needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.training.scores import DRUMS, Performance

Array = NDArray[np.float32]


def synthesise(
    performance: Performance, rate_hz: int, rng: np.random.Generator, channels: Sequence[int] | None = None
) -> Array:
    """Mono sound ``(samples,)``: every drum and every channel has a voice of its own, drawn once.

    ``channels``: only these. A second longer than the performance.
    """
    out = np.zeros(int((performance.stop_s + 1.0) * rate_hz), np.float32)
    kit: dict[int, Array] = {}
    voices: dict[int, _Voice] = {}
    for start, length, channel, pitch, velocity in performance.notes:
        if channels is not None and int(channel) not in channels:
            continue
        if channel == DRUMS:
            if int(pitch) not in kit:
                kit[int(pitch)] = _drum(int(pitch), rate_hz, rng)
            sound = kit[int(pitch)]
        else:
            if int(channel) not in voices:
                voices[int(channel)] = _Voice(rng)
            sound = voices[int(channel)].note(pitch, min(length, 4.0), rate_hz)
        at = round(start * rate_hz)
        part = sound[: max(0, len(out) - at)]
        out[at : at + len(part)] += part * np.float32((velocity / 100.0) ** 1.5)
    return out


def _drum(note: int, rate_hz: int, rng: np.random.Generator) -> Array:
    """A bass drum is a falling sine, a snare a tone and noise, a cymbal bright noise."""
    kick, low_tom = note in (35, 36), note in (41, 43, 45, 47, 48, 50)
    bright = note in (42, 44, 46, 49, 51, 52, 53, 54, 55, 57, 59, 69, 70)
    long = note in (46, 49, 51, 52, 57, 59)
    fall_s = rng.uniform(0.08, 0.35) if kick or low_tom else rng.uniform(0.2, 0.9) if long else rng.uniform(0.02, 0.15)
    t = np.arange(int(min(5 * fall_s, 1.5) * rate_hz)) / rate_hz
    envelope = np.exp(-t / fall_s)
    noise = rng.normal(0, 1, len(t))
    if kick or low_tom:
        low = rng.uniform(42, 62) if kick else rng.uniform(80, 180)
        sweep = low * (1 + rng.uniform(1, 5) * np.exp(-t / rng.uniform(0.008, 0.04)))
        sound = np.sin(2 * np.pi * np.cumsum(sweep) / rate_hz) * envelope + 0.05 * noise * np.exp(-t / 0.004)
        return (sound * 0.9).astype(np.float32)
    if bright:
        order = int(rng.integers(1, 3))
        sound = np.diff(np.pad(noise, (order, 0)), n=order) * envelope
        return (0.25 * sound / (np.abs(sound).max() + 1e-9)).astype(np.float32)
    tone = np.sin(2 * np.pi * rng.uniform(150, 260) * t) * np.exp(-t / 0.05)
    return (0.5 * (rng.uniform(0.1, 0.7) * tone + 0.25 * noise * envelope)).astype(np.float32)


class _Voice:
    """A saw, square or sine with a filter of harmonics, an attack and a fall; vibrato at times."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.kind = rng.choice(["saw", "square", "sine", "fm"])
        self.partials = int(rng.integers(3, 24))
        self.slope = float(rng.uniform(0.7, 1.8))
        self.attack_s = float(rng.choice([0.003, 0.005, 0.02, 0.08], p=[0.4, 0.3, 0.2, 0.1]))
        self.fall_s = float(np.exp(rng.uniform(np.log(0.08), np.log(3.0))))
        self.vibrato = float(rng.choice([0.0, 0.0, 0.004, 0.012]))
        self.gain = float(rng.uniform(0.08, 0.22))

    def note(self, pitch: float, length_s: float, rate_hz: int) -> Array:
        t = np.arange(int((length_s + 0.05) * rate_hz)) / rate_hz
        hz = 440.0 * 2 ** ((pitch - 69) / 12)
        phase = 2 * np.pi * hz * (t + self.vibrato / 35.0 * np.sin(2 * np.pi * 5.5 * t))
        if self.kind == "fm":
            sound = np.sin(phase + 2.0 * np.exp(-t / 0.2) * np.sin(2.0 * phase))
        elif self.kind == "sine":
            sound = np.sin(phase)
        else:
            orders = np.arange(1, self.partials + 1, 2 if self.kind == "square" else 1)
            orders = orders[orders * hz < 0.45 * rate_hz]
            sound = np.zeros(len(t))
            for order in orders:
                sound += np.sin(order * phase) / order**self.slope
        rise = np.minimum(t / self.attack_s, 1.0)
        release = np.minimum((t[-1] - t) / 0.04, 1.0) if len(t) else t
        return (self.gain * sound * rise * release * np.exp(-t / self.fall_s)).astype(np.float32)
