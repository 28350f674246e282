"""Loudness against the tones of EBU Tech 3341, FFmpeg's ``ebur128`` as a second reader, and laws."""

from __future__ import annotations

import av
import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.analysis.analyse import analyse
from musicvid.analysis.loudness import Loudness, LoudnessMeter, k_weighting

STEREO = ("FL", "FR")
SURROUND = ("FL", "FR", "FC", "LFE", "BL", "BR")


def measured(planes: np.ndarray, rate_hz: int, names: tuple[str, ...] = STEREO, block: int = 0) -> Loudness:
    meter = LoudnessMeter()
    for start in range(0, planes.shape[1], block or rate_hz):
        meter.push(planes[:, start : start + (block or rate_hz)].astype(np.float32), names, rate_hz)
    return meter.finish()


def tones(rate_hz: int, *passages: tuple[float, float]) -> np.ndarray:
    """Stereo 1 kHz sines of (dBFS, seconds), one after the other."""
    level = np.repeat([10 ** (db / 20) for db, _ in passages], [round(s * rate_hz) for _, s in passages])
    return np.tile(level * np.sin(2 * np.pi * 1000 * np.arange(len(level)) / rate_hz), (2, 1))


def second_reader(planes: np.ndarray, rate_hz: int, layout: str) -> tuple[np.ndarray, float]:
    """FFmpeg's momentary loudness of each 400 ms that end at 0.1, 0.2, … s, and its integrated loudness."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=rate_hz, format="fltp", layout=layout, time_base=None)
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(planes.astype(np.float32), format="fltp", layout=layout)
    frame.sample_rate, frame.pts = rate_hz, 0
    source.push(frame)
    source.push(None)
    facts = []
    while True:
        try:
            facts.append(sink.pull().metadata)
        except (av.BlockingIOError, av.EOFError):
            break
    return np.array([float(f["lavfi.r128.M"]) for f in facts]), float(facts[-1]["lavfi.r128.I"])


def restless(channels: int, seconds: int, rate_hz: int, seed: int = 1) -> np.ndarray:
    """Noise of another colour and level every second, different on all channels."""
    rng = np.random.default_rng(seed)
    parts = []
    for second in range(seconds):
        noise = rng.standard_normal((channels, rate_hz))
        parts.append(0.2 * rng.random() ** 2 * (np.cumsum(noise, axis=1) * 0.05 if second % 2 else noise))
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_the_tone_of_minus_23_measures_minus_23(rate_hz):
    found = measured(tones(rate_hz, (-23, 20)), rate_hz)
    assert found.integrated_lufs == pytest.approx(-23, abs=0.1)
    assert found.momentary_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize(
    ("passages", "expected"),
    [
        (((-33, 20),), -33),
        (((-36, 10), (-23, 60), (-36, 10)), -23),
        (((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23),
        (((-26, 20), (-20, 20.1), (-26, 20)), -23),
    ],
)
def test_gates_pass_the_cases_of_tech_3341(passages, expected):
    assert measured(tones(48_000, *passages), 48_000).integrated_lufs == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("names", "layout", "rate_hz"),
    [(("FC",), "mono", 44_100), (STEREO, "stereo", 44_100), (STEREO, "stereo", 32_000), (SURROUND, "5.1", 48_000)],
)
def test_a_second_reader_agrees(names, layout, rate_hz):
    sound = restless(len(names), 12, rate_hz)
    momentary, integrated = second_reader(sound, rate_hz, layout)
    found = measured(sound, rate_hz, names)
    assert found.integrated_lufs == pytest.approx(integrated, abs=0.05)
    ends = np.arange(4, 120)  # of windows of 0.4 s, in tenths of a second; ours are named by their middles
    assert found.momentary_lufs[ends - 2] == pytest.approx(np.maximum(momentary[ends - 1], -70), abs=0.05)


def test_the_filters_are_those_of_the_standard():
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585]
    cut = [-1.99004745483398, 0.99007225036621]
    assert k_weighting(48_000) == pytest.approx([*shelf, *cut], abs=1e-7)


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 96_000])
def test_a_third_reader_agrees(rate_hz):
    sound = restless(2, 12, rate_hz, seed=4)
    reader = pyloudnorm.Meter(rate_hz, filter_class="DeMan")
    assert measured(sound, rate_hz).integrated_lufs == pytest.approx(reader.integrated_loudness(sound.T), abs=0.01)


def test_the_low_frequency_channel_does_not_count():
    sound = np.zeros((6, 48_000))
    sound[3] = tones(48_000, (-6, 1))[0]
    assert measured(sound, 48_000, SURROUND).integrated_lufs is None


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 30_000), st.integers(0, 5))
def test_blocks_do_not_show(block, seed):
    sound = restless(2, 2, 11_025, seed)
    whole, parts = measured(sound, 11_025), measured(sound, 11_025, block=block)
    assert parts.momentary_lufs == pytest.approx(whole.momentary_lufs, abs=1e-6)
    assert parts.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.floats(-20, 6))
def test_louder_by_so_many_decibels_is_so_many_loudness_units(gain_db):
    sound = restless(2, 3, 16_000) + 0.01
    plain, louder = measured(sound, 16_000), measured(sound * 10 ** (gain_db / 20), 16_000)
    assert louder.integrated_lufs - plain.integrated_lufs == pytest.approx(gain_db, abs=1e-3)


def test_silence_after_sound_is_the_floor_and_does_not_count():
    sound = tones(44_100, (-23, 5), (-200, 20))
    found = measured(sound, 44_100)
    assert found.momentary_lufs[60:].max() == -70
    assert found.integrated_lufs == pytest.approx(-23, abs=0.2)


@pytest.mark.parametrize("samples", [0, 1, 1000, 17_639])
def test_less_than_one_window_has_no_integrated_loudness(samples):
    found = measured(tones(44_100, (-23, 1))[:, :samples], 44_100)
    assert found.integrated_lufs is None
    assert len(found.momentary_lufs) == samples // 4410 + 1


def test_a_song_is_heard_on_all_its_channels(tmp_path):
    import soundfile

    opposite = tones(44_100, (-23, 5)) * [[1], [-1]]
    opposite[:, 44_100:] *= [[1], [0.5]]
    soundfile.write(tmp_path / "opposite.wav", opposite.T, 44_100, subtype="FLOAT")
    song = analyse(tmp_path / "opposite.wav")
    _, integrated = second_reader(opposite, 44_100, "stereo")
    assert song.loudness_lufs == pytest.approx(integrated, abs=0.05)
    curve = song.curve("loudness_lufs")
    assert (curve.unit, curve.low, curve.high) == ("LUFS", -70, 10)
    assert curve.at(0.5) == pytest.approx(-23, abs=0.1)
