"""Sounds that trouble a beat tracker: no music, music without a pulse, and music with one that is hard to follow.

All are made here from random numbers and scores, so that what is true about them is known. Mono, -1 to 1, at ``RATE``
unless they say otherwise.
"""

from __future__ import annotations

import numpy as np
from played_songs import RATE, Score, play, score
from scipy.signal import butter, lfilter, sosfilt

Sound = np.ndarray

_VOWELS_HZ = ((730, 1090, 2440), (530, 1840, 2480), (270, 2290, 3010), (570, 840, 2410), (300, 870, 2240))
_FORMANT_WIDTHS_HZ = (70.0, 100.0, 140.0)


def white_noise(seconds: float = 20.0) -> Sound:
    return 0.1 * np.random.default_rng(1).standard_normal(int(seconds * RATE))


def speech(seconds: float = 40.0) -> Sound:
    """Somebody reads aloud: syllables of uneven length, falling pitch in each phrase, hisses, pauses for breath."""
    rng = np.random.default_rng(2)
    parts, total = [], 0
    while total < seconds * RATE:
        count = rng.integers(4, 14)
        for k in range(count):
            pitch_hz = (150 - 45 * k / count) * np.exp(rng.normal(0, 0.05))
            parts.append(_syllable(rng, rng.lognormal(np.log(0.17), 0.35), pitch_hz))
            if rng.random() < 0.4:
                hiss = rng.standard_normal(int(rng.uniform(0.03, 0.1) * RATE))
                parts.append(0.06 * np.diff(hiss, append=0.0) * np.hanning(len(hiss)))
        parts.append(np.zeros(int(rng.uniform(0.25, 1.1) * RATE)))
        total = sum(len(part) for part in parts)
    return _scaled(np.concatenate(parts))


def a_cappella(seconds: float = 40.0) -> Sound:
    """One voice sings freely: long and short notes as they come, slides between them, vibrato, breaths."""
    rng = np.random.default_rng(3)
    steps = np.array([0, 2, 3, 5, 7, 8, 10, 12])
    parts, total, note = [], 0, 3
    while total < seconds * RATE:
        note = int(np.clip(note + rng.integers(-2, 3), 0, len(steps) - 1))
        length = int(rng.lognormal(np.log(0.75), 0.6) * RATE)
        t = np.arange(length) / RATE
        slide = -1.5 * np.exp(-t / 0.06)
        vibrato = 0.35 * np.minimum(t / 0.4, 1) * np.sin(2 * np.pi * rng.uniform(5, 6.2) * t)
        pitch_hz = 220 * 2 ** ((steps[note] + slide + vibrato) / 12)
        swell = np.minimum(1, t / 0.09) * np.minimum(1, (t[-1] - t) / 0.12)
        parts.append(swell * _voice(rng, pitch_hz))
        if rng.random() < 0.25:
            parts.append(0.01 * rng.standard_normal(int(rng.uniform(0.3, 1.2) * RATE)))
        total = sum(len(part) for part in parts)
    return _scaled(np.concatenate(parts))


def drone(seconds: float = 600.0, rate: int = 8000) -> Sound:
    """An open fifth on strings that are not quite in tune and swell by themselves. At ``rate``."""
    t = np.arange(int(seconds * rate)) / rate
    tones = ((55.0, 0.4), (55.07, 0.3), (82.4, 0.25), (110.11, 0.2), (164.9, 0.1))
    swell = 1 + 0.3 * np.sin(2 * np.pi * t / 37) + 0.2 * np.sin(2 * np.pi * t / 23.3)
    return _scaled(swell * sum(gain * np.sin(2 * np.pi * hz * t) for hz, gain in tones))


def rubato_piano() -> tuple[Sound, Score]:
    """Chords, broken chords and a tune with a pianist's freedom: 52 to 92 bpm within each phrase of four bars, which
    ends in a ritardando and a wait. Notes of a chord are not struck together. The score follows the player."""
    rng = np.random.default_rng(4)
    beats, positions, at = [], [], 0.5
    for phrase in range(5):
        for k in range(16):
            beats.append(at)
            positions.append(k % 4 + 1)
            arch = 62 + 30 * np.sin(np.pi * k / 13) if k < 13 else 62 - 6 * (k - 12)
            at += 60 / (arch * np.exp(rng.normal(0, 0.05))) * (1.6 if k == 15 else 1) * (1 + 0.03 * phrase)
    written = Score(np.array(beats), np.array(positions), at)
    out = np.zeros(int((at + 2) * RATE))
    for k, (start, step) in enumerate(zip(beats, np.diff([*beats, at]), strict=True)):
        root = (45, 41, 48, 43)[k // 4 % 4]
        if k % 4 == 0:
            for note in (root, root + 7, root + 12):
                _lay(out, start + rng.uniform(0, 0.03), 0.3 * _hammered(note, 3 * step))
        _lay(out, start + rng.normal(0, 0.012), 0.18 * _hammered(root + 12 + (0, 7, 4, 7)[k % 4], 1.5 * step))
        if rng.random() < 0.7:
            melody = 69 + (0, 3, 7, 5, 10, 12)[rng.integers(0, 6)]
            _lay(out, start + rng.choice((0.0, 0.0, step / 2)), 0.3 * _hammered(melody, 1.3 * step))
    return _scaled(out), written


def seven_eight_metal(eighths_bpm: float = 220.0, bars: int = 24) -> tuple[Sound, Score]:
    """Bars of 2 + 2 + 3 eighths: palm-muted power chords, double bass drum in sixteenths, snare on the third group.
    The score counts eighths."""
    rng = np.random.default_rng(5)
    step = 60 / eighths_bpm
    eighths = 0.4 + step * np.arange(7 * bars)
    written = Score(eighths, np.arange(7 * bars) % 7 + 1, float(eighths[-1] + step))
    out = np.zeros(int((written.end + 1) * RATE))
    for at, position in zip(written.beats, written.positions, strict=True):
        accent = position in (1, 3, 5)
        note = (40, 40, 43, 43, 46, 45, 40)[position - 1]
        _lay(out, at, (0.5 if accent else 0.3) * _distorted(note, step * (0.95 if accent else 0.5)))
        for half in (0, step / 2):
            _lay(out, at + half + rng.normal(0, 0.002), 0.5 * _thump())
        if position == 5:
            _lay(out, at, 0.6 * _crack(rng, 0.15, 25))
        if position == 1:
            _lay(out, at, 0.35 * _crack(rng, 0.9, 5))
    return _scaled(out), written


def drifting_take(beats: int = 120) -> tuple[Sound, Score]:
    """A live take: the tempo walks at random between 118 and 126 bpm, and nobody hits exactly."""
    rng = np.random.default_rng(6)
    bpm, tempi = 122.0, []
    for _ in range(beats):
        bpm = float(np.clip(bpm + rng.normal(0, 0.5), 118, 126))
        tempi.append(bpm)
    times = 0.4 + np.concatenate([[0.0], np.cumsum(60 / np.array(tempi))])
    played = times[:-1] + rng.normal(0, 0.006, beats)
    written = Score(times[:-1], np.arange(beats) % 4 + 1, float(times[-1]))
    return play(Score(played, written.positions, written.end), form="AB"), written


def dj_mix() -> tuple[Sound, Score]:
    """Three records: the first is brought from 122 to 128 bpm while the second fades in on its beats; the third comes
    by a cut on a downbeat, at 100."""
    one, ramp, two, three = [122.0] * 48, list(np.linspace(122, 128, 16)), [128.0] * 48, [100.0] * 40
    steps = 60 / np.array(one + ramp + two + three)
    times = 0.3 + np.concatenate([[0.0], np.cumsum(steps)])
    positions = np.arange(len(steps)) % 4 + 1
    written = Score(times[:-1], positions, float(times[-1]))
    out = np.zeros(int((written.end + 0.5) * RATE))
    begin, end, cut = times[len(one)], times[len(one) + 16], times[len(one) + 16 + len(two)]
    t = np.arange(len(out)) / RATE
    fade = np.clip((t - begin) / (end - begin), 0, 1)
    gains = (np.cos(np.pi / 2 * fade), np.sin(np.pi / 2 * fade) * (t < cut), t >= cut)
    spans = ((0, len(one) + 16), (len(one), len(steps) - len(three)), (len(steps) - len(three), len(steps)))
    for (first, last), gain, form in zip(spans, gains, ("A", "B", "AB"), strict=True):
        record = Score(written.beats[first:last], positions[first:last], float(times[last]))
        sound = play(record, form=form, bars_each=5)[: len(out)]
        out[: len(sound)] += sound * gain[: len(sound)]
    return _scaled(out), written


def begun_before_the_file(cut_s: float = 0.06) -> tuple[Sound, Score]:
    """The file opens ``cut_s`` after its first beat was struck: the ringing is there, the stroke is not."""
    whole = score((116, 4, 10), start=0.0)
    late = whole.beats - cut_s
    keep = late >= 0
    sound = play(whole, form="AB")[int(cut_s * RATE) :]
    return sound, Score(late[keep], whole.positions[keep], whole.end - cut_s)


def _scaled(sound: Sound) -> Sound:
    return 0.8 * sound / np.abs(sound).max()


def _lay(out: Sound, at_s: float, sound: Sound) -> None:
    first = max(round(at_s * RATE), 0)
    last = min(first + len(sound), len(out))
    out[first:last] += sound[: max(last - first, 0)]


def _syllable(rng: np.random.Generator, seconds: float, pitch_hz: float) -> Sound:
    t = np.arange(int(seconds * RATE)) / RATE
    return np.hanning(len(t)) ** 0.5 * _voice(rng, pitch_hz * (1 + 0.04 * np.sin(np.pi * t / seconds)))


def _voice(rng: np.random.Generator, pitch_hz: Sound) -> Sound:
    """Pulses of the glottis at ``pitch_hz`` through the resonances of a vowel."""
    phase = np.cumsum(pitch_hz) / RATE
    sound = np.diff(np.floor(phase), prepend=0.0) + 0.01 * rng.standard_normal(len(phase))
    for hz, width_hz in zip(_VOWELS_HZ[rng.integers(0, len(_VOWELS_HZ))], _FORMANT_WIDTHS_HZ, strict=True):
        radius = np.exp(-np.pi * width_hz / RATE)
        sound = lfilter([1 - radius], [1, -2 * radius * np.cos(2 * np.pi * hz / RATE), radius**2], sound)
    return sound / max(float(np.abs(sound).max()), 1e-9)


def _hammered(note: float, seconds: float) -> Sound:
    """A piano-like string: many partials, high ones die sooner."""
    t = np.arange(int(seconds * RATE)) / RATE
    pitch_hz = 440 * 2 ** ((note - 69) / 12)
    partials = range(1, 1 + min(10, int(RATE / 2 / pitch_hz)))
    tone = sum(np.sin(2 * np.pi * pitch_hz * k * t) * np.exp(-(1.2 + 0.6 * k) * t) / k for k in partials)
    return tone * np.minimum(1, t / 0.004) * np.minimum(1, (t[-1] - t) / 0.03)


def _distorted(note: float, seconds: float) -> Sound:
    t = np.arange(int(seconds * RATE)) / RATE
    pitch_hz = 440 * 2 ** ((note - 69) / 12)
    saw = sum(((pitch_hz * factor * t) % 1) - 0.5 for factor in (1, 1.003, 1.5, 2))
    cabinet = butter(2, 3500, "lowpass", fs=RATE, output="sos")
    return sosfilt(cabinet, np.tanh(6 * saw)) * np.minimum(1, (t[-1] - t) / 0.01)


def _thump() -> Sound:
    t = np.arange(int(0.09 * RATE)) / RATE
    return np.sin(2 * np.pi * (55 * t + 3 * (1 - np.exp(-60 * t)))) * np.exp(-35 * t)


def _crack(rng: np.random.Generator, seconds: float, fall: float) -> Sound:
    t = np.arange(int(seconds * RATE)) / RATE
    return rng.standard_normal(len(t)) * np.exp(-fall * t)
