"""What a network would hear in music whose beats are known."""

from __future__ import annotations

import numpy as np

from musicvid.analysis.activations import Activations

METRES = (2, 3, 4, 5, 6, 7)
TEMPI_BPM = 40.0 * 2.0 ** (np.arange(32) / 12)


def activations_of(
    beats_s: np.ndarray, downbeats_s: np.ndarray, duration_s: float, *, high: float = 0.9, low: float = 0.02
) -> Activations:
    """Bumps of a frame at the beats; tempo and metre as unsure as can be."""
    count = int(duration_s * 50)
    beat, downbeat = np.full(count, low, np.float32), np.full(count, low / 2, np.float32)
    for curve, times in ((beat, beats_s), (downbeat, downbeats_s)):
        at = np.round(times * 50).astype(int)
        curve[at[(at >= 0) & (at < count)]] = high
    slow = -(-count // 4)
    return Activations(
        beat,
        downbeat,
        np.full((slow, len(TEMPI_BPM)), 1 / len(TEMPI_BPM), np.float32),
        np.full((slow, len(METRES)), 1 / len(METRES), np.float32),
        np.zeros(slow, np.float32),
        np.full((slow, 4), 0.25, np.float32),
        METRES,
    )
