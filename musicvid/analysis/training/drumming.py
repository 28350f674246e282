"""Drum grammars: patterns per bar for any metre, with ghost notes, fills and crashes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musicvid.analysis.training.scores import DRUMS

KICK, RIM, SNARE, CLAP, HAT, PEDAL, OPEN, CRASH, RIDE = 36, 37, 38, 39, 42, 44, 46, 49, 51
TOMS = (50, 48, 45, 43)
"""Notes of General MIDI percussion; toms from high to low."""
_ELECTRIC_SNARE, _MARACAS, _TAMBOURINE = 40, 70, 54
KINDS = ("none", "four", "rock", "funk", "metal", "half", "double", "onedrop", "ride", "hats", "kicks", "tribal")
"""Ways of playing, from silence to rock, metal and toms only."""
_ODDS = (0.09, 0.19, 0.25, 0.08, 0.08, 0.09, 0.05, 0.03, 0.05, 0.03, 0.03, 0.03)

Hit = tuple[float, int, float]
"""Beat within the bar, note, velocity."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way of playing: drawn once and kept for a section. Places are beats in a bar of ``metre`` beats, from 0.

    ``triple``: beats are divided by three. ``snare`` and ``hat``: notes; ``step``: beats from one stroke of the hat to
    the next, ``accent``: those on the beat are louder.
    """

    kind: str
    metre: int
    triple: bool
    kicks: tuple[float, ...]
    backbeats: tuple[float, ...]
    ghosts: tuple[float, ...]
    snare: int
    hat: int
    step: float
    accent: bool


def draw_pattern(rng: np.random.Generator, metre: int, triple: bool, kind: str | None = None) -> Pattern:
    """A random pattern; strong places come from how the metre is felt (seven as 2+2+3, five as 3+2 or 2+3)."""
    kind = kind or str(rng.choice(KINDS, p=_ODDS))
    grid = [k / 3 for k in range(3 * metre)] if triple else [k / 4 for k in range(4 * metre)]
    off = [p for p in grid if p % 1 and (triple or p % 0.5 == 0 or rng.random() < 0.5)]
    groups = strong_places(metre, rng)
    backbeats = _backbeats(rng, metre, triple, groups)
    if kind == "half":
        backbeats = (float(metre // 2),)
    extra = list(rng.choice(off, min(len(off), int(rng.integers(0, 4))), replace=False))
    kicks = {0.0, *(float(g) for g in groups if rng.random() < 0.6), *extra}
    if kind == "metal":
        kicks = set(np.arange(0, metre, float(rng.choice([0.25, 0.5, 1 / 3 if triple else 0.5]))))
    if kind in ("four", "kicks"):
        kicks = {float(b) for b in range(metre)}
    ghosts = tuple(rng.choice(off, min(len(off), int(rng.integers(0, 3))), replace=False))
    steps = [1 / 3, 1.0] if triple else [0.25, 0.5, 0.5, 0.5, 1.0]
    return Pattern(kind, metre, triple, tuple(sorted(kicks)), backbeats, ghosts,
                   int(rng.choice([SNARE, _ELECTRIC_SNARE, CLAP, RIM], p=[0.5, 0.2, 0.2, 0.1])),
                   int(rng.choice([HAT, HAT, HAT, RIDE, OPEN, PEDAL, _MARACAS, _TAMBOURINE])),
                   float(rng.choice(steps)), bool(rng.random() < 0.6))  # fmt: skip


def _backbeats(rng: np.random.Generator, metre: int, triple: bool, groups: tuple[int, ...]) -> tuple[float, ...]:
    """Where the snare answers: 2 and 4, or the second beat of each group."""
    if metre in (2, 4):
        return (1.0,) if triple and metre == 2 else tuple(float(b) for b in range(1, metre, 2))
    if metre == 3:
        return tuple(float(b) for b in ((2,), (1, 2), (1,))[int(rng.integers(3))])
    return tuple(b + 1.0 for b in groups if b + 1 < metre)


def strong_places(metre: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Where groups of two and three begin."""
    if metre == 5:
        return ((0, 3), (0, 2))[int(rng.integers(2))]
    if metre == 7:
        return ((0, 2, 4), (0, 3, 5), (0, 4))[int(rng.integers(3))]
    return {2: (0,), 3: (0,), 4: (0, 2), 6: (0, 3)}[metre]


def play_bar(pattern: Pattern, rng: np.random.Generator, *, fill: bool = False, crash: bool = False) -> list[Hit]:
    """The hits of one bar; one in thirty is missed."""
    if pattern.kind == "none":
        return []
    hits = _cymbals(pattern)
    if pattern.kind != "hats":
        hits += [(at, KICK, 108) for at in (pattern.kicks if pattern.kind != "onedrop" else (pattern.metre // 2,))]
        hits += _snares(pattern, rng)
    if fill:
        hits = _with_fill(hits, pattern, rng)
    if crash:
        hits.append((0.0, CRASH, 104))
    return [(at, note, velocity + rng.normal(0, 7)) for at, note, velocity in hits if rng.random() < 0.97]


def _cymbals(pattern: Pattern) -> list[Hit]:
    if pattern.kind in ("kicks", "tribal"):
        return []
    if pattern.kind == "four" and not pattern.triple:
        places = np.arange(pattern.metre) + 0.5
    else:
        places = np.arange(0, pattern.metre - 1e-6, pattern.step)
    return [(float(at), pattern.hat, 92 if pattern.accent and at % 1 == 0 else 72) for at in places]


def _snares(pattern: Pattern, rng: np.random.Generator) -> list[Hit]:
    if pattern.kind == "kicks":
        return []
    if pattern.kind == "double":
        return [(b + 0.5, pattern.snare, 104) for b in range(pattern.metre)]
    if pattern.kind == "tribal":
        eighths = np.arange(0, pattern.metre, 0.5)
        return [(at, TOMS[int(rng.integers(4))], 90) for at in eighths if rng.random() < 0.7]
    strokes: list[Hit] = [(at, pattern.snare, 106) for at in pattern.backbeats if at < pattern.metre]
    return strokes + [(at, SNARE, 42) for at in pattern.ghosts]


def _with_fill(hits: list[Hit], pattern: Pattern, rng: np.random.Generator) -> list[Hit]:
    """The last half to two beats as a roll, over the kicks that are there."""
    start = pattern.metre - float(rng.choice([1.0, 1.0, 2.0, 0.5]))
    rolls = np.arange(max(start, 0.0), pattern.metre - 1e-6, 1 / 3 if pattern.triple else 0.25)
    notes = [SNARE] * len(rolls) if rng.random() < 0.4 else [TOMS[min(3, k // 2)] for k in range(len(rolls))]
    kept = [hit for hit in hits if hit[0] < start or hit[1] == KICK]
    return kept + [(float(at), note, 95) for at, note in zip(rolls, notes, strict=True) if rng.random() < 0.85]


def rows(hits: list[Hit], beat: float) -> list[tuple[float, float, int, int, float]]:
    """Hits of a bar that begins at ``beat`` as notes of a score: start and length in beats, channel, note, velocity."""
    return [(beat + at, 0.2, DRUMS, note, float(np.clip(velocity, 20, 127))) for at, note, velocity in hits]
