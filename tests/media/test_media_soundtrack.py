"""The soundtrack: whatever the song is, its sound starts where it did, to a fraction of a sample."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from media_samples import ffmpeg, lag_ms, noise_song

from musicvid.errors import SongError
from musicvid.media.sound import measure_sound, read_sound
from musicvid.media.soundtrack import soundtrack

RATE = 44100
LENGTH_S = 6.3


@pytest.fixture(scope="module")
def master(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("track") / "master.wav"
    soundfile.write(path, noise_song(LENGTH_S), RATE, subtype="PCM_16")
    return path


def facts(path: Path) -> tuple[str, int, str, int]:
    with av.open(str(path)) as container:
        stream = container.streams[0]
        context = stream.codec_context
        return context.codec.canonical_name, context.sample_rate, context.layout.name, len(container.streams)


def channels_of(path: Path) -> np.ndarray:
    """All channels from time 0 of the container's clock on, by plain PyAV, ``(channels, n)``."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
        assert frames[0].pts == 0
        planar = [
            f.to_ndarray() if f.format.is_planar else f.to_ndarray().reshape(-1, f.layout.nb_channels).T for f in frames
        ]
        return np.concatenate(planar, axis=1).astype(np.float64)


@pytest.mark.parametrize("container", ["mp4", "mov"])
@pytest.mark.parametrize(
    ("suffix", "arguments", "codec"),
    [
        (".wav", (), "aac"),
        (".flac", (), "aac"),
        (".ogg", (), "aac"),
        (".opus", (), "aac"),
        (".aiff", (), "aac"),
        (".mka", ("-c:a", "libvorbis"), "aac"),
        (".m4a", (), "aac"),
        (".aac", (), "aac"),
        (".mp3", (), "mp3"),
        (".mp3", ("-write_xing", "0"), "mp3"),
    ],
)
def test_lag_is_zero_at_both_ends(suffix, arguments, codec, container, master, tmp_path):
    song = tmp_path / f"song{suffix}"
    ffmpeg("-i", master, *arguments, song)
    track = soundtrack(song, tmp_path, container=container)
    assert facts(track)[0] == codec
    reference = read_sound(song, rate_hz=RATE)  # what the analysis hears
    heard = read_sound(track, rate_hz=RATE, by_timestamps=True)
    assert abs(lag_ms(reference, heard, RATE, 0.25)) < 0.1
    assert abs(lag_ms(reference, heard, RATE, LENGTH_S - 2.5)) < 0.1
    assert abs(len(heard) - len(reference)) < 0.03 * RATE


@pytest.mark.parametrize("suffix", [".m4a", ".mp3"])
def test_compressed_songs_are_copied_bit_by_bit_without_their_covers(suffix, master, tmp_path):
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-frames:v", "1", tmp_path / "cover.png")
    cover = ("-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic")
    song = tmp_path / f"song{suffix}"
    ffmpeg("-i", master, "-i", tmp_path / "cover.png", *cover, song)
    track = soundtrack(song, tmp_path)
    assert facts(track)[3] == 1
    with av.open(str(song)) as one, av.open(str(track)) as two:
        packets = [[bytes(p) for p in c.demux(audio=0) if p.size] for c in (one, two)]
    assert packets[0] == packets[1]
    count = measure_sound(song).sample_count
    assert np.array_equal(read_sound(track, by_timestamps=True)[:count], read_sound(song))


def test_channels_stay_apart(master, tmp_path):
    """A plain WAV names no channels; left and right must not be mixed on the way."""
    truth = soundfile.read(master)[0].T
    for lossless in (False, True):
        heard = channels_of(soundtrack(master, tmp_path, lossless=lossless))
        for k in range(2):
            assert np.corrcoef(heard[k, : truth.shape[1]], truth[k])[0, 1] > 0.97


@pytest.mark.parametrize(("container", "codec"), [("mp4", "flac"), ("mov", "pcm_s16le")])
def test_lossless_loses_nothing(container, codec, master, tmp_path):
    track = soundtrack(master, tmp_path, container=container, lossless=True)
    assert facts(track)[:3] == (codec, RATE, "stereo")
    truth = soundfile.read(master, dtype="int16")[0].T
    assert np.array_equal(channels_of(track), truth)


def test_lossless_keeps_24_bits_and_copies_flac(tmp_path):
    soundfile.write(tmp_path / "deep.flac", noise_song(1.0), RATE, subtype="PCM_24")
    truth = soundfile.read(tmp_path / "deep.flac", dtype="int32")[0].T
    for container in ("mp4", "mov"):
        assert np.array_equal(
            channels_of(soundtrack(tmp_path / "deep.flac", tmp_path, container=container, lossless=True)), truth
        )
    with av.open(str(tmp_path / "deep.flac")) as one:
        frames = [bytes(p) for p in one.demux(audio=0) if p.size]
    with av.open(str(soundtrack(tmp_path / "deep.flac", tmp_path, lossless=True))) as two:
        assert [bytes(p) for p in two.demux(audio=0) if p.size] == frames


@pytest.mark.parametrize(
    ("rate_hz", "expected_hz"),
    [(8000, 48000), (11025, 44100), (22050, 44100), (32000, 32000), (96000, 48000), (192000, 48000)],
)
def test_rates_that_aac_does_not_take_are_resampled(rate_hz, expected_hz, tmp_path):
    samples = noise_song(3.0, rate_hz)
    soundfile.write(tmp_path / "x.wav", samples, rate_hz)
    track = soundtrack(tmp_path / "x.wav", tmp_path)
    assert facts(track) == ("aac", expected_hz, "stereo", 1)
    reference = read_sound(tmp_path / "x.wav", rate_hz=RATE)
    assert abs(lag_ms(reference, read_sound(track, rate_hz=RATE, by_timestamps=True), RATE, 0.5, 1.0)) < 0.1


def test_packets_that_are_too_long_to_end_with_a_frame_are_encoded_again(tmp_path):
    """AAC at 8 kHz: one packet lasts 128 ms, three frames."""
    soundfile.write(tmp_path / "x.wav", noise_song(3.0, 8000, 1), 8000)
    ffmpeg("-i", tmp_path / "x.wav", tmp_path / "x.m4a")
    track = soundtrack(tmp_path / "x.m4a", tmp_path)
    assert facts(track)[:2] == ("aac", 48000)
    with av.open(str(track)) as container:
        longest = max(p.duration * p.time_base for p in container.demux(audio=0) if p.size)
    assert longest < Fraction(1, 30)


@pytest.mark.parametrize(("channels", "layout"), [(1, "mono"), (2, "stereo"), (6, "5.1"), (4, "stereo"), (8, "stereo")])
def test_layouts(channels, layout, tmp_path):
    soundfile.write(tmp_path / "x.wav", noise_song(1.0, channels=channels), RATE)
    assert facts(soundtrack(tmp_path / "x.wav", tmp_path))[2] == layout


def test_left_stays_left_when_four_channels_become_two(tmp_path):
    samples = np.zeros((RATE, 4))
    samples[:, 0] = noise_song(1.0, channels=1)[:, 0]
    soundfile.write(tmp_path / "x.wav", samples, RATE)
    heard = channels_of(soundtrack(tmp_path / "x.wav", tmp_path, lossless=True))
    assert np.abs(heard[0]).max() > 1000
    assert np.abs(heard[1]).max() == 0


def test_made_once_per_content(master, tmp_path):
    first = soundtrack(master, tmp_path)
    made = first.stat().st_mtime_ns
    copy = tmp_path / "renamed.wav"
    copy.write_bytes(master.read_bytes())
    assert soundtrack(copy, tmp_path) == first
    assert first.stat().st_mtime_ns == made
    assert soundtrack(master, tmp_path, lossless=True) != first
    assert soundtrack(master, tmp_path, container="mov") != first
    assert not list(tmp_path.glob(".*part*"))


def test_bad_songs_leave_nothing_behind(tmp_path):
    (tmp_path / "x.wav").write_bytes(b"no song")
    with pytest.raises(SongError):
        soundtrack(tmp_path / "x.wav", tmp_path / "audio")
    with pytest.raises(SongError):
        soundtrack(tmp_path / "gone.wav", tmp_path / "audio")
    ffmpeg("-f", "lavfi", "-i", "sine=440:d=5", tmp_path / "whole.flac")
    (tmp_path / "cut.flac").write_bytes((tmp_path / "whole.flac").read_bytes()[:30_000])
    with pytest.raises(SongError, match="cut off"):
        soundtrack(tmp_path / "cut.flac", tmp_path / "audio")
    assert not list((tmp_path / "audio").iterdir())
