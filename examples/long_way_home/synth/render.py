"""The mix: stems, rooms and the bus, from the score to finished samples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..clock import Clock
from ..score import SAMPLE_RATE_HZ
from . import master, parts, space
from .parts import Window
from .stage import Stereo

LEVELS_DB = {
    "kick": -6.5, "kit": -5.5, "bass": -13.5, "keys": -23.5, "pluck": -11.5, "strum": -16.5, "arp": -16.0, "lead": -9.5,
    "pad": -26.5, "strings": -23.5, "counter": -24.5, "voice": -4.0, "harmony": -11.5, "swell": -4.5,
}  # fmt: skip
"""Faders of the stems."""

HALL_DB = {
    "kit": -21.0, "keys": -14.0, "pluck": -9.0, "strum": -16.0, "arp": -10.0, "lead": -9.0, "pad": -12.0,
    "strings": -9.0, "counter": -7.0, "voice": -10.0, "harmony": -8.5, "swell": -10.0,
}  # fmt: skip
ROOM_DB = {"kick": -26.0, "kit": -13.0, "keys": -18.0, "strum": -16.0, "voice": -17.0, "bass": -30.0}
"""How much of each stem is sent into the two rooms."""

CUTS_HZ = {"kit": (90.0, 0.0), "bass": (0.0, 4500.0), "strum": (160.0, 0.0), "voice": (110.0, 0.0)}
"""High-pass and low-pass corner of each stem; 0 is none."""

DUCKING = {"bass": 0.65, "pad": 0.3, "strings": 0.28, "keys": 0.15, "arp": 0.15, "counter": 0.2}
"""How far each stem gives way to the kick, 0 to 1."""

MAKE_UP_DB = 0.3
CEILING = 0.84
FADE_OUT_S = 1.8


def render(clock: Clock, start: int, stop: int) -> NDArray[np.float32]:
    """The song samples ``start``..``stop`` as float32 (2, n), peaks below ``CEILING``.

    The same samples come out whatever the window, apart from the reverberation of what sounded before it.
    """
    window = Window(clock, start, stop)
    duck = _duck(window)
    mix = np.zeros((2, stop - start), np.float32)
    hall = np.zeros_like(mix)
    room = np.zeros_like(mix)
    for name, stem in _stems(window):
        sound = _treated(name, stem, start, duck)
        mix += sound
        if name in HALL_DB:
            hall += sound * _gain(HALL_DB[name])
        if name in ROOM_DB:
            room += sound * _gain(ROOM_DB[name])
    mix += space.reverberated(_without_lows(hall), space.room(
        SAMPLE_RATE_HZ, decay_s=2.1, length_s=2.2, delay_s=0.024, dark_hz=3200, seed=51))  # fmt: skip
    mix += space.reverberated(_without_lows(room), space.room(
        SAMPLE_RATE_HZ, decay_s=0.55, length_s=0.6, delay_s=0.004, dark_hz=6000, seed=52))  # fmt: skip
    return _mastered(mix, clock, start)


def _stems(window: Window) -> Iterator[tuple[str, Stereo]]:
    """One group after the other, so that few of them are in memory at a time."""
    for group in (parts.kit_stems, parts.string_stems, parts.held_stems, parts.voice_stems, parts.swell_stem):
        yield from group(window).items()


def _treated(name: str, stem: Stereo, start: int, duck: NDArray[np.float32]) -> Stereo:
    if name == "keys":
        stem = space.trembled(stem, SAMPLE_RATE_HZ, start, swing_hz=3.6, depth=0.28)
    low, high = CUTS_HZ.get(name, (0.0, 0.0))
    stem = master.filtered(stem, SAMPLE_RATE_HZ, low_cut_hz=low, high_cut_hz=high)
    if name in ("voice", "harmony"):
        stem = master.shelved(stem, SAMPLE_RATE_HZ, 2400.0, 3.0)
    if name == "voice":
        stem = master.compressed(
            stem, SAMPLE_RATE_HZ, threshold_db=-19, ratio=2.5, attack_s=0.008, release_s=0.12
        )  # fmt: skip
    gain = np.full(stem.shape[1], _gain(LEVELS_DB[name]), np.float32)
    if name in DUCKING:
        gain *= 1 - np.float32(DUCKING[name]) * duck
    return stem * gain


def _duck(window: Window) -> NDArray[np.float32]:
    """1 on every kick, gone a quarter of a second later."""
    length = SAMPLE_RATE_HZ // 3
    time_s = np.arange(length) / SAMPLE_RATE_HZ
    shape = (np.minimum(time_s / 0.003, 1) * np.exp(-time_s / 0.1)).astype(np.float32)
    duck = np.zeros(window.stop - window.start, np.float32)
    for sample in parts.kick_samples(window.clock):
        first, last = max(sample - window.start, 0), min(sample - window.start + length, len(duck))
        if first < last:
            skipped = first - (sample - window.start)
            np.maximum(duck[first:last], shape[skipped : skipped + last - first], out=duck[first:last])
    return duck


def _without_lows(sound: Stereo) -> Stereo:
    return master.filtered(sound, SAMPLE_RATE_HZ, low_cut_hz=220.0)


def _mastered(mix: Stereo, clock: Clock, start: int) -> Stereo:
    mix = master.filtered(mix, SAMPLE_RATE_HZ, low_cut_hz=28.0)
    mix = master.compressed(mix, SAMPLE_RATE_HZ, threshold_db=-18, ratio=1.7, attack_s=0.03, release_s=0.25)
    mix = master.belled(mix, SAMPLE_RATE_HZ, 480.0, -2.0, 0.8)
    mix = master.belled(mix, SAMPLE_RATE_HZ, 2300.0, 1.5, 0.7)
    mix = master.shelved(mix, SAMPLE_RATE_HZ, 3000.0, 1.8)
    mix = np.tanh(mix * np.float32(_gain(MAKE_UP_DB) / 1.2)) * np.float32(1.2)
    mix = master.limited(mix, SAMPLE_RATE_HZ, CEILING)
    return mix * _fade(clock, start, mix.shape[1])


def _fade(clock: Clock, start: int, count: int) -> NDArray[np.float32]:
    left = (clock.sample_count - start - np.arange(count)) / (FADE_OUT_S * SAMPLE_RATE_HZ)
    return np.sin(np.clip(left, 0, 1) * np.pi / 2).astype(np.float32) ** 2


def _gain(level_db: float) -> np.float32:
    return np.float32(10 ** (level_db / 20))
