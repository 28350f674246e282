"""Scores, MIDI files and songs made up here, so that the truth about them is known."""

from __future__ import annotations

from pathlib import Path

import mido
import numpy as np

from musicvid.analysis.training.scores import DRUMS, Part, Score
from musicvid.analysis.training.song_files import Song

TICKS = 480
KICK, HAT = 36, 42


def clicks(bars: tuple[int, ...], tempo_bpm: float = 120.0, parts: tuple[Part, ...] = (), first_beat: int = 0) -> Score:
    """A bass drum on every beat."""
    count = first_beat + sum(bars)
    notes = np.array([[beat, 0.2, DRUMS, KICK, 110] for beat in range(count)], float)
    return Score(notes, bars, tempo_bpm, {DRUMS: 0}, parts=parts, first_beat=first_beat)


def write_midi(
    path: Path,
    tracks: dict[str, list[tuple[float, float, int, int]]],
    *,
    bpm: float | list[tuple[float, float]] = 120.0,
    metres: list[tuple[float, int, int]] | None = None,
    channel: int = 0,
) -> Path:
    """``tracks``: notes as (start and length in quarters, pitch, velocity). ``bpm``: of quarters, or (quarter, bpm)s.

    ``metres``: (quarter, beats, unit).
    """
    midi = mido.MidiFile(ticks_per_beat=TICKS)
    conductor: list[tuple[float, mido.MetaMessage]] = []
    for at, tempo in bpm if isinstance(bpm, list) else [(0.0, bpm)]:
        conductor.append((at, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo))))
    for at, beats, unit in metres or []:
        conductor.append((at, mido.MetaMessage("time_signature", numerator=beats, denominator=unit)))
    midi.tracks.append(_track("", conductor))
    for name, notes in tracks.items():
        events = []
        for start, length, pitch, velocity in notes:
            sound = {"channel": channel, "note": pitch}
            events.append((start, mido.Message("note_on", velocity=velocity, **sound)))
            events.append((start + length, mido.Message("note_off", **sound)))
        midi.tracks.append(_track(name, events))
    path.parent.mkdir(parents=True, exist_ok=True)
    midi.save(path)
    return path


def _track(name: str, events: list) -> mido.MidiTrack:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    now = 0
    # Notes end before others begin.
    for at, message in sorted(events, key=lambda event: (event[0], event[1].type != "note_off")):
        tick = round(at * TICKS)
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def pop_song(folder: Path, name: str, *, phase: int, start: int, phrases: str, seed: int, flags_off: int = 0) -> None:
    """A song as POP909 has them: ``phase`` beats before the first bar line and ``start`` bars before the phrases.

    The piano plays a low root on every first beat and chords between, each letter with its own chords; the melody plays
    under capitals only. ``flags_off``: beats by which the downbeat flags are wrong.
    """
    rng = np.random.default_rng(seed)
    chords: dict[str, list[int]] = {}
    tunes: dict[str, list[int]] = {}
    letters = (
        ["_"] * start + [c for c, n in zip(phrases[::2], phrases[1::2], strict=True) for _ in range(int(n))] + ["_"]
    )
    piano, melody = [], []
    for bar, letter in enumerate(letters):
        roots = chords.setdefault(letter, [int(r) for r in rng.permutation(12)[:4]])
        tune = tunes.setdefault(letter, [int(p) for p in rng.integers(60, 80, 8)])
        root, at = roots[bar % 4], phase + 4.0 * bar
        piano.append((at, 3.8, 36 + root, 90))
        piano += [(at + beat, 0.8, 60 + (root + up) % 12, 60) for beat in (0, 1, 2, 3) for up in (0, 4, 7)]
        if letter.isupper():
            melody += [(at + k / 2, 0.4, pitch, 90) for k, pitch in enumerate(tune)]
    piano += [(float(beat), 0.8, 72, 50) for beat in range(phase)]
    # The first beat is a quarter of a second into the file: half a beat at 120.
    late = [[(s + 0.5, n, p, v) for s, n, p, v in notes] for notes in (piano, melody)]
    write_midi(folder / f"{name}.mid", {"MELODY": late[1], "PIANO": late[0]})
    beats = np.arange(phase + 4 * len(letters))
    flags = (beats - phase - flags_off) % 4 == 0
    table = np.stack([0.25 + beats * 0.5, beats % 2 == 0, flags], axis=1)
    np.savetxt(folder / f"{name}.beats.txt", table)
    (folder / f"{name}.phrases1.txt").write_text(phrases + "\n")


def kept_song(
    seconds: float = 24.0, bpm: float = 120.0, metre: int = 4, *, first_s: float = 0.5, seed: int = 0
) -> Song:
    """Features in which a beat is seen as a bright frame in the upper bands, a downbeat in the lower ones as well."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * 100)
    beats = np.arange(first_s, seconds - 0.1, 60 / bpm)
    positions = np.arange(len(beats)) % metre + 1
    mel = 0.3 * rng.random((frames, 80))
    at = np.round(beats * 100).astype(int)
    mel[at, 40:] = 3.0
    mel[at[positions == 1], :40] = 3.0
    edges = beats[positions == 1][::4]
    return Song(
        mel.astype(np.float16),
        rng.random((frames // 4, 24)).astype(np.float16),
        beats,
        positions,
        np.full(len(beats), metre, float),
        edges,
        np.arange(len(edges)) % 4 + 1,
    )
