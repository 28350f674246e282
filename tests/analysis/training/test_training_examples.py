"""Targets are where the truth is, at any speed; what is not known does not count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from made_scores import kept_song

from musicvid.analysis.network import METRES, TEMPI_BPM, Network
from musicvid.analysis.training.examples import UNKNOWN, Batch, draw_batch, whole_song
from musicvid.analysis.training.losses import TASKS, task_losses

TINY = {"width": 8, "wide": 8, "quick": 2, "slow": 2}


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.1])
@pytest.mark.parametrize("start_s", [0.0, 3.2])
def test_marks_are_at_the_nearest_frame(speed, start_s):
    song = kept_song(bpm=117.3)
    look = whole_song(song, span_s=16.0, start_s=start_s, speed=speed)
    for row, times in ((0, song.beats_s), (1, song.beats_s[song.positions == 1])):
        frames = np.round((times - start_s) / speed * 50).astype(int)
        frames = frames[(frames >= 0) & (frames < 800)]
        marked = np.flatnonzero(look.beats[row] == 1)
        assert list(marked) == list(frames)
        inner = marked[(marked > 0) & (marked < 799)]
        assert (look.beats[row, inner - 1] == 0.5).all()
        assert (look.beats[row, inner + 1] == 0.5).all()
        assert look.beats[row].sum() == pytest.approx(2 * len(marked), abs=1.01)


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.1])
def test_sound_moves_with_its_marks(speed):
    look = whole_song(kept_song(bpm=117.3), span_s=16.0, speed=speed)
    brightness = look.mel[40:].mean(axis=0)
    for frame in np.flatnonzero(look.beats[0] == 1)[1:-1]:
        near = brightness[2 * frame - 4 : 2 * frame + 5]
        assert abs(int(near.argmax()) - 4) <= 1


def test_a_look_longer_than_the_song_ends_in_silence():
    look = whole_song(kept_song(8.0), span_s=16.0)
    assert look.mel.shape == (80, 1600)
    assert not look.mel[:, 800:].any()
    assert not look.beats[:, 401:].any()


@pytest.mark.parametrize(("speed", "bpm"), [(1.0, 120.0), (1.1, 132.0), (0.9, 108.0)])
def test_tempo_and_metre_are_classes(speed, bpm):
    look = whole_song(kept_song(bpm=120, metre=3), span_s=16.0, speed=speed)
    middle = look.tempo[:, 100]
    assert middle.sum() == pytest.approx(1)
    assert TEMPI_BPM[middle.argmax()] == pytest.approx(bpm, rel=2 ** (1 / 24) - 1)
    assert METRES[look.metre[100]] == 3
    # Before the first beat there is no tempo yet.
    assert look.tempo[:, 0].sum() == 0
    assert look.metre[0] == -1


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.1])
@pytest.mark.parametrize("start_s", [0.0, 3.2])
def test_boundaries_are_bumps_between_parts(speed, start_s):
    song = kept_song()
    look = whole_song(song, span_s=16.0, start_s=start_s, speed=speed)
    at = np.arange(len(look.boundary)) / 12.5
    edges = (song.edges_s - start_s) / speed
    for edge in edges[1:]:
        if 0 < edge < 14:
            frame = int(np.abs(at - edge).argmin())
            assert look.boundary[frame] > 0.95
            assert look.boundary[frame + 4] < 0.5
            assert look.boundary[frame + 13] < 0.001
    part = np.searchsorted(edges, at, side="right") - 1
    assert list(look.function) == [song.functions[p] - 1 if p >= 0 else -1 for p in part]


def test_the_first_part_has_no_beginning_that_one_could_hear():
    song = kept_song()
    assert whole_song(song).boundary[: int(song.edges_s[0] * 12.5) + 13].max() < 0.001


def unknown() -> Batch:
    song = kept_song()
    nothing = np.zeros(0)
    song = replace(song, positions=np.zeros_like(song.positions), edges_s=nothing, functions=nothing.astype(int))
    look = whole_song(song, span_s=16.0)
    return Batch(*(getattr(look, name)[None] for name in Batch.__slots__))


def test_what_is_not_known_is_marked():
    batch = unknown()
    assert (batch.beats[0, 1] == UNKNOWN).all()
    assert (batch.boundary == UNKNOWN).all()
    assert (batch.metre == -1).all()
    assert (batch.function == -1).all()
    assert batch.beats[0, 0].max() == 1


def test_what_is_not_known_teaches_nothing():
    torch.manual_seed(0)
    network = Network(**TINY)
    losses = dict(zip(TASKS, task_losses(network, unknown(), "cpu"), strict=True))
    sum(losses.values()).backward()
    assert {name for name, loss in losses.items() if loss == 0} == {"downbeat", "metre", "boundary", "function"}
    of_beats, of_form = network.beats.weight.grad, network.form.weight.grad
    assert of_beats[0].abs().max() > 0
    assert of_beats[1].abs().max() == 0
    assert of_form[: len(TEMPI_BPM)].abs().max() > 0
    assert of_form[len(TEMPI_BPM) :].abs().max() == 0


def test_losses_are_those_of_torch_where_all_is_known():
    """Against plain cross-entropies, a hit of a beat three times as dear as silence, of a downbeat six times."""
    torch.manual_seed(0)
    network = Network(**TINY).eval()
    batch = draw_batch([kept_song(24.0, first_s=0.0)], 2, 8.0, np.random.default_rng(1))
    mel, tones, beats = (torch.from_numpy(part) for part in (batch.mel, batch.tones, batch.beats))
    heard, _ = network(mel, tones)
    losses = dict(zip(TASKS, task_losses(network, batch, "cpu"), strict=True))
    for row, name, dear in ((0, "beat", 3.0), (1, "downbeat", 6.0)):
        p, hit = heard[:, row].sigmoid(), beats[:, row]
        plain = -(dear * hit * p.log() + (1 - hit) * (1 - p).log()).mean()
        assert losses[name].item() == pytest.approx(plain.item(), rel=1e-4)


def test_batches_come_from_the_seed():
    songs = [kept_song(seed=1), kept_song(30.0, bpm=90, seed=2)]
    first, again, other = (draw_batch(songs, 3, 8.0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.mel.shape == (3, 80, 800)
    assert first.tones.shape == (3, 24, 200)
    assert first.beats.shape == (3, 2, 400)
    assert first.tempo.shape == (3, 32, 100)
    for name in Batch.__slots__:
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert not np.array_equal(first.mel, other.mel)


def test_hard_looks_hide_much_and_keep_the_truth():
    song = kept_song(40.0, bpm=117.3)
    easy, hard = (draw_batch([song], 24, 16.0, np.random.default_rng(4), hard=hard) for hard in (False, True))
    silent = [np.mean([(look[30:36] == 0).all(axis=0).mean() for look in batch.mel]) for batch in (easy, hard)]
    assert silent[1] > silent[0] + 0.1
    assert (hard.beats.max(axis=(1, 2)) == 1).all()
    tempi = hard.tempo.sum(axis=2).argmax(axis=1)
    assert np.ptp(tempi) > np.ptp(easy.tempo.sum(axis=2).argmax(axis=1))


def test_hiding_leaves_the_kept_song_alone():
    song = kept_song(40.0)
    before = song.mel.copy()
    draw_batch([song], 8, 16.0, np.random.default_rng(5), hard=True)
    assert (song.mel == before).all()
