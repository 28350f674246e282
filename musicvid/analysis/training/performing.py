"""From beats to seconds: tempo curves, swing, loose hands, a lead-in."""

from __future__ import annotations

import numpy as np

from musicvid.analysis.training.scores import DRUMS, Floats, Performance, Score


def perform(score: Score, rng: np.random.Generator, *, plain: bool = False) -> Performance:
    """Play ``score`` in time. ``plain`` keeps the tempo of the score, without swing or looseness."""
    lead_s = float(rng.uniform(0.0, 0.6) if plain else rng.uniform(0.0, 2.5))
    beats = np.arange(score.beat_count + 1, dtype=float)
    steps = 60.0 / score.tempo_bpm * (np.ones(len(beats) - 1) if plain else tempo_curve(len(beats) - 1, rng))
    times = lead_s + np.concatenate([[0.0], np.cumsum(steps)])
    notes = score.notes.copy()
    if not plain and not score.triple and rng.random() < 0.15:
        notes[:, 0] = swung(notes[:, 0], float(rng.uniform(0.54, 0.68)))
    stops = _seconds(notes[:, 0] + notes[:, 1], times)
    starts = _seconds(notes[:, 0], times)
    if not plain:
        loose = float(rng.choice([0.0, 0.002, 0.005, 0.010], p=[0.4, 0.25, 0.25, 0.1]))
        drums = notes[:, 2] == DRUMS
        starts = starts + rng.normal(0, 1, len(starts)) * np.where(drums, 0.6 * loose, loose)
    notes[:, 0] = np.maximum(starts, 0.0)
    notes[:, 1] = np.maximum(stops - starts, 0.03)
    positions = score.positions if score.bars_known else np.zeros(score.beat_count, np.int64)
    bars = score.first_beat + np.concatenate([[0], np.cumsum(score.bars)])
    edges = times[[bars[part.bar] for part in score.parts]] if score.parts else np.zeros(0)
    functions = np.array([part.function for part in score.parts], np.int64)
    return Performance(notes, times[:-1], positions, edges, functions, float(times[-1]), score)


def tempo_curve(beats: int, rng: np.random.Generator) -> Floats:
    """Relative beat lengths ``(beats,)``: steady, drifting as people do, rubato, or with a new tempo on the way."""
    kind = rng.choice(["steady", "drift", "rubato", "change", "ramp"], p=[0.55, 0.25, 0.06, 0.08, 0.06])
    curve = np.ones(beats)
    if kind == "drift":
        walk = np.cumsum(rng.normal(0, 0.004, beats))
        curve = np.exp(walk - np.linspace(0, walk[-1], beats) * rng.uniform(0, 1))
    elif kind == "rubato":
        phase = rng.uniform(0, 2 * np.pi, 2)
        at = np.arange(beats)
        wave = np.sin(2 * np.pi * at / rng.uniform(6, 12) + phase[0]) + np.sin(2 * np.pi * at / 16 + phase[1])
        curve = np.exp(rng.uniform(0.03, 0.09) * wave + rng.normal(0, 0.015, beats))
    elif kind == "change" and beats > 16:
        curve[int(rng.integers(8, beats - 4)) :] = float(np.exp(rng.uniform(-0.25, 0.25)))
    elif kind == "ramp":
        curve = np.exp(np.linspace(0, rng.uniform(-0.2, 0.2), beats))
    return curve


def swung(beats: Floats, middle: float) -> Floats:
    """Move the middle of every beat from 0.5 to ``middle``."""
    whole = np.floor(beats + 1e-6)
    part = beats - whole
    early = part < 0.5
    return whole + np.where(early, part * 2 * middle, middle + (part - 0.5) * 2 * (1 - middle))


def _seconds(beats: Floats, times: Floats) -> Floats:
    """Straight lines between beats, and on beyond both ends."""
    index = np.arange(len(times), dtype=float)
    inside = np.interp(beats, index, times)
    first, last = times[1] - times[0], times[-1] - times[-2]
    before, after = np.minimum(beats, 0.0), np.maximum(beats - index[-1], 0.0)
    return inside + before * first + after * last
