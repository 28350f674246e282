"""One pass over the sound: everything the later steps look at, measured block by block.

A song of two hours must fit, so nothing here is kept at full resolution: quick measurements (onset strength, levels)
at 100 per second, slow ones (timbre, chroma) at 25; what the network hears in half precision. Blocks join without a
seam: the result does not depend on how the sound was cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.banks import Bands, a_weighting_db, chroma_bank, mel_bank, mel_edges_hz
from musicvid.analysis.framing import Framer

Array = NDArray[np.float32]

RATE_HZ = 24_000
"""The sound is analysed as mono at this rate: cymbals are in, and all frame lengths are whole numbers."""
FRAME_HZ = 100
SLOW_HZ = 25

BAND_EDGES_HZ = (0.0, 180.0, 800.0, 3200.0, 12_000.0)
"""Kick and bass; voices and chords; snare and consonants; cymbals."""

_WINDOW = 1024
_HOP = RATE_HZ // FRAME_HZ
_CHROMA_WINDOW = 4096
_CHROMA_HOP = RATE_HZ // SLOW_HZ
MEL_LOWEST_HZ = 27.5
"""Where the lowest of the mel bands begins; the highest ends at half the rate."""
_MELS = 80
_TIMBRE_BANDS = 20
_FLOOR = 1e-4
"""Magnitude (of a full-scale sine: 1) below which sound counts as silence, about -80 dB."""
_LAG = 2
_PIECE = 5 * RATE_HZ
"""Samples measured at a time: many enough to spread the cost of each call, few enough for the processor's cache."""
_TONE_OCTAVES = (2.3, 4.5)
"""Centres of the two ranges of tones in octaves above 27.5 Hz: about 135 Hz and 620 Hz."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Features:
    """What was measured. ``n`` frames at 100 Hz and ``m`` at 25 Hz; frame ``k`` is centred on ``k / rate`` seconds.

    ``rise`` (n, 4): onset strength per band of ``BAND_EDGES_HZ``. ``level`` (n, 3): power of all, of the bass and the
    centre of mass of the spectrum in octaves above 27.5 Hz. ``timbre`` (m, 20): log-mel. ``chroma`` (m, 12), from C.
    ``mel`` (n, 80) and ``tones`` (m, 24), float16: what the network hears; log-mel in decades above -80 dB, and the
    chroma of the bass and of the voice's range, each frame's largest at 1.
    """

    duration_s: float
    rise: Array
    level: Array
    timbre: Array
    chroma: Array
    mel: NDArray[np.float16]
    tones: NDArray[np.float16]

    @property
    def frame_count(self) -> int:
        return len(self.rise)


def measure_features(blocks: Iterable[Array]) -> Features:
    """Measure mono sound at ``RATE_HZ`` that comes in blocks ``(any,)`` of float32.

    Onset strength is the spectral flux over log-mel, per band (Böck & Widmer, DAFx 2013, the lag of two frames). The
    numbers are those of librosa's ``stft``, filters and ``onset_strength_multi``. Memory: 85 MB per hour of music, of
    which ``mel`` takes 58, and twice that for a moment at the end.
    """
    quick, slow = _Quick(), _Slow()
    count = 0
    for block in blocks:
        count += len(block)
        for first in range(0, len(block), _PIECE):
            piece = block[first : first + _PIECE]
            quick.push(piece)
            slow.push(piece)
    rise, level, timbre, mel = quick.finish()
    chroma, tones = slow.finish()
    return Features(count / RATE_HZ, rise, level, timbre, chroma, mel, tones)


class _Quick:
    """Short frames: onset strength, levels, timbre."""

    def __init__(self) -> None:
        self.framer = Framer(_WINDOW, _HOP)
        self.bank = Bands(mel_bank(RATE_HZ, _WINDOW, _MELS, MEL_LOWEST_HZ) / _FLOOR)
        freq = np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ)
        octaves = np.log2(np.maximum(freq, 27.5) / 27.5)
        # Columns: all sound as the ear weighs it, the bass, and the moment for the centre of mass.
        heard = 10 ** (a_weighting_db(np.maximum(freq, 20.0)) / 10)
        self.weights = np.stack([heard, (freq > 20) & (freq < 150), heard * octaves], axis=1).astype(np.float32)
        centres = mel_edges_hz(_MELS, MEL_LOWEST_HZ, RATE_HZ / 2)[1:-1]
        self.into_bands = _means(np.searchsorted(centres, BAND_EDGES_HZ))
        self.into_timbre = _means(np.linspace(0, _MELS, _TIMBRE_BANDS + 1).astype(int))
        self.carry = np.zeros((_LAG, _MELS), np.float32)  # silence came before
        self.rises: list[Array] = []
        self.levels: list[Array] = []
        self.timbres: list[Array] = []
        self.mels: list[NDArray[np.float16]] = []
        self.left = np.zeros((0, _TIMBRE_BANDS), np.float32)

    def push(self, block: Array) -> None:
        self._take(self.framer.push(block).T)

    def _take(self, magnitude: Array) -> None:
        """``magnitude`` (frames, bins)."""
        if not len(magnitude):
            return
        mel = np.log10(self.bank(magnitude) + np.float32(1.0))
        self.mels.append(mel.astype(np.float16))
        level = np.square(magnitude, out=magnitude) @ self.weights
        level[:, 2] /= np.maximum(level[:, 0], 1e-12)
        self.levels.append(level)
        joined = np.concatenate([self.carry, mel])
        self.rises.append(np.maximum(mel - joined[:-_LAG], 0.0) @ self.into_bands)
        self.carry = joined[-_LAG:]
        self._timbre(mel)

    def _timbre(self, mel: Array) -> None:
        per = FRAME_HZ // SLOW_HZ
        rows = np.concatenate([self.left, mel @ self.into_timbre])
        whole = len(rows) - len(rows) % per
        self.timbres.append(rows[:whole].reshape(-1, per, _TIMBRE_BANDS).mean(axis=1))
        self.left = rows[whole:]

    def finish(self) -> tuple[Array, Array, Array, NDArray[np.float16]]:
        self._take(self.framer.finish().T)
        if len(self.left):
            self.timbres.append(self.left.mean(axis=0, keepdims=True))
        parts = (self.rises, self.levels, self.timbres)
        rise, level, timbre = (np.concatenate(part) for part in parts)
        return rise, level, timbre, np.concatenate(self.mels)


def _means(edges: NDArray[np.int64]) -> Array:
    """Weights ``(mel bands, groups)`` that take the mean of the mel bands between each edge and the next."""
    weights = np.zeros((_MELS, len(edges) - 1), np.float32)
    for group, (first, stop) in enumerate(pairwise(edges)):
        weights[first:stop, group] = 1.0 / (stop - first)
    return weights


class _Slow:
    """Long frames: chroma needs a finer pitch scale than rhythm does."""

    def __init__(self) -> None:
        self.framer = Framer(_CHROMA_WINDOW, _CHROMA_HOP)
        bells = ((5.0, 2.0), *((centre, 0.75) for centre in _TONE_OCTAVES))
        banks = [chroma_bank(RATE_HZ, _CHROMA_WINDOW, centre=centre, width=width) for centre, width in bells]
        self.bank = np.ascontiguousarray(np.concatenate(banks).T, np.float32)
        self.rows: list[Array] = []
        self.tones: list[NDArray[np.float16]] = []

    def push(self, block: Array) -> None:
        self._take(self.framer.push(block).T)

    def _take(self, magnitude: Array) -> None:
        """``magnitude`` (frames, bins)."""
        rows = magnitude @ self.bank
        self.rows.append(rows[:, :12].copy())
        tones = rows[:, 12:].reshape(len(rows), len(_TONE_OCTAVES), 12)
        loudest = np.maximum(tones.max(axis=2, keepdims=True), _FLOOR)
        self.tones.append((tones / loudest).reshape(len(rows), 12 * len(_TONE_OCTAVES)).astype(np.float16))

    def finish(self) -> tuple[Array, NDArray[np.float16]]:
        self._take(self.framer.finish().T)
        return np.concatenate(self.rows), np.concatenate(self.tones)
