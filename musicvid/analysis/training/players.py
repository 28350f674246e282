"""Players of a composed song: who plays what in a bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musicvid.analysis.training.drumming import Pattern, play_bar, rows
from musicvid.analysis.training.instruments import BASS, CHORDS, LEAD, PAD, RIFF
from musicvid.analysis.training.lines import Note

BASS_STYLES = ("none", "root", "eighths", "offbeat", "sixteenths", "kicks")
CHORD_STYLES = ("none", "whole", "strum", "arpeggio", "offbeat", "stabs", "chug")


@dataclass(frozen=True, slots=True)
class Material:
    """What returns whenever the same letter does.

    ``chords``: pitches, bass first, over ``bars`` bars. ``bass``, ``comping``: one of the styles above; ``pad``: held
    chords as well. ``melody`` of at least two bars and ``riff`` of one, both possibly empty.
    """

    chords: tuple[tuple[int, ...], ...]
    pattern: Pattern
    bass: str
    comping: str
    pad: bool
    melody: tuple[Note, ...]
    riff: tuple[Note, ...]
    bars: int


@dataclass(frozen=True, slots=True)
class _Lineup:
    """Who plays in a part; ``rest_from``: the bar from which the drums are silent."""

    drums: bool
    bass: bool
    comping: bool
    riff: bool
    lead: bool
    rest_from: int


def play_part(
    rng: np.random.Generator, material: Material, metre: int, first_bar: int, bars: int, *, sung: bool, thin: bool
) -> list[Note]:
    """The notes of ``bars`` bars of a material; a thin part leaves players out."""
    lineup = _draw_lineup(rng, bars, sung=sung, thin=thin)
    notes: list[Note] = []
    for k in range(bars):
        beat = float((first_bar + k) * metre)
        if lineup.drums and k < lineup.rest_from:
            fill = k % 4 == 3 and rng.random() < (0.7 if k == bars - 1 else 0.2)
            crash = k == 0 and material.pattern.kind != "none" and rng.random() < 0.55
            notes += rows(play_bar(material.pattern, rng, fill=fill, crash=crash), beat)
        notes += _harmony(material, lineup, metre, k, beat)
        if lineup.riff and material.riff:
            notes += [(beat + s, n, RIFF, p, v * 0.9) for s, n, _, p, v in material.riff]
        if lineup.lead:
            turn = max(2, material.bars)
            window = [x for x in material.melody if k % turn * metre <= x[0] < (k % turn + 1) * metre]
            start = beat - k % turn * metre
            notes += [(start + s, n, LEAD, p, v) for s, n, _, p, v in window if rng.random() < 0.95]
    return notes


def _draw_lineup(rng: np.random.Generator, bars: int, *, sung: bool, thin: bool) -> _Lineup:
    drums = not (thin and rng.random() < 0.5)
    bass, comping, riff = (not (thin and rng.random() < 0.4) for _ in range(3))
    lead = sung and rng.random() < 0.9
    rest_from = bars - int(rng.integers(1, 3)) if rng.random() < 0.12 else bars
    return _Lineup(drums, bass, comping, riff, lead, rest_from)


def _harmony(material: Material, lineup: _Lineup, metre: int, bar: int, beat: float) -> list[Note]:
    """Bass, chords and pad of bar ``bar`` of a part, which begins at ``beat``."""
    span = len(material.chords) / material.bars
    places = range(max(1, int(span)))
    chords = [material.chords[int((bar % material.bars) * span + h) % len(material.chords)] for h in places]
    length = metre / len(chords)
    notes: list[Note] = []
    for h, chord in enumerate(chords):
        at = beat + h * metre / len(chords)
        if lineup.bass:
            notes += _bass(material, chord, at, length)
        if lineup.comping:
            notes += _comping(material, chord, at, length)
        if material.pad:
            notes += [(at, length * 0.98, PAD, pitch + 12, 70.0) for pitch in chord[1:]]
    return notes


def _bass(material: Material, chord: tuple[int, ...], at: float, length: float) -> list[Note]:
    places: np.ndarray
    if material.bass == "none":
        return []
    if material.bass == "root":
        return [(at, length * 0.9, BASS, chord[0], 96.0)]
    if material.bass == "kicks":
        places = np.array([k for k in material.pattern.kicks if k < length] or [0.0])
    else:
        step = 1 / 3 if material.pattern.triple else {"eighths": 0.5, "offbeat": 1.0, "sixteenths": 0.25}[material.bass]
        places = np.arange(0, length - 1e-6, step)
        if material.bass == "offbeat" and not material.pattern.triple:
            places = places + 0.5
    return [(at + p, 0.4, BASS, chord[0], 98.0 if p % 1 == 0 else 88.0) for p in places]


def _comping(material: Material, chord: tuple[int, ...], at: float, length: float) -> list[Note]:
    tones, triple = chord[1:], material.pattern.triple
    if material.comping == "none":
        return []
    if material.comping == "whole":
        return [(at, length * 0.95, CHORDS, pitch, 84.0) for pitch in tones]
    if material.comping == "arpeggio":
        step = 1 / 3 if triple else 0.5
        order = [*tones, *tones[-2:0:-1]]
        places = np.arange(0, length - 1e-6, step)
        return [(at + p, step * 1.5, CHORDS, order[k % len(order)], 80.0) for k, p in enumerate(places)]
    if material.comping == "chug":
        places = np.arange(0, length - 1e-6, 1 / 3 if triple else 0.5)
        return [(at + p, 0.3, CHORDS, chord[0] + q, 92.0 if p % 1 == 0 else 78.0) for p in places for q in (0, 7, 12)]
    pattern = {"strum": (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), "offbeat": (0.5, 1.5, 2.5, 3.5), "stabs": (0, 0.75, 1.5, 3)}
    places = np.array([p for p in pattern[material.comping] if p < length]) * (2 / 3 if triple else 1.0)
    return [(at + p + 0.01 * k, 0.35, CHORDS, pitch, 90.0 if p % 1 == 0 else 74.0)
            for p in places for k, pitch in enumerate(tones)]  # fmt: skip
