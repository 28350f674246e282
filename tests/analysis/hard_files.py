"""Music that is easy to follow, in files that somebody spoiled: what was done is known, and so are the beats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from played_songs import RATE, Score, play, score
from scipy.signal import butter, resample_poly, sosfilt


def easy() -> tuple[np.ndarray, Score]:
    """20 s at 112 bpm in four, mono at ``RATE``, peaks at full scale."""
    written = score((112, 4, 9))
    return play(written, form="AB", bars_each=5), written


def write(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """16-bit WAV of ``(n,)`` or ``(n, channels)``; beyond full scale is clipped."""
    soundfile.write(path, np.clip(samples, -1, 1), rate, subtype="PCM_16")
    return path


def clipped(path: Path) -> Score:
    """20 dB too loud, cut off at full scale."""
    sound, written = easy()
    write(path, 10 * sound)
    return written


def cancelled_stereo(path: Path) -> Score:
    """The right channel is the left one upside down, so that their sum is silence."""
    sound, written = easy()
    write(path, 0.7 * np.stack([sound, -sound], axis=1))
    return written


def telephone(path: Path) -> Score:
    """300 to 3400 Hz at 8 kHz, eight bits by the mu law, line noise."""
    sound, written = easy()
    narrow = sosfilt(butter(4, (300, 3400), "bandpass", fs=RATE, output="sos"), sound)
    line = resample_poly(narrow, 8000, RATE)
    line = line / np.abs(line).max() + 0.003 * np.random.default_rng(7).standard_normal(len(line))
    soundfile.write(path, np.clip(line, -1, 1), 8000, subtype="ULAW")
    return written


def surround(path: Path) -> Score:
    """5.1: the band in front, silence in the centre, its lows on the low-frequency channel, an echo behind."""
    sound, written = easy()
    lows = sosfilt(butter(2, 120, "lowpass", fs=RATE, output="sos"), sound)
    echo = 0.3 * np.concatenate([np.zeros(int(0.18 * RATE)), sound])[: len(sound)]
    silent = np.zeros_like(sound)
    write(path, np.stack([0.7 * sound, 0.6 * sound, silent, lows, echo, 0.8 * echo], axis=1))
    return written


def offset(path: Path) -> Score:
    """A constant of 0.4 on everything, as from a broken converter."""
    sound, written = easy()
    write(path, 0.5 * sound + 0.4)
    return written


SPOILED = {
    "clipped": clipped,
    "cancelled stereo": cancelled_stereo,
    "telephone": telephone,
    "surround": surround,
    "offset": offset,
}
