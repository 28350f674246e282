"""Where the music is between two beats and within the bar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.curves.shaping import CURVE_HZ, Floats
from musicvid.schema.song import Curve


def phase_curves(times_s: Floats, positions: NDArray[np.int64], duration_s: float) -> tuple[Curve, ...]:
    """``beat_phase`` and ``bar_phase`` of beats at ``times_s`` (k,), rising, with ``positions`` (k,) from 1.

    0 at each beat, rising evenly to 1 at the next; after the last one as fast as before it, then resting at 1, as
    before the first. 1 throughout where there are no beats.
    """
    at = np.arange(int(duration_s * CURVE_HZ) + 1) / CURVE_HZ
    phases = {"beat_phase": _phase(at, times_s), "bar_phase": _phase(at, times_s[positions == 1])}
    return tuple(Curve(name, "turns", CURVE_HZ, phase.astype("<f4").tobytes()) for name, phase in phases.items())


def _phase(at: Floats, events_s: Floats) -> Floats:
    if not len(events_s):
        return np.ones(len(at))
    last = events_s[-1] - events_s[-2] if len(events_s) > 1 else 1.0
    edges = np.append(events_s, events_s[-1] + last)
    turned = np.interp(at, edges, np.arange(len(edges)))
    return np.where((at >= edges[0]) & (at < edges[-1]), turned % 1.0, 1.0)
