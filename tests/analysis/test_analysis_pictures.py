"""The click track, sample by sample; the map, as a picture."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from played_songs import play, score, write_song

from musicvid.analysis.analyse import analyse
from musicvid.analysis.click import CLICK_S, write_click
from musicvid.analysis.plot import plot_song
from musicvid.analysis.plot_panels import colour_of
from musicvid.analysis.waveform import measure_waveform
from musicvid.errors import InputError
from musicvid.media import sound
from musicvid.schema.song import Beat, Section, Song

RATE = 8000


@pytest.fixture(scope="module")
def heard(tmp_path_factory) -> tuple[Path, Song]:
    path = write_song(tmp_path_factory.mktemp("pictures") / "süß $x$ 歌.wav", play(score((120, 4, 8)), RATE), RATE)
    return path, analyse(path)


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_clicks_begin_on_the_sample_of_their_beat(heard, tmp_path, suffix):
    path, song = heard
    beats = (Beat(0.0, 1, 1.0), Beat(1.00006, 2, 1.0), Beat(2.5, 1, 1.0), Beat(song.duration_s - 0.01, 2, 1.0))
    write_click(replace(song, beats=beats), path, tmp_path / f"click{suffix}")
    mixed, rate = soundfile.read(tmp_path / f"click{suffix}")
    plain = soundfile.read(path)[0]
    assert rate == RATE
    assert len(mixed) == len(plain)
    gain = np.dot(mixed[30000:35000], plain[30000:35000]) / np.dot(plain[30000:35000], plain[30000:35000])
    clicks = mixed - gain * plain
    sounding = np.abs(clicks) > 1e-3
    for beat in beats:
        first = round(beat.time_s * RATE)
        assert sounding[first]
        assert abs(clicks[first]) > 0.4
        assert not sounding[max(0, first - 400) : first].any()
    inside = np.zeros(len(clicks), bool)
    for beat in beats:
        first = round(beat.time_s * RATE)
        inside[first : first + round(CLICK_S * RATE)] = True
    assert not sounding[~inside].any()


def test_downbeats_click_an_octave_higher(heard, tmp_path):
    path, song = heard
    silent = write_song(tmp_path / "silent.wav", np.zeros(3 * RATE), RATE)
    quiet = replace(song, sample_count=3 * RATE, sections=(), beats=(Beat(1.0, 1, 1.0), Beat(2.0, 2, 1.0)))
    write_click(quiet, silent, tmp_path / "click.wav")
    sound_, _ = soundfile.read(tmp_path / "click.wav")
    pitch = [np.abs(np.fft.rfft(sound_[at * RATE : at * RATE + 320])).argmax() * RATE / 320 for at in (1, 2)]
    assert pitch == pytest.approx([1760, 880], abs=30)
    assert path.exists()


def test_clicks_do_not_care_how_the_sound_is_cut(heard, tmp_path, monkeypatch):
    path, song = heard
    write_click(song, path, tmp_path / "a.wav")
    whole = sound.sound_blocks
    monkeypatch.setattr("musicvid.analysis.click.sound_blocks", lambda p: whole(p, block_s=0.0371))
    write_click(song, path, tmp_path / "b.wav")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_clicks_and_maps_need_a_known_ending(heard, tmp_path):
    path, song = heard
    with pytest.raises(InputError, match=r"\.wav or \.flac"):
        write_click(song, path, tmp_path / "click.mp3")
    with pytest.raises(InputError, match=r"\.png"):
        plot_song(song, path, tmp_path / "map.xyz")
    assert not list(tmp_path.iterdir())


def test_the_map_shows_sections_in_their_colours(heard, tmp_path):
    path, song = heard
    half = song.duration_s / 2
    song = replace(
        song,
        sections=(Section(0, half, "verse", "verse", 0.5), Section(half, song.duration_s, "chorus", "chorus", 1.0)),
        notes=("a note with $ and % in it",),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_song(song, path, tmp_path / "map.png")
    picture = np.asarray(Image.open(tmp_path / "map.png").convert("RGB")).astype(int)
    assert picture.shape == (900, 2000, 3)
    for section, columns in zip(song.sections, (slice(200, 900), slice(1200, 1900)), strict=True):
        colour = [int(colour_of(section)[k : k + 2], 16) for k in (1, 3, 5)]
        near = (np.abs(picture[:, columns] - colour).max(axis=2) <= 6).sum()
        elsewhere = slice(1200, 1900) if columns.start == 200 else slice(200, 900)
        far = (np.abs(picture[:, elsewhere] - colour).max(axis=2) <= 6).sum()
        assert near > 20_000
        assert far < 1000


def test_a_song_without_beats_can_be_drawn(heard, tmp_path):
    path, song = heard
    plot_song(replace(song, beats=(), tempo=(), tempo_bpm=0.0), path, tmp_path / "map.png")
    assert Image.open(tmp_path / "map.png").size == (2000, 900)


def test_labels_of_a_person_get_a_steady_colour():
    strange = Section(0, 1, "solo", "solo", 1.0)
    assert colour_of(strange) == colour_of(replace(strange, name="solo 2"))


@pytest.mark.parametrize("block_s", [0.01, 0.37, 10.0])
def test_the_outline_is_that_of_the_samples(tmp_path, monkeypatch, block_s):
    samples = np.random.default_rng(0).uniform(-0.9, 0.9, 5003)
    path = write_song(tmp_path / "noise.wav", samples, RATE)
    kept = soundfile.read(path)[0]
    whole = sound.sound_blocks
    monkeypatch.setattr("musicvid.analysis.waveform.sound_blocks", lambda p: whole(p, block_s=block_s))
    outline = measure_waveform(path, RATE, len(kept), columns=10)
    for k in range(10):
        part = kept[-(-k * 5003 // 10) : -(-(k + 1) * 5003 // 10)]
        assert outline.low[k] == pytest.approx(part.min(), abs=1e-6)
        assert outline.high[k] == pytest.approx(part.max(), abs=1e-6)
        assert outline.rms[k] == pytest.approx(np.sqrt((part**2).mean()), rel=0.01)
