"""Cut a stream into overlapping frames and take their spectra, without a seam between blocks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Framer:
    """Hann-windowed magnitude spectra of a stream; frame ``k`` is centred on sample ``k * hop``.

    A full-scale sine in the middle of a bin has magnitude 1. The stream is taken as silent before and after.
    """

    def __init__(self, window: int, hop: int) -> None:
        self.window = window
        self.hop = hop
        self._held: Array = np.zeros(window // 2, np.float32)
        self._pushed = 0
        self._framed = 0

    def push(self, block: Array) -> Array:
        """Spectra ``(window // 2 + 1, frames)`` of all frames that are now complete."""
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
        import librosa

        count = max(0, (len(self._held) - self.window) // self.hop + 1)
        count = count if most is None else min(count, most)
        if count <= 0:
            return np.zeros((self.window // 2 + 1, 0), np.float32)
        used = self._held[: (count - 1) * self.hop + self.window]
        spectra = librosa.stft(used, n_fft=self.window, hop_length=self.hop, center=False)
        self._held = self._held[count * self.hop :]
        self._framed += count
        return np.abs(spectra) * np.float32(4.0 / self.window)
