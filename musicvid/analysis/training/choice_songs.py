"""Annotated songs, counted in every way: what :mod:`musicvid.analysis.training.choice_fitting` learns from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis import weights
from musicvid.analysis.activations import QUICK_HZ, heard_in
from musicvid.analysis.beats import as_chosen
from musicvid.analysis.choosing import Candidate, candidates_of, choose
from musicvid.analysis.decoding import decode, weigh, with_onsets
from musicvid.analysis.listening import Listening
from musicvid.analysis.paths import Evidence
from musicvid.analysis.qualities import Qualities
from musicvid.analysis.refine import place_beats
from musicvid.analysis.spectrum import FRAME_HZ, Features, measure_features
from musicvid.analysis.sureness import log_odds, signs_of
from musicvid.analysis.training.choice_fitting import Judged, fit, fit_right, folds_of, judge
from musicvid.errors import InputError

Floats = NDArray[np.float64]

_SOUNDS = (".ogg", ".flac", ".wav", ".mp3", ".m4a")
_RIGHT_F = 0.9
_CARE = 0.15
"""What is stated is to be true more often than not: the constant is lowered by so much."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A song, all ways to count it, and how good each is."""

    name: str
    features: Features
    evidence: Evidence
    ways: list[Candidate]
    judged: Judged
    beats_s: Floats


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights for :data:`weights.CHOICE` and :data:`weights.RIGHT`; ``beat_f`` and ``downbeat_f``: means of the ways
    chosen for songs held out."""

    choice: Floats
    right: Floats
    beat_f: float
    downbeat_f: float


def counted_songs(folder: Path) -> Iterator[Counted]:
    """Every sound below ``folder`` with a JSON file of ``beats`` (and ``downbeats``), in seconds, beside it.

    Raises :class:`InputError` where there is none.
    """
    found = False
    for truth in sorted(folder.rglob("*.json")):
        sound = next((s for s in map(truth.with_suffix, _SOUNDS) if s.exists()), None)
        known = json.loads(truth.read_text()) if sound else {}
        if sound is None or not isinstance(known, dict) or not known.get("beats"):
            continue
        found = True
        features = measure_features(Listening(sound).blocks())
        qualities, network = Qualities(features), weigh(heard_in(features))
        evidence = with_onsets(network, qualities.activation)
        ways = candidates_of(decode(evidence), network, qualities)
        beats_s = np.array(known["beats"], float)
        judged = judge(features, ways, beats_s, np.array(known.get("downbeats") or [], float))
        yield Counted(sound.stem, features, evidence, ways, judged, beats_s)
    if not found:
        raise InputError("no songs with a JSON file of beats here", where=str(folder))


def fit_songs(songs: list[Counted], folds: int = 10) -> Fitted:
    """Fit on all songs; what the choice reaches, and how sure it may be, come from songs held out of it in turn."""
    judged = [song.judged for song in songs]
    facts, right, scores = [], [], []
    for held, found in folds_of(judged, folds):
        for k in held:
            song, best = songs[k], int((judged[k].facts @ found).argmax())
            scores.append((judged[k].beat_f[best], judged[k].downbeat_f[best]))
            row, f = _outcome(song, found)
            facts.append(row)
            right.append(f > _RIGHT_F)
    sure = fit_right(np.array(facts), np.array(right))
    sure[0] -= _CARE
    return Fitted(fit(judged), sure, float(np.mean([s[0] for s in scores])), float(np.nanmean([s[1] for s in scores])))


def _outcome(song: Counted, found: Floats) -> tuple[list[float], float]:
    """The facts of :data:`weights.RIGHT` and the beat F of the tracker with weights ``found``."""
    from mir_eval.beat import f_measure, trim_beats

    choice = choose(song.ways, dict(zip(weights.CHOICE, found.tolist(), strict=True)))
    path = as_chosen(decode(song.evidence), choice, song.evidence)
    placed = place_beats(song.features, path.frames * (FRAME_HZ / QUICK_HZ))
    signs = signs_of(heard_in(song.features), path.frames, placed.in_step)
    row = [log_odds(choice.octave), log_odds(choice.phase), *astuple(signs)]
    return row, float(f_measure(trim_beats(song.beats_s), trim_beats(placed.times_s)))
