"""The correlator against delays that we made ourselves, whole and fractional."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.production.verify.sound import lag_samples


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, count).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(delay=st.integers(-400, 400), seed=st.integers(0, 99))
def test_whole_delays_are_exact(delay, seed):
    margin, count = 500, 6000
    wide = noise(count + 2 * margin, seed)
    piece = wide[margin : margin + count]
    moved = np.roll(wide, delay)
    assert lag_samples(piece, moved, margin) == pytest.approx(delay, abs=0.05)


@pytest.mark.parametrize("delay", [0.25, -0.5, 3.7])
def test_fractions_of_a_sample_are_found(delay):
    count, margin = 8192, 300
    wide = noise(count, 5).astype(np.float64)
    spectrum = np.fft.rfft(wide)
    # Band-limited, so that a delay by phase is exact and the parabola has a smooth peak to stand on.
    spectrum[len(spectrum) // 3 :] = 0
    whole = np.fft.irfft(spectrum, count)
    late = np.fft.irfft(spectrum * np.exp(-2j * np.pi * np.fft.rfftfreq(count) * delay), count)
    found = lag_samples(whole[margin:-margin].astype(np.float32), late.astype(np.float32), margin)
    assert found == pytest.approx(delay, abs=0.05)
