"""The raw pulse: a chain of intervals that follows the music, at whatever level and phase explains the onsets best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.spectrum import FRAME_HZ

Floats = NDArray[np.float64]

SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
_PULSE_BPM = (50.0, 220.0)
_USUAL_BPM, _USUAL_OCTAVES = 120.0, 0.6


def find_pulse(activation: Floats, bpm: float | None = None) -> Floats:
    """Frames ``(k,)`` of the pulse in an ``activation`` ``(n,)`` at 100 Hz, as floats, rising.

    With ``bpm`` (20 to 480) the pulse stays within 6 % of it. Empty when the sound is shorter than two beats.
    """
    from musicvid.analysis.search import chain_beats

    if bpm is None:
        slowest, fastest = _PULSE_BPM
    else:
        slowest, fastest = bpm / 1.06, bpm * 1.06
    lengths = np.arange(int(60 * FRAME_HZ / fastest), round(60 * FRAME_HZ / slowest) + 1)
    octaves = np.log2(60 * FRAME_HZ / lengths / (bpm or _USUAL_BPM))
    prior = -15.0 * (octaves / (0.02 if bpm else _USUAL_OCTAVES)) ** 2
    return chain_beats(activation, lengths, prior).astype(np.float64)


def tempo_of(beats: Floats) -> float:
    """Median beats per minute of ``beats`` in frames; 0 with fewer than two."""
    return 60.0 * FRAME_HZ / float(np.median(np.diff(beats))) if len(beats) > 1 else 0.0
