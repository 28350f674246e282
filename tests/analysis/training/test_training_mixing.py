"""Whatever is done to a record, its music stays where it was in time."""

from __future__ import annotations

import numpy as np
import pytest
from made_scores import clicks
from scipy.signal import correlate

from musicvid.analysis.spectrum import RATE_HZ
from musicvid.analysis.training.mixing import lossy, mix
from musicvid.analysis.training.performing import perform


@pytest.fixture(scope="module")
def dry():
    rng = np.random.default_rng(4)
    played = perform(clicks((4,) * 4, 133), rng)
    # Noise, for its correlation has one peak; the phase of a filter moves a lone bass, which is no stroke.
    sound = np.zeros(round(played.stop_s * RATE_HZ), np.float32)
    for at in (played.beats_s * RATE_HZ).astype(int):
        sound[at : at + 1200] += (rng.normal(0, 0.3, 1200) * np.exp(-np.arange(1200) / 300)).astype(np.float32)
    return played, sound


def late_by(changed: np.ndarray, sound: np.ndarray) -> int:
    """Samples, from the peak of the cross-correlation, either sign of the wave."""
    assert changed.shape == sound.shape
    return int(np.abs(correlate(changed, sound, mode="full")).argmax()) - (len(sound) - 1)


@pytest.mark.parametrize("seed", range(24))
def test_mixing_does_not_move_music(dry, seed):
    played, sound = dry
    mixed = mix(sound.copy(), played, RATE_HZ, np.random.default_rng(seed))
    assert abs(late_by(mixed, sound)) <= RATE_HZ / 1000
    assert mixed.dtype == np.float32
    assert np.isfinite(mixed).all()


def test_the_measure_sees_two_milliseconds(dry):
    _, sound = dry
    assert late_by(np.roll(sound, 48), sound) == 48


@pytest.mark.parametrize("kbps", [64, 96, 128])
def test_mp3_has_no_delay_and_is_lossy(dry, kbps):
    _, sound = dry
    coded = lossy(sound, RATE_HZ, kbps)
    assert abs(late_by(coded, sound)) <= 2
    assert 0.01 < np.sqrt(np.mean((coded - sound) ** 2) / np.mean(sound**2)) < 0.9


def test_mixes_differ(dry):
    played, sound = dry
    mixes = [mix(sound, played, RATE_HZ, np.random.default_rng(seed)) for seed in range(3)]
    assert not np.allclose(mixes[0], mixes[1])
    assert not np.allclose(mixes[1], mixes[2])
