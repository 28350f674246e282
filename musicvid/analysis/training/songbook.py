"""The songs a network learns from: number ``k`` of seed ``s`` is always the same song; kept as measured features."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from musicvid.analysis.spectrum import RATE_HZ
from musicvid.analysis.training.arranging import drum_song, reclothed, with_band
from musicvid.analysis.training.composing import compose
from musicvid.analysis.training.machines import Array, synthesise
from musicvid.analysis.training.midi_files import read_arrangement, read_drum_take
from musicvid.analysis.training.mixing import mix
from musicvid.analysis.training.performing import perform
from musicvid.analysis.training.placing import RULES, placed_score, placings
from musicvid.analysis.training.playing import play
from musicvid.analysis.training.pop909 import read_phrases, read_pop_song
from musicvid.analysis.training.scores import DRUMS, Performance, Score
from musicvid.analysis.training.song_files import write_song
from musicvid.errors import InputError

RECIPES = {"pop": 0.16, "band": 0.2, "arrangement": 0.24, "composed": 0.3, "drummer": 0.1}
"""Ways of making a song, and the share of songs made so."""
FONT_ODDS = (0.5, 0.35, 0.15)
"""How often each soundfont plays."""
_CHOICES = "songbook.json"


@dataclass(frozen=True, slots=True)
class Sources:
    """Folders of MIDI files; ``soundfonts`` in the order of :data:`FONT_ODDS`.

    ``left_out``: names of files, without their endings, that are never used.
    """

    pop909: Path
    arrangements: Path
    drummers: Path
    soundfonts: tuple[Path, ...]
    left_out: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if len(self.soundfonts) != len(FONT_ODDS):
            raise InputError(f"{len(FONT_ODDS)} soundfonts are needed, not {len(self.soundfonts)}")
        for folder in (self.pop909, self.arrangements, self.drummers):
            if next(folder.rglob("*.mid"), None) is None:
                raise InputError("no MIDI files here", where=str(folder), hint="unpack the set: see README.md")


@dataclass(frozen=True, slots=True)
class MadeSong:
    """``sound`` (samples,): mono at ``RATE_HZ``."""

    recipe: str
    performance: Performance
    sound: Array


class Songbook:
    """Knows the sources, and makes song ``k``. ``keep``: a folder for what is worked out once."""

    def __init__(self, sources: Sources, seed: int, keep: Path) -> None:
        self.sources = sources
        self.seed = seed
        keep.mkdir(parents=True, exist_ok=True)
        places = placings(sources.pop909, keep)
        self.pop = {name: place for name, place in places.items() if name not in sources.left_out}
        paths = [path for path in sorted(sources.arrangements.glob("*.mid")) if path.stem not in sources.left_out]
        self.arrangements = [score for score in map(read_arrangement, paths) if score is not None]
        takes = sorted(sources.drummers.rglob("*_beat_4-4.mid"))
        self.takes = [take for take in map(read_drum_take, takes) if take is not None]

    def song(self, number: int) -> MadeSong:
        """Song ``number``; the same whenever and wherever it is asked for."""
        rng = np.random.default_rng([self.seed, number])
        recipe, performance = self.draw(rng)
        plain = recipe == "pop"
        sound = self._sound(performance, rng, fonts_only=plain)
        if not plain or rng.random() < 0.4:
            sound = mix(sound, performance, RATE_HZ, rng)
        return MadeSong(recipe, performance, sound)

    def draw(self, rng: np.random.Generator) -> tuple[str, Performance]:
        """A recipe and what is played by it, before any sound."""
        makers: dict[str, Callable[[np.random.Generator], Performance]] = {
            "pop": self._pop,
            "band": self._band,
            "arrangement": self._arrangement,
            "composed": self._composed,
            "drummer": self._drummer,
        }
        recipe = str(rng.choice(list(RECIPES), p=list(RECIPES.values())))
        return recipe, makers[recipe](rng)

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
        path = self.sources.pop909 / f"{name}.mid"
        song = read_pop_song(path)
        if song is None:
            raise InputError("no POP909 song with one tempo", where=str(path), hint="is it the same set?")
        return placed_score(song, read_phrases(path), self.pop[name])

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


def write_songs(book: Songbook, folder: Path, numbers: Iterable[int]) -> None:
    """Make songs into ``folder``, one ``00042.npz`` each, and say so on a line of JSON each.

    Songs that are there already are skipped, so that a run goes on where another was cut off. InputError where the
    folder has songs of other choices.
    """
    _agree(book, folder / _CHOICES)
    began = time.monotonic()
    for number in numbers:
        path = folder / f"{number:05d}.npz"
        if path.exists():
            continue
        song = book.song(number)
        write_song(path, song.performance, song.sound)
        row = {"song": number, "recipe": song.recipe, "music_s": round(song.performance.stop_s, 1),
               "beats": len(song.performance.beats_s), "spent_s": round(time.monotonic() - began, 1)}  # fmt: skip
        print(json.dumps(row), flush=True)


def _agree(book: Songbook, path: Path) -> None:
    """Keep what the songs depend on, or compare with what was kept."""
    sources = book.sources
    choices = {"seed": book.seed, "placing": RULES, "soundfonts": [font.name for font in sources.soundfonts],
               "left_out": sorted(sources.left_out),
               "found": [len(book.pop), len(book.arrangements), len(book.takes)]}  # fmt: skip
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_text(json.dumps(choices))
        os.replace(part, path)
    kept = json.loads(path.read_text())
    for name, value in choices.items():
        if kept[name] != value:
            raise InputError(f"the songs here were made with {name} {kept[name]}, not {value}", where=str(path),
                             hint="choose another folder")  # fmt: skip
