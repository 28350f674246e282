"""Every part of the arrangement played into stems: one stereo stage per group of instruments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .. import arrangement
from ..clock import Clock
from ..notation import Note, Syllable
from ..score import SAMPLE_RATE_HZ
from . import drums, strings, voice
from .stage import Mono, Stage, Stereo, faded
from .strings import Tone
from .voice import Singer

HER = Singer(throat=1.0, vibrato_hz=5.6, vibrato_cents=26, breath=0.032, seed=1)
HIM = Singer(throat=0.86, vibrato_hz=5.1, vibrato_cents=20, breath=0.026, seed=2)
HER_AGAIN = replace(HER, seed=3, late_s=0.017, vibrato_hz=5.3)
ALTO = replace(HER, throat=0.97, seed=4, late_s=0.009, breath=0.036, vibrato_cents=18)
TENOR = replace(HIM, throat=0.9, seed=5, late_s=0.013, breath=0.03, vibrato_cents=16)


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the song that is being rendered: ``start``..``stop`` in song samples."""

    clock: Clock
    start: int
    stop: int

    def stage(self) -> Stage:
        return Stage(self.start, self.stop)


def layer_gain(clock: Clock, layer: str, beat: float) -> float:
    """Linear gain of an instrument at a beat; 0 where its section does not name it."""
    index = clock.section_at(beat)
    section = clock.sections[index]
    level = section.layers.get(layer)
    if level is None:
        return 0.0
    if not isinstance(level, tuple):
        return float(10 ** (level / 20))
    share = min(max((beat - clock.first_beat(index)) / section.beat_count, 0.0), 1.0)
    return float(10 ** ((level[0] + (level[1] - level[0]) * share) / 20))


def layer_curve(window: Window, layer: str) -> NDArray[np.float32]:
    """The gain of a held layer over the window, in lines from beat to beat."""
    clock = window.clock
    curve = np.full(window.stop - window.start, layer_gain(clock, layer, 0), np.float32)
    for beat in range(clock.end_beat):
        first, last = clock.sample_at(beat) - window.start, clock.sample_at(beat + 1) - window.start
        gains = [layer_gain(clock, layer, min(b, clock.end_beat - 1)) for b in (beat, beat + 1)]
        line = np.linspace(*gains, last - first, endpoint=False, dtype=np.float32)
        place = slice(max(first, 0), max(last, 0))
        curve[place] = line[place.start - first : place.start - first + len(curve[place])]
    curve[max(clock.end_sample - window.start, 0) :] = layer_gain(clock, layer, clock.end_beat - 1)
    return curve


def tones(clock: Clock, layer: str, notes: Iterable[Note], pan: Callable[[int, Note], float] | None = None
          ) -> list[Tone]:  # fmt: skip
    """Notes on the sample grid with the gain of their layer; those of silent sections are left out."""
    placed = []
    for k, note in enumerate(notes):
        gain = layer_gain(clock, layer, note.beat)
        if gain:
            start, stop = clock.sample_at(note.beat), _stop(clock, note)
            placed.append(Tone(start, stop, note.pitch, note.velocity, gain, pan(k, note) if pan else 0.0))
    return placed


def _stop(clock: Clock, note: Note) -> int:
    """Where a note ends; those of the last chord ring on through the tail."""
    end = note.beat + note.beats
    return clock.sample_at(end) if end < clock.end_beat else clock.sample_count


def kick_samples(clock: Clock) -> list[int]:
    """Where the kick drum sounds: the pads and the bass give way to it."""
    return [clock.sample_at(hit.beat) for hit in arrangement.drum_hits(clock) if hit.drum == "kick"]


def kit_stems(window: Window) -> dict[str, Stereo]:
    """The kick by itself, and the rest of the kit."""
    clock = window.clock
    stems = {"kick": window.stage(), "kit": window.stage()}
    strokes = [
        drums.Stroke(hit.drum, clock.sample_at(hit.beat), hit.velocity, layer_gain(clock, "drums", hit.beat))
        for hit in arrangement.drum_hits(clock)
    ]
    drums.play(stems["kick"], [s for s in strokes if s.drum == "kick"], SAMPLE_RATE_HZ)
    drums.play(stems["kit"], [s for s in strokes if s.drum != "kick"], SAMPLE_RATE_HZ)
    return {name: stage.samples for name, stage in stems.items()}


def string_stems(window: Window) -> dict[str, Stereo]:
    """Bass, electric piano, pluck with its echoes, guitar, arpeggio and lead."""
    clock = window.clock
    stems = {name: window.stage() for name in ("bass", "keys", "pluck", "strum", "arp", "lead")}
    strings.play(stems["bass"], tones(clock, "bass", arrangement.bass_notes(clock)), strings.bass)
    keys = tones(clock, "keys", arrangement.key_notes(clock), lambda _, note: (note.pitch - 63) / 24)
    strings.play(stems["keys"], keys, strings.electric_piano)
    strings.play(stems["pluck"], list(_echoed(clock, arrangement.pluck_notes(clock))), strings.pluck)
    strum = tones(clock, "strum", arrangement.strum_notes(clock), lambda _, note: -0.35 + (note.pitch - 60) / 60)
    strings.play(stems["strum"], strum, strings.steel)
    arp = tones(clock, "arp", arrangement.arp_notes(clock), lambda k, _: 0.55 * (-1) ** k)
    strings.play(stems["arp"], arp, strings.glass)
    for index, section in enumerate(clock.sections):
        line = tones(clock, "lead", _in_song(clock, index, section.lead_notes()))
        if line:
            first, sound = strings.lead(line, SAMPLE_RATE_HZ)
            stems["lead"].add(faded(sound, 4000), first, line[0].gain)
    return {name: stage.samples for name, stage in stems.items()}


def _echoed(clock: Clock, notes: Sequence[Note]) -> Iterator[Tone]:
    """Plucked notes with echoes three sixteenths apart, thrown from side to side."""
    for copy, side in enumerate((0.12, -0.6, 0.6, -0.4)):
        late = [replace(note, beat=note.beat + 0.75 * copy) for note in notes]
        for tone in tones(clock, "pluck", [note for note in late if note.beat < clock.end_beat]):
            yield replace(tone, gain=tone.gain * 0.36**copy, pan=side)


def held_stems(window: Window) -> dict[str, Stereo]:
    """The pad, the strings and the high counter line."""
    clock = window.clock
    stems = {}
    beds = {
        "pad": (strings.WARM_PAD, arrangement.chord_bed(clock, *arrangement.PAD_RANGE, 4)),
        "strings": (strings.STRINGS, arrangement.chord_bed(clock, *arrangement.STRINGS_RANGE, 3)),
        "counter": (strings.HIGH_LINE, [
            note for k, section in enumerate(clock.sections) for note in _in_song(clock, k, section.counter_notes())
        ]),
    }  # fmt: skip
    for name, (ensemble, notes) in beds.items():
        stage = window.stage()
        placed = [Tone(clock.sample_at(n.beat), _stop(clock, n), n.pitch, n.velocity) for n in notes]
        if name == "pad":
            # The first chord swells out of the silence before bar 1.
            placed = [replace(t, start=0) if t.start == clock.bars[0].sample else t for t in placed]
        ensemble.play(stage, placed, SAMPLE_RATE_HZ)
        stems[name] = stage.samples * layer_curve(window, name)
    return stems


def _in_song(clock: Clock, section: int, notes: Iterable[Note]) -> list[Note]:
    first = clock.first_beat(section)
    return [replace(note, beat=note.beat + first) for note in notes]


def voice_stems(window: Window) -> dict[str, Stereo]:
    """The lead voices, and the harmonies that stand to both sides in the choruses."""
    clock = window.clock
    stems = {"voice": window.stage(), "harmony": window.stage()}
    for index, section in enumerate(clock.sections):
        for line in section.sung():
            beat = clock.first_beat(index) + line[0].beat
            lead, second = layer_gain(clock, "voice", beat), layer_gain(clock, "harmony", beat)
            notes = tuple(note for syllable in line for note in syllable.notes)
            below = arrangement.harmony_below(clock, index, notes)
            if section.singer in ("her", "both"):
                _sing(window, stems["voice"], index, line, notes, HER, lead, 0.0)
            if section.singer == "him":
                _sing(window, stems["voice"], index, line, _lower(notes), HIM, lead * 1.05, 0.0)
            if section.singer == "both":
                _sing(window, stems["voice"], index, line, _lower(notes), HIM, lead * 0.5, 0.06)
                _sing(window, stems["harmony"], index, line, notes, HER_AGAIN, second * 0.8, -0.3)
                _sing(window, stems["harmony"], index, line, below, ALTO, second, 0.6)
                _sing(window, stems["harmony"], index, line, below, TENOR, second, -0.65)
    return {name: stage.samples for name, stage in stems.items()}


def _lower(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(replace(note, pitch=note.pitch - 12) for note in notes)


def _sing(window: Window, stage: Stage, section: int, line: tuple[Syllable, ...], notes: tuple[Note, ...],
          singer: Singer, gain: float, pan: float) -> None:  # fmt: skip
    clock, first = window.clock, window.clock.first_beat(section)
    samples = [clock.sample_at(first + beat) for note in notes for beat in (note.beat, note.beat + note.beats)]
    if samples[-1] + SAMPLE_RATE_HZ < window.start or samples[0] - SAMPLE_RATE_HZ > window.stop or not gain:
        return
    syllables = voice.syllables_at(line, [note.pitch for note in notes], samples)
    start, sound = voice.sing(syllables, singer, SAMPLE_RATE_HZ)
    stage.add(faded(sound, 2000), start, gain, pan)


def swell_stem(window: Window) -> dict[str, Stereo]:
    """Noise that rises into the next section and stops on its downbeat, and a low boom under each chorus."""
    clock, stage = window.clock, window.stage()
    for index, section in enumerate(clock.sections):
        gain = layer_gain(clock, "fx", clock.first_beat(index))
        end = clock.stop_sample(index)
        if section.swell_bars:
            length = end - clock.sample_at(clock.first_beat(index) + section.beat_count - 4 * section.swell_bars)
            stage.add(_swell(length, index), end - length, gain)
        if section.label == "chorus":
            stage.add(_boom(), clock.start_sample(index), gain * 0.5)
    return {"swell": stage.samples}


def _swell(length: int, seed: int) -> Stereo:
    from scipy.signal import butter, sosfilt

    noise = np.random.default_rng(400 + seed).standard_normal((2, length))
    share = np.linspace(0, 1, length)
    low = sosfilt(butter(2, (500, 1800), "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), noise)
    high = sosfilt(butter(2, (2500, 9000), "bandpass", fs=SAMPLE_RATE_HZ, output="sos"), noise)
    return faded((share**2.6 * (0.16 * (1 - share) * low + 0.1 * share * high)).astype(np.float32), 900)


def _boom() -> Mono:
    time_s = np.arange(int(1.6 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    turns = 41 * time_s + 22 * 0.12 * (1 - np.exp(-time_s / 0.12))
    sound = np.sin(2 * np.pi * turns) * np.exp(-time_s / 0.5) * np.minimum(time_s / 0.004, 1)
    return faded(sound.astype(np.float32), 8000)
