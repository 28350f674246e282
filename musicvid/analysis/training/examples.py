"""Songs as tensors: crops, targets, and the changes that make two looks at a song differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.network import MELS, METRES, QUICK_HZ, SLOW_HZ, TEMPI_BPM, TONES
from musicvid.analysis.training.scores import SECTION
from musicvid.analysis.training.song_files import Song

Array = NDArray[np.float32]
UNKNOWN = -1.0
"""Target of what the truth does not say: it does not count."""


@dataclass(frozen=True, slots=True)
class Batch:
    """``mel`` (b, 80, 8 m), ``tones`` (b, 24, 2 m); targets: ``beats`` (b, 2, 4 m), ``tempo`` (b, 32, m), ``metre``
    and ``function`` (b, m) class numbers or -1, ``boundary`` (b, m)."""

    mel: Array
    tones: Array
    beats: Array
    tempo: Array
    metre: NDArray[np.int64]
    boundary: Array
    function: NDArray[np.int64]


def draw_batch(songs: list[Song], size: int, span_s: float, rng: np.random.Generator, *, hard: bool = False) -> Batch:
    """``size`` looks of ``span_s`` seconds (a multiple of 0.08) at songs, longer songs more often.

    ``hard``: with more of the sound hidden, and wider tempi.
    """
    lengths = np.array([len(song.mel) for song in songs], float)
    chosen = rng.choice(len(songs), size, p=np.sqrt(lengths) / np.sqrt(lengths).sum())
    looks = [_look(songs[k], span_s, rng, hard=hard) for k in chosen]
    return Batch(*(np.stack([getattr(look, name) for look in looks]) for name in Batch.__slots__))


def whole_song(song: Song, *, span_s: float | None = None, start_s: float = 0.0, speed: float = 1.0) -> Batch:
    """One look without a batch axis, unchanged but for ``speed``."""
    span = round((span_s or len(song.mel) / 100 / speed) * SLOW_HZ)
    mel = _resampled(song.mel, start_s * 100, speed, 8 * span)
    tones = _resampled(song.tones, start_s * 25, speed, 2 * span)
    times = (song.beats_s - start_s) / speed
    inside = (times > -2) & (times < span / SLOW_HZ + 2)
    times, positions, bars = times[inside], song.positions[inside], song.bar_beats[inside]
    beats = np.zeros((2, 4 * span), np.float32)
    _mark(beats[0], times)
    if len(positions) and positions.max() == 0:
        beats[1] = UNKNOWN
    else:
        _mark(beats[1], times[positions == 1])
    tempo, metre = _tempo_and_metre(times, bars, positions, span)
    boundary, function = _form((song.edges_s - start_s) / speed, song.functions, span)
    return Batch(mel.T, tones.T, beats, tempo.T, metre, boundary, function)


def _look(song: Song, span_s: float, rng: np.random.Generator, *, hard: bool = False) -> Batch:
    widest = 0.3 if hard else 0.15
    speed = float(np.exp(rng.uniform(-widest, widest))) if rng.random() < (0.8 if hard else 0.5) else 1.0
    spare_s = len(song.mel) / 100 - span_s * speed
    start_s = float(rng.uniform(min(0.0, spare_s / 2), max(spare_s, 0.0))) if rng.random() < 0.9 else 0.0
    look = whole_song(song, span_s=span_s, start_s=max(start_s, 0.0), speed=speed)
    mel, tones = look.mel, look.tones
    tilt = rng.uniform(-0.4, 0.4) * np.linspace(-1, 1, MELS) if rng.random() < 0.5 else np.zeros(MELS)
    gain = rng.normal(0, 0.25)
    sounding = mel > 0.05
    mel = np.maximum(mel + sounding * (gain + tilt[:, None]).astype(np.float32), 0.0)
    if rng.random() < 0.3:
        low = int(rng.integers(0, MELS - 20))
        mel[low : low + int(rng.integers(5, 20))] = 0.0
    if rng.random() < 0.1:
        tones = np.zeros_like(tones)
    elif rng.random() < 0.3:
        tones = np.roll(tones.reshape(2, 12, -1), int(rng.integers(12)), axis=1).reshape(TONES, -1)
    if hard:
        mel, tones = _hidden(mel, tones, rng)
    return Batch(mel, tones, look.beats, look.tempo, look.metre, look.boundary, look.function)


def _hidden(mel: Array, tones: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """With parts of the sound gone, so that a beat has to be known from what surrounds it: some seconds, the bass, the
    highs, what is quiet."""
    mel, tones = mel.copy(), tones.copy()
    for _ in range(int(rng.integers(0, 4))):
        length = int(rng.uniform(0.3, 4.0) * SLOW_HZ * 2)
        start = int(rng.integers(0, max(1, tones.shape[1] - length)))
        mel[:, 4 * start : 4 * (start + length)] = 0.0
        tones[:, start : start + length] = 0.0
    if rng.random() < 0.25:
        mel[: int(rng.integers(4, 24))] = 0.0
    if rng.random() < 0.25:
        mel[int(rng.integers(40, MELS - 4)) :] = 0.0
    if rng.random() < 0.3:
        floor = rng.uniform(0.2, 1.5) + rng.normal(0, 0.15, mel.shape)
        mel = np.maximum(mel, floor.astype(np.float32))
    return mel, tones


def _resampled(rows: NDArray[np.float16], start: float, speed: float, count: int) -> Array:
    """``count`` rows from ``start`` on, read ``speed`` times as fast; silence beyond the ends."""
    if speed == 1.0:
        first = round(start)
        part = rows[first : first + count].astype(np.float32)
        return np.pad(part, ((0, count - len(part)), (0, 0)))
    places = start + speed * np.arange(count)
    low = places.astype(np.int64)
    share = (places - low).astype(np.float32)[:, None]
    last = len(rows) - 1
    out = rows[np.minimum(low, last)] * (1 - share) + rows[np.minimum(low + 1, last)] * share
    out[low > last] = 0.0
    return out.astype(np.float32)


def _mark(target: Array, times_s: NDArray[np.float64]) -> None:
    """1 at the nearest frame, half as much beside it (Böck & Davies 2020)."""
    nearest = np.round(times_s * QUICK_HZ).astype(np.int64)
    for shift, value in ((-1, 0.5), (1, 0.5), (0, 1.0)):
        places = nearest + shift
        places = places[(places >= 0) & (places < len(target))]
        target[places] = np.maximum(target[places], value)


def _tempo_and_metre(
    times: NDArray[np.float64], bars: NDArray[np.float64], positions: NDArray[np.int64], span: int
) -> tuple[Array, NDArray[np.int64]]:
    at = np.arange(span) / SLOW_HZ
    tempo = np.zeros((span, len(TEMPI_BPM)), np.float32)
    metre = np.full(span, -1, np.int64)
    if len(times) < 3:
        return tempo, metre
    inside = (at >= times[0]) & (at < times[-1])
    bpm = np.interp(at, (times[1:] + times[:-1]) / 2, 60.0 / np.diff(times))
    steps = 12 * np.log2(bpm / TEMPI_BPM[0])
    tempo[:] = np.exp(-0.5 * ((steps[:, None] - np.arange(len(TEMPI_BPM))) / 0.7) ** 2)
    tempo /= tempo.sum(axis=1, keepdims=True) + 1e-9
    tempo[~inside] = 0.0
    if positions.max() > 0:
        beat = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 1)
        lookup = np.array([METRES.index(k) if k in METRES else -1 for k in range(65)])
        metre[inside] = lookup[bars[beat].astype(np.int64)][inside]
    return tempo, metre


def _form(edges_s: NDArray[np.float64], functions: NDArray[np.int64], span: int) -> tuple[Array, NDArray[np.int64]]:
    """Boundaries as bumps of half a second, unknown at the beginning of the sound; function of each frame."""
    if not len(edges_s):
        return np.full(span, UNKNOWN, np.float32), np.full(span, -1, np.int64)
    at = np.arange(span) / SLOW_HZ
    inner = edges_s[1:]
    boundary = np.zeros(span, np.float32)
    for edge in inner[(inner > -2) & (inner < at[-1] + 2)]:
        boundary = np.maximum(boundary, np.exp(-0.5 * ((at - edge) / 0.25) ** 2))
    part = np.searchsorted(edges_s, at, side="right") - 1
    function = np.where(part >= 0, functions[np.maximum(part, 0)], SECTION) - 1
    return boundary.astype(np.float32), function.astype(np.int64)
