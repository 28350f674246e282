"""Songs that never were: form, metre, tempo and material, all drawn at random."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from musicvid.analysis.training.drumming import draw_pattern
from musicvid.analysis.training.instruments import (
    BASS,
    BASSES,
    CHORD_SOUNDS,
    CHORDS,
    COMPOSED_KITS,
    LEAD,
    LEADS,
    PAD,
    PADS,
    RIFF,
)
from musicvid.analysis.training.lines import PROGRESSIONS, SCALES, Note, chord_on, draw_melody
from musicvid.analysis.training.players import BASS_STYLES, CHORD_STYLES, Material, play_part
from musicvid.analysis.training.scores import CLOSING, DRUMS, INSTRUMENTAL, OPENING, SUNG, Part, Score

FORMS = ("iABABCBo", "iABABo", "iAABABo", "ABABCB", "iAAxBAABo", "iABxABxCo", "AABA", "ixAxAxBAo", "iAABBCCo",
         "iABCABC")  # fmt: skip
"""A letter is a part; capitals are sung, i, o and x are intro, outro and interlude."""
METRES = ((4, False, 0.66), (3, False, 0.12), (2, True, 0.08), (2, False, 0.03), (5, False, 0.04), (7, False, 0.04),
          (6, False, 0.01), (4, True, 0.02))  # fmt: skip
"""Beats per bar, whether beats are divided by three (6/8 is two such beats, 12/8 four), and the share of songs."""
LONGEST_S = 150
"""No part begins after this, at the tempo drawn."""


def compose(rng: np.random.Generator) -> Score:
    """A song of 8 to some 100 bars."""
    metre, triple, _ = METRES[int(rng.choice(len(METRES), p=[share for *_, share in METRES]))]
    tempo = _draw_tempo_bpm(rng, metre, triple)
    form = str(rng.choice(FORMS))
    unit = int(rng.choice([4, 8, 8, 8, 16])) if metre < 5 else 4
    root = int(rng.integers(0, 12))
    scale = SCALES[int(rng.integers(len(SCALES)))]
    materials = {letter: draw_material(rng, metre, triple, root, scale) for letter in sorted(set(form))}
    notes: list[Note] = []
    parts: list[Part] = []
    bar = 0
    for letter in form:
        bars = max(2, unit // 2) if letter in "iox" and rng.random() < 0.7 else unit
        function = {"i": OPENING, "o": CLOSING, "x": INSTRUMENTAL}.get(letter, SUNG)
        parts.append(Part(bar, letter, function))
        notes += play_part(rng, materials[letter], metre, bar, bars, sung=function == SUNG, thin=letter in "io")
        bar += bars
        if bar * metre * 60 / tempo > LONGEST_S:
            break
    programs = _draw_programs(rng)
    volumes = {channel: int(rng.integers(60, 120)) for channel in programs}
    score = Score(np.array(notes, float).reshape(-1, 5), (metre,) * bar, tempo, programs, volumes, tuple(parts),
                  triple=triple)  # fmt: skip
    return _with_odd_bar(score, rng)


def draw_material(rng: np.random.Generator, metre: int, triple: bool, root: int, scale: tuple[int, ...]) -> Material:
    """What one letter of the form stands for. ``root``: pitch class of the key; ``scale``: its semitones."""
    degrees = PROGRESSIONS[int(rng.integers(len(PROGRESSIONS)))]
    if rng.random() < 0.3:
        degrees = tuple(int(d) for d in rng.permutation(degrees))
    halves = metre == 4 and rng.random() < 0.15
    chords = tuple(chord_on(root, scale, degree, rng.random() < 0.2) for degree in degrees)
    bars = max(1, len(chords) // 2) if halves else len(chords)
    melody = draw_melody(rng, metre, triple, max(2, bars), root, scale)
    riff = draw_melody(rng, metre, triple, 1, root, scale) if rng.random() < 0.5 else ()
    pattern = draw_pattern(rng, metre, triple)
    bass = str(rng.choice(BASS_STYLES, p=[0.1, 0.25, 0.25, 0.1, 0.1, 0.2]))
    comping = str(rng.choice(CHORD_STYLES))
    return Material(chords, pattern, bass, comping, bool(rng.random() < 0.35), melody, riff, bars)


def _draw_tempo_bpm(rng: np.random.Generator, metre: int, triple: bool) -> float:
    """Even on a logarithmic scale, or about 122 as most songs are; seven is mostly counted in quick beats."""
    slow, fast = (42, 150) if triple else (100, 238) if metre == 7 and rng.random() < 0.7 else (58, 205)
    tempo = float(np.exp(rng.uniform(np.log(slow), np.log(fast))))
    if not triple and rng.random() < 0.5:
        tempo = float(np.clip(rng.normal(122, 22), 60, 205))
    return tempo


def _draw_programs(rng: np.random.Generator) -> dict[int, int]:
    sounds = {LEAD: LEADS, CHORDS: CHORD_SOUNDS, PAD: PADS, BASS: BASSES, RIFF: CHORD_SOUNDS, DRUMS: COMPOSED_KITS}
    return {channel: int(rng.choice(programs)) for channel, programs in sounds.items()}


def _with_odd_bar(score: Score, rng: np.random.Generator) -> Score:
    """One song in twelve has a bar that is two beats longer somewhere: it is simply held."""
    if rng.random() > 0.08 or len(score.bars) < 12 or score.bars[0] != 4:
        return score
    bar = int(rng.integers(4, len(score.bars) - 2))
    at = 4 * (bar + 1)
    notes = score.notes.copy()
    notes[notes[:, 0] >= at - 0.1, 0] += 2
    bars = tuple(4 + 2 * (k == bar) for k in range(len(score.bars)))
    return replace(score, notes=notes, bars=bars)
