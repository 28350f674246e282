"""Beats and bar lines: :func:`find_beats`. A plain callable, so that another tracker can take its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.bars import PARTS, follow_bars, listen
from musicvid.analysis.compound import Count, felt_in_two
from musicvid.analysis.evidence import Evidence
from musicvid.analysis.octave import Choice, choose
from musicvid.analysis.pulse import find_pulse
from musicvid.analysis.readings import readings_of
from musicvid.analysis.refine import place_beats
from musicvid.analysis.spectrum import FRAME_HZ, Features

Floats = NDArray[np.float64]

_HEARD = 1e-6
"""A frame whose power is below this part of the loudest (-60 dB) is silent."""


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

    A pulse is followed through the song, then read at other levels and phases; the reading, metre and bar line are
    chosen together by what a bar sounds like, and slips of the count are mended. With ``bpm`` the tempo stays within
    6 % of it and only the phase is chosen.
    """
    evidence = Evidence(features)
    pulse = find_pulse(evidence.activation, bpm)
    if len(pulse) < 2:
        return _nothing()
    hearings = [listen(evidence, reading) for reading in readings_of(pulse, same_speed=bpm is not None)]
    choice = choose(hearings)
    count = _count(choice)
    in_two = felt_in_two(evidence, count) if bpm is None else None
    count = _fill(in_two or count, 2 if in_two else choice.metre, _sounding(features))
    placed = place_beats(features, count.frames)
    keep = np.concatenate([[True], np.diff(placed.times_s) > 0.02])
    clear = _pulse_confidence(placed.in_step)
    return BeatTrack(
        placed.times_s[keep],
        count.positions[keep],
        placed.clarity[keep],
        clear,
        clear * (1.0 if bpm else choice.octave),
        clear * choice.phase,
        clear * choice.downbeats,
        (*_notes(choice, clear, bpm), *(["heard as six-eight: two dotted beats to the bar"] if in_two else [])),
    )


def _nothing() -> BeatTrack:
    none = np.zeros(0)
    return BeatTrack(none, none.astype(np.int64), none, 0.0, 0.0, 0.0, 0.0, ("the song is too short to hear a beat",))


def _count(choice: Choice) -> Count:
    """Frames and positions of the beats on the path of bar places; of two closer than 0.6 beats the later goes."""
    hearing = choice.hearing
    beats, period = hearing.reading.beats, hearing.reading.period
    steps = np.append(np.diff(beats), period)
    moments = (beats[:, None] + steps[:, None] * np.arange(PARTS) / PARTS).ravel()
    places = follow_bars(hearing, choice.metre, choice.first)
    on = np.flatnonzero(places % PARTS == 0)
    kept = [int(on[0])] if len(on) else []
    for k in on[1:]:
        if moments[k] - moments[kept[-1]] >= 0.6 * period:
            kept.append(int(k))
    return Count(moments[kept], places[kept] // PARTS + 1)


def _fill(count: Count, metre: int, sounding: tuple[float, float]) -> Count:
    """Count on to where the sound begins and ends, and drop beats before and after it."""
    start, stop = sounding
    frames, positions = count.frames, count.positions
    if len(frames) < 2:
        return count
    first, last = frames[1] - frames[0], frames[-1] - frames[-2]
    before = np.arange(1, int(max(frames[0] - start + 3, 0) / first) + 1)
    after = np.arange(1, int(max(stop - frames[-1], 0) / last) + 1)
    frames = np.concatenate([(frames[0] - before * first)[::-1], frames, frames[-1] + after * last])
    low, high = (positions[0] - 1 - before) % metre + 1, (positions[-1] - 1 + after) % metre + 1
    positions = np.concatenate([low[::-1], positions, high])
    inside = (frames > start - 0.5 * first) & (frames < stop + 0.5 * last)
    return Count(frames[inside], positions[inside])


def _sounding(features: Features) -> tuple[float, float]:
    """First and last frame with sound."""
    heard = np.flatnonzero(features.level[:, 0] > _HEARD * features.level[:, 0].max(initial=0.0))
    return (float(heard[0]), float(heard[-1])) if len(heard) else (0.0, 0.0)


def _pulse_confidence(in_step: float) -> float:
    """From the part of beats in step (chance: 0.35) to the probability that there is a pulse."""
    return float(1.0 / (1.0 + np.exp(-(in_step - 0.5) / 0.04)))


def _notes(choice: Choice, clear: float, bpm: float | None) -> tuple[str, ...]:
    found = 60 * FRAME_HZ / choice.hearing.reading.period
    notes = []
    if bpm is not None:
        notes.append(f"tempo held near {bpm:g} bpm as asked; the beats follow the music within 6 % of it")
    if clear < 0.5:
        notes.append("no clear pulse: the beats are a guess (give --bpm or --beats if you know better)")
    elif bpm is None and choice.octave < 0.6 and choice.rival_bpm is not None:
        notes.append(f"the tempo may be {choice.rival_bpm:.0f} instead of {found:.0f} bpm (set it with --bpm)")
    if clear >= 0.5 and choice.phase < 0.6:
        notes.append("the beats may lie half a beat off (listen with --click; shift them with --offset)")
    return tuple(notes)
