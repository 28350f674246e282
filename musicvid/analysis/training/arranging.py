"""A band round a song that was only piano and melody, and other clothes for an arrangement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from musicvid.analysis.training.drumming import draw_pattern, play_bar, rows
from musicvid.analysis.training.instruments import BASSES, CHORD_SOUNDS, DISTORTED, KITS, LEADS, PADS
from musicvid.analysis.training.scores import DRUMS, Floats, Score

_BASS, _CHUG = 6, 7
"""MIDI channels of the players that join."""


def with_band(score: Score, takes: list[Floats], rng: np.random.Generator) -> Score:
    """``score`` (in four) with other instruments, drums by hand or by a drummer of ``takes``, bass, guitars."""
    pitched = sorted(set(score.notes[:, 2].astype(int)) - {DRUMS})
    gone = [channel for channel in pitched if rng.random() < 0.15]
    notes = score.notes[~np.isin(score.notes[:, 2], gone if len(gone) < len(pitched) else [])]
    sounds = [LEADS, CHORD_SOUNDS, PADS + CHORD_SOUNDS]
    programs = {channel: int(rng.choice(sounds[k % 3])) for k, channel in enumerate(pitched)}
    programs |= {_BASS: int(rng.choice(BASSES)), _CHUG: int(rng.choice(DISTORTED)),
                 DRUMS: int(rng.choice(KITS))}  # fmt: skip
    extra = _drums(score, takes, rng)
    if rng.random() < 0.75:
        extra += _bass(score, rng, chug=rng.random() < 0.2)
    played = np.concatenate([notes, np.array(extra, float).reshape(-1, 5)])
    volumes = {channel: int(rng.integers(65, 120)) for channel in programs}
    return replace(score, notes=played, programs=programs, volumes=volumes)


def reclothed(score: Score, rng: np.random.Generator) -> Score:
    """The same notes on other instruments of the same kind; players may be left out."""
    programs = {}
    for channel in set(score.notes[:, 2].astype(int)):
        program = score.programs.get(channel, 0)
        family = program // 8 * 8
        programs[channel] = program if channel == DRUMS or rng.random() < 0.5 else family + int(rng.integers(8))
    notes = score.notes
    channels = sorted(set(notes[:, 2].astype(int)))
    if len(channels) > 2 and rng.random() < 0.3:
        gone = DRUMS if rng.random() < 0.4 else int(rng.choice(channels))
        kept = notes[notes[:, 2] != gone]
        notes = kept if len(kept) > 50 else notes
    volumes = {c: int(np.clip(score.volumes.get(c, 100) * rng.uniform(0.7, 1.2), 30, 127)) for c in channels}
    return replace(score, notes=notes, programs=programs, volumes=volumes)


def drum_song(take: Floats, tempo_bpm: float, bars: int, chords: Score, rng: np.random.Generator) -> Score:
    """A drummer's take looped over ``bars`` bars, with the pitched players of a composed song or alone."""
    drums = _looped(take, 4 * bars)
    others = chords.notes[chords.notes[:, 2] != DRUMS] if rng.random() < 0.8 else chords.notes[:0]
    notes = np.concatenate([drums, others])
    notes = notes[notes[:, 0] < 4 * bars]
    return replace(chords, notes=notes, bars=(4,) * bars, tempo_bpm=tempo_bpm, triple=False,
                   parts=tuple(p for p in chords.parts if p.bar < bars))  # fmt: skip


def _looped(take: Floats, beats: int, start: float = 0.0) -> Floats:
    """The hits of ``take`` again and again from beat ``start`` on, for ``beats`` beats and somewhat over."""
    length = 4 * int(np.ceil(take[:, 0].max() / 4))
    turns = start + np.arange(beats // length + 1) * length
    hits = np.tile(take, (len(turns), 1))
    hits[:, 0] += np.repeat(turns, len(take))
    return hits


def _drums(score: Score, takes: list[Floats], rng: np.random.Generator) -> list[tuple[float, ...]]:
    start = float(score.first_beat)
    if takes and rng.random() < 0.4:
        hits = _looped(takes[int(rng.integers(len(takes)))], 4 * len(score.bars), start)
        return [tuple(hit) for hit in hits if hit[0] < score.beat_count]
    patterns = [draw_pattern(rng, 4, triple=False) for _ in range(3)]
    starts = {part.bar for part in score.parts} or set(range(0, len(score.bars) + 1, 8))
    out: list[tuple[float, ...]] = []
    for bar in range(len(score.bars)):
        pattern = patterns[_pattern_of(score, bar)]
        fill = bar + 1 in starts and rng.random() < 0.6
        crash = bar in starts and pattern.kind != "none" and rng.random() < 0.6
        out += rows(play_bar(pattern, rng, fill=fill, crash=crash), start + 4 * bar)
    return out


def _pattern_of(score: Score, bar: int) -> int:
    """Which of three patterns: the same for the same material, or every eight bars another where form is unknown."""
    part = sum(p.bar <= bar for p in score.parts) - 1
    return ord(score.parts[part].material[0]) % 3 if part >= 0 else bar // 8 % 3


def _bass(score: Score, rng: np.random.Generator, *, chug: bool) -> list[tuple[float, ...]]:
    """The lowest note of each beat, an octave or two down."""
    kind = rng.choice(["root", "eighths", "offbeat", "sixteenths"], p=[0.4, 0.35, 0.1, 0.15])
    places = {"root": (0.0,), "eighths": (0.0, 0.5), "offbeat": (0.5,), "sixteenths": (0.0, 0.25, 0.5, 0.75)}[str(kind)]
    pitched = score.notes[score.notes[:, 2] != DRUMS]
    beat_of = np.floor(pitched[:, 0] + 0.1).astype(int)
    lowest: dict[int, float] = {}
    for beat, pitch in zip(beat_of, pitched[:, 3], strict=True):
        lowest[beat] = min(lowest.get(beat, 127.0), pitch)
    out: list[tuple[float, ...]] = []
    pitch = 40.0
    for beat in range(score.beat_count):
        pitch = lowest.get(beat, pitch)
        while pitch > 48:
            pitch -= 12
        out += [(beat + p, 0.4, _BASS, pitch, 96.0) for p in places]
        if chug:
            out += [(beat + p, 0.24, _CHUG, pitch + up, 90.0) for p in (0.0, 0.5) for up in (12, 19)]
    return out
