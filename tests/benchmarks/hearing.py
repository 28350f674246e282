"""The analyser as a person meets it: a fresh process on a four-minute song, and on two hours of music."""

from __future__ import annotations

import statistics
from pathlib import Path

import numpy as np

from tests.benchmarks.inputs import example, looped
from tests.benchmarks.meter import python
from tests.benchmarks.table import Row

SONG_S, MIX_S = 240, 7200
_RATE_HZ = 44_100

ANALYSE = """
import sys
from musicvid.analysis.analyse import analyse
song = analyse(sys.argv[1])
assert song.beats and song.sections
"""
LIBROSA = """
import sys
import librosa
sound, rate = librosa.load(sys.argv[1])
assert len(librosa.beat.beat_track(y=sound, sr=rate)[1])
"""


def measure(work: Path) -> list[Row]:
    """Cold start. Kernels that are compiled once per machine are warm, nothing else."""
    song = looped(example(work / "song")[0], SONG_S, work / "four-minutes.wav")
    python(ANALYSE, song)
    pairs = [(python(ANALYSE, song), python(LIBROSA, song)) for _ in range(3)]
    ours, theirs = (statistics.median(pair[k].cpu_s for pair in pairs) for k in (0, 1))
    what = "analysis of a 4-minute song, fresh process, CPU"
    peer = f"librosa beat_track {theirs:.2f} s"
    return [Row(what, f"{ours:.2f} s", peer, f"{ours / theirs:.2f}x", "at most 6 s", ours <= 6)]


def measure_memory(work: Path) -> list[Row]:
    """Peak memory of the analysis of two hours, against that of four minutes: all of the growth must be small."""
    peaks = {}
    for length_s in (SONG_S, MIX_S):
        file = long_mix(work / f"{length_s}.flac", length_s)
        peaks[length_s] = python(ANALYSE, file, watch_memory=True)
        file.unlink()
    short, long = (peaks[length_s].peak_bytes / 2**20 for length_s in (SONG_S, MIX_S))
    speed = MIX_S / peaks[MIX_S].cpu_s
    return [
        Row("peak memory of the analysis, 4 min / 2 h", f"{short:.0f} / {long:.0f} MiB", "", f"{long / short:.2f}x",
            "2 h below 1024 MiB", long < 1024),
        Row("analysis of 2 h of music, whole process", f"{peaks[MIX_S].cpu_s:.0f} s of CPU", "",
            f"{speed:.0f}x real time"),
    ]  # fmt: skip


def long_mix(file: Path, length_s: float) -> Path:
    """Music that never repeats, made and written 20 s at a time: kick, snare and hats at a tempo that wanders between
    100 and 140 bpm, a bass line and chords that change with the bar, now and then a passage without drums."""
    import soundfile

    rng = np.random.default_rng(4)
    with soundfile.SoundFile(file, "w", _RATE_HZ, 2, subtype="PCM_16") as target:
        left, bpm = int(length_s * _RATE_HZ), 120.0
        while left > 0:
            bpm = float(np.clip(bpm + rng.normal(0, 2), 100, 140))
            passage = _passage(rng, bpm, bars=10, drums=rng.random() > 0.15)[:left]
            target.write(np.stack([passage, np.roll(passage, 30)], axis=1))
            left -= len(passage)
    return file


def _passage(rng: np.random.Generator, bpm: float, bars: int, *, drums: bool) -> np.ndarray:
    """Whole bars of four beats, mono."""
    beat = int(60 / bpm * _RATE_HZ)
    t = np.arange(beat) / _RATE_HZ
    kick = np.sin(2 * np.pi * (50 * t + 4 * (1 - np.exp(-30 * t)))) * np.exp(-12 * t)
    out = np.zeros((bars, 4, beat))
    for bar in range(bars):
        root = 55.0 * 2 ** (rng.integers(0, 12) / 12)
        whole = np.arange(4 * beat) / _RATE_HZ
        chord = sum(np.sin(2 * np.pi * root * k * whole) / k for k in (1, 2, 2.5, 3, 4)) * np.exp(-0.8 * whole)
        out[bar] += 0.12 * chord.reshape(4, beat)
        if drums:
            noise = rng.standard_normal((4, beat))
            out[bar, ::2] += 0.7 * kick
            out[bar, 1::2] += 0.3 * noise[1::2] * np.exp(-22 * t)
            out[bar] += 0.08 * np.diff(noise, axis=1, append=0.0) * np.exp(-70 * t)
    return (out.reshape(-1) / 1.6).clip(-1, 1)
