"""Fit the weights of :mod:`musicvid.analysis.choosing` on songs with known beats: a conditional logit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis import weights
from musicvid.analysis.choosing import Candidate
from musicvid.analysis.refine import place_beats
from musicvid.analysis.spectrum import Features

Floats = NDArray[np.float64]

_LEAST_F = 0.75
"""Songs none of whose candidates is any good teach nothing about choosing."""
_AS_GOOD = 0.03


@dataclass(frozen=True, slots=True)
class Judged:
    """A song's candidates: ``facts`` (k, 11), beat F (k,) and downbeat F (k,) (nan where the truth has no bars)."""

    facts: Floats
    beat_f: Floats
    downbeat_f: Floats

    @property
    def good(self) -> NDArray[np.bool_]:
        """``(k,)``: those with about the best beats, and of them those with about the best downbeats."""
        good = self.beat_f >= self.beat_f.max() - _AS_GOOD
        if not np.isnan(self.downbeat_f).all():
            known = np.nan_to_num(self.downbeat_f)
            good &= known >= known[good].max() - _AS_GOOD
        return good


def judge(features: Features, candidates: list[Candidate], beats_s: Floats, downbeats_s: Floats) -> Judged:
    """Score every candidate with mir_eval."""
    from mir_eval.beat import f_measure, trim_beats

    known, bars = trim_beats(beats_s), trim_beats(downbeats_s)
    beat_f, downbeat_f = [], []
    placed: dict[int, Floats] = {}
    for candidate in candidates:
        key = id(candidate.reading)
        if key not in placed:
            placed[key] = place_beats(features, candidate.reading.beats).times_s
        found = placed[key]
        beat_f.append(f_measure(known, trim_beats(found)))
        downbeat_f.append(
            f_measure(bars, trim_beats(found[candidate.first :: candidate.metre])) if len(bars) >= 4 else np.nan
        )
    return Judged(np.array([c.facts for c in candidates]), np.array(beat_f), np.array(downbeat_f))


def fit(songs: list[Judged], ridge: float = 1.0) -> Floats:
    """``(11,)`` weights that make the good candidates likely, in the order of :data:`weights.CHOICE`.

    ``ridge`` is the price of a standardised weight of 1, half of it squared, in nats over all songs.
    """
    from scipy.optimize import minimize

    kept = [song for song in songs if song.beat_f.max() > _LEAST_F]
    facts = np.concatenate([song.facts for song in kept])
    scale = facts.std(axis=0) + 1e-9
    rows = [((song.facts - song.facts.mean(axis=0)) / scale, song.good) for song in kept]

    def loss(w: Floats) -> tuple[float, Floats]:
        total, slope = 0.5 * ridge * float(w @ w), ridge * w
        for row, good in rows:
            logs = row @ w
            odds = np.exp(logs - logs.max())
            share = odds[good].sum() / odds.sum()
            total -= float(np.log(share + 1e-300))
            slope = slope + row.T @ (odds / odds.sum()) - row[good].T @ (odds[good] / odds[good].sum())
        return total, slope

    return np.asarray(minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B").x) / scale


def folds_of(
    songs: list[Judged], folds: int = 10, ridge: float = 1.0, seed: int = 0
) -> Iterator[tuple[list[int], Floats]]:
    """(songs held out, weights fitted on the others), until every song was held out once."""
    order = np.random.default_rng(seed).permutation(len(songs)).tolist()
    for k in range(min(folds, len(songs))):
        held = sorted(order[k::folds])
        yield held, fit([songs[i] for i in order if i not in set(held)], ridge)


def as_text(found: Floats) -> str:
    """The weights as :mod:`musicvid.analysis.weights` states them."""
    return "\n".join(f'    "{name}": {value:.3f},' for name, value in zip(weights.CHOICE, found, strict=True))


def fit_right(facts: Floats, right: NDArray[np.bool_], ridge: float = 0.15) -> Floats:
    """``(1 + n,)``: constant and weights of a logistic regression of ``right`` (k,) on ``facts`` (k, n), for
    :data:`weights.RIGHT`; ``ridge`` is scikit-learn's ``C`` for standardised facts."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = facts.mean(axis=0), facts.std(axis=0) + 1e-9
    model = LogisticRegression(C=ridge).fit((facts - mean) / scale, right)
    slopes = model.coef_[0] / scale
    return np.concatenate([model.intercept_ - slopes @ mean, slopes])
