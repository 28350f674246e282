"""Beats and bar lines: :func:`find_beats`. A plain callable, so that another tracker can take its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.activations import QUICK_HZ, heard_in
from musicvid.analysis.choosing import Choice, candidates_of, choose
from musicvid.analysis.decoding import decode, guided, usual_metre, weigh, with_onsets
from musicvid.analysis.paths import Evidence, Path
from musicvid.analysis.qualities import Qualities
from musicvid.analysis.refine import place_beats
from musicvid.analysis.spectrum import FRAME_HZ, Features
from musicvid.analysis.sureness import Sureness, how_sure, signs_of

Floats = NDArray[np.float64]

_HEARD = 1e-6
"""A frame whose power is below this part of the loudest (-60 dB) is silent."""
_FEWEST = 4


@dataclass(frozen=True, slots=True)
class BeatTrack:
    """``times_s`` (k,) seconds, rising; ``positions`` (k,) in the bar from 1; ``strengths`` (k,) 0 to 1.

    Confidences are probabilities, 0 to 1, see :class:`musicvid.schema.song.Confidence`. ``notes`` are for the user.
    """

    times_s: Floats
    positions: NDArray[np.int64]
    strengths: Floats
    pulse_confidence: float
    octave_confidence: float
    phase_confidence: float
    downbeat_confidence: float
    notes: tuple[str, ...] = ()


FindBeats = Callable[..., BeatTrack]
"""``find_beats(features, *, bpm=None) -> BeatTrack``."""


def find_beats(features: Features, *, bpm: float | None = None) -> BeatTrack:
    """Beats and their place in the bar.

    A network hears how likely a beat and a downbeat is at every moment (:mod:`musicvid.analysis.network`); a search
    finds the path of tempo, metre and bar through it (:mod:`musicvid.analysis.bar_pointer`); level, phase and bar line
    are chosen over the whole song (:mod:`musicvid.analysis.choosing`), and the path is searched again with that in
    mind. Each beat is then put where its onset is. With ``bpm`` the tempo stays within 6 % of it.
    """
    heard, qualities = heard_in(features), Qualities(features)
    network = weigh(heard, bpm)
    evidence = with_onsets(network, qualities.activation)
    path = decode(evidence)
    if len(path.frames) < _FEWEST:
        return _nothing()
    choice = choose(candidates_of(path, network, qualities, same_speed=bpm is not None))
    path = _sounding(as_chosen(path, choice, evidence), features)
    if len(path.frames) < _FEWEST:
        return _nothing()
    placed = place_beats(features, path.frames * (FRAME_HZ / QUICK_HZ))
    sure = how_sure(choice, signs_of(heard, path.frames, placed.in_step), told_bpm=bpm is not None)
    inside = (placed.times_s >= 0) & (placed.times_s < features.duration_s)
    keep = inside & np.concatenate([[True], np.diff(placed.times_s) > 0.02])
    return BeatTrack(
        placed.times_s[keep],
        path.positions[keep],
        placed.clarity[keep],
        sure.pulse,
        sure.octave,
        sure.phase,
        sure.downbeats,
        (*_notes(sure, choice, bpm), *_division(qualities, path)),
    )


def as_chosen(path: Path, choice: Choice, evidence: Evidence) -> Path:
    """The path again, drawn to the way of counting that was chosen; as it is where that is its own."""
    best = choice.best
    if best.as_searched:
        return path
    frames = np.round(best.reading.beats * (QUICK_HZ / FRAME_HZ)).astype(np.int64)
    drawn = decode(guided(evidence, frames, np.arange(len(frames)) % best.metre == best.first))
    return drawn if len(drawn.frames) >= _FEWEST else path


def _nothing() -> BeatTrack:
    none = np.zeros(0)
    return BeatTrack(none, none.astype(np.int64), none, 0.0, 0.0, 0.0, 0.0, ("the song is too short to hear a beat",))


def _sounding(path: Path, features: Features) -> Path:
    """Without beats in the silence before and after the music."""
    heard = np.flatnonzero(features.level[:, 0] > _HEARD * features.level[:, 0].max(initial=0.0))
    if not len(heard) or len(path.frames) < 2:
        return path
    step = float(np.median(np.diff(path.frames)))
    scale = FRAME_HZ / QUICK_HZ
    inside = (path.frames > heard[0] / scale - 0.5 * step) & (path.frames < heard[-1] / scale + 0.5 * step)
    return Path(path.frames[inside], path.positions[inside], path.score)


def _division(qualities: Qualities, path: Path) -> list[str]:
    if not qualities.in_three(path.frames * (FRAME_HZ / QUICK_HZ)):
        return []
    metre = usual_metre(path.positions)
    name = {2: "six-eight", 3: "nine-eight", 4: "six-eight in pairs of bars, or twelve-eight"}.get(
        metre, "a triple time"
    )
    return [f"heard as {name}: {metre} dotted beats to the bar"]


def _notes(sure: Sureness, choice: Choice, bpm: float | None) -> tuple[str, ...]:
    notes = []
    if bpm is not None:
        notes.append(f"tempo held near {bpm:g} bpm as asked; the beats follow the music within 6 % of it")
    if sure.pulse < 0.5:
        notes.append("no clear pulse: the beats are a guess (give --bpm or --beats if you know better)")
    elif sure.octave < 0.6 and bpm is None and choice.rival_bpm is not None:
        found = choice.best.bpm
        notes.append(f"the tempo may be {choice.rival_bpm:.0f} instead of {found:.0f} bpm (set it with --bpm)")
    if sure.pulse >= 0.5 and sure.phase < 0.6:
        notes.append("the beats may lie half a beat off (listen with --click; shift them with --offset)")
    return tuple(notes)
