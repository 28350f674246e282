"""The network: its shapes, its file, and that a song may be heard in pieces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from made_scores import kept_song

from musicvid.analysis import activations
from musicvid.analysis.network import FUNCTIONS, METRES, TEMPI_BPM, Block, Network, load
from musicvid.analysis.spectrum import Features
from musicvid.analysis.training import learning
from musicvid.analysis.training.examples import draw_batch

TINY = {"width": 8, "wide": 12, "quick": 3, "slow": 7}


def seen_network(seed: int = 0) -> Network:
    """Random weights, with the statistics of normalisation that some batches leave behind."""
    torch.manual_seed(seed)
    network = Network(**TINY)
    for step in range(4):
        batch = draw_batch([kept_song()], 2, 16.0, np.random.default_rng(step))
        network(torch.from_numpy(batch.mel), torch.from_numpy(batch.tones))
    return network.eval()


@pytest.mark.parametrize("size", learning.SIZES)
@pytest.mark.parametrize("slow_frames", [1, 13])
def test_shapes(size, slow_frames):
    network = Network(**learning.SIZES[size]).eval()
    beats, form = network(torch.zeros(2, 80, 8 * slow_frames), torch.zeros(2, 24, 2 * slow_frames))
    assert beats.shape == (2, 2, 4 * slow_frames)
    assert form.shape == (2, len(TEMPI_BPM) + len(METRES) + 1 + len(FUNCTIONS), slow_frames)


def test_sizes_are_what_the_card_says():
    counts = {size: sum(p.numel() for p in Network(**shape).parameters()) for size, shape in learning.SIZES.items()}
    text = Path(learning.__file__).with_name("MODEL_CARD.md").read_text()
    for size, count in counts.items():
        assert f"| {size} | {count:,} |" in text


@torch.no_grad()
def test_a_file_is_the_network_that_was_written(tmp_path, monkeypatch):
    monkeypatch.setitem(learning.SIZES, "tiny", TINY)
    network = seen_network()
    learning.write_network(network, learning.Plan("tiny", 1), tmp_path / "network.safetensors")
    read = load(str(tmp_path / "network.safetensors"))
    mel, tones = 3 * torch.rand(1, 80, 800), torch.rand(1, 24, 200)
    for ours, theirs in zip(read(mel, tones), network(mel, tones), strict=True):
        # Half precision has eleven bits.
        assert (ours - theirs).abs().max() < 0.01 * theirs.abs().max()
    # With the weights rounded before, only the joining of convolution and normalisation is left.
    network.half().float()
    for ours, theirs in zip(read(mel, tones), network(mel, tones), strict=True):
        assert (ours - theirs).abs().max() < 2e-5 * theirs.abs().max()
    norms = [block.norm for block in read.modules() if isinstance(block, Block)]
    assert norms
    assert all(isinstance(norm, torch.nn.Identity) for norm in norms)
    assert not any(p.requires_grad for p in read.parameters())


def features(seconds: float) -> Features:
    song = kept_song(seconds)
    frames, none = len(song.mel), np.zeros((0, 0), np.float32)
    return Features(seconds, np.zeros((frames, 4), np.float32), none, none, none, song.mel, song.tones)


FIELDS = ("beat", "downbeat", "tempo", "metre", "boundary", "function")


def test_what_is_heard_does_not_depend_on_how_a_song_is_cut(monkeypatch):
    heard, network = features(150.0), seen_network()
    whole = activations.hear(heard, network)
    monkeypatch.setattr(activations, "_CHUNK_S", 16)
    cut = activations.hear(heard, network)
    for name in FIELDS:
        assert getattr(cut, name) == pytest.approx(getattr(whole, name), abs=2e-5)
    # The law can be broken: without music on both sides the pieces show.
    monkeypatch.setattr(activations, "_CONTEXT_S", 0)
    torn = activations.hear(heard, network)
    assert max(np.abs(getattr(torn, name) - getattr(whole, name)).max() for name in FIELDS) > 1e-3


@pytest.mark.parametrize("seconds", [0.08, 0.5, 7.77])
def test_short_sounds_are_heard_whole(seconds):
    heard = features(seconds)
    found = activations.hear(heard, seen_network())
    slow = -(-heard.frame_count // 8)
    assert len(found.beat) == 4 * slow
    assert len(found.boundary) == slow
    for name in ("tempo", "metre", "function"):
        assert getattr(found, name).sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (found.beat > 0).all()
    assert (found.beat < 1).all()
