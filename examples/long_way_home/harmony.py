"""Voice leading: which octave every tone of a chord takes, so that the voices move by small steps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from .notation import Chord

Voicing = tuple[int, ...]


def voicings(chords: Sequence[Chord], low: int, high: int, voices: int) -> tuple[Voicing, ...]:
    """One voicing per chord within ``low``..``high`` (MIDI), ``voices`` tones each, lowest first.

    The cheapest path through all candidates (Viterbi): small steps are cheap; leaps, all voices moving one way, wide
    gaps and clusters cost. A chord of up to ``voices`` tones is always complete.
    """
    tables = [_candidates(chord, low, high, voices) for chord in chords]
    costs = [{voicing: _own_cost(voicing) for voicing in tables[0]}]
    back: list[dict[Voicing, Voicing]] = []
    for table in tables[1:]:
        reached: dict[Voicing, float] = {}
        came: dict[Voicing, Voicing] = {}
        for voicing in table:
            best = min(costs[-1], key=lambda before: costs[-1][before] + _move_cost(before, voicing))
            reached[voicing] = costs[-1][best] + _move_cost(best, voicing) + _own_cost(voicing)
            came[voicing] = best
        costs.append(reached)
        back.append(came)
    path = [min(costs[-1], key=costs[-1].__getitem__)]
    for came in reversed(back):
        path.append(came[path[-1]])
    return tuple(reversed(path))


def _candidates(chord: Chord, low: int, high: int, voices: int) -> list[Voicing]:
    pitches = [p for p in range(low, high + 1) if p % 12 in chord.tones]
    wanted = set(chord.tones) if len(chord.tones) <= voices else set(chord.tones[:1] + chord.tones[-voices + 1 :])
    found = [v for v in combinations(pitches, voices) if wanted <= {p % 12 for p in v} and v[-1] - v[0] <= 19]
    if not found:
        raise ValueError(f"{chord.symbol} has no voicing of {voices} tones between {low} and {high}")
    return found


def _own_cost(voicing: Voicing) -> float:
    spacing = sum(max(0, 3 - (b - a)) * 1.5 + max(0, (b - a) - 7) for a, b in pairwise(voicing))
    centre = abs(sum(voicing) / len(voicing) - 64) * 0.15
    return spacing + centre


def _move_cost(before: Voicing, after: Voicing) -> float:
    steps = [b - a for a, b in zip(before, after, strict=True)]
    parallel = 2.0 if len({s > 0 for s in steps if s}) == 1 and all(steps) else 0.0
    return sum(abs(s) + max(0, abs(s) - 2) for s in steps) + parallel


def ladder(chord: Chord, low: int, rungs: int) -> Voicing:
    """The chord's tones upwards from ``low``, ``rungs`` of them, for broken chords.

    The ninth of a four-note chord is left out: next to the root it would blur.
    """
    tones = chord.tones if len(chord.tones) < 4 else tuple(t for t in chord.tones if (t - chord.tones[0]) % 12 != 2)
    pitches: list[int] = []
    pitch = low
    while len(pitches) < rungs:
        if pitch % 12 in tones:
            pitches.append(pitch)
        pitch += 1
    return tuple(pitches)
