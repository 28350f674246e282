"""The front end against a plain one: numpy's FFT in float64, frame by frame, and librosa's own filters and onsets.

A network is trained on these numbers: what they mean may not change.
"""

from __future__ import annotations

import subprocess
import sys

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played_songs import play, score

from musicvid.analysis.banks import Bands, a_weighting_db, chroma_bank, hz_of, mel_bank, mel_edges_hz, mel_of
from musicvid.analysis.spectrum import BAND_EDGES_HZ, RATE_HZ, measure_features

FLOOR = 1e-4


def magnitudes(sound: np.ndarray, window: int, hop: int) -> np.ndarray:
    """``(frames, bins)``, frame ``k`` centred on ``k * hop``, a full-scale sine at 1."""
    count = 1 + len(sound) // hop
    padded = np.concatenate([np.zeros(window // 2), sound.astype(np.float64), np.zeros(2 * window)])
    shape = np.hanning(window + 1)[:-1]
    rows = [np.abs(np.fft.rfft(shape * padded[k * hop : k * hop + window])) for k in range(count)]
    return np.array(rows) * 4 / window


def reference(sound: np.ndarray) -> dict[str, np.ndarray]:
    quick, slow = magnitudes(sound, 1024, 240), magnitudes(sound, 4096, 960)
    bank = librosa.filters.mel(sr=RATE_HZ, n_fft=1024, n_mels=80, fmin=27.5, norm=None, dtype=np.float64)
    mel = np.log10(1 + quick @ (bank / bank.sum(axis=1, keepdims=True)).T / FLOOR)
    centres = librosa.mel_frequencies(n_mels=82, fmin=27.5, fmax=RATE_HZ / 2)[1:-1]
    edges = [int(np.searchsorted(centres, f)) for f in BAND_EDGES_HZ]
    before = np.concatenate([np.zeros((2, 80)), mel])  # silence
    settings = {"lag": 2, "max_size": 1, "channels": edges, "center": False, "detrend": False, "sr": RATE_HZ}
    rise = librosa.onset.onset_strength_multi(S=before.T, hop_length=240, **settings).T[2:]
    freq = np.arange(513) * RATE_HZ / 1024
    power = quick**2
    heard = 10 ** (librosa.A_weighting(np.maximum(freq, 20)) / 10)
    loud = power @ heard
    centre = power @ (heard * np.log2(np.maximum(freq, 27.5) / 27.5)) / np.maximum(loud, 1e-12)
    level = np.stack([loud, power[:, (freq > 20) & (freq < 150)].sum(axis=1), centre], axis=1)
    coarse = mel.reshape(len(mel), 20, 4).mean(axis=2)
    timbre = np.array([coarse[k : k + 4].mean(axis=0) for k in range(0, len(coarse), 4)])
    pitches = [
        slow @ librosa.filters.chroma(sr=RATE_HZ, n_fft=4096, ctroct=at, octwidth=width, dtype=np.float64).T
        for at, width in ((5.0, 2.0), (2.3, 0.75), (4.5, 0.75))
    ]
    tones = np.concatenate([p / np.maximum(p.max(axis=1, keepdims=True), FLOOR) for p in pitches[1:]], axis=1)
    return {"rise": rise, "level": level, "timbre": timbre, "chroma": pitches[0], "mel": mel, "tones": tones}


def sounds() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    t = np.arange(7 * RATE_HZ + 311) / RATE_HZ
    song = play(score((120, 4, 3)), RATE_HZ)
    clicks = np.zeros(3 * RATE_HZ)
    clicks[:: RATE_HZ // 3] = 1.0
    return {
        "song": song,
        "quiet song": 0.001 * song,
        "noise": 0.3 * rng.standard_normal(13 * RATE_HZ + 17),
        "clipped sweep": np.clip(2 * np.sin(2 * np.pi * (40 * t + 600 * t**2)), -1, 1),
        "clicks": clicks,
        "silence": np.zeros(RATE_HZ),
        "one sample": np.ones(1),
    }


SOUNDS = sounds()


@pytest.mark.parametrize("name", SOUNDS)
def test_features_are_those_of_a_plain_front_end(name):
    sound = SOUNDS[name].astype(np.float32)
    truth = reference(sound)
    features = measure_features([sound])
    for field, expected in truth.items():
        found = getattr(features, field)
        assert found.shape == expected.shape, field
        half = found.dtype == np.float16
        assert half == (field in ("mel", "tones"))
        rounding = np.spacing(np.abs(expected).astype(np.float16)).astype(np.float64) if half else 0.0
        if field == "level":  # powers span many decades; the centre of mass needs some power to have one
            assert np.allclose(found[:, :2], expected[:, :2], rtol=1e-4, atol=1e-9), field
            some = expected[:, 0] > 1e-9
            assert np.allclose(found[some, 2], expected[some, 2], atol=1e-3), field
        else:
            assert (np.abs(found.astype(np.float64) - expected) <= 1e-4 + rounding).all(), field


def test_banks_are_librosas():
    for rate_hz, window, bands in ((24_000, 1024, 80), (44_100, 2048, 40)):
        bank = librosa.filters.mel(sr=rate_hz, n_fft=window, n_mels=bands, fmin=27.5, norm=None, dtype=np.float64)
        expected = bank / bank.sum(axis=1, keepdims=True)
        assert np.allclose(mel_bank(rate_hz, window, bands, 27.5), expected, atol=1e-12)
        for centre, width in ((5.0, 2.0), (2.3, 0.75)):
            pitches = librosa.filters.chroma(sr=rate_hz, n_fft=window, ctroct=centre, octwidth=width, dtype=np.float64)
            assert np.allclose(chroma_bank(rate_hz, window, centre=centre, width=width), pitches, atol=1e-12)
    hz = np.geomspace(10, 20_000, 300)
    assert np.allclose(a_weighting_db(hz), librosa.A_weighting(hz), atol=1e-9)
    assert np.allclose(mel_edges_hz(80, 27.5, 12_000), librosa.mel_frequencies(n_mels=82, fmin=27.5, fmax=12_000))


@given(st.floats(0, 30_000))
def test_mel_and_back(hz):
    assert hz_of(mel_of(hz)) == pytest.approx(hz, rel=1e-9, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 100), st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_narrow_bands_are_the_whole_bank(frames, group, seed):
    bank = mel_bank(RATE_HZ, 1024, 80, 27.5)
    spectra = np.random.default_rng(seed).random((frames, 513)).astype(np.float32)
    assert np.allclose(Bands(bank, group)(spectra), spectra @ bank.T, rtol=1e-5, atol=1e-6)


def test_hearing_needs_no_compiler():
    """A fresh process measures a song without librosa and numba, which cost it more time than the song does."""
    code = (
        "import sys; import numpy as np; from musicvid.analysis.spectrum import measure_features\n"
        "measure_features([np.zeros(24_000, np.float32)]); print({'librosa', 'numba', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
