"""The song during a take: against soundfile as the second reader, and soxr on the whole song at once."""

from __future__ import annotations

import os
import tracemalloc
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musicvid.errors import MediaError, SongError
from musicvid.rendering.backend import SoundSlice
from musicvid.rendering.backends.diffusion import sound as room
from musicvid.rendering.backends.diffusion.sound import slice_of
from musicvid.schema.frames import FrameRate

RATES = [FrameRate(Fraction(24)), FrameRate(Fraction(25)), FrameRate(Fraction(24000, 1001))]


def noise(samples, channels=2, seed=0):
    return np.random.default_rng(seed).integers(-20_000, 20_000, (samples, channels), np.int16)


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    path = tmp_path_factory.mktemp("songs") / "song.flac"
    soundfile.write(path, noise(23 * 16_000 + 77), 16_000)
    return path


def reference(path):
    samples, hz = soundfile.read(path, dtype="float32", always_2d=True)
    return samples.T, hz


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_are_those_of_the_file(tmp_path, suffix, channels):
    path = tmp_path / f"song{suffix}"
    soundfile.write(path, noise(16_000 * 4, channels), 16_000)
    truth, _ = reference(path)
    heard = slice_of(SoundSlice(str(path), 24), 48, RATES[0], 16_000)
    assert heard.dtype == np.float32
    assert heard.shape == (2, 32_000)
    for side in range(2):
        np.testing.assert_array_equal(heard[side], truth[side % channels, 16_000:48_000])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(first=st.integers(-40, 600), count=st.integers(1, 200), rate=st.sampled_from(RATES))
def test_every_slice_is_the_exact_stretch_and_silence_outside(song, first, count, rate):
    truth, hz = reference(song)
    start, stop = ((frame * hz / rate.fps + Fraction(1, 2)).__floor__() for frame in (first, first + count))
    padded = np.pad(truth, ((0, 0), (4 * hz, 40 * hz)))
    np.testing.assert_array_equal(
        slice_of(SoundSlice(str(song), first), count, rate, hz), padded[:, start + 4 * hz : stop + 4 * hz]
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(cuts=st.lists(st.integers(-20, 600), min_size=3, max_size=6, unique=True), rate=st.sampled_from(RATES))
def test_neighbouring_slices_join_without_a_gap(song, cuts, rate):
    cuts.sort()
    parts = [slice_of(SoundSlice(str(song), a), b - a, rate, 22_050) for a, b in pairwise(cuts)]
    whole = slice_of(SoundSlice(str(song), cuts[0]), cuts[-1] - cuts[0], rate, 22_050)
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)


@pytest.mark.parametrize("hz", [8_000, 44_100])
def test_another_rate_is_resampled_as_if_all_at_once(song, hz):
    samples, from_hz = soundfile.read(song, dtype="float32")
    truth = soxr.resample(samples, from_hz, hz, quality="HQ").T
    heard = slice_of(SoundSlice(str(song), 0), 23 * 24, RATES[0], hz)
    np.testing.assert_allclose(heard, truth[:, : 23 * hz], atol=1e-5)


def test_surround_is_mixed_down(tmp_path):
    path = tmp_path / "five.wav"
    samples = np.zeros((16_000, 6), np.int16)
    samples[:, 0] = 12_000  # front left alone
    soundfile.write(path, samples, 16_000)
    heard = slice_of(SoundSlice(str(path), 0), 24, RATES[0], 16_000)
    assert heard[0].min() > 0
    assert not heard[1].any()


def test_a_song_is_decoded_once_and_one_is_kept(tmp_path, monkeypatch):
    opened = []
    genuine = room.song_file
    monkeypatch.setattr(room, "song_file", lambda path: (opened.append(os.fspath(path)), genuine(path))[1])
    one, two = tmp_path / "one.wav", tmp_path / "two.wav"
    for path, seed in ((one, 1), (two, 2)):
        soundfile.write(path, noise(32_000, seed=seed), 16_000)
    for first in (0, 5, 20):
        slice_of(SoundSlice(str(one), first), 10, RATES[0], 16_000)
    assert opened == [str(one)]
    slice_of(SoundSlice(str(two), 0), 10, RATES[0], 16_000)
    assert len(room._kept) == 1
    assert opened == [str(one), str(two)]


def test_a_newer_file_at_the_same_path_is_heard(tmp_path):
    path = tmp_path / "song.wav"
    soundfile.write(path, noise(16_000, seed=1), 16_000)
    before = slice_of(SoundSlice(str(path), 0), 10, RATES[0], 16_000)
    soundfile.write(path, noise(16_000, seed=2), 16_000)
    os.utime(path, ns=(1, 1))
    assert not np.array_equal(before, slice_of(SoundSlice(str(path), 0), 10, RATES[0], 16_000))


def test_the_song_is_never_twice_in_memory(tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, noise(180 * 16_000), 16_000)
    song_bytes = 180 * 16_000 * 2 * 4
    tracemalloc.start()
    try:
        slice_of(SoundSlice(str(path), 0), 24, RATES[0], 16_000)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert song_bytes <= peak_bytes < 1.5 * song_bytes


def test_what_cannot_be_heard_is_said(tmp_path):
    with pytest.raises(MediaError, match="no such file"):
        slice_of(SoundSlice(str(tmp_path / "none.wav"), 0), 10, RATES[0], 16_000)
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(SongError):
        slice_of(SoundSlice(str(tmp_path / "text.wav"), 0), 10, RATES[0], 16_000)
