"""Beats from DJ software, Live and Sonic Visualiser: the right song's, at the right times, from hostile files none."""

from __future__ import annotations

import gzip
import re
import sqlite3
import struct
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from foreign_beats import clip, grid_message, layer, live_set, map_message, mixxx, rekordbox
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musicvid.errors import InputError
from musicvid.interchange.annotations import BeatMark, WantedSong, read_beats
from musicvid.interchange.annotations import mixxx as mixxx_room
from musicvid.interchange.annotations import reading as reading_room

SONG = WantedSong("/music/Übung & song.flac", 10.0)


def times(marks: tuple[BeatMark, ...]) -> list[float]:
    return [mark.time_s for mark in marks]


def positions(marks: tuple[BeatMark, ...]) -> list[int | None]:
    return [mark.position for mark in marks]


def test_a_layer_of_sonic_visualiser(tmp_path):
    path = tmp_path / "a.svl"
    path.write_text(layer(48000, [(48000, "1.2"), (24000, "1.1"), (72000, "2.1")]))
    assert read_beats(path) == (BeatMark(0.5, 1), BeatMark(1.0, 2), BeatMark(1.5, 1))
    path.write_text(layer(44100, [(0, "New Point"), (441, "")]))
    assert read_beats(path) == (BeatMark(0.0, None), BeatMark(0.01, None))


def test_rekordbox_changes_tempo_and_metre(tmp_path):
    path = tmp_path / "collection.xml"
    tempos = [(0.25, 120.0, "4/4", 3), (3.3, 60.0, "3/4", 1)]
    path.write_text(rekordbox([("/other/thing.mp3", [(0, 90, "4/4", 1)]), (f"/C:{SONG.path}", tempos)]))
    marks = read_beats(path, SONG)
    assert times(marks) == pytest.approx([0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.3, 4.3, 5.3, 6.3, 7.3, 8.3, 9.3])
    assert positions(marks) == [3, 4, 1, 2, 3, 4, 1, 2, 3, 1, 2, 3, 1]


def test_mixxx_grid_goes_on_both_ways_and_map_is_as_it_stands(tmp_path):
    beats = [4410, 26460, 48510, 70000]
    path = mixxx(tmp_path / "mixxxdb.sqlite", [
        ("/music/grid.mp3", "BeatGrid-2.0", grid_message(125.0, 96000), 48000),
        ("/music/early.mp3", "BeatGrid-2.0", grid_message(60.0, -22050), 44100),
        ("/music/map.mp3", "BeatMap-1.0", map_message([-100, *beats]), 44100),
        ("/music/old.mp3", "BeatGrid-1.0", struct.pack("<dd", 60.0, 44100 * 3.25), 44100),
        ("/music/none.mp3", "BeatGrid-2.0", b"", 44100),
    ])  # fmt: skip
    seen = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.iterdir()}
    grid = times(read_beats(path, WantedSong("/elsewhere/grid.mp3", 10.0)))
    assert grid == pytest.approx([0.08 + 0.48 * k for k in range(21)])
    assert times(read_beats(path, WantedSong("early.mp3", 3.0))) == pytest.approx([0.5, 1.5, 2.5])
    assert times(read_beats(path, WantedSong("old.mp3", 4.0))) == pytest.approx([0.25, 1.25, 2.25, 3.25])
    marks = read_beats(path, WantedSong("MAP.MP3", 10.0))
    assert times(marks) == [frame / 44100 for frame in beats]
    assert positions(marks) == [None] * 4
    with pytest.raises(InputError, match=r"none of its 4 tracks .*'none\.mp3'"):
        read_beats(path, WantedSong("none.mp3", 3.0))
    assert seen == {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in tmp_path.iterdir()}


def test_a_live_set_bends_time_between_its_markers(tmp_path):
    path = tmp_path / "a.als"
    markers = [(1.0, 0.0), (3.0, 4.0), (4.5, 6.0), (4.53125, 6.03125)]  # 120, then 80, then 60 bpm
    path.write_bytes(live_set([clip("/x/other.wav", [(0.0, 0.0), (9.0, 1.0)]), clip(SONG.path, markers)]))
    marks = read_beats(path, SONG)
    assert times(marks) == pytest.approx(
        [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.75, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5], abs=1e-9
    )
    assert positions(marks) == [3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]


def test_of_several_clips_the_one_with_most_markers_counts(tmp_path):
    path = tmp_path / "a.als"
    rough, fine = [(0.0, 0.0), (1.0, 1.0)], [(0.0, 0.0), (1.0, 2.0), (2.0, 4.0)]
    unwarped = clip(SONG.path, [*fine, (3.0, 4.5)], warped=False)
    path.write_bytes(live_set([clip(SONG.path, rough), clip(SONG.path, fine), unwarped, clip(SONG.path, fine)]))
    assert times(read_beats(path, SONG)) == [k / 2 for k in range(20)]


def test_a_metre_without_quarters_gives_no_bars(tmp_path):
    path = tmp_path / "a.als"
    path.write_bytes(live_set([clip(SONG.path, [(0.0, 0.0), (1.0, 2.0)], metre=(7, 8))]))
    assert set(positions(read_beats(path, SONG))) == {None}


def test_tracks_are_told_by_path_then_name_then_stem(tmp_path):
    path = tmp_path / "c.xml"
    a, b, c = [(0.1, 60, "4/4", 1)], [(0.2, 60, "4/4", 1)], [(0.3, 60, "4/4", 1)]
    path.write_text(rekordbox([("/z/s.mp3", a), ("/z/s.flac", b), ("/y/s.flac", c)]))
    assert times(read_beats(path, WantedSong("/y/s.flac", 1.0))) == [0.3]
    assert times(read_beats(path, WantedSong("S.MP3", 1.0))) == [0.1]
    with pytest.raises(InputError, match=r"line 9 and line 13 could both be 's\.flac'"):
        read_beats(path, WantedSong("/x/s.flac", 1.0))
    path.write_text(rekordbox([("/z/s.mp3", a), ("/y/s.mp3", a)]))
    assert times(read_beats(path, WantedSong("/x/s.ogg", 1.0))) == [0.1]
    with pytest.raises(InputError, match=r"did you mean 's\.mp3'\?"):
        read_beats(path, WantedSong("/x/ss.mp3", 1.0))


XML = rekordbox([(SONG.path, [(0.25, 120.0, "4/4", 1)])])
LAUGHS = (
    '<?xml version="1.0"?>\n<!DOCTYPE sv [\n<!ENTITY a "ha">\n'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">\n' for a, b in pairwise("abcdefghij"))
    + ']>\n<sv><data><model sampleRate="&j;"/></data></sv>'
)
BAD = {
    "bomb of entities": (LAUGHS, ":2", "document type"),
    "a file's text": ('<!DOCTYPE sv SYSTEM "/etc/passwd">\n<sv/>', ":1", "document type"),
    "cut off": (XML[:-20], f":{XML[:-20].count(chr(10)) + 1}", "no sound XML"),
    "deep": ("<sv>" + "<a>" * 1000, ":1", "nested"),
    "long": ('<sv a="' + "x" * 9_000_000, ":1", "many megabytes"),
    "unknown": ("<html>", "", "<html> is of no known format"),
    "not even that": ("<<<", "", "no XML is of no known format"),
    "bad tempo": (XML.replace('Bpm="120.00"', 'Bpm="0"'), ":6", "Bpm='0' is no tempo"),
    "bad time": (XML.replace('Inizio="0.250"', 'Inizio="nan"'), ":6", "no time"),
    "bad metre": (XML.replace('Metro="4/4"', 'Metro="x"'), ":6", "no metre"),
    "bad beat": (XML.replace('Battito="1"', 'Battito="5"'), ":6", "no beat of a bar of 4"),
    "no rate": ('<sv>\n<point frame="1"/></sv>', ":2", "before the model"),
    "bad rate": ('<sv>\n<model sampleRate="0"/></sv>', ":2", "sample rate"),
    "bad frame": (layer(100, [(1, "1"), (-5, "2")]), ":8", "no frame"),
    "bad label": (layer(100, [(1, "1"), (5, "0")]), ":8", "no position"),
    "twice": (layer(100, [(1, "1"), (1, "2")]), ":8", "two points"),
    "empty layer": (layer(100, []), "", "no points"),
    "no gzip": (b"\x1f\x8bjunk", "", "gzip file is damaged"),
    "cut gzip": (live_set([clip(SONG.path, [(0.0, 0.0), (1.0, 2.0)])])[:-200], None, "gzip file is cut off|XML"),
    "backwards": (live_set([clip(SONG.path, [(0.0, 1.0), (1.0, 0.5)])]), ":5", "no tempo"),
    "bad marker": (live_set([clip(SONG.path, [(0.0, float("inf"))])]), ":10", "no warp marker"),
    "no clip": (live_set([]), "", "no track with beats"),
    "sqlite": (b"SQLite format 3\0" + b"x" * 5000, "", "cannot be read"),
    "empty": (b"", "", "no beat times"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_named_with_its_place(tmp_path, case):
    content, line, words = BAD[case]
    path = tmp_path / "bad"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=words) as caught:
        read_beats(path, SONG)
    assert "\n" not in str(caught.value)
    assert line is None or caught.value.where == f"{path}{line}"


def test_a_collection_needs_to_know_the_song(tmp_path):
    for name, content in (("a.xml", XML.encode()), ("a.als", live_set([]))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match="of which"):
            read_beats(tmp_path / name)


def test_what_unpacks_to_too_much_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(reading_room, "LARGEST_XML", 10 * 2**20)
    path = tmp_path / "bomb.als"
    path.write_bytes(gzip.compress(b"<Ableton>" + b" " * (64 * 2**20)))
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match="unpacks to more than 10 MiB"):
        read_beats(path, SONG)
    (tmp_path / "large.xml").write_bytes(b"<sv>" + b" " * (11 * 2**20))
    with pytest.raises(InputError, match="more than 10 MiB of XML"):
        read_beats(tmp_path / "large.xml", SONG)


def test_a_library_that_never_ends_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(mixxx_room, "_MOST_STEPS", 3)
    path = tmp_path / "mixxxdb.sqlite"
    with sqlite3.connect(path) as library:
        library.execute("CREATE TABLE track_locations (id INTEGER, location TEXT)")
        library.execute(
            "CREATE VIEW library AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) "
            "SELECT id, id AS location, 'x' AS beats, 0 AS mixxx_deleted FROM n"
        )
    library.close()
    with pytest.raises(InputError, match="interrupted"):
        read_beats(path, SONG)


@pytest.mark.parametrize(
    ("version", "beats", "words"),
    [
        ("BeatGrid-2.0", grid_message(0.0, 5), "0 bpm"),
        ("BeatGrid-2.0", grid_message(float("nan"), 5), "nan bpm"),
        ("BeatGrid-2.0", grid_message(120.0, 5)[:7], "cut off"),
        ("BeatGrid-2.0", b"\x0b", "unknown kind 3"),
        ("BeatGrid-2.0", b"\x80" * 11, "does not end"),
        ("BeatMap-1.0", map_message([5, 5]), "out of order"),
        ("BeatMap-1.0", map_message([-5]), "no beats of this song"),
        ("BeatMap-2.0", map_message([5]), "unknown kind 'BeatMap-2.0'"),
    ],
)
def test_damaged_beats_of_mixxx_are_refused(tmp_path, version, beats, words):
    path = mixxx(tmp_path / "m.sqlite", [("/music/a.mp3", version, beats, 44100)])
    with pytest.raises(InputError, match=words) as caught:
        read_beats(path, WantedSong("a.mp3", 10.0))
    assert "\n" not in str(caught.value)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_file_gives_beats_or_our_error(tmp_path, data):
    whole = data.draw(st.sampled_from(SOUND))
    start = data.draw(st.integers(0, len(whole)))
    broken = whole[:start] + data.draw(st.binary(max_size=6)) + whole[start + data.draw(st.integers(0, 9)) :]
    path = tmp_path / "any"
    path.write_bytes(gzip.compress(broken, 1) if broken.startswith(b"<?xml") and b"<Abl" in broken else broken)
    try:
        marks = read_beats(path, SONG)
    except InputError:
        return
    assert all(a < b for a, b in pairwise(times(marks)))
    assert all(p is None or 1 <= p <= 64 for p in positions(marks))


def _mixxx_bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return mixxx(Path(folder) / "m", [(SONG.path, "BeatGrid-2.0", grid_message(125.0, 960), 48000)]).read_bytes()


SOUND = [
    XML.encode(),
    layer(100, [(1, "1"), (50, "2")]).encode(),
    gzip.decompress(live_set([clip(SONG.path, [(0.0, 0.0), (1.0, 2.0)])])),
    live_set([clip(SONG.path, [(0.0, 0.0), (1.0, 2.0)])]),
    _mixxx_bytes(),
]


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(bpms=st.lists(st.integers(30, 300), min_size=1, max_size=4), counts=st.lists(st.integers(1, 9), min_size=4))
def test_rekordbox_tempos_are_laid_out_as_counted(tmp_path, bpms, counts):
    """A row of tempos, each so long that a whole number of beats fits: their times by numpy's running sum."""
    lengths = np.concatenate([np.full(n, 60 / bpm) for bpm, n in zip(bpms, counts, strict=False)])
    expected = 0.5 + np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    first = np.cumsum([0, *counts[: len(bpms) - 1]])
    tempos = [(expected[k], bpm, "4/4", int(k) % 4 + 1) for k, bpm in zip(first, bpms, strict=True)]
    text = rekordbox([(SONG.path, [])])
    rows = "".join(f'<TEMPO Inizio="{a!r}" Bpm="{b}" Metro="{m}" Battito="{n}"/>' for a, b, m, n in
                   ((float(a), b, m, n) for a, b, m, n in tempos))  # fmt: skip
    path = tmp_path / "law.xml"
    path.write_text(re.sub(r"(<POSITION_MARK)", rf"{rows}\1", text))
    marks = read_beats(path, WantedSong(SONG.path, float(0.5 + lengths.sum() - 1e-6)))
    assert times(marks) == pytest.approx(expected.tolist(), abs=1e-9)
    assert positions(marks) == [k % 4 + 1 for k in range(len(expected))]
