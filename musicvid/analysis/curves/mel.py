"""The log-mel spectrum by frequency."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.banks import mel_edges_hz
from musicvid.analysis.spectrum import RATE_HZ, Features

Array = NDArray[np.float32]

BLOCK_FRAMES = 6000
"""A minute at a time: hours of it need no more memory, and it stays in the processor's cache."""

_LOWEST_HZ = 27.5
"""Where the lowest band of ``Features.mel`` begins; the highest ends at half of ``RATE_HZ``."""


def bands(features: Features, low_hz: float, high_hz: float, frames: slice = slice(None)) -> Array:
    """``(n, some)``, float32: the bands of ``features.mel`` whose centres lie from ``low_hz`` to below ``high_hz``."""
    first, stop = np.searchsorted(centres_hz(features.mel.shape[1]), [low_hz, high_hz])
    return features.mel[frames, first:stop].astype(np.float32)


@lru_cache(maxsize=4)
def centres_hz(count: int) -> NDArray[np.float64]:
    """``(count,)``: centre frequencies of the mel bands."""
    return mel_edges_hz(count, _LOWEST_HZ, RATE_HZ / 2)[1:-1]
