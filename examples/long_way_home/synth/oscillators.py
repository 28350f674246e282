"""Sound from sine waves: plucked partials, gliding harmonic banks, and the smooth ensemble of spread-out harmonics."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .stage import Mono, Stereo

NYQUIST_GUARD = 0.45
"""No partial is made above this share of the sample rate."""


def partials(
    frequencies_hz: NDArray[np.float64],
    levels: NDArray[np.float64],
    decays_s: NDArray[np.float64],
    count: int,
    rate_hz: int,
) -> Mono:
    """A struck or plucked sound of ``count`` samples: sines that each die away with their own time constant.

    All start in sine phase, so the sound begins at zero.
    """
    heard = frequencies_hz < NYQUIST_GUARD * rate_hz
    turn = (2j * np.pi * frequencies_hz[heard] - 1 / decays_s[heard]) / rate_hz
    # exp(turn * n) with n = row * width + column is a product of two short exponentials: one matrix product for all.
    width = 256
    rows = np.exp(np.outer(np.arange(-(-count // width)) * width, turn)) * levels[heard]
    columns = np.exp(np.outer(turn, np.arange(width)))
    real = [part.astype(np.float32) for part in (rows.real, rows.imag, columns.real, columns.imag)]
    return (real[0] @ real[3] + real[1] @ real[2]).ravel()[:count]


def glide_bank(pitch_hz: NDArray[np.float64], levels: NDArray[np.float64], hop: int, rate_hz: int) -> Mono:
    """A harmonic tone whose pitch and spectrum move.

    ``pitch_hz`` (frames,) and ``levels`` (frames, harmonics) are given every ``hop`` samples and run in straight lines
    between. Returns ((frames - 1) * hop,) samples. sin(k x) follows from the two harmonics before it (Chebyshev's
    recurrence), which spares all sines but one.
    """
    ramp = np.arange(hop) / hop
    pitch = pitch_hz[:-1, None] + np.diff(pitch_hz)[:, None] * ramp
    phase = (np.cumsum(pitch) * (2 * np.pi / rate_hz)).reshape(pitch.shape)
    starts = levels[:-1].astype(np.float32)
    slopes = np.diff(levels, axis=0).astype(np.float32)
    sound = np.empty(pitch.shape, np.float32)
    for first in range(0, len(sound), _FRAMES_AT_ONCE):
        part = slice(first, first + _FRAMES_AT_ONCE)
        sound[part] = _bank(phase[part], starts[part], slopes[part], ramp.astype(np.float32))
    return sound.ravel()


_FRAMES_AT_ONCE = 192
"""Enough for numpy to be busy, few enough to stay in the processor's cache."""


def _bank(
    phase: NDArray[np.float64], starts: NDArray[np.float32], slopes: NDArray[np.float32], ramp: NDArray[np.float32]
) -> NDArray[np.float32]:
    turn = (2 * np.cos(phase)).astype(np.float32)
    before, now = np.zeros_like(turn), np.sin(phase).astype(np.float32)
    steady, rising, scratch = np.zeros_like(turn), np.zeros_like(turn), np.empty_like(turn)
    for k in range(starts.shape[1]):
        steady += np.multiply(now, starts[:, k, None], out=scratch)
        rising += np.multiply(now, slopes[:, k, None], out=scratch)
        np.multiply(turn, now, out=scratch)
        np.subtract(scratch, before, out=before)
        before, now = now, before
    return steady + rising * ramp


def ensemble(
    pitch_hz: float, spectrum: Callable[[NDArray[np.float64]], NDArray[np.float64]], *, spread_cents: float, size: int,
    rate_hz: int, seed: int,
) -> Stereo:  # fmt: skip
    """A loop of ``size`` samples (2, size) that sounds like many players on one note.

    Every harmonic is a narrow band with random phases instead of a line, so one inverse FFT makes an endless ensemble
    without beats of its own (the PADsynth method of Nasca Octavian Paul). ``spectrum`` gives the level at a frequency
    in Hz, to which the usual fall of 1/k is added. Both sides share the power but not the phases. RMS is 1.
    """
    rng = np.random.default_rng(seed)
    bins = np.fft.rfftfreq(size, 1 / rate_hz)
    power = np.zeros(len(bins))
    step = bins[1]
    for k in range(1, int(NYQUIST_GUARD * rate_hz / pitch_hz) + 1):
        centre = k * pitch_hz
        width = centre * (2 ** (spread_cents / 1200) - 1) + step
        low, high = np.searchsorted(bins, (centre - 4 * width, centre + 4 * width))
        shape = np.exp(-0.5 * ((bins[low:high] - centre) / width) ** 2) / np.sqrt(width)
        power[low:high] += shape * (float(spectrum(np.array([centre]))[0]) / k)
    phases = rng.uniform(0, 2 * np.pi, (2, len(bins)))
    sides = np.fft.irfft(power * np.exp(1j * phases), size)
    return (sides / np.sqrt(np.mean(sides**2))).astype(np.float32)
