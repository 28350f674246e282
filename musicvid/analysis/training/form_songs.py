"""Songs from which form is learned: their bars, and where each person who labelled them lets the parts begin.

Every song of POP909 whose phrases can be placed is played twice, by the piano alone and by a band; beside them stand
composed songs. Only what the network sees of them is kept, about 100 kB each.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from musicvid.analysis.barwise import Array, Bars, Floats, bar_edges, bars_of
from musicvid.analysis.spectrum import RATE_HZ, measure_features
from musicvid.analysis.training.arranging import with_band
from musicvid.analysis.training.composing import compose
from musicvid.analysis.training.mixing import mix
from musicvid.analysis.training.performing import perform
from musicvid.analysis.training.placing import AFTER, BEFORE, placed_score
from musicvid.analysis.training.playing import play
from musicvid.analysis.training.pop909 import Phrase, read_phrases, read_pop_song
from musicvid.analysis.training.scores import Part, Performance, Score
from musicvid.analysis.training.songbook import FONT_ODDS, Songbook

PIANO, BAND, COMPOSED = "piano", "band", "composed"
_BLOCK = 10 * RATE_HZ
_FEWEST_BARS, _FEWEST_PARTS = 12, 3


@dataclass(frozen=True, slots=True)
class Truth:
    """Parts by one person: ``edges_s`` (k + 1,) rising, ``materials`` (k,) that repeats share. The rest is unknown."""

    edges_s: Floats
    materials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormSong:
    """``work``: what it was made from; all that was made from one work is held out together."""

    work: str
    kind: str
    bars: Bars
    truths: tuple[Truth, ...]


def write_form_songs(book: Songbook, folder: Path, composed: int) -> Iterator[Path]:
    """Make songs into ``folder``, one file each, and yield each path; those that are there already are skipped."""
    folder.mkdir(parents=True, exist_ok=True)
    named = [(name, kind) for name, place in book.pop.items() if place.start_bar >= 0 for kind in (PIANO, BAND)]
    for name, kind in [*named, *((f"{k:05d}", COMPOSED) for k in range(composed))]:
        path = folder / f"{kind}-{name}.npz"
        if not path.exists():
            song = make_form_song(book, name, kind)
            if song is not None:
                write_form_song(path, song)
        yield path


def make_form_song(book: Songbook, name: str, kind: str) -> FormSong | None:
    """The same whenever it is asked for; None where it has too few bars or parts."""
    rng = np.random.default_rng([book.seed, 909, (PIANO, BAND, COMPOSED).index(kind), int(name)])
    readings = [compose(rng)] if kind == COMPOSED else _readings(book, name, kind, rng)
    score = readings[0]
    performance = perform(with_band(score, book.takes, rng) if kind == BAND else score, rng,
                          plain=kind == PIANO and rng.random() < 0.85)  # fmt: skip
    font = book.sources.soundfonts[int(rng.choice(len(FONT_ODDS), p=FONT_ODDS))]
    sound = play(performance, font, RATE_HZ)
    if kind != PIANO:
        sound = mix(sound, performance, RATE_HZ, rng)
    truths = tuple(truth for reading in readings if (truth := _truth(reading.parts, score, performance)) is not None)
    heard = measure_features(sound[k : k + _BLOCK] for k in range(0, len(sound), _BLOCK))
    edges = bar_edges(performance.beats_s, performance.positions, heard.duration_s)
    if not truths or len(edges) <= _FEWEST_BARS:
        return None
    return FormSong(f"{COMPOSED}-{name}" if kind == COMPOSED else name, kind, bars_of(heard, edges), truths)


def _readings(book: Songbook, name: str, kind: str, rng: np.random.Generator) -> list[Score]:
    """The same score with the parts of each annotator, in another key and tempo; for the band, an excerpt."""
    path = book.sources.pop909 / f"{name}.mid"
    song = read_pop_song(path)
    if song is None:
        return []
    others = _second_phrases(path)
    scores = [placed_score(song, phrases, book.pop[name]) for phrases in (read_phrases(path), others) if phrases]
    shift = int(rng.integers(-4, 5)) if rng.random() < 0.5 else 0
    speed = float(rng.uniform(0.85, 1.18)) if rng.random() < 0.5 else 1.0
    if kind == BAND:
        shift, speed = int(rng.integers(-5, 6)), float(rng.uniform(0.7, 1.5))
        count = len(scores[0].bars)
        bars = int(rng.uniform(0.5, 1.0) * count)
        first = int(rng.integers(0, count - bars + 1))
        scores = [score.excerpt(first, bars) for score in scores]
    return [replace(score.transposed(shift), tempo_bpm=score.tempo_bpm * speed) for score in scores]


def _second_phrases(path: Path) -> list[Phrase]:
    """Of the second annotator, where the set has one."""
    there = path.with_suffix(".phrases2.txt")
    text = there.read_text() if there.exists() else ""
    return [Phrase(letter, int(bars)) for letter, bars in re.findall(r"([A-Za-z])(\d+)", text)]


def _truth(parts: tuple[Part, ...], score: Score, performance: Performance) -> Truth | None:
    """What is labelled, from its first part to its last; None for fewer than three."""
    beats = np.append(performance.beats_s, performance.stop_s)
    lines = score.first_beat + np.concatenate([[0], np.cumsum(score.bars)])
    starts = [*(part.bar for part in parts), len(score.bars)]
    labelled = [k for k, part in enumerate(parts) if part.material not in (BEFORE, AFTER)]
    if len(labelled) < _FEWEST_PARTS:
        return None
    edges = [starts[k] for k in labelled] + [starts[labelled[-1] + 1]]
    return Truth(beats[lines[edges]], tuple(parts[k].material for k in labelled))


def write_form_song(path: Path, song: FormSong) -> None:
    """Whole or not at all."""
    kept: dict[str, Array | Floats | np.ndarray[tuple[int, ...], np.dtype[np.str_]]] = {
        "work": np.array(song.work),
        "kind": np.array(song.kind),
        "edges_s": song.bars.edges_s,
        "levels": song.bars.levels,
    }
    for name in ("harmony", "timbre", "voices"):
        kept[name] = getattr(song.bars, name).astype(np.float16)
    for k, truth in enumerate(song.truths):
        kept[f"truth{k}_s"], kept[f"materials{k}"] = truth.edges_s, np.array(truth.materials)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, **kept)  # type: ignore[arg-type]
    os.replace(part, path)


def read_form_song(path: Path) -> FormSong:
    """Read what :func:`write_form_song` wrote."""
    with np.load(path) as kept:
        truths = [Truth(kept[f"truth{k}_s"], tuple(str(m) for m in kept[f"materials{k}"]))
                  for k in range(2) if f"truth{k}_s" in kept]  # fmt: skip
        qualities = (kept[name].astype(np.float32) for name in ("harmony", "timbre", "voices"))
        bars = Bars(kept["edges_s"], *qualities, kept["levels"])
        return FormSong(str(kept["work"]), str(kept["kind"]), bars, tuple(truths))
