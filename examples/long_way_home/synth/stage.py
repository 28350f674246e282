"""A stereo buffer on which sounds are placed by sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float32]
Stereo = NDArray[np.float32]


class Stage:
    """The samples ``start``..``stop`` of the song, shape (2, n); whatever is placed outside is cut off."""

    def __init__(self, start: int, stop: int) -> None:
        self.start = start
        self.stop = stop
        self.samples: Stereo = np.zeros((2, stop - start), np.float32)

    def add(self, sound: NDArray[np.float32], sample: int, gain: float = 1.0, pan: float = 0.0) -> None:
        """Add a mono (n,) or stereo (2, n) sound that begins at song sample ``sample``.

        ``pan`` runs from -1 (left) to 1 (right) at equal power; a stereo sound is balanced instead.
        """
        first = max(self.start - sample, 0)
        last = min(self.stop - sample, sound.shape[-1])
        if last <= first:
            return
        angle = (pan + 1) * np.pi / 4
        place = slice(sample + first - self.start, sample + last - self.start)
        for side, share in enumerate((np.cos(angle), np.sin(angle))):
            source = sound if sound.ndim == 1 else sound[side]
            self.samples[side, place] += source[first:last] * np.float32(share * gain * np.sqrt(2))


def seconds(count: int, rate_hz: int) -> NDArray[np.float64]:
    """The times of ``count`` samples."""
    return np.arange(count) / rate_hz


def joined(values: NDArray[np.float64], step: int, count: int) -> NDArray[np.float32]:
    """Control values given every ``step`` samples, joined by straight lines: ``count`` samples, the last value held."""
    starts = values.astype(np.float32)
    ramp = np.arange(step, dtype=np.float32) / np.float32(step)
    line = (starts[:-1, None] + np.diff(starts)[:, None] * ramp).ravel()[:count]
    return np.pad(line, (0, count - len(line)), mode="edge") if len(line) < count else line


def faded(sound: NDArray[np.float32], fade: int) -> NDArray[np.float32]:
    """The sound with a raised-cosine end of ``fade`` samples, so that cutting it does not click."""
    fade = min(fade, sound.shape[-1])
    if fade:
        sound[..., -fade:] *= (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fade))).astype(np.float32)
    return sound
