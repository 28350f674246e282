"""Songs played from a score written here, so that the truth is known before any sound exists."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

RATE = 22_050
CHORDS = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))


@dataclass(frozen=True)
class Score:
    """Seconds of all beats, place of each in its bar (from 1), and the end of the song."""

    beats: np.ndarray
    positions: np.ndarray
    end: float

    @property
    def downbeats(self) -> np.ndarray:
        return self.beats[self.positions == 1]


def score(*passages: tuple[float, int, int], start: float = 0.4) -> Score:
    """Passages of (beats per minute, beats per bar, bars), one after the other."""
    beats, positions, at = [], [], start
    for bpm, metre, bars in passages:
        for k in range(metre * bars):
            beats.append(at)
            positions.append(k % metre + 1)
            at += 60 / bpm
    return Score(np.array(beats), np.array(positions), at)


def play(
    written: Score,
    rate: int = RATE,
    *,
    hats: str = "eighths",
    chords: bool = True,
    form: str = "A",
    bars_each: int = 8,
    tail: float = 0.5,
) -> np.ndarray:
    """Drums, bass and chords of a score, mono, -1 to 1.

    ``hats``: ``eighths``, or ``offbeat`` (loud, between the beats only). ``form`` names the material of every
    ``bars_each`` bars: A is sparse, B loud with other chords, C one chord
    without drums.
    """
    rng = np.random.default_rng(5)
    out = np.zeros(int((written.end + tail) * rate))
    steps = np.diff(np.append(written.beats, written.end))
    bar = -1
    for at, step, position in zip(written.beats, steps, written.positions, strict=True):
        bar += position == 1
        part = form[min(bar // bars_each, len(form) - 1)]
        metre = 3 if 3 in written.positions and 4 not in written.positions else 4
        root = CHORDS[0 if part == "C" else (bar + (2 if part == "B" else 0)) % 4]
        if position == 1 or (metre == 4 and position == 3):
            if part != "C":
                _add(out, at, rate, 0.8 * _kick(rate))
            _add(out, at, rate, 0.35 * _string(root[0] - 24, 1.6 * step, rate))
        if part != "C" and ((metre == 4 and position in (2, 4)) or (metre == 3 and position != 1)):
            _add(out, at, rate, (0.4 if metre == 4 else 0.22) * _snare(rng, rate))
        if part != "C" and hats == "eighths":
            _add(out, at, rate, 0.1 * _hat(rng, rate))
        if part != "C":
            _add(out, at + step / 2, rate, (0.3 if hats == "offbeat" else 0.06) * _hat(rng, rate))
        if chords and position == 1:
            for note in root:
                _add(out, at, rate, (0.16 if part == "B" else 0.08) * _string(note, 3.6 * step, rate))
        if part == "B":
            _add(out, at, rate, 0.15 * _string(root[position % 3] + 12, step, rate))
    return out / max(1.0, float(np.abs(out).max()))


def play_six_eight(dotted_bpm: float, bars: int, start: float = 0.4) -> tuple[np.ndarray, Score]:
    """Bass drum on one, snare on four, hats on all six; its score holds the two dotted beats of each bar."""
    rng = np.random.default_rng(6)
    step = 20 / dotted_bpm
    out = np.zeros(int((start + bars * 6 * step + 0.5) * RATE))
    for k in range(6 * bars):
        at = start + k * step
        _add(out, at, RATE, 0.1 * _hat(rng, RATE))
        if k % 6 == 3:
            _add(out, at, RATE, 0.4 * _snare(rng, RATE))
        elif k % 6 == 0:
            _add(out, at, RATE, 0.8 * _kick(RATE))
            chord = CHORDS[k // 6 % 4]
            _add(out, at, RATE, 0.3 * _string(chord[0] - 24, 3 * step, RATE))
            for note in chord:
                _add(out, at, RATE, 0.1 * _string(note, 5 * step, RATE))
    beats = start + 3 * step * np.arange(2 * bars)
    return out / np.abs(out).max(), Score(beats, np.arange(2 * bars) % 2 + 1, start + 6 * step * bars)


def _add(out: np.ndarray, at: float, rate: int, sound: np.ndarray) -> None:
    first = round(at * rate)
    last = min(first + len(sound), len(out))
    if last > first:
        out[first:last] += sound[: last - first]


def _kick(rate: int) -> np.ndarray:
    t = np.arange(int(0.25 * rate)) / rate
    return np.sin(2 * np.pi * (50 * t + 4 * (1 - np.exp(-30 * t)))) * np.exp(-12 * t)


def _snare(rng: np.random.Generator, rate: int) -> np.ndarray:
    t = np.arange(int(0.2 * rate)) / rate
    return (0.7 * rng.standard_normal(len(t)) + np.sin(2 * np.pi * 190 * t)) * np.exp(-22 * t)


def _hat(rng: np.random.Generator, rate: int) -> np.ndarray:
    t = np.arange(int(0.06 * rate)) / rate
    return np.diff(rng.standard_normal(len(t) + 1)) * np.exp(-70 * t)


def _string(note: int, seconds: float, rate: int) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    pitch = 440 * 2 ** ((note - 69) / 12)
    tone = sum(np.sin(2 * np.pi * pitch * h * t) / h for h in range(1, 7) if pitch * h < rate / 2)
    fade = np.minimum(1.0, (t[-1] - t) / 0.02 + 1e-6)
    return np.minimum(1.0, t / 0.003) * np.exp(-2.5 * t) * fade * tone


def write_song(path: Path, samples: np.ndarray, rate: int = RATE, channels: int = 1) -> Path:
    """As 16-bit WAV, the same on all channels."""
    soundfile.write(path, np.repeat(samples[:, None], channels, axis=1), rate, subtype="PCM_16")
    return path
