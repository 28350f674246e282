"""The same pulse read at other levels and phases: half, double, off the beat, dotted, triplets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.decoding import FASTEST_BPM, SLOWEST_BPM
from musicvid.analysis.spectrum import FRAME_HZ

Floats = NDArray[np.float64]

_STEPS = 12
"""The pulse is cut into twelfths, which hold halves, thirds and quarters of a beat."""

_PHASES = {12: (0, 3, 6, 9), 6: (0, 3), 24: tuple(range(0, 24, 3)), 8: (0, 2, 4, 6), 16: (0, 4, 8, 12), 4: (0, 2)}
"""Beat interval in twelfths -> first beat: as heard, double, half, 3/2, 3/4 and triple tempo."""


@dataclass(frozen=True, slots=True)
class Reading:
    """``beats`` (k,) in frames; ``speed`` times the pulse, its first beat ``shift`` pulses after the pulse's first."""

    speed: Fraction
    shift: Fraction
    beats: Floats

    @property
    def period(self) -> float:
        """Median beat interval in frames."""
        return float(np.median(np.diff(self.beats)))


def readings_of(pulse: Floats, *, same_speed: bool = False) -> Iterator[Reading]:
    """All readings of ``pulse`` between 40 and 240 bpm with three beats or more; as heard, they always come."""
    twelfths = np.interp(np.arange((len(pulse) - 1) * _STEPS + 1) / _STEPS, np.arange(len(pulse)), pulse)
    bpm = 60.0 * FRAME_HZ / float(np.median(np.diff(pulse)))
    for step, phases in _PHASES.items():
        speed = Fraction(_STEPS, step)
        if speed != 1 and (same_speed or not SLOWEST_BPM <= bpm * speed <= FASTEST_BPM):
            continue
        for phase in phases:
            beats = twelfths[phase::step]
            if len(beats) >= 3 or (speed == 1 and phase == 0):
                yield Reading(speed, Fraction(phase, _STEPS), beats)
