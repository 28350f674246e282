"""From the score to what every instrument plays: lists of notes and strokes over the whole song, in beats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .clock import Clock
from .harmony import Voicing, ladder, voicings
from .notation import Chord, Note
from .patterns import PATTERNS
from .score import Section

BASS_LOW = 30
PAD_RANGE = (52, 74)
STRINGS_RANGE = (62, 83)
_D_MAJOR = frozenset((2, 4, 6, 7, 9, 11, 1))


@dataclass(frozen=True, slots=True)
class Hit:
    """A stroke on a drum; ``beat`` counts over the song."""

    drum: str
    beat: float
    velocity: float


@dataclass(frozen=True, slots=True)
class PlacedChord:
    """A chord and where it sounds in the song, in beats, with its section."""

    chord: Chord
    beat: float
    beats: float
    section: int


def placed_chords(clock: Clock) -> tuple[PlacedChord, ...]:
    """Every chord of the song in order; one that stays over a bar line is one long chord."""
    placed: list[PlacedChord] = []
    for index, section in enumerate(clock.sections):
        for bar, items in zip(clock.bars_of(index), section.bars, strict=True):
            for item in items:
                last = placed[-1] if placed else None
                if last and last.chord == item.chord and last.section == index:
                    placed[-1] = replace(last, beats=last.beats + item.beats)
                else:
                    placed.append(PlacedChord(item.chord, bar.beat + item.beat, item.beats, index))
    return tuple(placed)


def drum_hits(clock: Clock) -> tuple[Hit, ...]:
    """The drums, with a crash where a section asks for one."""
    hits = []
    for index, section in enumerate(clock.sections):
        bars = clock.bars_of(index)
        for bar, pattern in zip(bars, section.drums.split(), strict=True):
            hits += [Hit(s.drum, bar.beat + s.sixteenth / 4, s.velocity) for s in PATTERNS[pattern]]
        hits += [Hit("crash", bars[k - 1].beat, 1.0 if k == 1 else 0.6) for k in section.crashes]
    return tuple(sorted(hits, key=lambda hit: (hit.beat, hit.drum)))


def bass_notes(clock: Clock) -> tuple[Note, ...]:
    """The bass line in the style of each section."""
    chords = placed_chords(clock)
    notes: list[Note] = []
    for here, after in zip(chords, [*chords[1:], chords[-1]], strict=True):
        section = clock.sections[here.section]
        low = _bass_pitch(here.chord.bass)
        if section.bass == "pedal":
            notes.append(Note(here.beat, here.beats, low, 0.7))
        elif section.bass == "walk":
            notes += _walk(here, low, _bass_pitch(after.chord.bass))
        elif section.bass == "drive":
            notes += _drive(here, low)
    return _tied(notes) if notes else ()


def _bass_pitch(pitch_class: int) -> int:
    return BASS_LOW + (pitch_class - BASS_LOW) % 12


def _walk(here: PlacedChord, low: int, following: int) -> list[Note]:
    if here.beats < 4:
        return [Note(here.beat, 1.4, low, 0.8), Note(here.beat + 1.5, 0.5, low, 0.6)]
    fifth = next(tone for tone in here.chord.tones if (tone - here.chord.tones[0]) % 12 == 7)
    other = min((low + 7, low - 5, low + 5, low - 7), key=lambda p: ((p - fifth) % 12 != 0, p < BASS_LOW - 2))
    if other % 12 != fifth:
        other = low
    # Step into the next bass note from the scale tone on the side it is coming from.
    ahead = range(following - 1, 0, -1) if low < following else range(following + 1, 99)
    step = next(pitch for pitch in ahead if pitch % 12 in _D_MAJOR)
    return [
        Note(here.beat, 1.4, low, 0.85),
        Note(here.beat + 1.5, 0.5, low, 0.6),
        Note(here.beat + 2, 1.4, other, 0.75),
        Note(here.beat + 3.5, 0.5, step, 0.6),
    ]


def _drive(here: PlacedChord, low: int) -> list[Note]:
    notes = []
    for k in range(round(here.beats * 2)):
        last = k == round(here.beats * 2) - 1 and here.beats >= 4
        pitch = low + 12 if last else low
        notes.append(Note(here.beat + k / 2, 0.46, pitch, 0.7 if k % 2 else 0.9))
    return notes


def _tied(notes: list[Note]) -> tuple[Note, ...]:
    # Notes that stay on one pitch without a gap under a pedal sound as one.
    tied = [notes[0]]
    for note in notes[1:]:
        last = tied[-1]
        if note.pitch == last.pitch and abs(last.beat + last.beats - note.beat) < 1e-9 and last.beats >= 2:
            tied[-1] = replace(last, beats=last.beats + note.beats)
        else:
            tied.append(note)
    return tuple(tied)


def chord_bed(clock: Clock, low: int, high: int, voices: int) -> tuple[Note, ...]:
    """Sustained chords, voices led by the smallest steps; a tone that two chords share is held over."""
    chords = placed_chords(clock)
    led = voicings([c.chord for c in chords], low, high, voices)
    held: dict[int, Note] = {}
    notes: list[Note] = []
    for here, voicing in zip(chords, led, strict=True):
        notes += [held.pop(pitch) for pitch in list(held) if pitch not in voicing]
        for pitch in voicing:
            note = held.get(pitch)
            beats = here.beat + here.beats - note.beat if note else here.beats
            held[pitch] = Note(note.beat if note else here.beat, beats, pitch, 0.7)
    notes += held.values()
    return tuple(sorted(notes, key=lambda note: (note.beat, note.pitch)))


def key_notes(clock: Clock) -> tuple[Note, ...]:
    """The electric piano: whole notes, broken halves or pushed chords, as the section says."""
    chords = placed_chords(clock)
    led = voicings([c.chord for c in chords], 54, 73, 4)
    notes: list[Note] = []
    for here, voicing in zip(chords, led, strict=True):
        style = clock.sections[here.section].keys
        for k, pitch in enumerate(voicing):
            notes += [replace(note, pitch=pitch) for note in _strokes(style, here, k)]
    return tuple(sorted(notes, key=lambda note: (note.beat, note.pitch)))


def _strokes(style: str, here: PlacedChord, voice: int) -> Iterator[Note]:
    if style == "whole":
        # Rolled upwards, a thirty-second between the voices.
        yield Note(here.beat + voice / 16, here.beats - voice / 16, 0, 0.62 - 0.04 * voice)
    elif here.beats < 4 or style == "half":
        for k in range(max(round(here.beats / 2), 1)):
            yield Note(here.beat + 2 * k, 1.5, 0, 0.6 if k == 0 else 0.45)
            yield Note(here.beat + 2 * k + 1.5, 0.5, 0, 0.38)
    else:
        for at, beats, velocity in ((0, 1.5, 0.75), (1.5, 1.0, 0.6), (2.5, 1.0, 0.65), (3.5, 0.5, 0.5)):
            yield Note(here.beat + at, beats, 0, velocity)


_PLUCK_STEPS = (0, 2, 4, 3, 1, 4, 3, 2)
_ARP_STEPS = (0, 2, 4, 1, 3, 5, 4, 2, 0, 3, 5, 4, 2, 4, 3, 1)


def pluck_notes(clock: Clock) -> tuple[Note, ...]:
    """A picked figure in eighths; in the outro's last two bars one slow upward roll instead."""
    return _figure(clock, "pluck", _PLUCK_STEPS, 2, 57)


def arp_notes(clock: Clock) -> tuple[Note, ...]:
    """A sixteenth-note arpeggio for the full sections."""
    return _figure(clock, "arp", _ARP_STEPS, 4, 69)


def _figure(clock: Clock, layer: str, steps: tuple[int, ...], per_beat: int, low: int) -> tuple[Note, ...]:
    notes = []
    for here in placed_chords(clock):
        section = clock.sections[here.section]
        if layer not in section.layers:
            continue
        rungs = ladder(here.chord, low, 6)
        if _is_last_chord(clock, here, section):
            notes += [Note(here.beat + k / 4, 6, pitch, 0.7 - 0.06 * k) for k, pitch in enumerate(rungs)]
            break
        for k in range(round(here.beats * per_beat)):
            place = round(here.beat * per_beat) + k
            accent = 0.8 if place % per_beat == 0 else 0.6 if place % 2 == 0 else 0.48
            notes.append(Note(here.beat + k / per_beat, 1.6 / per_beat, rungs[steps[place % len(steps)]], accent))
    return tuple(notes)


def _is_last_chord(clock: Clock, here: PlacedChord, section: Section) -> bool:
    return section is clock.sections[-1] and here.beat >= clock.end_beat - 8


_STRUM = ((0, 1, 0.85), (1, 0.5, 0.6), (1.5, 1, 0.45), (2.5, 0.5, 0.5), (3, 0.5, 0.75), (3.5, 0.5, 0.45))
"""Down, down, up, up, down, up: beat in the bar, length, velocity."""


def strum_notes(clock: Clock) -> tuple[Note, ...]:
    """The steel-string guitar: five strings, struck one after the other, downwards on the beat and upwards off it."""
    notes = []
    for here in placed_chords(clock):
        strings = ladder(here.chord, 50, 5)
        for at, beats, velocity in _STRUM:
            if at < here.beats:
                down = at % 1 == 0
                for k, pitch in enumerate(strings if down else strings[:1:-1]):
                    late = k / 64
                    notes.append(Note(here.beat + at + late, min(beats, here.beats - at) - late, pitch, velocity))
    return tuple(notes)


def harmony_below(clock: Clock, section: int, notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """A second voice: for every sung note the nearest chord tone that lies at least a minor third below it.

    ``notes`` count their beats from the start of the section, as do those returned.
    """
    first = clock.first_beat(section)
    chords = [c for c in placed_chords(clock) if c.section == section]
    below = []
    for note in notes:
        # A note that pushes ahead of the beat belongs to the chord it pushes into.
        middle = first + note.beat + min(note.beats, 2) / 2
        sounding: Voicing = next(c for c in reversed(chords) if c.beat <= middle).chord.tones
        pitch = next(p for p in range(note.pitch - 3, note.pitch - 13, -1) if p % 12 in sounding)
        below.append(replace(note, pitch=pitch))
    return tuple(below)
