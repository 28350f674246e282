"""Tiling noise with a natural spectrum: clouds, waves, patches of grass, mountain profiles. Made once per process."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=16)
def field(kind: int, size: int = 256, roughness: float = 1.6) -> NDArray[np.float32]:
    """float32 (size, size), tiling in both directions, mean 0, within -1..1 (about 2.5 sigma).

    Gaussian noise filtered to a power law 1/f^(2 roughness); ``kind`` seeds it, nothing else does.
    """
    rng = np.random.default_rng(kind)
    f = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :])
    f[0, 0] = 1.0
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) / f**roughness
    spectrum[0, 0] = 0.0
    picture = np.fft.irfft2(spectrum, s=(size, size))
    return np.clip(picture / (2.5 * picture.std()), -1.0, 1.0).astype(np.float32)


@lru_cache(maxsize=64)
def profile(kind: int, size: int = 2048, roughness: float = 1.35, lowest: int = 3) -> NDArray[np.float32]:
    """float32 (size,), tiling, 0..1: a skyline of hills (``roughness`` about 2) or of mountains (about 1.3).

    ``lowest`` is the slowest wave that is kept: about how many summits there are.
    """
    rng = np.random.default_rng(kind)
    f = np.arange(size // 2 + 1, dtype=float)
    shape = np.zeros_like(f)
    shape[lowest:] = (f[lowest:] / lowest) ** -roughness
    line = np.fft.irfft(np.fft.rfft(rng.standard_normal(size)) * shape, n=size)
    line = (line - line.min()) / (line.max() - line.min())
    return line.astype(np.float32)
