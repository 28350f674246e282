"""The singers: voices made of harmonics under moving formants, with noise for the consonants.

A line is planned on a control grid (pitch, loudness, formants, noise) and then sounded by one harmonic bank.
Vowels begin on their note; the consonants before them take their time from the note before, as singers do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..notation import Syllable
from ..words import sounds_of
from .oscillators import glide_bank
from .phonemes import BANDS_HZ, BANDWIDTHS_HZ, GLIDING, UPPER_FORMANTS_HZ, is_vowel, sound
from .stage import Mono, joined

HOP = 147
"""Samples between two control frames: 300 frames a second at 44.1 kHz."""

Track = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Singer:
    """``throat`` scales the formants (longer throats sing lower ones), ``breath`` the air in the tone."""

    throat: float = 1.0
    vibrato_hz: float = 5.5
    vibrato_cents: float = 26.0
    brightness: float = 1.0
    breath: float = 0.05
    late_s: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SungNote:
    """One pitch of a syllable, in song samples."""

    start: int
    stop: int
    pitch: float


@dataclass(frozen=True, slots=True)
class SungSyllable:
    """A syllable with its notes; ``phonemes`` as in ``words.py``."""

    phonemes: tuple[str, ...]
    notes: tuple[SungNote, ...]


@dataclass(slots=True)
class _Plan:
    """Control tracks over the frames of one line."""

    pitch: Track
    vibrato: Track
    voice: Track
    formants: Track
    noise: dict[str, Track] = field(default_factory=dict)


def syllables_at(line: Sequence[Syllable], pitches: Sequence[int], samples: Sequence[int]) -> tuple[SungSyllable, ...]:
    """A line with sample positions: ``samples`` holds start and stop of every note in order, ``pitches`` its pitch."""
    placed, k = [], 0
    for syllable in line:
        notes = []
        for _ in syllable.notes:
            notes.append(SungNote(samples[2 * k], samples[2 * k + 1], pitches[k]))
            k += 1
        placed.append(SungSyllable(sounds_of(syllable.word, syllable.number), tuple(notes)))
    return tuple(placed)


def sing(line: Sequence[SungSyllable], singer: Singer, rate_hz: int) -> tuple[int, Mono]:
    """One line: the song sample at which the sound begins (a little before the first note) and the sound."""
    lead_in = int(0.25 * rate_hz)
    start = line[0].notes[0].start - lead_in
    frames = (line[-1].notes[-1].stop - start + int(0.35 * rate_hz)) // HOP + 1
    rng = np.random.default_rng(singer.seed * 100_003 + line[0].notes[0].start)
    plan = _plan(line, start, frames, rate_hz)
    frame_hz = rate_hz / HOP
    cents = singer.vibrato_cents * _smooth(plan.vibrato, 45) * _wobble(singer, frames, frame_hz, rng)
    cents += 5.0 * _drift(frames, frame_hz, rng)
    pitch_hz = 440 * 2 ** ((_smooth(plan.pitch, 23) - 69 + cents / 100) / 12)
    cents += 2.5 * rng.standard_normal(frames)
    loud = _smooth(plan.voice, 13) * (1 + 0.06 * _drift(frames, frame_hz, rng) + 0.015 * rng.standard_normal(frames))
    # Higher notes take more breath.
    loud *= 10 ** (0.16 * (_smooth(plan.pitch, 23) - plan.pitch.mean()) / 20)
    formants = np.stack([_smooth(plan.formants[:, k], 21) for k in range(3)], axis=1)
    tone = glide_bank(pitch_hz, _levels(pitch_hz, formants, loud, singer, rate_hz), HOP, rate_hz)
    tone += _noises(plan, loud, singer, len(tone), rate_hz, rng)
    return start + int(singer.late_s * rate_hz), tone


def _plan(line: Sequence[SungSyllable], start: int, frames: int, rate_hz: int) -> _Plan:
    plan = _Plan(np.zeros(frames), np.zeros(frames), np.zeros(frames), np.zeros((frames, 3)))
    at = (start + np.arange(frames) * HOP) / rate_hz
    _plan_pitch(plan, line, at, rate_hz)
    edges = [(at[0], at[0], "AH", 0.0)]
    endings: list[tuple[float, float]] = []
    for k, syllable in enumerate(line):
        vowel = next(i for i, name in enumerate(syllable.phonemes) if is_vowel(name))
        before, nucleus, after = syllable.phonemes[:vowel], syllable.phonemes[vowel], syllable.phonemes[vowel + 1 :]
        begin = syllable.notes[0].start / rate_hz
        end = syllable.notes[-1].stop / rate_hz
        gap = line[k + 1].notes[0].start / rate_hz - end if k + 1 < len(line) else 1.0
        if gap < 0.05:
            end -= _length(_before_vowel(line[k + 1].phonemes))
        tight = min(1.0, 0.45 * (end - begin) / max(_length(after), 1e-9))
        clock = begin - _length(before)
        for name in before:
            edges.append((clock, clock + sound(name).length_s, name, 1.0))
            clock += sound(name).length_s
        close = end - _length(after) * tight
        stress = 0.88 if end - begin < 0.3 else 1.0
        if nucleus in GLIDING:
            first, second = GLIDING[nucleus]
            turn = close - min(0.2, 0.4 * (close - begin))
            edges += [(begin, turn, first, stress), (turn, close, second, stress * 0.85)]
        else:
            edges.append((begin, close, nucleus, stress))
        for name in after:
            edges.append((close, close + sound(name).length_s * tight, name, 0.9))
            close += sound(name).length_s * tight
        if gap >= 0.05:
            endings.append((begin, end))
    _write(plan, edges, at)
    for begin, end in endings:
        # Breath runs out towards a rest.
        release = min(0.32, 0.4 * (end - begin))
        spent = np.clip((at - end + release) / release, 0, 1) * (at < end + 0.2)
        plan.voice *= 1 - 0.72 * spent**1.5
    return plan


def _before_vowel(phonemes: Sequence[str]) -> Sequence[str]:
    return phonemes[: next(i for i, name in enumerate(phonemes) if is_vowel(name))]


def _length(phonemes: Sequence[str]) -> float:
    return sum(sound(name).length_s for name in phonemes)


def _plan_pitch(plan: _Plan, line: Sequence[SungSyllable], at: Track, rate_hz: int) -> None:
    plan.pitch[:] = line[0].notes[0].pitch
    for syllable in line:
        for k, note in enumerate(syllable.notes):
            begin, end = note.start / rate_hz, note.stop / rate_hz
            # The glide is centred a little before the beat, so that the pitch has arrived on it.
            plan.pitch[at >= begin - 0.02] = note.pitch
            if k == 0:
                scoop = (at >= begin - 0.12) & (at < begin + 0.25)
                plan.pitch[scoop] -= 0.7 * np.exp(-np.maximum(at[scoop] - begin, 0) / 0.035) * (end - begin > 0.4)
            inside = (at >= begin) & (at < end)
            plan.vibrato[inside] = np.clip((at[inside] - begin - 0.22) / 0.4, 0.08, 1)


def _write(plan: _Plan, edges: Sequence[tuple[float, float, str, float]], at: Track) -> None:
    plan.formants[:] = sound("AH").formants
    for k, (begin, end, name, stress) in enumerate(edges):
        if k == 0:
            continue
        inside = (at >= begin) & (at < end)
        spoken = sound(name)
        # Formants stay where they were last, so that silence does not pull them about.
        plan.formants[at >= begin] = spoken.formants
        if is_vowel(name):
            age = at[inside] - begin
            swell = 1 + 0.22 * np.sin(np.pi * np.clip(age / max(end - begin, 1e-6), 0, 1)) * (end - begin > 0.5)
            plan.voice[inside] = stress * swell
        else:
            plan.voice[inside] = spoken.voice * stress
        if spoken.noise:
            _noise_track(plan, spoken.band)[inside] = spoken.noise * stress
        if spoken.burst:
            late = (at >= end - 0.016) & (at < end + 0.012)
            _noise_track(plan, spoken.band)[late] = spoken.burst * stress


def _noise_track(plan: _Plan, band: str) -> Track:
    return plan.noise.setdefault(band, np.zeros(len(plan.pitch)))


def _levels(pitch_hz: Track, formants: Track, loud: Track, singer: Singer, rate_hz: int) -> Track:
    """Levels of the harmonics (frames, harmonics): a 1/k source under five resonances, evened out a little."""
    harmonics = int(min(11_000 / pitch_hz.min(), 60))
    frequency = pitch_hz[:, None] * np.arange(1, harmonics + 1)
    centres = [formants[:, k, None] * singer.throat for k in range(3)]
    centres += [np.full((len(pitch_hz), 1), f * singer.throat) for f in UPPER_FORMANTS_HZ]
    # Singers raise the first formant to the pitch when the pitch climbs over it.
    centres[0] = np.maximum(centres[0], pitch_hz[:, None] * 1.02)
    response = np.ones_like(frequency)
    for k, (centre, bandwidth) in enumerate(zip(centres, BANDWIDTHS_HZ, strict=True)):
        ratio = frequency / centre
        peak = 1 / np.sqrt((1 - ratio**2) ** 2 + (ratio * bandwidth / centre) ** 2)
        # The two lowest roll off above themselves; the others only stand out, as the poles above them would make it.
        response *= peak if k < 2 else 1 + 0.9 * peak * ratio**2
    tilt = 0.85 + 0.35 * (1 - np.clip(loud, 0, 1.2)[:, None]) / singer.brightness
    levels = np.arange(1, harmonics + 1) ** -tilt * np.minimum(response, 14)
    levels *= np.clip((10_500 - frequency) / 1500, 0, 1)
    power = np.sqrt(np.mean(levels**2, axis=1, keepdims=True) * harmonics)
    return levels / power**0.85 * 0.24 * loud[:, None]


def _noises(plan: _Plan, loud: Track, singer: Singer, count: int, rate_hz: int, rng: np.random.Generator) -> Mono:
    plan.noise["breath"] = plan.noise.get("breath", np.zeros(len(loud))) + singer.breath * _smooth(loud, 31) ** 1.5
    total = np.zeros(count, np.float32)
    for band in sorted(plan.noise):
        air = _air(band, rate_hz)
        entry = int(rng.integers(len(air) - count))
        total += joined(0.42 * _smooth(plan.noise[band], 5), HOP, count) * air[entry : entry + count]
    return total


@lru_cache(maxsize=16)
def _air(band: str, rate_hz: int) -> Mono:
    """Twenty seconds of noise in a band, for all singers to take from."""
    from scipy.signal import butter, sosfilt

    noise = np.random.default_rng(sum(map(ord, band))).standard_normal(20 * rate_hz)
    return np.asarray(sosfilt(butter(2, BANDS_HZ[band], "bandpass", fs=rate_hz, output="sos"), noise), np.float32)


def _wobble(singer: Singer, frames: int, frame_hz: float, rng: np.random.Generator) -> Track:
    rate = singer.vibrato_hz * (1 + 0.06 * _drift(frames, frame_hz, rng))
    return np.asarray(np.sin(2 * np.pi * np.cumsum(rate) / frame_hz + rng.uniform(0, 6)))


def _drift(frames: int, frame_hz: float, rng: np.random.Generator) -> Track:
    """A slow random walk around zero, below about 2 Hz, RMS near 1."""
    points = rng.standard_normal(int(frames / frame_hz * 4) + 4)
    return np.interp(np.arange(frames) / frame_hz * 4, np.arange(len(points)), points)


def _smooth(track: Track, frames: int) -> Track:
    kernel = np.hanning(frames + 2)[1:-1]
    padded = np.pad(track, frames // 2, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), "valid")[: len(track)]
