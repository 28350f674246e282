"""Filter banks over the bins of a spectrum, by the published formulas: mel bands, pitch classes, the ear's weighting.

They equal librosa's, which the tests compare them with. Calling librosa would make every fresh process import it, and
compile parts of it that are not used here: two seconds of CPU time, more than a song takes; ten when nothing is cached.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_LINEAR_HZ_PER_MEL = 200.0 / 3.0
_LOG_FROM_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27.0
_A4_HZ = 440.0


def mel_of(hz: ArrayLike) -> Floats:
    """Frequency in mels, linear below 1 kHz, logarithmic above (Slaney, Auditory Toolbox, 1998)."""
    hz = np.asarray(hz, np.float64)
    above = _LOG_FROM_HZ / _LINEAR_HZ_PER_MEL + np.log(np.maximum(hz, _LOG_FROM_HZ) / _LOG_FROM_HZ) / _LOG_STEP
    return np.where(hz < _LOG_FROM_HZ, hz / _LINEAR_HZ_PER_MEL, above)


def hz_of(mel: ArrayLike) -> Floats:
    """The inverse of :func:`mel_of`."""
    mel = np.asarray(mel, np.float64)
    over = np.maximum(mel - _LOG_FROM_HZ / _LINEAR_HZ_PER_MEL, 0.0)
    return np.where(over > 0, _LOG_FROM_HZ * np.exp(_LOG_STEP * over), mel * _LINEAR_HZ_PER_MEL)


def mel_edges_hz(bands: int, lowest_hz: float, highest_hz: float) -> Floats:
    """``(bands + 2,)``: band ``k`` rises from edge ``k`` to its centre, edge ``k + 1``, and falls to edge ``k + 2``."""
    return hz_of(np.linspace(mel_of(lowest_hz), mel_of(highest_hz), bands + 2))


def mel_bank(rate_hz: int, window: int, bands: int, lowest_hz: float) -> Floats:
    """Triangles ``(bands, window // 2 + 1)`` up to half the rate; each adds up to 1, so that it takes a mean."""
    edges = mel_edges_hz(bands, lowest_hz, rate_hz / 2)
    bins_hz = np.fft.rfftfreq(window, 1 / rate_hz)
    rising = (bins_hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins_hz) / (edges[2:] - edges[1:-1])[:, None]
    bank = np.maximum(0.0, np.minimum(rising, falling))
    return bank / bank.sum(axis=1, keepdims=True)


def chroma_bank(rate_hz: int, window: int, *, centre: float, width: float) -> Floats:
    """Pitch classes ``(12, window // 2 + 1)`` from C, in equal temperament at A = 440 Hz.

    Each bin belongs to the classes near it (Ellis, "Chroma feature analysis and synthesis", 2007), and counts by a bell
    of ``width`` octaves around ``centre`` octaves above 27.5 Hz.
    """
    bins_hz = np.arange(1, window) * (rate_hz / window)
    notes = 12.0 * np.log2(bins_hz / (_A4_HZ / 16.0))
    notes = np.concatenate([[notes[0] - 18.0], notes])  # the first bin is not a pitch: far below the rest
    breadth = np.concatenate([np.maximum(np.diff(notes), 1.0), [1.0]])
    apart = np.remainder(notes - np.arange(12)[:, None] + 6.0, 12.0) - 6.0
    bank = np.exp(-0.5 * (2.0 * apart / breadth) ** 2)
    bank /= np.sqrt((bank**2).sum(axis=0))
    bank *= np.exp(-0.5 * ((notes / 12.0 - centre) / width) ** 2)
    return np.roll(bank, -3, axis=0)[:, : window // 2 + 1]


def a_weighting_db(hz: ArrayLike) -> Floats:
    """How loud the ear finds a frequency, in dB relative to 1 kHz, -80 at least (IEC 61672-1, A-weighting)."""
    squared = np.asarray(hz, np.float64) ** 2
    poles = np.array([12194.217, 20.598997, 107.65265, 737.86223]) ** 2
    gain = poles[0] * squared**2 / ((squared + poles[0]) * (squared + poles[1]))
    gain = gain / np.sqrt((squared + poles[2]) * (squared + poles[3]))
    return np.maximum(2.0 + 20.0 * np.log10(gain), -80.0)


class Bands:
    """A bank ``(bands, bins)`` of narrow bands in rising order, ready to be applied to spectra.

    Only the bins that a group of neighbouring bands can hear are multiplied: a sixth of the bank.
    """

    def __init__(self, bank: Floats, group: int = 16) -> None:
        self.count = len(bank)
        self._groups: list[tuple[slice, slice, NDArray[np.float32]]] = []
        for first in range(0, len(bank), group):
            part = bank[first : first + group]
            heard = np.flatnonzero(part.any(axis=0))
            bins = slice(int(heard[0]), int(heard[-1]) + 1)
            weights = np.ascontiguousarray(part[:, bins].T, np.float32)
            self._groups.append((slice(first, first + len(part)), bins, weights))

    def __call__(self, spectra: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(frames, bins)`` to ``(frames, bands)``."""
        out = np.empty((len(spectra), self.count), np.float32)
        for bands, bins, weights in self._groups:
            np.matmul(spectra[:, bins], weights, out=out[:, bands])
        return out
