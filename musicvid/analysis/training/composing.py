"""Songs that never were: form, harmony, drums, bass, chords, a lead like a voice, all drawn at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musicvid.analysis.training.drumming import Pattern, draw_pattern, play_bar, rows
from musicvid.analysis.training.scores import CLOSING, INSTRUMENTAL, OPENING, SUNG, Part, Score

LEAD, CHORDS, PAD, BASS, RIFF = range(5)
"""MIDI channels of the band."""

Note = tuple[float, float, int, float, float]

_FORMS = (
    "iABABCBo",
    "iABABo",
    "iAABABo",
    "ABABCB",
    "iAAxBAABo",
    "iABxABxCo",
    "AABA",
    "ixAxAxBAo",
    "iAABBCCo",
    "iABCABC",
)
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10), (0, 2, 4, 5, 7, 9, 10))
_PROGRESSIONS = ((0, 4, 5, 3), (5, 3, 0, 4), (0, 5, 3, 4), (0, 3, 4, 3), (0, 6, 5, 4), (1, 4, 0, 0), (0, 0, 3, 4),
                 (0, 3), (0, 6), (5, 6, 0, 0), (0, 2, 3, 4), (0,), (3, 0, 4, 5), (0, 4))  # fmt: skip
_METRES = ((4, False, 0.66), (3, False, 0.12), (2, True, 0.08), (2, False, 0.03), (5, False, 0.04), (7, False, 0.04),
           (6, False, 0.01), (4, True, 0.02))  # fmt: skip
LEADS = (4, 11, 22, 24, 25, 27, 29, 30, 40, 52, 53, 54, 56, 60, 64, 65, 66, 68, 71, 73, 75, 80, 81, 82, 85, 87)
CHORD_SOUNDS = (0, 1, 2, 4, 5, 6, 16, 18, 24, 25, 26, 27, 28, 29, 30, 30, 46, 50, 61, 62, 81, 90)
PADS = (48, 49, 50, 51, 52, 88, 89, 90, 91, 94, 95)
BASSES = (32, 33, 33, 34, 35, 36, 38, 39, 87)


@dataclass(frozen=True, slots=True)
class Material:
    """What returns whenever the same letter does. ``melody`` and ``riff``: notes over the length of the progression."""

    chords: tuple[tuple[int, ...], ...]
    pattern: Pattern
    bass: str
    comping: str
    pad: bool
    melody: tuple[Note, ...]
    riff: tuple[Note, ...]
    bars: int


def compose(rng: np.random.Generator) -> Score:
    """A song of 8 to some 100 bars; metre, tempo, form and everything else at random."""
    metre, triple, _ = _METRES[int(rng.choice(len(_METRES), p=[p for *_, p in _METRES]))]
    slow, fast = (42, 150) if triple else (100, 238) if metre == 7 and rng.random() < 0.7 else (58, 205)
    tempo = float(np.exp(rng.uniform(np.log(slow), np.log(fast))))
    if not triple and rng.random() < 0.5:
        tempo = float(np.clip(rng.normal(122, 22), 60, 205))
    form = str(rng.choice(_FORMS))
    unit = int(rng.choice([4, 8, 8, 8, 16])) if metre < 5 else 4
    root = int(rng.integers(0, 12))
    scale = _SCALES[int(rng.integers(len(_SCALES)))]
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
        if bar * metre * 60 / tempo > 150:
            break
    programs = {
        LEAD: int(rng.choice(LEADS)),
        CHORDS: int(rng.choice(CHORD_SOUNDS)),
        PAD: int(rng.choice(PADS)),
        BASS: int(rng.choice(BASSES)),
        RIFF: int(rng.choice(CHORD_SOUNDS)),
        9: int(rng.choice([0, 0, 8, 16, 24, 25, 25, 40])),
    }
    volumes = {channel: int(rng.integers(60, 120)) for channel in programs}
    score = Score(np.array(notes, float).reshape(-1, 5), (metre,) * bar, tempo, programs, volumes, tuple(parts),
                  triple=triple)  # fmt: skip
    return _with_odd_bar(score, rng)


def draw_material(rng: np.random.Generator, metre: int, triple: bool, root: int, scale: tuple[int, ...]) -> Material:
    degrees = _PROGRESSIONS[int(rng.integers(len(_PROGRESSIONS)))]
    if rng.random() < 0.3:
        degrees = tuple(int(d) for d in rng.permutation(degrees))
    halves = metre == 4 and rng.random() < 0.15
    chords = tuple(_chord(root, scale, degree, rng.random() < 0.2) for degree in degrees)
    bars = max(1, len(chords) // 2) if halves else len(chords)
    melody = _melody(rng, metre, triple, max(2, bars), root, scale)
    riff = _melody(rng, metre, triple, 1, root, scale) if rng.random() < 0.5 else ()
    return Material(
        chords,
        draw_pattern(rng, metre, triple),
        str(rng.choice(["none", "root", "eighths", "offbeat", "sixteenths", "kicks"], p=[0.1, 0.25, 0.25, 0.1, 0.1, 0.2])),
        str(rng.choice(["none", "whole", "strum", "arpeggio", "offbeat", "stabs", "chug"])),
        bool(rng.random() < 0.35),
        melody,
        riff,
        bars,
    )  # fmt: skip


def play_part(
    rng: np.random.Generator, m: Material, metre: int, first_bar: int, bars: int, *, sung: bool, thin: bool
) -> list[Note]:
    """The notes of ``bars`` bars of a material; a thin part leaves players out."""
    notes: list[Note] = []
    drums = not (thin and rng.random() < 0.5)
    bass, comping, riff = (not (thin and rng.random() < 0.4) for _ in range(3))
    lead = sung and rng.random() < 0.9
    rest_from = bars - int(rng.integers(1, 3)) if rng.random() < 0.12 else bars
    for k in range(bars):
        beat = float((first_bar + k) * metre)
        span = len(m.chords) / m.bars
        chords = [m.chords[int((k % m.bars) * span + h) % len(m.chords)] for h in range(max(1, int(span)))]
        if drums and k < rest_from:
            fill = k % 4 == 3 and rng.random() < (0.7 if k == bars - 1 else 0.2)
            crash = k == 0 and m.pattern.kind != "none" and rng.random() < 0.55
            notes += rows(play_bar(m.pattern, rng, fill=fill, crash=crash), beat)
        for h, chord in enumerate(chords):
            at, length = beat + h * metre / len(chords), metre / len(chords)
            if bass:
                notes += _bass(m, chord, at, length)
            if comping:
                notes += _comping(m, chord, at, length)
            if m.pad:
                notes += [(at, length * 0.98, PAD, pitch + 12, 70.0) for pitch in chord[1:]]
        if riff and m.riff:
            notes += [(beat + s, n, RIFF, p, v * 0.9) for s, n, _, p, v in m.riff]
        if lead:
            turn = max(2, m.bars)
            window = [x for x in m.melody if k % turn * metre <= x[0] < (k % turn + 1) * metre]
            start = beat - k % turn * metre
            notes += [(start + s, n, LEAD, p, v) for s, n, _, p, v in window if rng.random() < 0.95]
    return notes


def _chord(root: int, scale: tuple[int, ...], degree: int, seventh: bool) -> tuple[int, ...]:
    """Bass note first, then the chord about the middle of the keyboard."""
    steps = (0, 2, 4, 6) if seventh else (0, 2, 4)
    tones = [scale[(degree + s) % 7] + 12 * ((degree + s) // 7) for s in steps]
    low = 36 + (root + scale[degree % 7]) % 12
    return (low, *(48 + (root + tone) % 12 + (12 if (root + tone) % 12 < 4 else 0) for tone in tones))


def _melody(
    rng: np.random.Generator, metre: int, triple: bool, bars: int, root: int, scale: tuple[int, ...]
) -> tuple[Note, ...]:
    """A line in phrases with rests between, syncopated at will, moving mostly by steps."""
    grid = 1 / 3 if triple else float(rng.choice([0.25, 0.5, 0.5]))
    places = np.arange(0, bars * metre, grid)
    strong = np.where(places % 1 == 0, 1.0, np.where(places % 0.5 == 0, 0.75, 0.5))
    busy = rng.uniform(0.25, 0.75)
    on = rng.random(len(places)) < busy * strong
    rest = float(rng.uniform(0.1, 0.4))
    on &= (places % (2 * metre)) < 2 * metre * (1 - rest)
    step = int(rng.integers(0, 7))
    notes: list[Note] = []
    chosen = places[on]
    if not len(chosen):
        return ()
    for at, after in zip(chosen, np.append(chosen[1:], bars * metre), strict=True):
        step = int(np.clip(step + rng.choice([-2, -1, -1, 0, 1, 1, 2, 4, -4]), -3, 10))
        pitch = 60 + root % 12 + scale[step % 7] + 12 * (step // 7)
        length = min(after - at, float(rng.choice([0.5, 1.0, 2.0]))) * 0.95
        notes.append((float(at), float(length), LEAD, float(pitch), float(rng.uniform(75, 112))))
    return tuple(notes)


def _bass(m: Material, chord: tuple[int, ...], at: float, length: float) -> list[Note]:
    places: np.ndarray
    if m.bass == "none":
        return []
    if m.bass == "root":
        return [(at, length * 0.9, BASS, chord[0], 96.0)]
    if m.bass == "kicks":
        places = np.array([k for k in m.pattern.kicks if k < length] or [0.0])
    else:
        step = 1 / 3 if m.pattern.triple else {"eighths": 0.5, "offbeat": 1.0, "sixteenths": 0.25}[m.bass]
        places = np.arange(0, length - 1e-6, step)
        if m.bass == "offbeat" and not m.pattern.triple:
            places = places + 0.5
    return [(at + p, 0.4, BASS, chord[0], 98.0 if p % 1 == 0 else 88.0) for p in places]


def _comping(m: Material, chord: tuple[int, ...], at: float, length: float) -> list[Note]:
    tones, triple = chord[1:], m.pattern.triple
    if m.comping == "none":
        return []
    if m.comping == "whole":
        return [(at, length * 0.95, CHORDS, pitch, 84.0) for pitch in tones]
    if m.comping == "arpeggio":
        step = 1 / 3 if triple else 0.5
        order = [*tones, *tones[-2:0:-1]]
        places = np.arange(0, length - 1e-6, step)
        return [(at + p, step * 1.5, CHORDS, order[k % len(order)], 80.0) for k, p in enumerate(places)]
    if m.comping == "chug":
        places = np.arange(0, length - 1e-6, 1 / 3 if triple else 0.5)
        return [(at + p, 0.3, CHORDS, chord[0] + q, 92.0 if p % 1 == 0 else 78.0) for p in places for q in (0, 7, 12)]
    pattern = {"strum": (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5), "offbeat": (0.5, 1.5, 2.5, 3.5), "stabs": (0, 0.75, 1.5, 3)}
    places = np.array([p for p in pattern[m.comping] if p < length]) * (2 / 3 if triple else 1.0)
    return [(at + p + 0.01 * k, 0.35, CHORDS, pitch, 90.0 if p % 1 == 0 else 74.0)
            for p in places for k, pitch in enumerate(tones)]  # fmt: skip


def _with_odd_bar(score: Score, rng: np.random.Generator) -> Score:
    """One song in twelve has a bar that is two beats longer somewhere: it is simply held."""
    from dataclasses import replace

    if rng.random() > 0.08 or len(score.bars) < 12 or score.bars[0] != 4:
        return score
    bar = int(rng.integers(4, len(score.bars) - 2))
    at = 4 * (bar + 1)
    notes = score.notes.copy()
    notes[notes[:, 0] >= at - 0.1, 0] += 2
    bars = tuple(4 + 2 * (k == bar) for k in range(len(score.bars)))
    return replace(score, notes=notes, bars=bars)
