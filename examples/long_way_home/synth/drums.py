"""The drum kit. Every drum is made once at full velocity; its first sample is its onset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .stage import Mono, Stage, Stereo, faded, seconds

Samples = NDArray[np.float64]


def kit(rate_hz: int) -> dict[str, Mono | Stereo]:
    """All drums by name: mono (n,) or stereo (2, n) float32, peaks near 1."""
    drums = {
        "kick": _kick(rate_hz),
        "snare": _snare(rate_hz),
        "rim": _rim(rate_hz),
        "clap": _clap(rate_hz),
        "hat": _cymbal(rate_hz, 0.16, 0.032, 7500, 11),
        "open": _cymbal(rate_hz, 0.5, 0.13, 6500, 12),
        "shaker": _shaker(rate_hz),
        "tambourine": _tambourine(rate_hz),
        "crash": _crash(rate_hz),
        "tom_high": _tom(rate_hz, 196.0, 21),
        "tom_mid": _tom(rate_hz, 146.8, 22),
        "tom_low": _tom(rate_hz, 98.0, 23),
    }
    return {name: faded((s / np.abs(s).max()).astype(np.float32), rate_hz // 100) for name, s in drums.items()}


PLACES: dict[str, tuple[float, float]] = {
    "kick": (1.0, 0.0), "snare": (0.7, -0.05), "rim": (0.5, 0.12), "clap": (0.36, 0.1), "hat": (0.3, 0.3),
    "open": (0.34, 0.3), "shaker": (0.2, -0.4), "tambourine": (0.22, -0.45), "crash": (0.8, 0.0),
    "tom_high": (0.55, -0.35), "tom_mid": (0.6, 0.0), "tom_low": (0.68, 0.35),
}  # fmt: skip
"""Level and place between left and right of each drum in the mix."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A stroke at a song sample; ``velocity`` and ``gain`` as for a tone."""

    drum: str
    sample: int
    velocity: float
    gain: float


def play(stage: Stage, strokes: Sequence[Stroke], rate_hz: int) -> None:
    """Place strokes. Soft strokes are duller as well as softer."""
    drums = kit(rate_hz)
    dull = {name: _dulled(sound) for name, sound in drums.items()}
    for stroke in strokes:
        level, pan = PLACES[stroke.drum]
        bright = stroke.velocity**2
        sound = drums[stroke.drum] * np.float32(bright) + dull[stroke.drum] * np.float32(stroke.velocity - bright)
        stage.add(sound, stroke.sample, level * stroke.gain, pan)


def _dulled(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    from scipy.signal import lfilter

    return lfilter([0.5], [1, -0.5], sound).astype(np.float32)


def _noise(count: int, seed: int, sides: int = 1) -> Samples:
    noise = np.random.default_rng(seed).standard_normal((sides, count))
    return noise[0] if sides == 1 else noise


def _band(sound: Samples, low_hz: float, high_hz: float | None, rate_hz: int, order: int = 2) -> Samples:
    from scipy.signal import butter, sosfilt

    if high_hz is None:
        sections = butter(order, low_hz, "highpass", fs=rate_hz, output="sos")
    else:
        sections = butter(order, (low_hz, high_hz), "bandpass", fs=rate_hz, output="sos")
    return np.asarray(sosfilt(sections, sound))


def _sweep(time_s: Samples, from_hz: float, to_hz: float, fall_s: float) -> Samples:
    """A sine that falls exponentially from one frequency to another."""
    turns = to_hz * time_s + (from_hz - to_hz) * fall_s * (1 - np.exp(-time_s / fall_s))
    return np.sin(2 * np.pi * turns)


def _kick(rate_hz: int) -> Samples:
    time_s = seconds(int(0.42 * rate_hz), rate_hz)
    body = _sweep(time_s, 215, 55, 0.022) * np.exp(-time_s / 0.115)
    knock = _sweep(time_s, 900, 160, 0.006) * np.exp(-time_s / 0.012)
    click = _band(_noise(len(time_s), 1), 1800, 7000, rate_hz) * np.exp(-time_s / 0.0035)
    return np.tanh(1.5 * body + 0.7 * knock + 0.9 * click)


def _snare(rate_hz: int) -> Samples:
    time_s = seconds(int(0.4 * rate_hz), rate_hz)
    shell = _sweep(time_s, 240, 186, 0.02) * np.exp(-time_s / 0.075)
    shell += 0.5 * np.sin(2 * np.pi * 331 * time_s) * np.exp(-time_s / 0.05)
    noise = _noise(len(time_s), 2)
    wires = _band(noise, 1500, 9500, rate_hz) * (0.75 * np.exp(-time_s / 0.085) + 0.4 * np.exp(-time_s / 0.02))
    low = _band(noise, 350, 1200, rate_hz) * np.exp(-time_s / 0.05)
    return np.tanh(0.62 * shell + 1.25 * wires + 0.55 * low)


def _rim(rate_hz: int) -> Samples:
    time_s = seconds(int(0.12 * rate_hz), rate_hz)
    ring = np.sin(2 * np.pi * 1720 * time_s) * np.exp(-time_s / 0.014)
    ring += 0.7 * np.sin(2 * np.pi * 540 * time_s) * np.exp(-time_s / 0.022)
    return ring + 0.5 * _band(_noise(len(time_s), 3), 2500, 8000, rate_hz) * np.exp(-time_s / 0.006)


def _clap(rate_hz: int) -> Samples:
    time_s = seconds(int(0.35 * rate_hz), rate_hz)
    hands = sum(
        level * np.where(time_s >= at, np.exp(-(time_s - at) / fall), 0.0)
        for at, level, fall in ((0, 0.8, 0.006), (0.010, 0.7, 0.006), (0.021, 0.9, 0.007), (0.030, 0.8, 0.07))
    )
    return _band(_noise(len(time_s), 4), 850, 4200, rate_hz) * hands


_METAL_HZ = np.array([2051.0, 3143.0, 3517.0, 4287.0, 5301.0, 7411.0])


def _metal(time_s: Samples) -> Samples:
    return np.asarray(np.sum([np.sign(np.sin(2 * np.pi * f * time_s)) for f in _METAL_HZ], axis=0) / len(_METAL_HZ))


def _cymbal(rate_hz: int, length_s: float, fall_s: float, low_hz: float, seed: int) -> Samples:
    time_s = seconds(int(length_s * rate_hz), rate_hz)
    sound = _band(0.6 * _metal(time_s) + 0.5 * _noise(len(time_s), seed), low_hz, None, rate_hz, 3)
    return sound * np.exp(-time_s / fall_s)


def _shaker(rate_hz: int) -> Samples:
    time_s = seconds(int(0.11 * rate_hz), rate_hz)
    swing = np.minimum(time_s / 0.014, 1) * np.exp(-np.maximum(time_s - 0.014, 0) / 0.022)
    return _band(_noise(len(time_s), 5), 4800, 9500, rate_hz) * swing


def _tambourine(rate_hz: int) -> Samples:
    time_s = seconds(int(0.25 * rate_hz), rate_hz)
    jingles = _band(_noise(len(time_s), 6), 6500, 12000, rate_hz) * (np.exp(-time_s / 0.05) + np.exp(-time_s / 0.008))
    ring = sum(np.sin(2 * np.pi * f * time_s + f) for f in (7310.0, 8420.0, 9660.0)) * np.exp(-time_s / 0.06)
    return jingles + 0.25 * ring


def _crash(rate_hz: int) -> Samples:
    time_s = seconds(int(2.6 * rate_hz), rate_hz)
    noise = _noise(len(time_s), 7, 2)
    bright = _band(noise, 5200, None, rate_hz) * np.exp(-time_s / 0.42)
    body = _band(noise, 2200, 6000, rate_hz) * np.exp(-time_s / 0.75)
    hit = _band(noise, 900, 9000, rate_hz) * np.exp(-time_s / 0.03)
    return bright + 0.7 * body + 0.5 * hit


def _tom(rate_hz: int, pitch_hz: float, seed: int) -> Samples:
    time_s = seconds(int(0.5 * rate_hz), rate_hz)
    head = _sweep(time_s, pitch_hz * 1.55, pitch_hz, 0.035) * np.exp(-time_s / 0.14)
    stick = _band(_noise(len(time_s), seed), 900, 5000, rate_hz) * np.exp(-time_s / 0.012)
    return np.tanh(1.5 * head) + 0.25 * stick
