"""Rooms and width: synthetic reverberation and tremolo."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .stage import Stereo, joined

STEP = 256


def room(rate_hz: int, *, decay_s: float, length_s: float, delay_s: float, dark_hz: float, seed: int) -> Stereo:
    """An impulse response (2, n) of a room: early echoes, then noise that dies away faster the higher it is.

    ``decay_s`` is the time to -60 dB at 500 Hz; both sides are independent, so the room is wide. Its energy is 1.
    """
    from scipy.signal import butter, sosfilt

    rng = np.random.default_rng(seed)
    count = int(length_s * rate_hz)
    time_s = np.arange(count) / rate_hz
    tail = np.zeros((2, count))
    edges = (140.0, 350.0, 900.0, 2200.0, 5000.0, 11_000.0)
    for low, high in pairwise(edges):
        fall = decay_s / (1 + np.sqrt(low * high) / dark_hz)
        band = sosfilt(butter(2, (low, high), "bandpass", fs=rate_hz, output="sos"), rng.standard_normal((2, count)))
        tail += band * 10 ** (-3 * time_s / fall) / (1 + np.sqrt(low * high) / (2.5 * dark_hz))
    tail *= np.minimum(time_s / 0.025, 1)
    for _ in range(14):
        at = int(rng.uniform(0.004, 0.06) * rate_hz)
        tail[rng.integers(2), at] += rng.choice((-1, 1)) * 2.5 * np.exp(-at / rate_hz / 0.03)
    tail *= np.minimum((length_s - time_s) / 0.1, 1)
    response = np.hstack([np.zeros((2, int(delay_s * rate_hz))), tail])
    return (response / np.sqrt(np.sum(response**2) / 2)).astype(np.float32)


def reverberated(sound: Stereo, response: Stereo) -> Stereo:
    """The sound in the room, cut to its own length; each side in its own half."""
    from scipy.signal import oaconvolve

    return np.stack([oaconvolve(sound[k], response[k])[: sound.shape[1]] for k in range(2)])


def trembled(sound: Stereo, rate_hz: int, first_sample: int, *, swing_hz: float, depth: float) -> Stereo:
    """Swung gently from side to side, as suitcase pianos do. ``first_sample`` keeps the swing tied to the song."""
    frames = np.arange(first_sample, first_sample + sound.shape[1] + STEP, STEP)
    swing = joined(depth * np.sin(2 * np.pi * swing_hz * frames / rate_hz), STEP, sound.shape[1])
    return sound * np.stack([1 + swing, 1 - swing])
