"""Sections: a form that was composed is found again; whatever comes, sections tile and names are unique."""

from __future__ import annotations

from pathlib import Path

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played_songs import play, score, write_song

from musicvid.analysis.analyse import analyse
from musicvid.analysis.beats import BeatTrack
from musicvid.analysis.labels import Part, label_parts, name_parts
from musicvid.analysis.sections import find_sections
from musicvid.analysis.spectrum import Features, measure_features
from musicvid.schema.song import SECTION_LABELS, Song

FORM = "CABABB"


@pytest.fixture(scope="module")
def composed(tmp_path_factory) -> tuple[Song, np.ndarray]:
    """A song of six parts of eight bars, and where they begin."""
    written = score((126, 4, 8 * len(FORM)))
    sound = play(written, form=FORM)
    path = write_song(tmp_path_factory.mktemp("form") / "song.wav", sound)
    return analyse(path), written.downbeats[::8]


def test_parts_begin_where_they_were_composed(composed):
    song, starts = composed
    truth = np.array([0.0, *starts[1:], song.duration_s])
    found = np.array([s.start_s for s in song.sections] + [song.duration_s])
    intervals = [np.stack([edges[:-1], edges[1:]], axis=1) for edges in (truth, found)]
    assert mir_eval.segment.detection(*intervals, window=0.5, trim=True)[2] > 0.85


def test_repeats_share_a_label(composed):
    song, starts = composed
    inside = {k: song.section_at(starts[k] + 6.0).label for k in range(len(FORM))}
    assert inside[1] == inside[3] == "verse"
    assert inside[2] == inside[4] == inside[5] == "chorus"
    assert inside[0] == "intro"
    assert song.sections[0].name == "intro"
    assert {"verse 1", "verse 2", "chorus 1", "chorus 2"} <= {s.name for s in song.sections}


def test_sections_begin_on_downbeats(composed):
    song, _ = composed
    downbeats = np.array([b.time_s for b in song.downbeats])
    for section in song.sections[1:]:
        assert np.abs(downbeats - section.start_s).min() < 1e-9


def test_energy_tells_the_chorus_from_the_intro(composed):
    song, _ = composed
    energy = {s.label: s.energy for s in song.sections}
    assert energy["intro"] < energy["verse"] < energy["chorus"]
    assert max(s.energy for s in song.sections) == 1


def features_of(duration_s: float, seed: int) -> Features:
    rng = np.random.default_rng(seed)
    slow = int(duration_s * 25) + 1
    return Features(
        duration_s,
        np.zeros((int(duration_s * 100) + 1, 4), np.float32),
        np.ones((int(duration_s * 100) + 1, 3), np.float32),
        rng.random((slow, 20), np.float32).repeat(1, axis=0),
        rng.random((slow, 12), np.float32),
        rng.random((int(duration_s * 100) + 1, 80), np.float32).astype(np.float16),
        rng.random((slow, 24), np.float32).astype(np.float16),
    )


@settings(max_examples=40, deadline=None)
@given(
    st.floats(1.0, 150.0),
    st.lists(st.floats(0.25, 1.5), max_size=150),
    st.integers(1, 5),
    st.floats(0, 5),
    st.integers(0, 3),
)
def test_whatever_comes_sections_tile_the_song(duration_s, intervals, metre, start, seed):
    times = start + np.cumsum(np.array([0.0, *intervals]))
    times = times[times < duration_s]
    count = len(times)
    track = BeatTrack(times, np.arange(count) % metre + 1, np.zeros(count), 0.5, 0.5, 0.5, 0.5)
    found = find_sections(features_of(duration_s, seed), track)
    assert found.edges_s[0] == 0
    assert found.edges_s[-1] == duration_s
    assert (np.diff(found.edges_s) > 0).all()
    assert len(found.groups) == len(found.edges_s) - 1
    assert len(found.groups) == 1 or np.diff(found.edges_s).min() >= 4.0 - 1e-9
    assert 0 <= found.confidence <= 1


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20))
def test_labels_are_known_and_names_unique(rows):
    parts = [Part(10.0 * k, 10.0 * k + 10, *row) for k, row in enumerate(rows)]
    labels = label_parts(parts)
    names = name_parts(labels)
    assert set(labels) <= set(SECTION_LABELS)
    assert len(set(names)) == len(names)
    for label, name in zip(labels, names, strict=True):
        assert name == label if labels.count(label) == 1 else name.startswith(f"{label} ")
    for label in ("chorus", "verse"):
        groups = {part.group for part, given_label in zip(parts, labels, strict=True) if given_label == label}
        assert len(groups) <= 1, "one material"
    most = max(part.voice for part in parts)
    if most >= 0.5 and len(parts) > 1:
        alone = [part.voice < 0.5 * most and sum(p.group == part.group for p in parts) == 1 for part in parts]
        silent = [part.voice < 0.14 * most for part in parts]
        unsung = {label for a, b, label in zip(alone, silent, labels, strict=True) if a or b}
        assert unsung <= {"intro", "instrumental", "outro"}


@pytest.mark.parametrize(
    ("groups", "energies", "labels"),
    [
        ([0], [1.0], "verse"),
        ([0, 1, 2, 1, 2, 3, 2, 4], [0.2, 0.5, 0.9, 0.5, 0.9, 0.4, 1.0, 0.2],
         "intro verse chorus verse chorus bridge chorus outro"),
        ([0, 1, 2, 0, 1, 2, 0], [0.2, 0.6, 0.9, 0.2, 0.6, 0.9, 0.2],
         "intro verse chorus instrumental verse chorus outro"),
        ([1, 2, 1, 2], [0.5, 0.9, 0.5, 0.9], "verse chorus verse chorus"),
        ([0, 1, 0], [0.0, 0.9, 0.0], "intro verse outro"),
    ],
)  # fmt: skip
def test_common_forms_get_their_usual_names(groups, energies, labels):
    parts = [Part(20.0 * k, 20.0 * k + 20, g, e) for k, (g, e) in enumerate(zip(groups, energies, strict=True))]
    assert label_parts(parts) == labels.split()


@pytest.mark.parametrize(
    ("groups", "voices", "labels"),
    [
        # Chords come back without the singer: that is no verse and no chorus.
        ([1, 1, 2, 1, 2, 2, 1], [0.1, 0.8, 0.7, 0.8, 0.8, 0.1, 0.2],
         "intro verse chorus verse chorus instrumental outro"),
        # What is sung once is not instrumental, wherever it is.
        ([0, 1, 2, 3, 2, 1, 4], [0.0, 0.8, 0.7, 0.7, 0.8, 0.8, 0.0], "intro verse chorus bridge chorus verse outro"),
        # The band drowns the singer where it is loud, and not quite where the verse comes back.
        ([0, 1, 2, 3, 1, 2, 4], [0.0, 0.8, 0.15, 0.0, 0.2, 0.15, 0.0],
         "intro verse chorus instrumental verse chorus outro"),
        # A little voice everywhere is none.
        ([0, 1, 2, 1, 2, 3], [0.0, 0.1, 0.3, 0.1, 0.3, 0.0], "intro verse chorus verse chorus outro"),
    ],
)  # fmt: skip
def test_voice_tells_sung_parts_from_others(groups, voices, labels):
    energies = [0.9 if group == 2 else 0.5 for group in groups]
    rows = zip(groups, energies, voices, strict=True)
    assert label_parts([Part(20.0 * k, 20.0 * k + 20, *row) for k, row in enumerate(rows)]) == labels.split()


def test_the_voice_of_a_song_reaches_its_names(tmp_path, monkeypatch):
    """The same music throughout; a voice, as the curve has it, only in the middle."""
    from musicvid.analysis.curves import measure

    written = score((126, 4, 48))
    sound = play(written, form="BABABA")
    monkeypatch.setattr(
        measure, "vocal_presence", lambda f: np.where(np.abs(np.arange(len(f.mel) // 10 + 1) / 10 - 46) < 30, 0.9, 0.0)
    )
    song = analyse(write_song(tmp_path / "song.wav", sound))
    assert song.sections[0].label == "intro"
    assert song.sections[-1].label == "outro"
    assert {song.section_at(t).label for t in (20.0, 35.0, 50.0, 65.0)} <= {"verse", "chorus", "bridge"}


def test_names_count_within_a_label():
    assert name_parts(["intro", "verse", "chorus", "verse"]) == ["intro", "verse 1", "chorus", "verse 2"]


def test_a_song_without_beats_has_sections(tmp_path: Path):
    rng = np.random.default_rng(0)
    hiss = np.concatenate([0.02 * rng.standard_normal(22050 * 20), 0.3 * rng.standard_normal(22050 * 20)])
    song = analyse(write_song(tmp_path / "hiss.wav", np.clip(hiss, -1, 1)))
    assert song.sections[-1].stop_s == song.duration_s
    assert song.section_at(2).energy < song.section_at(38).energy


@pytest.mark.parametrize("first", [0, 1])
def test_half_bars_are_taken_two_at_a_time(first):
    """A tracker that hears two bars for one, with an odd one before: parts begin where they did."""
    written = score((126, 4, 8 * len(FORM)), start=3.0)
    lines = np.append(written.downbeats, written.end)
    halves = np.sort(np.concatenate([lines, (lines[1:] + lines[:-1]) / 2]))[:-1]
    halves = np.append([1.5 * lines[0] - 0.5 * lines[1]] * first, halves)
    sound = play(written, rate=24_000, form=FORM).astype(np.float32)
    features = measure_features([sound])
    count = len(halves)
    track = BeatTrack(halves, np.ones(count, np.int64), np.zeros(count), 0.9, 0.9, 0.9, 0.9)
    edges = find_sections(features, track).edges_s
    truth = written.downbeats[8::8]
    found = mir_eval.segment.detection(
        *(np.stack([t[:-1], t[1:]], axis=1) for t in (np.array([0.0, *truth, edges[-1]]), edges)), window=0.5, trim=True
    )
    assert found[2] > 0.75
