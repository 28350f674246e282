"""Joining packets changes nothing: the same samples, names, damage and errors as packet by packet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from media_samples import ffmpeg, noise_song

from musicvid.errors import SongError
from musicvid.media.sound import song_file
from musicvid.media.sound_packets import SoundBlock, decoded_sound

RATE = 44100
PIECES_S = (0.003, 0.5, 1.0, 100.0)


@pytest.fixture(scope="module")
def wav(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "x.wav"
    soundfile.write(path, noise_song(6.0), RATE)
    return path


def blocks_of(path: Path, block_s: float) -> list[SoundBlock]:
    with song_file(path) as container:
        return list(decoded_sound(container, path, block_s=block_s))


def encoded(suffix: str) -> Callable[[Path, Path], Path]:
    def make(wav: Path, folder: Path) -> Path:
        ffmpeg("-i", wav, folder / f"song{suffix}")
        return folder / f"song{suffix}"

    return make


def hurt(wav: Path, folder: Path) -> Path:
    """AAC with one packet of garbage, in a file that still knows the lengths of all."""
    ffmpeg("-i", wav, "-b:a", "128k", folder / "x.m4a")
    data = bytearray((folder / "x.m4a").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes([255]) * 400
    (folder / "hurt.m4a").write_bytes(data)
    return folder / "hurt.m4a"


def changing(wav: Path, folder: Path) -> Path:
    """An MP3 that turns from stereo to mono."""
    for channels in ("2", "1"):
        ffmpeg("-i", wav, "-ac", channels, folder / f"{channels}.mp3")
    (folder / "both.mp3").write_bytes((folder / "2.mp3").read_bytes() + (folder / "1.mp3").read_bytes())
    return folder / "both.mp3"


KINDS = {name: encoded(name) for name in (".wav", ".flac", ".ogg", ".mp3", ".m4a", ".opus", ".aac")}
KINDS |= {"hurt": hurt, "changing": changing}


@pytest.mark.parametrize("kind", KINDS)
def test_joined_packets_hold_the_same_samples(kind, wav, tmp_path):
    path = KINDS[kind](wav, tmp_path)
    single = blocks_of(path, 0.0)
    truth = np.concatenate([block.planes for block in single], axis=1)
    assert truth.shape[1] >= 6 * RATE
    for block_s in PIECES_S:
        joined = blocks_of(path, block_s)
        assert np.array_equal(np.concatenate([block.planes for block in joined], axis=1), truth)
        assert {(b.names, b.rate_hz, b.bits) for b in joined} == {(b.names, b.rate_hz, b.bits) for b in single}
        assert len(joined) <= len(single)
        assert joined[0].start_s == single[0].start_s


@pytest.mark.parametrize("suffix", [".wav", ".ogg", ".m4a"])
def test_a_joined_block_starts_when_its_first_packet_does(suffix, wav, tmp_path):
    path = encoded(suffix)(wav, tmp_path)
    starts: dict[int, object] = {}
    count = 0
    for block in blocks_of(path, 0.0):
        starts[count] = block.start_s
        count += block.planes.shape[1]
    joined = blocks_of(path, 0.5)
    assert 10 <= len(joined) <= 13
    count = 0
    for block in joined:
        assert block.start_s == starts[count]
        count += block.planes.shape[1]
    assert all(block.planes.shape[1] >= 0.5 * block.rate_hz for block in joined[:-1])


def test_what_came_before_the_damage_is_given_out(wav, tmp_path):
    """A reader who stops early never learns of damage further on, however long the blocks."""
    ffmpeg("-i", wav, tmp_path / "x.m4a")
    data = bytearray((tmp_path / "x.m4a").read_bytes())
    start = data.index(b"mdat")
    for spot in range(start + (len(data) - start) // 2, len(data) - 4000, 700):
        data[spot : spot + 90] = bytes([255]) * 90
    (tmp_path / "hurt.m4a").write_bytes(data)
    heard = []
    for block_s in (0.0, 100.0):
        count = 0
        with song_file(tmp_path / "hurt.m4a") as container, pytest.raises(SongError, match="damaged"):  # noqa: PT012
            for block in decoded_sound(container, tmp_path / "hurt.m4a", block_s=block_s):
                count += block.planes.shape[1]
        heard.append(count)
    assert heard[0] == heard[1] > 2 * RATE
