"""What a bar sounds like: a reading of the song held against a template of a bar.

A bar is cut into quarter beats. At each of them six qualities are heard
(:data:`musicvid.analysis.qualities.QUALITIES`); a template says how much each speaks for that place in the bar. The fit
is linear in the average bar that follows from a reading, a metre and a first downbeat.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis import weights
from musicvid.analysis.qualities import QUALITIES, Qualities
from musicvid.analysis.readings import Reading

Floats = NDArray[np.float64]

PARTS = 4
"""Places per beat."""


def listen(qualities: Qualities, reading: Reading) -> Floats:
    """``(k, 4, 6)``: what is heard at the quarters of each of the reading's ``k`` beats."""
    beats, period = reading.beats, reading.period
    steps = np.append(np.diff(beats), period)
    moments = beats[:, None] + steps[:, None] * np.arange(PARTS) / PARTS
    return qualities.at(moments.ravel(), period).reshape(len(beats), PARTS, len(QUALITIES))


def fit(places: Floats, metre: int, first: int) -> float:
    """How well the mean bar fits when beat ``first`` is a downbeat, in nats up to a constant; ``metre`` is one of
    :data:`musicvid.analysis.weights.TEMPLATE`."""
    bar = average_bar(places, metre, first)
    return float(weights.METRE[metre] + (bar * weights.TEMPLATE[metre]).sum())


def average_bar(places: Floats, metre: int, first: int) -> Floats:
    """``(metre, 4, 6)``: the mean bar when beat ``first`` is a downbeat."""
    everywhere = places.mean(axis=0)
    rows = [places[(first + beat) % metre :: metre] for beat in range(metre)]
    return np.stack([row.mean(axis=0) if len(row) else everywhere for row in rows])
