"""The songs a network learns from: number ``k`` of seed ``s`` is always the same song; kept as measured features."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from musicvid.analysis.spectrum import RATE_HZ, measure_features
from musicvid.analysis.training import pop909
from musicvid.analysis.training.arranging import drum_song, reclothed, with_band
from musicvid.analysis.training.composing import compose
from musicvid.analysis.training.midi_files import arrangement, drum_take
from musicvid.analysis.training.mixing import mix
from musicvid.analysis.training.performing import perform
from musicvid.analysis.training.playing import Array, play, synthesise
from musicvid.analysis.training.scores import DRUMS, Floats, Performance, Score

RECIPES = {"pop": 0.16, "band": 0.2, "arrangement": 0.24, "composed": 0.3, "drummer": 0.1}
FONT_ODDS = (0.5, 0.35, 0.15)
_BLOCK = 10 * RATE_HZ


@dataclass(frozen=True, slots=True)
class Sources:
    """``soundfonts`` in the order of :data:`FONT_ODDS`; ``left_out``: names (file stems) that are never used."""

    pop909: Path
    arrangements: Path
    drummers: Path
    soundfonts: tuple[Path, ...]
    left_out: frozenset[str]


class Songbook:
    """Knows the sources, and makes song ``k``. ``keep`` is a folder for what is worked out once."""

    def __init__(self, sources: Sources, seed: int, keep: Path) -> None:
        self.sources = sources
        self.seed = seed
        keep.mkdir(parents=True, exist_ok=True)
        placings = pop909.placings(sources.pop909, keep / "pop909.json")
        self.pop = {name: p for name, p in placings.items() if name not in sources.left_out}
        paths = [path for path in sorted(sources.arrangements.glob("*.mid")) if path.stem not in sources.left_out]
        self.arrangements = [score for score in map(arrangement, paths) if score is not None]
        takes = sorted(sources.drummers.rglob("*_beat_4-4.mid"))
        self.takes = [take for take in map(drum_take, takes) if take is not None]

    def song(self, number: int) -> tuple[str, Performance, Array]:
        """(recipe, performance, mono sound at ``RATE_HZ``) of song ``number``."""
        rng = np.random.default_rng([self.seed, number])
        recipe = str(rng.choice(list(RECIPES), p=list(RECIPES.values())))
        make: Callable[[np.random.Generator], Performance] = getattr(self, f"_{recipe}")
        performance = make(rng)
        plain = recipe == "pop"
        sound = self._sound(performance, rng, fonts_only=plain)
        if not plain or rng.random() < 0.4:
            sound = mix(sound, performance, RATE_HZ, rng)
        return recipe, performance, sound

    def _pop(self, rng: np.random.Generator) -> Performance:
        score = self._pop_score(rng)
        if rng.random() < 0.5:
            score = score.transposed(int(rng.integers(-4, 5)))
        if rng.random() < 0.5:
            score = replace(score, tempo_bpm=score.tempo_bpm * float(rng.uniform(0.85, 1.18)))
        return perform(score, rng, plain=rng.random() < 0.85)

    def _band(self, rng: np.random.Generator) -> Performance:
        score = self._pop_score(rng).transposed(int(rng.integers(-5, 6)))
        target = float(np.exp(rng.uniform(np.log(62), np.log(190))))
        while target / score.tempo_bpm > 1.7:
            target /= 1.5
        while score.tempo_bpm / target > 1.7:
            target *= 1.5
        bars = max(8, int(rng.uniform(60, 130) * target / 240))
        first = int(rng.integers(0, max(1, len(score.bars) - bars)))
        score = replace(score.excerpt(first, bars), tempo_bpm=target)
        return perform(with_band(score, self.takes, rng), rng)

    def _arrangement(self, rng: np.random.Generator) -> Performance:
        score = self.arrangements[int(rng.integers(len(self.arrangements)))]
        if rng.random() < 0.6:
            score = reclothed(score.transposed(int(rng.integers(-5, 6))), rng)
        if rng.random() < 0.6:
            score = replace(score, tempo_bpm=float(np.clip(score.tempo_bpm * np.exp(rng.normal(0, 0.13)), 40, 250)))
        bars = max(8, int(rng.uniform(80, 160) * score.tempo_bpm / 60 / score.bars[0]))
        first = int(rng.integers(0, max(1, len(score.bars) - bars)))
        return perform(score.excerpt(first, bars), rng, plain=rng.random() < 0.5)

    def _composed(self, rng: np.random.Generator) -> Performance:
        return perform(compose(rng), rng)

    def _drummer(self, rng: np.random.Generator) -> Performance:
        take = self.takes[int(rng.integers(len(self.takes)))]
        while (chords := compose(rng)).bars[0] != 4 or len(set(chords.bars)) > 1 or chords.triple:
            pass
        tempo = float(np.exp(rng.uniform(np.log(65), np.log(180))))
        return perform(drum_song(take, tempo, min(48, len(chords.bars)), chords, rng), rng)

    def _pop_score(self, rng: np.random.Generator) -> Score:
        name = str(rng.choice(list(self.pop)))
        return pop909.score_of(self.sources.pop909, name, self.pop[name])

    def _sound(self, performance: Performance, rng: np.random.Generator, *, fonts_only: bool) -> Array:
        font = self.sources.soundfonts[int(rng.choice(len(FONT_ODDS), p=FONT_ODDS))]
        kind = "font" if fonts_only else str(rng.choice(["font", "machine", "both"], p=[0.66, 0.14, 0.2]))
        channels = sorted(set(performance.notes[:, 2].astype(int)))
        if kind == "font" or (kind == "both" and len(channels) < 2):
            return play(performance, font, RATE_HZ)
        if kind == "machine":
            return synthesise(performance, RATE_HZ, rng)
        ours = [DRUMS] if DRUMS in channels and rng.random() < 0.5 else [c for c in channels if rng.random() < 0.5]
        theirs = [c for c in channels if c not in ours]
        sounds = [play(performance, font, RATE_HZ, channels=theirs)] if theirs else []
        sounds += [synthesise(performance, RATE_HZ, rng, channels=ours)] if ours else []
        levels = [np.sqrt((s**2).mean()) + 1e-6 for s in sounds]
        return sum((s / level * rng.uniform(0.05, 0.15) for s, level in zip(sounds, levels, strict=True)),
                   np.zeros(len(sounds[0]), np.float32)).astype(np.float32)  # fmt: skip


def write_songs(book: Songbook, folder: Path, numbers: Iterator[int]) -> None:
    """Make songs into ``folder``, one ``00042.npz`` each; those that are there already are skipped."""
    began = time.time()
    for number in numbers:
        path = folder / f"{number:05d}.npz"
        if path.exists():
            continue
        recipe, performance, sound = book.song(number)
        write_features(path, performance, sound)
        spent = time.time() - began
        print(json.dumps({"song": number, "recipe": recipe, "music_s": round(performance.stop_s, 1),
                          "beats": len(performance.beats_s), "spent_s": round(spent, 1)}), flush=True)  # fmt: skip


def write_features(path: Path, performance: Performance, sound: Array) -> None:
    """The features that a network hears and the truth, whole or not at all."""
    heard = measure_features(sound[k : k + _BLOCK] for k in range(0, len(sound), _BLOCK))
    parts = {
        "mel": heard.mel,
        "tones": heard.tones,
        "timbre": heard.timbre.astype(np.float16),
        "chroma": np.sqrt(heard.chroma).astype(np.float16),
        "beats_s": performance.beats_s,
        "positions": performance.positions,
        "bar_beats": _bar_of_each_beat(performance.score),
        "edges_s": performance.edges_s,
        "functions": performance.functions,
        "materials": np.array([part.material for part in performance.score.parts]),
        "level": heard.level,
    }
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, **parts)
    os.replace(part, path)


def _bar_of_each_beat(score: Score) -> Floats:
    """How many beats the bar of each beat has."""
    return np.array([score.bars[0]] * score.first_beat + [bar for bar in score.bars for _ in range(bar)])
