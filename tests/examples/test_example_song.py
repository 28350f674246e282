"""The example song as it sounds, measured by means that do not know the score's code."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from scipy import signal

from examples.long_way_home import compose, render_song, truth
from examples.long_way_home.clock import Clock
from examples.long_way_home.synth import parts
from musicvid.errors import InputError, StorageError, UnknownNameError

pytestmark = pytest.mark.xdist_group("example-song")

RATE_HZ = 44_100


@pytest.fixture(scope="session")
def song_file(tmp_path_factory):
    return compose(tmp_path_factory.mktemp("long_way_home"))


@pytest.fixture(scope="session")
def sound(song_file):
    samples, rate_hz = soundfile.read(song_file, always_2d=True)
    assert rate_hz == RATE_HZ
    return samples


def loudness_lufs(samples: np.ndarray) -> float:
    """Gated loudness as in ITU-R BS.1770-4, its filters taken from the standard's 48 kHz tables."""
    at_48k = signal.resample_poly(samples, 160, 147, axis=0)
    shelf = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585])
    high_pass = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])
    heard = signal.lfilter(*high_pass, signal.lfilter(*shelf, at_48k, axis=0), axis=0)
    total = np.concatenate([[0.0], np.cumsum(np.sum(heard**2, axis=1))])
    starts = np.arange(0, len(heard) - 19_200, 4_800)
    power = (total[starts + 19_200] - total[starts]) / 19_200
    level = -0.691 + 10 * np.log10(power + 1e-12)
    gate = -0.691 + 10 * np.log10(power[level > -70].mean()) - 10
    return float(-0.691 + 10 * np.log10(power[(level > -70) & (level > gate)].mean()))


class TestSound:
    def test_length_is_exact(self, song_file):
        info = soundfile.info(song_file)
        assert (info.frames, info.samplerate, info.channels) == (truth().sample_count, RATE_HZ, 2)

    def test_levels(self, sound):
        assert np.isfinite(sound).all()
        true_peak = max(np.abs(signal.resample_poly(part, 4, 1, axis=0)).max() for part in np.array_split(sound, 16))
        assert 20 * np.log10(true_peak) < -1.0
        assert np.abs(sound.mean(axis=0)).max() < 1e-3
        assert -15.0 < loudness_lufs(sound) < -13.0
        assert 0.3 < np.corrcoef(sound.T)[0, 1] < 0.95

    def test_sections_differ_in_energy(self, sound):
        level = {
            s.name: loudness_lufs(sound[round(s.start_s * RATE_HZ) : round(s.stop_s * RATE_HZ)])
            for s in truth().sections
        }  # fmt: skip
        assert 2.0 < level["chorus 1"] - level["verse 1"] < 4.5
        assert 2.0 < level["chorus 2"] - level["verse 2"] < 4.5
        assert level["bridge"] < level["chorus 2"] - 1.5
        assert level["chorus 3"] == max(level.values())
        assert level["intro"] < level["verse 1"] - 3

    def test_begins_and_ends_in_silence(self, sound):
        assert np.abs(sound[:200]).max() < 0.005
        assert np.abs(sound[-1000:]).max() < 0.005

    def test_balance_is_that_of_a_record(self, sound):
        frequency, power = signal.welch(sound.mean(axis=1), RATE_HZ, nperseg=16_384)
        centres = np.array([31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16_000])
        band = [power[(frequency >= c / 2**0.5) & (frequency < c * 2**0.5)].sum() for c in centres]
        level = 10 * np.log10(np.array(band) / np.sum(band))
        low = [-32, -10, -11, -12, -10, -15, -20, -22, -25, -32]
        high = [-15, -3, -4, -5, -4, -7, -9, -9, -12, -17]
        assert (level > low).all(), level.round(1)
        assert (level < high).all(), level.round(1)

    def test_beats_sound_where_the_truth_says(self, sound):
        mono = sound.mean(axis=1)
        song = truth()
        chorus = [s for s in song.sections if s.label == "chorus"]
        # Four on the floor, but for the last bars with their fills.
        kicks = [
            round(beat.time_s * RATE_HZ)
            for s in chorus
            for beat in song.beats
            if s.start_s <= beat.time_s < s.stop_s - 9
        ]
        for band_hz in ((45, 400), (1500, 9000)):
            sections = signal.butter(2, band_hz, "bandpass", fs=RATE_HZ, output="sos")
            power = signal.sosfilt(sections, mono) ** 2
            around = np.mean([power[k - 2205 : k + 2205] for k in kicks], axis=0)
            level = around.reshape(-1, 21).mean(axis=1)  # about half a millisecond each
            before = level[: 2205 // 21 - 4]
            onset = np.flatnonzero(level > 2 * before.max())[0] * 21 - 2205
            assert abs(onset) < 0.005 * RATE_HZ, (band_hz, onset)

    def test_the_kick_begins_on_the_very_sample(self):
        clock = Clock()
        begin = clock.start_sample(2)
        window = parts.Window(clock, begin - 100, begin + 24_500 * 4)
        kick = np.abs(parts.kit_stems(window)["kick"]).max(axis=0)
        for beat in range(4):
            at = 100 + 24_500 * beat
            # It starts from zero: the sample itself is silent, the next ones are not.
            assert kick[at - 60 : at].max() < 1e-4
            assert kick[at + 1 : at + 30].max() > 0.05

    def test_sections_alone_sound_as_in_the_song(self, sound):
        alone = render_song("instrumental")
        section = truth().section("instrumental")
        start = round(section.start_s * RATE_HZ)
        whole = sound[start : start + len(alone)]
        assert len(alone) == round((section.stop_s - section.start_s) * RATE_HZ)
        # The reverberation of the chorus before is missing at first; later both are the same.
        late = slice(4 * RATE_HZ, None)
        assert np.corrcoef(alone[late, 0], whole[late, 0])[0, 1] > 0.99

    def test_unknown_sections_are_named(self):
        with pytest.raises(UnknownNameError, match="verse 1"):
            render_song("vers 1")
        with pytest.raises(InputError, match="before"):
            render_song("bridge", "intro")


class TestCompose:
    def test_same_bytes_and_kept_files(self, tmp_path):
        first = compose(tmp_path / "a", seconds=1.5)
        second = compose(tmp_path / "b", seconds=1.5)
        assert first.read_bytes() == second.read_bytes()
        assert soundfile.info(first).frames == 66_150
        stamp = first.stat().st_mtime_ns
        (tmp_path / "a" / "storyboard.yaml").write_text("musicvid: 1\n")
        assert compose(tmp_path / "a", seconds=1.5) == first
        assert first.stat().st_mtime_ns == stamp
        assert (tmp_path / "a" / "storyboard.yaml").read_text() == "musicvid: 1\n"
        assert sorted(p.name for p in (tmp_path / "a").iterdir()) == [
            "long_way_home.flac", "long_way_home.lrc", "storyboard.yaml",
        ]  # fmt: skip

    def test_a_broken_song_is_made_again(self, tmp_path):
        song = compose(tmp_path, seconds=1)
        whole = song.read_bytes()
        song.write_bytes(b"not music")
        assert compose(tmp_path, seconds=1).read_bytes() == whole

    def test_a_place_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(StorageError, match="file"):
            compose(tmp_path / "file", seconds=1)
        with pytest.raises(InputError, match="0"):
            compose(tmp_path, seconds=0)
