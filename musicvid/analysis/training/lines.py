"""Harmony and melody: scales, progressions, chords, and a line such as a voice sings."""

from __future__ import annotations

import numpy as np

from musicvid.analysis.training.instruments import LEAD

Note = tuple[float, float, int, float, float]
"""Start and length in beats, MIDI channel, pitch, velocity."""

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10), (0, 2, 4, 5, 7, 9, 10))
"""Semitones above the root: major, minor, Dorian, Mixolydian."""
PROGRESSIONS = ((0, 4, 5, 3), (5, 3, 0, 4), (0, 5, 3, 4), (0, 3, 4, 3), (0, 6, 5, 4), (1, 4, 0, 0), (0, 0, 3, 4),
                 (0, 3), (0, 6), (5, 6, 0, 0), (0, 2, 3, 4), (0,), (3, 0, 4, 5), (0, 4))  # fmt: skip
"""Degrees of the scale, counted from 0."""


def chord_on(root: int, scale: tuple[int, ...], degree: int, seventh: bool) -> tuple[int, ...]:
    """MIDI pitches of the chord on ``degree``: the bass first, then the tones about the middle of the keyboard."""
    steps = (0, 2, 4, 6) if seventh else (0, 2, 4)
    tones = [scale[(degree + s) % 7] + 12 * ((degree + s) // 7) for s in steps]
    low = 36 + (root + scale[degree % 7]) % 12
    return (low, *(48 + (root + tone) % 12 + (12 if (root + tone) % 12 < 4 else 0) for tone in tones))


def draw_melody(
    rng: np.random.Generator, metre: int, triple: bool, bars: int, root: int, scale: tuple[int, ...]
) -> tuple[Note, ...]:
    """A line of ``bars`` bars in phrases with rests between, syncopated at will, moving mostly by steps."""
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
