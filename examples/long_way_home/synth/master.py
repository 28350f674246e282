"""The mix bus: equaliser, compressor, limiter, the last bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .stage import Stereo, joined

BLOCK = 128


def filtered(sound: Stereo, rate_hz: int, *, low_cut_hz: float = 0.0, high_cut_hz: float = 0.0) -> Stereo:
    """Second-order Butterworth high-pass and low-pass where a corner is given."""
    from scipy.signal import butter, sosfilt

    for corner, kind in ((low_cut_hz, "highpass"), (high_cut_hz, "lowpass")):
        if corner:
            sound = sosfilt(butter(2, corner, kind, fs=rate_hz, output="sos").astype(np.float32), sound)
    return sound


def shelved(sound: Stereo, rate_hz: int, corner_hz: float, gain_db: float) -> Stereo:
    """First-order high shelf: everything above the corner by ``gain_db``."""
    from scipy.signal import butter, sosfilt

    above = sosfilt(butter(1, corner_hz, "highpass", fs=rate_hz, output="sos").astype(np.float32), sound)
    return sound + np.float32(10 ** (gain_db / 20) - 1) * above


def belled(sound: Stereo, rate_hz: int, centre_hz: float, gain_db: float, width: float) -> Stereo:
    """A bell around a frequency; ``width`` is the quality factor (Bristow-Johnson's peaking equaliser)."""
    from scipy.signal import sosfilt

    turn = 2 * np.pi * centre_hz / rate_hz
    half, root = np.sin(turn) / (2 * width), 10 ** (gain_db / 40)
    above = np.array([1 + half * root, -2 * np.cos(turn), 1 - half * root])
    below = np.array([1 + half / root, -2 * np.cos(turn), 1 - half / root])
    section = np.concatenate([above, below]) / below[0]
    return np.asarray(sosfilt(section[None].astype(np.float32), sound))


def compressed(sound: Stereo, rate_hz: int, *, threshold_db: float, ratio: float, attack_s: float, release_s: float
               ) -> Stereo:  # fmt: skip
    """A feed-forward compressor on the level of both sides together, one gain per 128 samples, joined by lines."""
    level = _block_rms(sound)
    over = np.maximum(20 * np.log10(level + 1e-9) - threshold_db, 0) * (1 - 1 / ratio)
    rise, fall = (1 - np.exp(-BLOCK / (s * rate_hz)) for s in (attack_s, release_s))
    cut, held = np.empty_like(over), 0.0
    for k, wanted in enumerate(over):
        held += (wanted - held) * (rise if wanted > held else fall)
        cut[k] = held
    return sound * _stretched(10 ** (-cut / 20), sound.shape[1])


def _block_rms(sound: Stereo) -> NDArray[np.float64]:
    blocks = -(-sound.shape[1] // BLOCK)
    power = np.zeros(blocks * BLOCK, np.float32)
    power[: sound.shape[1]] = (sound[0] ** 2 + sound[1] ** 2) / 2
    return np.sqrt(power.reshape(blocks, BLOCK).mean(axis=1))


def _stretched(gains: NDArray[np.float64], count: int) -> NDArray[np.float32]:
    return joined(np.concatenate([gains[:1], (gains[:-1] + gains[1:]) / 2, gains[-1:]]), BLOCK, count)


def limited(sound: Stereo, rate_hz: int, ceiling: float) -> Stereo:
    """Never above ``ceiling``: the gain falls smoothly within 3 ms before a peak and comes back over 80 ms."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    peak = np.abs(sound).max(axis=0)
    window = int(0.006 * rate_hz) | 1
    held = maximum_filter1d(peak, window)
    wanted = np.minimum(1.0, ceiling / np.maximum(held, 1e-9))
    gain = uniform_filter1d(_released(wanted, rate_hz), window)
    return sound * np.minimum(gain, 1.0).astype(np.float32)


def _released(gain: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Let the reduction fall off exponentially, computed per block: its maximum, then a decaying maximum."""
    blocks = -(-len(gain) // BLOCK)
    cut = np.zeros(blocks * BLOCK)
    cut[: len(gain)] = 1 - gain
    tops = cut.reshape(blocks, BLOCK).max(axis=1)
    keep, held = np.exp(-BLOCK / (0.08 * rate_hz)), 0.0
    for k, top in enumerate(tops):
        held = max(top, held * keep)
        tops[k] = held
    return np.minimum(gain, 1 - np.repeat(tops, BLOCK)[: len(gain)])


def as_pcm16(sound: Stereo, seed: int) -> NDArray[np.int16]:
    """16-bit samples (n, 2) with triangular dither from a fixed seed."""
    rng = np.random.default_rng(seed)
    dither = rng.random(sound.shape, dtype=np.float32) - rng.random(sound.shape, dtype=np.float32)
    return np.clip(np.round(sound * np.float32(32767) + dither), -32768, 32767).astype(np.int16).T
