"""Cut a stream into overlapping frames and take their spectra, without a seam between blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_TILE = 131_072
"""Samples of frames transformed at a time: their spectra are still in the processor's cache when sizes are taken."""


class Framer:
    """Hann-windowed magnitude spectra of a stream; frame ``k`` is centred on sample ``k * hop``.

    A full-scale sine in the middle of a bin has magnitude 1. The stream is taken as silent before and after. Single
    precision: 24 bits, as many as the best recordings have.
    """

    def __init__(self, window: int, hop: int) -> None:
        self.window = window
        self.hop = hop
        turns = np.arange(window) / window
        self._weights = ((2.0 - 2.0 * np.cos(2.0 * np.pi * turns)) / window).astype(np.float32)
        self._held: Array = np.zeros(window // 2, np.float32)
        self._pushed = 0
        self._framed = 0

    def push(self, block: Array) -> Array:
        """Spectra ``(window // 2 + 1, frames)`` of all frames that are now complete; a frame's bins lie together."""
        self._pushed += len(block)
        self._held = np.concatenate([self._held, np.asarray(block, np.float32)])
        return self._spectra()

    def finish(self) -> Array:
        """The last frames, so that there are ``1 + pushed // hop`` in all."""
        wanted = 1 + self._pushed // self.hop - self._framed
        short = (wanted - 1) * self.hop + self.window - len(self._held)
        self._held = np.concatenate([self._held, np.zeros(max(short, 0), np.float32)])
        return self._spectra(wanted)

    def _spectra(self, most: int | None = None) -> Array:
        from scipy.fft import rfft

        count = max(0, (len(self._held) - self.window) // self.hop + 1)
        count = count if most is None else min(count, most)
        spectra = np.empty((count, self.window // 2 + 1), np.float32)
        if count:
            frames = np.lib.stride_tricks.sliding_window_view(self._held, self.window)[:: self.hop]
            step = max(1, _TILE // self.window)
            for first in range(0, count, step):
                tile = slice(first, min(first + step, count))
                np.abs(rfft(frames[tile] * self._weights, axis=1, overwrite_x=True, workers=1), out=spectra[tile])
        self._held = self._held[count * self.hop :]
        self._framed += count
        return spectra.T
