"""MIDI files as scores: notes in beats of the file's own bars."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musicvid.analysis.training.scores import DRUMS, Floats, Score
from musicvid.errors import InputError


@dataclass(frozen=True, slots=True)
class MidiNotes:
    """``notes`` (n, 5) in quarter notes: start, length, channel, pitch, velocity, from the file's beginning.

    ``tracks`` (n,) names; ``tempo_bpm`` of quarter notes, the first, and whether it ever changes; ``signatures``:
    (quarter, beats, unit) of every time signature.
    """

    notes: Floats
    tracks: tuple[str, ...]
    programs: dict[int, int]
    volumes: dict[int, int]
    tempo_bpm: float
    steady: bool
    signatures: tuple[tuple[float, int, int], ...]


def read_midi(path: Path) -> MidiNotes:
    """All notes that are begun and ended, sorted by start; a note begun twice is ended in the same order.

    InputError where the file cannot be read.
    """
    import mido

    try:
        midi = mido.MidiFile(path, clip=True)
    except (OSError, EOFError, ValueError, mido.KeySignatureError) as error:
        raise InputError(f"not a MIDI file: {error}", where=str(path)) from error
    rows, names, tempi, signatures = [], [], [], []
    programs: dict[int, int] = {}
    volumes: dict[int, int] = {}
    for track in midi.tracks:
        tick, held = 0, defaultdict(list)
        for message in track:
            tick += message.time
            at = tick / midi.ticks_per_beat
            if message.type == "note_on" and message.velocity:
                held[message.channel, message.note].append((at, message.velocity))
            elif message.type in ("note_on", "note_off") and held[message.channel, message.note]:
                start, velocity = held[message.channel, message.note].pop(0)
                rows.append((start, at - start, message.channel, message.note, velocity))
                names.append(track.name.strip())
            elif message.type == "program_change":
                programs.setdefault(message.channel, message.program)
            elif message.type == "control_change" and message.control == 7:
                volumes.setdefault(message.channel, message.value)
            elif message.type == "set_tempo":
                tempi.append(60e6 / message.tempo)
            elif message.type == "time_signature":
                signatures.append((at, message.numerator, message.denominator))
    notes = np.array(rows, float).reshape(-1, 5)
    order = np.lexsort((notes[:, 3], notes[:, 0]))
    tempo = tempi[0] if tempi else 120.0
    steady = all(abs(t / tempo - 1) < 0.002 for t in tempi)
    return MidiNotes(
        notes[order], tuple(names[k] for k in order), programs, volumes, tempo, steady, tuple(sorted(set(signatures)))
    )


def read_arrangement(path: Path) -> Score | None:
    """A MIDI file with one tempo and one simple metre as a score; None for others.

    The beat is the quarter note, as the annotations of such files have it; 6/8 is counted in dotted quarters.
    """
    midi = read_midi(path)
    kinds = {(beats, unit) for _, beats, unit in midi.signatures} or {(4, 4)}
    if len(midi.notes) < 50 or not midi.steady or len(kinds) != 1:
        return None
    beats, unit = kinds.pop()
    quarters = {2: 2.0, 4: 1.0}.get(unit)
    triple = False
    if (beats, unit) in ((6, 8), (12, 8)):
        beats, quarters, triple = beats // 3, 1.5, True
    elif unit == 8 and beats in (5, 7):
        quarters = 0.5
    if quarters is None or not 2 <= beats <= 7:
        return None
    notes = midi.notes.copy()
    notes[:, :2] /= quarters
    tempo = midi.tempo_bpm / quarters
    bars = max(1, int(np.ceil((notes[:, 0] + np.minimum(notes[:, 1], 1.0)).max() / beats)))
    if not 38 <= tempo <= 260:
        return None
    return Score(notes, (beats,) * bars, tempo, midi.programs, midi.volumes, triple=triple)


def read_drum_take(path: Path) -> Floats | None:
    """Hits ``(n, 5)`` of a drummer's 4/4 performance in beats, whole bars, with General MIDI notes; None if short."""
    midi = read_midi(path)
    hits = midi.notes.copy()
    if not len(hits):
        return None
    hits[:, 2] = DRUMS
    hits[:, 3] = [_TO_GENERAL.get(int(note), int(note)) for note in hits[:, 3]]
    bars = int(hits[:, 0].max() // 4)
    return hits[hits[:, 0] < 4 * bars] if bars >= 4 else None


_TO_GENERAL = {22: 42, 26: 46, 58: 43, 55: 49, 52: 57, 40: 38}
"""The electronic kit of the Groove set has notes of its own for rims and edges."""
