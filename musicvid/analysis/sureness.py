"""From how clear the beats are, and how much likelier one way of counting is than the others, to probabilities."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis import weights
from musicvid.analysis.activations import QUICK_HZ, SLOW_PER_QUICK, Activations
from musicvid.analysis.choosing import Choice

_STEADY = 0.1


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a grid, each 0 to 1: ``clear``: mean activation at the beats; ``in_step``: see
    :class:`musicvid.analysis.refine.Placed`; ``tempo``: what the network gives to the tempo found; ``alone``: how much
    less a beat is heard half-way between; ``share``: part of all activation that is at the beats; ``steady``: part of
    the intervals within 10 % of the usual one."""

    clear: float
    in_step: float
    tempo: float
    alone: float
    share: float
    steady: float


@dataclass(frozen=True, slots=True)
class Sureness:
    """Probabilities, 0 to 1, that there is a pulse, and that its level, its phase and its bar lines are the right ones;
    see :class:`musicvid.schema.song.Confidence`."""

    pulse: float
    octave: float
    phase: float
    downbeats: float


def signs_of(heard: Activations, frames: NDArray[np.int64], in_step: float) -> Signs:
    """``frames`` (k,) of at least two beats at 50 Hz."""
    steps = np.diff(frames)
    rows = np.arange(len(heard.tempo)) * SLOW_PER_QUICK
    bpm = 60.0 * QUICK_HZ / np.interp(rows, frames[:-1], np.maximum(steps, 1))
    classes = heard.tempo.shape[1]
    which = np.clip(np.round(12 * np.log2(bpm / 40.0)), 0, classes - 1).astype(np.int64)
    near = [heard.tempo[np.arange(len(rows)), np.clip(which + k, 0, classes - 1)] for k in (-1, 0, 1)]
    return Signs(
        float(_near(heard.beat, frames).max(axis=1).mean()),
        in_step,
        float(min(np.sum(near, axis=0).mean(), 1.0)),
        1.0 - float(_near(heard.beat, (frames[:-1] + frames[1:]) // 2).max(axis=1).mean()),
        float(min(_near(heard.beat, frames).sum() / max(float(heard.beat.sum()), 1e-9), 1.0)),
        float((np.abs(steps / np.median(steps) - 1) < _STEADY).mean()),
    )


def how_sure(choice: Choice, signs: Signs, *, told_bpm: bool) -> Sureness:
    """A level that was told is beyond doubt. That the grid as a whole is right has a probability of its own, fitted on
    songs with known beats; where it is the lowest, it bounds the weaker of level and phase."""
    pulse = _logistic(20.0 * (signs.in_step - 0.5) + 6.0 * (signs.clear - 0.35))
    octave = 1.0 if told_bpm else choice.octave
    facts = (log_odds(octave), log_odds(choice.phase), *astuple(signs))
    right = _logistic(weights.RIGHT[0] + sum(w * fact for w, fact in zip(weights.RIGHT[1:], facts, strict=True)))
    phase = choice.phase
    if octave < phase:
        octave = min(octave, right)
    else:
        phase = min(phase, right)
    return Sureness(pulse, pulse * octave, pulse * phase, pulse * choice.downbeats)


def beat_sureness(heard: Activations, times_s: NDArray[np.float64], overall: float) -> NDArray[np.float64]:
    """``(k,)``: probability that there is a beat at each of ``times_s`` (k,), from the largest activation within 40 ms;
    ``overall``: that of the whole grid."""
    frames = np.round(times_s * QUICK_HZ).astype(np.int64)[:, None] + np.arange(-2, 3)
    active = heard.beat[np.clip(frames, 0, len(heard.beat) - 1)].max(axis=1, initial=0.0).astype(np.float64)
    share = np.clip(active, 0.02, 0.995)
    constant, here, whole = weights.BEAT
    odds = constant + here * np.log(share / (1 - share)) + whole * log_odds(overall)
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def _near(activation: NDArray[np.float32], frames: NDArray[np.int64]) -> NDArray[np.float32]:
    """``(k, 3)``: at each frame and its neighbours."""
    return activation[np.clip(frames[:, None] + np.arange(-1, 2), 0, len(activation) - 1)]


def log_odds(share: float) -> float:
    """Of a share, within bounds that a few songs can tell apart."""
    share = min(max(share, 0.02), 0.995)
    return math.log(share / (1 - share))


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(x, -40.0), 40.0)))
