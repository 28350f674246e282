"""Everything with a held or plucked string: bass, electric piano, pluck, arpeggio, the pads and the lead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..notation import hertz
from .oscillators import ensemble, glide_bank, partials
from .stage import Mono, Stage, Stereo, faded

LOOP = 1 << 17


@dataclass(frozen=True, slots=True)
class Tone:
    """A note placed in samples of the song. ``gain`` is its level in the mix, ``velocity`` how hard it is played."""

    start: int
    stop: int
    pitch: int
    velocity: float
    gain: float = 1.0
    pan: float = 0.0


def play(stage: Stage, tones: Sequence[Tone], voice: Callable[[int, int, float], Mono]) -> None:
    """Place notes of an instrument that is a function of pitch, length in samples and velocity.

    Equal notes are made once.
    """
    made: dict[tuple[int, int, float], Mono] = {}
    for tone in tones:
        if tone.start < stage.stop and tone.stop + 4 * LOOP > stage.start:
            note = (tone.pitch, tone.stop - tone.start, tone.velocity)
            if note not in made:
                made[note] = voice(*note)
            stage.add(made[note], tone.start, tone.gain, tone.pan)


def bass(pitch: int, length: int, velocity: float, rate_hz: int = 44_100) -> Mono:
    """A fingered bass: a plucked saw whose upper partials die first, over a sine."""
    k = np.arange(1, 25)
    pitch_hz = hertz(pitch)
    release = int(0.045 * rate_hz)
    levels = 1 / k * np.sin(np.pi * k * 0.22) * (0.6 + 0.55 * velocity) ** np.sqrt(k)
    levels[0] = 0.5
    body = partials(k * pitch_hz, levels, 1.9 / (1 + 0.3 * (k - 1)), length + release, rate_hz)
    sound = np.tanh(2.4 * velocity * body).astype(np.float32)
    return _attacked(faded(sound, release), int(0.003 * rate_hz))


def electric_piano(pitch: int, length: int, velocity: float, rate_hz: int = 44_100) -> Mono:
    """Tines by frequency modulation: a soft body and a short bell above it, brighter when struck harder."""
    release = int(0.28 * rate_hz)
    time_s = np.arange(length + release) / rate_hz
    turn = 2 * np.pi * hertz(pitch) * time_s
    bell = np.sin(14 * turn) * 0.6 * velocity**1.2 * np.exp(-time_s / 0.14) * min(1.0, 700 / hertz(pitch))
    growl = np.sin(turn) * 1.1 * velocity * np.exp(-time_s / 0.55)
    sound = np.sin(turn + growl) + 0.35 * np.sin(2 * turn) * np.exp(-time_s / 0.3) + 0.4 * np.sin(turn + bell)
    sound *= velocity * np.exp(-time_s / (2.6 * (220 / hertz(pitch)) ** 0.4))
    return _attacked(faded(sound.astype(np.float32), release), int(0.002 * rate_hz))


def pluck(pitch: int, length: int, velocity: float, rate_hz: int = 44_100) -> Mono:
    """A picked string: partials with a comb from the place of the pick, slightly stretched by stiffness."""
    k = np.arange(1, 25)
    pitch_hz = hertz(pitch)
    levels = np.sin(np.pi * k * 0.17) / k**1.15 * (0.5 + 0.5 * velocity) ** k**0.6
    decays = 0.75 * (220 / pitch_hz) ** 0.5 / (1 + 0.10 * (k - 1) + 0.012 * (k - 1) ** 2)
    count = max(length, int(0.25 * rate_hz)) + int(0.5 * rate_hz)
    stretched = k * pitch_hz * np.sqrt(1 + 0.00012 * k**2)
    sound = velocity * partials(stretched, levels, decays, count, rate_hz)
    return _attacked(faded(sound, int(0.4 * rate_hz)), int(0.0015 * rate_hz))


def steel(pitch: int, length: int, velocity: float, rate_hz: int = 44_100) -> Mono:
    """One string of a strummed steel-string guitar: bright at first, then warm, damped by the hand at its end."""
    k = np.arange(1, 33)
    pitch_hz = hertz(pitch)
    levels = np.sin(np.pi * k * 0.13) / k**0.75 * (0.55 + 0.45 * velocity) ** k**0.6
    decays = 1.1 * (160 / pitch_hz) ** 0.5 / (1 + 0.16 * (k - 1) + 0.01 * (k - 1) ** 2)
    stretched = k * pitch_hz * np.sqrt(1 + 0.00018 * k**2)
    sound = velocity * np.tanh(0.8 * partials(stretched, levels, decays, length + int(0.12 * rate_hz), rate_hz))
    return _attacked(faded(sound, int(0.11 * rate_hz)), int(0.001 * rate_hz))


def glass(pitch: int, length: int, velocity: float, rate_hz: int = 44_100) -> Mono:
    """The arpeggio: a short hollow bell of odd partials."""
    ratios = np.array([1.0, 2.0, 3.0, 5.0, 7.02, 9.05])
    levels = np.array([1.0, 0.22, 0.4, 0.2, 0.1, 0.05]) * np.array([1, 1, 1, velocity, velocity, velocity])
    decays = np.array([0.24, 0.16, 0.12, 0.07, 0.045, 0.03])
    sound = velocity * partials(ratios * hertz(pitch), levels, decays, length + int(0.55 * rate_hz), rate_hz)
    return _attacked(faded(sound, int(0.2 * rate_hz)), int(0.0015 * rate_hz))


def _attacked(sound: Mono, count: int) -> Mono:
    sound[:count] *= np.linspace(0, 1, count, dtype=np.float32)
    return sound


@dataclass(frozen=True)
class Ensemble:
    """A held sound: its spectrum over 1/k, how far the players drift apart, attack and release in seconds."""

    spectrum: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    spread_cents: float
    attack_s: float
    release_s: float
    seed: int

    def play(self, stage: Stage, tones: Sequence[Tone], rate_hz: int) -> None:
        """Place long notes; each enters its loop elsewhere, so that repeats are not the same."""
        loops: dict[int, Stereo] = {}
        attack, release = int(self.attack_s * rate_hz), int(self.release_s * rate_hz)
        for number, tone in enumerate(tones):
            if tone.start >= stage.stop or tone.stop + release <= stage.start:
                continue
            loop = loops.get(tone.pitch)
            if loop is None:
                loop = ensemble(
                    hertz(tone.pitch), self.spectrum, spread_cents=self.spread_cents, size=LOOP, rate_hz=rate_hz,
                    seed=self.seed * 1000 + tone.pitch,
                )  # fmt: skip
                loops[tone.pitch] = loop
            length = tone.stop - tone.start + release
            sound = loop[:, (np.arange(length) + 7919 * number) % LOOP] * np.float32(tone.velocity)
            rise = min(attack, length)
            sound[:, :rise] *= 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, rise, dtype=np.float32))
            stage.add(faded(sound, release), tone.start)


WARM_PAD = Ensemble(lambda f: 1 / (1 + (f / 1500) ** 2.4), 14, 0.16, 0.55, 31)
STRINGS = Ensemble(lambda f: (1 + 1.6 * np.exp(-(((f - 2600) / 900) ** 2))) / (1 + (f / 3600) ** 3), 11, 0.12, 0.4, 32)
HIGH_LINE = Ensemble(lambda f: 1 / (1 + (f / 2400) ** 2.2), 9, 0.09, 0.35, 33)


def lead(tones: Sequence[Tone], rate_hz: int) -> tuple[int, Mono]:
    """One gliding line for all ``tones``: first sample and the sound. Vibrato grows on long notes."""
    hop = 147
    first = tones[0].start - 12 * hop  # silence before the first note, for its attack
    count = (tones[-1].stop - first) // hop + rate_hz // hop
    frame = first + np.arange(count) * hop
    pitch = np.full(count, float(tones[0].pitch))
    level = np.zeros(count)
    vibrato = np.zeros(count)
    for tone in tones:
        inside = (frame >= tone.start) & (frame < tone.stop)
        pitch[frame >= tone.start] = tone.pitch
        age_s = (frame[inside] - tone.start) / rate_hz
        level[inside] = tone.velocity * (0.82 + 0.18 * np.exp(-age_s / 0.12))
        vibrato[inside] = np.clip((age_s - 0.18) / 0.35, 0, 1)
    pitch = _smoothed(pitch, 9) + 0.22 * _smoothed(vibrato, 15) * np.sin(2 * np.pi * 5.6 * frame / rate_hz)
    level = _smoothed(level, 11)
    k = np.arange(1, 29)
    pitch_hz = 440 * 2 ** ((pitch - 69) / 12)
    cutoff_hz = 1800 + 2600 * level[:, None]
    levels = level[:, None] * 0.5 / k / (1 + (k * pitch_hz[:, None] / cutoff_hz) ** 2.5)
    levels *= k * pitch_hz[:, None] < 18_000
    return first, glide_bank(pitch_hz, levels, hop, rate_hz)


def _smoothed(values: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    kernel = np.hanning(frames + 2)[1:-1]
    padded = np.pad(values, frames // 2, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), "valid")[: len(values)]
