"""The adapter to beat_this, with the genuine package and a small network of random weights."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from played_songs import play, score, write_song

from musicvid.analysis.trackers import hear
from musicvid.analysis.trackers.beat_this_tracker import CHECKPOINT_VARIABLE, BeatThisTracker, log_mel
from musicvid.analysis.trackers.conformance import check_tracker
from musicvid.errors import TrackerError

if importlib.util.find_spec("beat_this") is None:
    pytest.skip('beat_this is not installed: pip install "musicvid[beat-this]"', allow_module_level=True)

SIZE = {"spect_dim": 128, "transformer_dim": 16, "ff_mult": 1, "n_layers": 1, "head_dim": 8, "stem_dim": 8}


@pytest.fixture(scope="module")
def network():
    import torch
    from beat_this.model.beat_tracker import BeatThis

    torch.manual_seed(3)
    made = BeatThis(**SIZE).eval()
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.2 * torch.randn_like(weight))
    return made


@pytest.fixture(scope="module")
def checkpoint(network, tmp_path_factory):
    """As the training program of beat_this writes it, with settings that are none of the network's."""
    import torch

    path = tmp_path_factory.mktemp("weights") / "tiny.ckpt"
    weights = {f"model.{name}": value for name, value in network.state_dict().items()}
    torch.save({"hyper_parameters": {**SIZE, "lr": 0.001}, "state_dict": weights}, path)
    return path


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    return hear(write_song(tmp_path_factory.mktemp("song") / "song.wav", play(score((120, 4, 24)))))


def test_the_adapter_keeps_the_contract(checkpoint, tmp_path):
    check_tracker(lambda: BeatThisTracker(checkpoint), tmp_path)


def test_beats_are_those_of_the_network_and_its_own_peak_picking(checkpoint, network, song):
    import torch
    from beat_this.model.postprocessor import Postprocessor

    mel = log_mel(song.samples(22_050))
    assert len(mel) > 1500  # more than one chunk
    with torch.inference_mode():
        first = network(torch.nn.functional.pad(mel, (0, 0, 6, 0))[None, :1500])
    times_s, downbeats_s = Postprocessor()(first["beat"][0, 6:-6], first["downbeat"][0, 6:-6])
    track = BeatThisTracker(checkpoint).find_beats(song)
    early = track.times_s < 29.0
    assert early.sum() > 5
    assert track.times_s[early] == pytest.approx(times_s[times_s < 29.0])
    known = early & (track.times_s >= downbeats_s[0])  # before the first downbeat positions are counted back
    assert track.times_s[known & (track.positions == 1)] == pytest.approx(downbeats_s[downbeats_s < 29.0])
    assert 0.5 < track.pulse_confidence <= 1


def test_the_checkpoint_may_be_named_by_the_environment(checkpoint, monkeypatch):
    monkeypatch.setenv(CHECKPOINT_VARIABLE, str(checkpoint))
    assert BeatThisTracker().version == BeatThisTracker(checkpoint).version


def test_a_file_that_is_no_checkpoint_is_refused_in_one_line(tmp_path, song):
    (tmp_path / "bad.ckpt").write_bytes(b"not weights")
    with pytest.raises(TrackerError, match=r"bad\.ckpt: this is no checkpoint of beat_this") as caught:
        BeatThisTracker(tmp_path / "bad.ckpt").find_beats(song)
    assert "\n" not in str(caught.value)


def test_the_spectrogram_is_that_of_the_package(song):
    try:
        from beat_this.preprocessing import LogMelSpect
    except (ImportError, OSError) as error:
        pytest.skip(f"torchaudio cannot be loaded: {error}")
    import torch

    samples = song.samples(22_050)
    expected = LogMelSpect()(torch.from_numpy(samples))
    assert np.allclose(log_mel(samples), expected, atol=2e-3)
