"""What a bar sounds like: scores of beats and bar lines against a template, and the path of bar positions.

A bar is cut into quarter beats. At each of them six qualities are heard (:data:`musicvid.analysis.evidence.QUALITIES`);
a template says how much each speaks for that place in the bar. The score of a reading of the song (these are the
beats, this one is a downbeat, four or three to a bar) is linear in the average bar that follows from it, so that
choosing the level, the phase, the metre and the bar line is one choice among some hundred candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis import weights
from musicvid.analysis.evidence import QUALITIES, Evidence
from musicvid.analysis.readings import Reading

Floats = NDArray[np.float64]

METRES = (4, 3)
PARTS = 4
"""Places per beat."""

_CHANGE_PRICE = 0.4 * 350
"""Price of leaving the count within a song."""


_UNMARKED_PRICE = 6.0
MARKED = 0.6
"""In songs with known beats, the right phase has at least two thirds of the activation of the most marked one."""

_AROUND_BEATS = 33
_ON_SCALE = 5.0
_SHARPNESS = 1.5
"""The ridge penalty of the fit makes it too modest; with this the stated probabilities come true on songs left out."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """One reading, listened to: ``places`` (k, 4, 6) qualities at the quarters of each beat, ``onsets`` (k, 4) the
    activation there, ``whole`` (6,) numbers of the reading at large (see :func:`listen`)."""

    reading: Reading
    places: Floats
    whole: Floats
    onsets: Floats

    @property
    def marked(self) -> float:
        """Mean activation on the beat, 0 to 1."""
        return float(self.whole[2] / _ON_SCALE)


def listen(evidence: Evidence, reading: Reading) -> Hearing:
    """Hear a reading.

    ``whole``: octaves from 120 bpm, their square, activation on the beat, at the quarters beyond what beat and half
    have, at the halves, and at the thirds beyond the halves.
    """
    beats, period = reading.beats, reading.period
    steps = np.append(np.diff(beats), period)
    moments = beats[:, None] + steps[:, None] * np.arange(PARTS) / PARTS
    places = evidence.qualities(moments.ravel(), period).reshape(len(beats), PARTS, len(QUALITIES))

    def active(*parts: float) -> float:
        return float(np.mean([evidence.activation_at(beats[:-1] + steps[:-1] * p).mean() for p in parts]))

    octaves = float(np.log2(6000.0 / period / 120.0))
    on, half, quarter, third = active(0.0), active(0.5), active(0.25, 0.75), active(1 / 3, 2 / 3)
    whole = [on, quarter - 0.5 * on - 0.5 * half, half, third - half]
    numbers = np.array([octaves, octaves**2, *(_ON_SCALE * number for number in whole)])
    return Hearing(reading, places, numbers, evidence.activation_at(moments))


def average_bar(places: Floats, metre: int, first: int) -> Floats:
    """``(metre, 4, 6)``: the mean bar when beat ``first`` is a downbeat."""
    count = (np.arange(len(places)) - first) % metre
    everywhere = places.mean(axis=0)
    rows = [places[count == beat].mean(axis=0) if (count == beat).any() else everywhere for beat in range(metre)]
    return np.stack(rows)


def score(hearing: Hearing, metre: int, first: int) -> float:
    """Log-odds (up to a constant of the song) that this reading, metre and downbeat are right."""
    bar = average_bar(hearing.places, metre, first)
    odds = hearing.whole @ weights.WHOLE + weights.METRE[metre] + (bar * weights.TEMPLATE[metre]).sum()
    return float(_SHARPNESS * odds)


def follow_bars(hearing: Hearing, metre: int, first: int) -> NDArray[np.int64]:
    """Place in the bar, 0 to ``4 * metre - 1``, of every quarter beat ``(k * 4,)``.

    A Viterbi search over the same template, which starts with beat ``first`` as a downbeat; leaving the count (a
    tracker that slipped by half a beat, an inserted bar of two) costs a fixed price, and so does every beat at a place
    that onsets hardly mark.
    """
    template = weights.TEMPLATE[metre].reshape(metre * PARTS, -1)
    gains = hearing.places.reshape(-1, len(QUALITIES)) @ template.T * metre
    gains[:, ::PARTS] -= _UNMARKED_PRICE * _unmarked(hearing.onsets)[:, None]
    value = np.full(metre * PARTS, -_CHANGE_PRICE)
    value[-first % metre * PARTS] = 0.0
    value += gains[0]
    came = np.zeros(gains.shape, np.int16)
    before = np.roll(np.arange(metre * PARTS), 1)
    for k in range(1, len(gains)):
        best = int(value.argmax())
        on, leap = value[before], value[best] - _CHANGE_PRICE
        came[k] = np.where(on >= leap, before, best)
        value = np.maximum(on, leap) + gains[k]
    path = np.empty(len(gains), np.int64)
    path[-1] = value.argmax()
    for k in range(len(gains) - 1, 0, -1):
        path[k - 1] = came[k, path[k]]
    return path


def _unmarked(onsets: Floats) -> Floats:
    """``(k * 4,)``: 1 at quarters that, within some bars, have far less activation than the most marked quarter."""
    from scipy.ndimage import uniform_filter1d

    around = uniform_filter1d(onsets, _AROUND_BEATS, axis=0, mode="nearest")
    return (around < MARKED * around.max(axis=1, keepdims=True)).astype(np.float64).ravel()
