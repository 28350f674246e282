"""Decoding: the same samples that libsndfile and ffmpeg find, in blocks, resampled, mixed by hand-computed gains."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from media_samples import ffmpeg, lag_ms, noise_song, numbered, write_movie

from musicvid.errors import SongError
from musicvid.media.sound import measure_sound, read_sound, sound_blocks, write_sound

RATE = 44100


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> tuple[Path, np.ndarray]:
    """A stereo 16-bit WAV of 3.1 s and its samples as written."""
    path = tmp_path_factory.mktemp("sound") / "song.wav"
    soundfile.write(path, noise_song(3.1), RATE, subtype="PCM_16")
    return path, soundfile.read(path, always_2d=True)[0]


def by_ffmpeg(path: Path, rate_hz: int) -> np.ndarray:
    """All channels as the ffmpeg program decodes them, ``(n, channels)``."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", "0:a:0"]
    raw = subprocess.run([*command, "-f", "f32le", "-ar", str(rate_hz), "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, "<f4")


@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3", ".aiff", ".au", ".w64", ".caf"])
def test_what_libsndfile_reads_is_read_sample_by_sample(suffix, song, tmp_path):
    path = tmp_path / f"song{suffix}"
    ffmpeg("-i", song[0], path)
    truth, rate_hz = soundfile.read(path, always_2d=True)
    info = measure_sound(path)
    assert (info.sample_rate_hz, info.channels, info.sample_count) == (rate_hz, 2, len(truth))
    assert info.duration_s == len(truth) / rate_hz
    heard = read_sound(path)
    assert heard.dtype == np.float32
    assert np.abs(heard - truth.mean(axis=1)).max() < (1e-6 if suffix not in (".mp3", ".ogg") else 1e-3)


@pytest.mark.parametrize("suffix", [".m4a", ".mka", ".webm", ".aac", ".ac3", ".wv", ".opus"])
def test_what_only_ffmpeg_reads_is_read_like_ffmpeg_does(suffix, song, tmp_path):
    path = tmp_path / f"song{suffix}"
    ffmpeg("-i", song[0], path)
    info = measure_sound(path)
    truth = by_ffmpeg(path, info.sample_rate_hz).reshape(-1, 2)
    assert info.sample_count == len(truth)
    assert np.abs(read_sound(path) - truth.mean(axis=1)).max() < 1e-3


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_sample_format_of_wav(subtype, tmp_path):
    path = tmp_path / "x.wav"
    soundfile.write(path, noise_song(0.3), RATE, subtype=subtype)
    truth = soundfile.read(path)[0].mean(axis=1)
    assert np.abs(read_sound(path) - truth).max() < 1e-6


def test_mono_is_the_mean_of_stereo_and_full_scale_stays_full_scale(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.full((500, 2), [0.5, -0.25]), RATE, subtype="FLOAT")
    assert np.allclose(read_sound(tmp_path / "x.wav"), 0.125)
    for channels in (1, 2, 6):
        soundfile.write(tmp_path / "x.wav", np.ones((500, channels)), RATE, subtype="FLOAT")
        assert np.allclose(read_sound(tmp_path / "x.wav"), 1.0)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".m4a"])
def test_surround_is_mixed_by_the_broadcast_rule(suffix, tmp_path):
    """ITU-R BS.775 to stereo, then to mono: L R 1, C sqrt 2, surrounds sqrt 1/2, no LFE, divided by their sum."""
    gains = np.array([1, 1, math.sqrt(2), 0, math.sqrt(0.5), math.sqrt(0.5)])
    samples = noise_song(1.0, channels=6)
    soundfile.write(tmp_path / "x.wav", samples, RATE, subtype="PCM_24")
    path = tmp_path / f"y{suffix}"
    ffmpeg("-i", tmp_path / "x.wav", "-channel_layout", "5.1", "-b:a", "640k", path)
    heard = read_sound(path)
    expected = samples @ (gains / gains.sum())
    assert measure_sound(path).channels == 6
    assert np.corrcoef(heard[2000:40000], expected[2000:40000])[0, 1] > (0.99 if suffix == ".m4a" else 0.999999)


def test_more_than_eight_planes_do_not_crash(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "sine=440:d=1,aformat=channel_layouts=7.1", "-c:a", "aac", tmp_path / "x.m4a")
    assert measure_sound(tmp_path / "x.m4a").channels == 8
    assert np.abs(read_sound(tmp_path / "x.m4a")).max() > 0.01


def test_not_a_number_becomes_silence(tmp_path):
    samples = np.full(1000, 0.5, np.float32)
    samples[100:110] = np.nan
    samples[200] = np.inf
    soundfile.write(tmp_path / "x.wav", samples, RATE, subtype="FLOAT")
    heard = read_sound(tmp_path / "x.wav")
    assert np.isfinite(heard).all()
    assert heard[105] == 0
    assert heard[150] == 0.5


@pytest.mark.parametrize("rate_hz", [8000, 11025, 22050, 48000, 96000, 192000])
def test_any_rate_to_any_rate_without_delay(rate_hz, tmp_path):
    """A tone keeps its phase: resampled samples equal the tone at their own times."""
    times = np.arange(2 * rate_hz) / rate_hz
    soundfile.write(tmp_path / "x.wav", 0.5 * np.sin(2 * np.pi * 440 * times), rate_hz, subtype="FLOAT")
    for target_hz in (22050, 44100):
        heard = read_sound(tmp_path / "x.wav", rate_hz=target_hz)
        assert abs(len(heard) - 2 * target_hz) <= 1
        expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(heard)) / target_hz)
        middle = slice(target_hz // 10, -target_hz // 10)
        assert np.abs(heard - expected)[middle].max() < 1e-4


@pytest.mark.parametrize("rate_hz", [None, 22050])
def test_blocks_are_equal_and_add_up(rate_hz, song):
    whole = read_sound(song[0], rate_hz=rate_hz)
    blocks = list(sound_blocks(song[0], rate_hz=rate_hz, block_s=0.25))
    length = round(0.25 * (rate_hz or RATE))
    assert {len(block) for block in blocks[:-1]} == {length}
    assert 0 < len(blocks[-1]) <= length
    assert np.array_equal(np.concatenate(blocks), whole)


@settings(max_examples=25, deadline=None)
@given(start=st.floats(0, 4), length=st.floats(0, 4))
def test_a_part_is_the_slice_of_the_whole(song, start, length):
    whole = song[1].mean(axis=1).astype(np.float32)
    part = read_sound(song[0], start_s=start, stop_s=start + length)
    expected = whole[round(start * RATE) : round((start + length) * RATE)]
    assert part.shape == expected.shape
    assert np.allclose(part, expected, atol=1e-6)


def test_timestamps_place_late_sound_late(song, tmp_path):
    """A movie whose sound starts half a second after its picture; counted samples ignore that."""
    write_movie(tmp_path / "v.mp4", (numbered(0, k) for k in range(90)))
    ffmpeg("-i", tmp_path / "v.mp4", "-itsoffset", "0.5", "-i", song[0], "-c:v", "copy", tmp_path / "late.mp4")
    truth = song[1].mean(axis=1)
    placed = read_sound(tmp_path / "late.mp4", by_timestamps=True)
    assert abs(lag_ms(truth, placed[RATE // 2 :], RATE, 0.3, 1.0)) < 0.1
    assert not placed[: RATE // 2 - 2048].any()
    later = read_sound(tmp_path / "late.mp4", by_timestamps=True, start_s=1.0, stop_s=2.0)
    assert np.array_equal(later, placed[RATE : 2 * RATE])


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".flac"])
def test_cover_art_is_no_film_and_no_sound(suffix, song, tmp_path):
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-frames:v", "1", tmp_path / "cover.png")
    arguments = ("-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic")
    ffmpeg("-i", song[0], "-i", tmp_path / "cover.png", *arguments, tmp_path / f"song{suffix}")
    ffmpeg("-i", song[0], tmp_path / f"plain{suffix}")
    assert measure_sound(tmp_path / f"song{suffix}") == measure_sound(tmp_path / f"plain{suffix}")


def bad_songs(folder: Path, song: Path) -> dict[str, Path]:
    """Every kind of song that cannot be used."""
    files = {name: folder / name for name in ("empty.mp3", "text.mp3", "cut.wav", "cut.flac", "cut.m4a", "noise.mp3")}
    files["empty.mp3"].touch()
    files["text.mp3"].write_text("not a song\n" * 100)
    files["noise.mp3"].write_bytes(np.random.default_rng(0).integers(0, 256, 60_000, np.uint8).tobytes())
    for suffix, arguments in ((".wav", ()), (".flac", ()), (".m4a", ("-movflags", "+faststart"))):
        ffmpeg("-i", song, *arguments, folder / f"whole{suffix}")
        data = (folder / f"whole{suffix}").read_bytes()
        files[f"cut{suffix}"].write_bytes(data[: len(data) // 2])
    ffmpeg("-i", song, folder / "late.m4a")  # the index stands at the end: cut off, nothing is left of it
    files["headless.m4a"] = folder / "headless.m4a"
    files["headless.m4a"].write_bytes((folder / "late.m4a").read_bytes()[:20_000])
    files["drm.m4a"] = folder / "drm.m4a"
    files["drm.m4a"].write_bytes((folder / "late.m4a").read_bytes().replace(b"mp4a", b"drms"))
    files["unknown.wav"] = folder / "unknown.wav"
    strange = bytearray(song.read_bytes())
    strange[20:22] = b"\x77\x77"  # a format number that nobody uses
    files["unknown.wav"].write_bytes(strange)
    files["silent.mp4"] = write_movie(folder / "silent.mp4", (numbered(0, k) for k in range(5)))
    files["missing.wav"] = folder / "missing.wav"
    files["folder.wav"] = folder / "folder.wav"
    files["folder.wav"].mkdir()
    return files


def test_songs_that_cannot_be_used_get_one_clear_line(song, tmp_path):
    said = {}
    for name, path in bad_songs(tmp_path, song[0]).items():
        with pytest.raises(SongError) as caught:
            measure_sound(path)
        assert caught.value.where == str(path)
        assert "\n" not in str(caught.value)
        said[name] = caught.value.message
        with pytest.raises(SongError):
            list(sound_blocks(path))
    assert "empty" in said["empty.mp3"]
    assert "no such file" in said["missing.wav"]
    assert "no sound" in said["silent.mp4"]
    assert "protected" in said["drm.m4a"]
    assert "unknown" in said["unknown.wav"]
    for name in ("cut.wav", "cut.flac", "cut.m4a"):
        assert "cut off" in said[name]


def test_a_damaged_spot_does_not_move_what_follows(tmp_path):
    """Bytes overwritten in the middle of a song: the rest stays where it was."""
    samples = noise_song(20.0)
    soundfile.write(tmp_path / "x.wav", samples, RATE)
    ffmpeg("-i", tmp_path / "x.wav", "-b:a", "128k", tmp_path / "x.m4a")
    whole = read_sound(tmp_path / "x.m4a")
    data = bytearray((tmp_path / "x.m4a").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes([255]) * 400
    (tmp_path / "hurt.m4a").write_bytes(data)
    hurt = read_sound(tmp_path / "hurt.m4a")
    assert len(hurt) == len(whole)
    assert not np.array_equal(hurt, whole)
    assert abs(lag_ms(whole, hurt, RATE, 15.0)) < 0.1


def test_a_song_that_is_mostly_damaged_is_refused(song, tmp_path):
    ffmpeg("-i", song[0], tmp_path / "x.m4a")
    data = bytearray((tmp_path / "x.m4a").read_bytes())
    start = data.index(b"mdat") + 3000
    for spot in range(start, start + 40_000, 700):
        data[spot : spot + 90] = bytes([255]) * 90
    (tmp_path / "hurt.m4a").write_bytes(data)
    with pytest.raises(SongError, match="damaged"):
        measure_sound(tmp_path / "hurt.m4a")


def test_a_song_that_changes_its_rate_is_refused(tmp_path):
    for rate_hz in (44100, 22050):
        soundfile.write(tmp_path / f"{rate_hz}.wav", noise_song(1.0, rate_hz), rate_hz)
        ffmpeg("-i", tmp_path / f"{rate_hz}.wav", tmp_path / f"{rate_hz}.mp3")
    both = (tmp_path / "44100.mp3").read_bytes() + (tmp_path / "22050.mp3").read_bytes()
    (tmp_path / "both.mp3").write_bytes(both)
    with pytest.raises(SongError, match="sampling rate changes"):
        measure_sound(tmp_path / "both.mp3")


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_written_sound_is_read_back(suffix, tmp_path):
    samples = noise_song(1.0)
    write_sound(tmp_path / f"x{suffix}", samples, RATE)
    back, rate_hz = soundfile.read(tmp_path / f"x{suffix}")
    assert rate_hz == RATE
    assert back.shape == samples.shape
    assert np.corrcoef(back[:, 0], samples[:, 0])[0, 1] > (0.9 if suffix == ".ogg" else 0.999999)
    assert abs(np.corrcoef(back[:, 0], back[:, 1])[0, 1]) < 0.1


def test_writing_clips_and_refuses_unknown_suffixes(tmp_path):
    write_sound(tmp_path / "x.wav", np.array([2.0, -2.0, 0.5]), RATE)
    assert np.allclose(soundfile.read(tmp_path / "x.wav")[0], [1, -1, 0.5], atol=1e-4)
    with pytest.raises(SongError, match="cannot be written"):
        write_sound(tmp_path / "x.xyz", np.zeros(10), RATE)
    assert [p.name for p in tmp_path.iterdir()] == ["x.wav"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_memory_does_not_grow_with_the_song(tmp_path):
    """Twenty minutes would be 200 MiB as one array."""
    code = (
        "import sys; from pathlib import Path; from musicvid.media.sound import sound_blocks\n"
        "count = sum(len(block) for block in sound_blocks(sys.argv[1]))\n"
        "print(count, Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    peaks = []
    for minutes in (1, 20):
        path = tmp_path / f"{minutes}.flac"
        ffmpeg("-f", "lavfi", "-i", f"sine=440:d={60 * minutes}", path)
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
        count, peak = map(int, done.stdout.split())
        assert count == 60 * minutes * RATE
        peaks.append(peak / 1024)
    assert peaks[1] - peaks[0] < 20
