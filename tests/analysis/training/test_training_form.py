"""Learning form: scores are mir_eval's, songs come back from their files, what can be learned is learned."""

from __future__ import annotations

import mir_eval
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from made_scores import pop_song, write_midi
from song_hashes import FONTS

from musicvid.analysis.barwise import Bars
from musicvid.analysis.form_network import Learned, boundary_odds, load
from musicvid.analysis.training import form_songs as making
from musicvid.analysis.training.form_learning import example_of, held_out, learn, table, write_learned
from musicvid.analysis.training.form_scores import boundary_f, pairwise_f
from musicvid.analysis.training.form_songs import FormSong, Truth, read_form_song, write_form_song, write_form_songs
from musicvid.analysis.training.machines import synthesise
from musicvid.analysis.training.songbook import Songbook, Sources

steps = st.lists(st.floats(0.3, 9.0), min_size=1, max_size=9)
letters = st.lists(st.sampled_from("ABCD"), min_size=10, max_size=10)


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@given(steps, steps, st.sampled_from([0.5, 3.0]))
def test_boundary_scores_are_those_of_mir_eval(real, found, window):
    real, found = (np.cumsum(times) for times in (real, found))
    both = [np.stack([np.append(0, t), np.append(t, t[-1] + 1)], axis=1) for t in (real, found)]
    expected = mir_eval.segment.detection(*both, window=window, trim=True)[2]
    assert boundary_f(real, found, window) == pytest.approx(expected)


@settings(deadline=None)
@given(steps, steps, letters, letters)
def test_label_scores_are_those_of_mir_eval(real, found, names, ours):
    real, found = (np.append(0, np.cumsum(times)) for times in (real, found))
    found = np.append(found[found < real[-1]], real[-1])
    truth = Truth(real, tuple(names[: len(real) - 1]))
    groups = ["ABCD".index(name) for name in ours[: len(found) - 1]]
    both = [np.stack([edges[:-1], edges[1:]], axis=1) for edges in (real, found)]
    expected = mir_eval.segment.pairwise(both[0], list(truth.materials), both[1], [str(g) for g in groups])[2]
    assert pairwise_f(truth, found, groups) == pytest.approx(expected, abs=0.03)


def made_song(number: int) -> FormSong:
    """Passages of random bars, four to eight of them, some repeated; parts begin where passages do."""
    rng = np.random.default_rng(number)
    form = [str(rng.choice(list("ABC"))) for _ in range(7)]
    sizes = dict(zip("ABC", rng.choice([4, 6, 8], 3), strict=True))
    rows = []
    for width in (144, 240, 288):
        centre = {letter: rng.standard_normal(width) for letter in "ABC"}
        sound = np.concatenate([centre[c] + 0.6 * rng.standard_normal((sizes[c], width)) for c in form])
        sound -= sound.mean(axis=0)
        rows.append((sound / np.linalg.norm(sound, axis=1, keepdims=True)).astype(np.float16).astype(np.float32))
    starts = np.concatenate([[0], np.cumsum([sizes[c] for c in form])])
    merged = [k for k in range(7) if k == 0 or form[k] != form[k - 1]]
    truth = Truth(2.0 * np.append(starts[merged], starts[-1]), tuple(form[k] for k in merged))
    levels = rng.standard_normal((starts[-1], 10)).astype(np.float32)
    return FormSong(str(number), "piano", Bars(2.0 * np.arange(starts[-1] + 1), *rows, levels), (truth,))


def test_songs_come_back_from_their_files(tmp_path):
    song = made_song(3)
    write_form_song(tmp_path / "song.npz", song)
    again = read_form_song(tmp_path / "song.npz")
    assert (again.work, again.kind) == (song.work, song.kind)
    for name in Bars.__slots__:
        assert (getattr(again.bars, name) == getattr(song.bars, name)).all()
    assert [(t.edges_s.tolist(), t.materials) for t in again.truths] == [
        (t.edges_s.tolist(), t.materials) for t in song.truths
    ]


def test_targets_are_the_share_of_people_and_count_where_they_labelled():
    bars = made_song(1).bars
    one, two = (Truth(np.array(edges), ("A", "B", "A")) for edges in ([4.0, 12.0, 20.0, 28.0], [4.0, 12.0, 16.0, 28.0]))
    example = example_of(FormSong("1", "piano", bars, (one, two)))
    assert {k: float(v) for k, v in enumerate(example.target) if v} == {2: 1, 6: 1, 8: 0.5, 10: 0.5, 14: 1}
    assert np.flatnonzero(example.weight).tolist() == list(range(2, 15))
    composed = example_of(FormSong("1", "composed", bars, (one,)))
    assert 0 < composed.weight.max() < 1


def test_a_work_is_held_out_in_every_arrangement():
    song = made_song(1)
    works = [str(k) for k in range(400)]
    out = [held_out(FormSong(work, "piano", song.bars, song.truths)) for work in works]
    assert out == [held_out(FormSong(work, "band", song.bars, song.truths)) for work in works]
    assert 60 < sum(out) < 140
    assert not any(held_out(FormSong(f"composed-{work}", "composed", song.bars, song.truths)) for work in works)


@pytest.fixture(scope="module")
def learned() -> tuple[Learned, list[float]]:
    losses: list[float] = []
    songs = [made_song(k) for k in range(24)]
    torch.set_num_threads(1)
    return learn(songs, [made_song(k) for k in range(100, 106)], 40, 1, lambda _, loss: losses.append(loss)), losses


def test_what_can_be_learned_is_learned(learned):
    found, losses = learned
    assert losses[-1] < 0.5 * losses[0]
    rows = list(table([made_song(k) for k in range(200, 206)], found))
    kind, count, *scores = rows[0].split()
    assert (len(rows), kind, count) == (1, "piano", "6")
    assert float(scores[0]) > 75, "boundaries"
    assert float(scores[2]) > 75, "labels"


def test_what_was_learned_comes_back_in_half_precision(learned, tmp_path):
    write_learned(tmp_path / "form.safetensors", learned[0])
    again = load(str(tmp_path / "form.safetensors"))
    assert again.alike == pytest.approx(learned[0].alike, rel=1e-5)
    bars = made_song(7).bars
    assert boundary_odds(bars, again.network) == pytest.approx(boundary_odds(bars, learned[0].network), abs=0.2)


def test_both_annotators_and_every_arrangement_are_written(tmp_path, monkeypatch):
    midi = tmp_path / "midi"
    (midi / "pop909").mkdir(parents=True)
    pop_song(midi / "pop909", "001", phase=2, start=1, phrases="i4A4B4A4B4o3", seed=1)
    (midi / "pop909" / "001.phrases2.txt").write_text("i4A8A8o3\n")
    notes = [(k / 2, 0.4, 40 + k % 30, 80) for k in range(200)]
    write_midi(midi / "freedoom" / "d_1.mid", {"": notes}, metres=[(0, 4, 4)])
    hits = [(k / 4, 0.1, (36, 42, 38, 42)[k // 2 % 4], 90) for k in range(70)]
    write_midi(midi / "groove" / "drummer1" / "0_rock_0_beat_4-4.mid", {"": hits}, channel=9)

    def play(performance, font, rate_hz, *, channels=None):
        assert font in FONTS
        return synthesise(performance, rate_hz, np.random.default_rng(0), channels)

    monkeypatch.setattr(making, "play", play)
    book = Songbook(Sources(midi / "pop909", midi / "freedoom", midi / "groove", FONTS, frozenset()), 1, tmp_path)
    assert book.pop["001"].start_bar == 1
    paths = list(write_form_songs(book, tmp_path / "songs", 0))
    assert [path.name for path in paths] == ["piano-001.npz", "band-001.npz"]
    song = read_form_song(paths[0])
    assert [truth.materials for truth in song.truths] == [("i", "A", "B", "A", "B", "o"), ("i", "A", "A", "o")]
    lines = song.bars.edges_s
    first, second = ([int(np.abs(lines - t).argmin()) for t in truth.edges_s] for truth in song.truths)
    assert np.diff(first).tolist() == [4, 4, 4, 4, 4, 3]
    assert np.diff(second).tolist() == [4, 8, 8, 3]
    assert first[0] == second[0]
    for truth in song.truths:
        assert np.abs(lines[:, None] - truth.edges_s).min(axis=0).max() < 1e-6
    modified = paths[0].stat().st_mtime_ns
    list(write_form_songs(book, tmp_path / "songs", 0))
    assert paths[0].stat().st_mtime_ns == modified
