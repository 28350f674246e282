"""A starter storyboard loads without mistakes and has one scene for every section."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jsonschema
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from musicvid.production.storyboard import Storyboard, starter_storyboard, storyboard_schema
from musicvid.production.storyboard.starter import clock
from musicvid.schema.grid import Anchor, Corrections, clashes
from musicvid.schema.lyrics import LyricLine, Lyrics, LyricText
from musicvid.schema.song import Beat, Confidence, Section, Song
from musicvid.schema.storyboard import SectionPlace, TimePlace


def song_of(names: list[str], length_s: float = 10.0) -> Song:
    """Sections of equal length named as given; 120 beats a minute, four to the bar."""
    sections = tuple(Section(i * length_s, (i + 1) * length_s, "x", name, 0.5) for i, name in enumerate(names))
    seconds = int(len(names) * length_s)
    beats = tuple(Beat(k * 0.5, k % 4 + 1, 1.0) for k in range(2 * seconds))
    sure = Confidence(1, 1, 1, 1, 1)
    return Song("a.ogg", "0" * 64, 1000, 1, seconds * 1000, 120.0, (), beats, sections, (), (), sure)


SONG = song_of(["intro", "verse 1", "chorus 1", "verse 2"])
LYRICS = Lyrics(
    lines=(
        LyricLine(10.5, 12.0, "First line: with a colon"),
        LyricLine(15.0, 16.0, "# second"),
        LyricLine(20.0, 21.0, "Sung in\nthe \u2028chorus"),
        LyricLine(99.0, 100.0, "too late"),
    ),
    title='The "Long" Way',
)


TIMES = st.integers(0, 10**9).map(lambda micros: micros / 1e6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    beats=st.sampled_from(["", "b: #1.txt"]),
    bpm=st.none() | st.floats(20, 400),
    level=st.sampled_from(["", "halve", "double"]),
    offset_s=st.none() | st.floats(-10, 10),
    anchors=st.lists(TIMES, max_size=3, unique=True),
    downbeat_s=st.none() | TIMES,
    tracker=st.sampled_from(["", "librosa", "a: #1"]),
)
def test_corrections_come_back_as_they_were_given(tmp_path, beats, bpm, level, offset_s, anchors, downbeat_s, tracker):
    (tmp_path / "b: #1.txt").write_text("1")
    row = tuple(Anchor(1 + round(100 * time_s), time_s) for time_s in sorted(anchors))
    assume(next(clashes(row), None) is None)
    given_ = Corrections(beats, None if beats else bpm, level, offset_s, row, downbeat_s, "" if beats else tracker)
    text = starter_storyboard(SONG, None, song_file="a.ogg", grid=given_)
    (tmp_path / "story.yaml").write_text(text, encoding="utf-8")
    read = Storyboard.load(tmp_path / "story.yaml").grid
    named = replace(given_, beats=str(tmp_path / beats) if beats else "", offset_s=offset_s or None)
    assert read == named


def test_it_is_ready_to_fill_in(tmp_path: Path) -> None:
    (tmp_path / "a.lrc").write_text("x")
    text = starter_storyboard(SONG, LYRICS, song_file="a.ogg", lyrics_file="a.lrc")
    (tmp_path / "story.yaml").write_text(text, encoding="utf-8")
    story = Storyboard.load(tmp_path / "story.yaml")
    assert story.title == 'The "Long" Way'
    assert (story.song, story.lyrics) == (str(tmp_path / "a.ogg"), str(tmp_path / "a.lrc"))
    assert [scene.place for scene in story.scenes] == [
        SectionPlace("intro"),
        SectionPlace("verse", 1),
        SectionPlace("chorus", 1),
        SectionPlace("verse", 2),
    ]
    rows = text.split("\n")
    verse = rows.index(next(row for row in rows if row.startswith("  - in: verse 1")))
    assert rows[verse].endswith("# 0:10.0 - 0:20.0, bars 6-10, energy 50%")
    assert rows[verse + 1] == "    note:"
    assert rows[verse + 2 : verse + 4] == ["    # 0:10.5  First line: with a colon", "    # 0:15.0  # second"]
    assert "    # 0:20.0  Sung in the chorus" in rows
    assert "# 1 lyric line comes after the end of the song: do the lyrics belong to it?" in rows
    assert not jsonschema.Draft202012Validator(storyboard_schema()).is_valid({})
    jsonschema.validate(YAML(typ="safe", pure=True).load(text), storyboard_schema())


def test_every_note_can_be_filled_in_and_the_example_cast_switched_on(tmp_path: Path) -> None:
    text = starter_storyboard(SONG, None, song_file="a.ogg").replace("note:", "note: We see the sea.")
    story = Storyboard.parse(text.replace("  # ann:", "  ann:").encode(), folder=tmp_path)
    assert [scene.note for scene in story.scenes] == ["We see the sea."] * 4
    assert story.cast[0].name == "ann"


def test_lyrics_without_times_stand_at_the_end(tmp_path: Path) -> None:
    lyrics = Lyrics(blocks=(LyricText("verse 1", ("One", "Two")), LyricText("", ("Three",))))
    text = starter_storyboard(SONG, lyrics, song_file="a.ogg")
    assert "#   [verse 1]\n#   One\n#   Two\n#\n#   Three\n" in text
    assert len(Storyboard.parse(text.encode(), folder=tmp_path).scenes) == 4


def test_a_song_without_sections(tmp_path: Path) -> None:
    text = starter_storyboard(song_of([]), None, song_file="a.ogg")
    assert len(Storyboard.parse(text.encode(), folder=tmp_path).scenes) == 1


def test_names_that_in_cannot_say_become_times(tmp_path: Path) -> None:
    text = starter_storyboard(song_of(["bars 1", "1st", "A", "a", "refrão", "default"]), None, song_file="a.ogg")
    places = [scene.place for scene in Storyboard.parse(text.encode(), folder=tmp_path).scenes]
    assert places == [
        TimePlace(0.0, 10.0),
        TimePlace(10.0, 20.0),
        SectionPlace("a"),
        TimePlace(30.0, 40.0),
        SectionPlace("refrão"),
        TimePlace(50.0, 60.0),
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    names=st.lists(
        st.one_of(st.text(max_size=12), st.sampled_from(["verse", "verse 1", "line x", "1 - 2", "null", "False"])),
        max_size=5,
    ),
    title=st.text(max_size=20),
    sung=st.lists(st.tuples(st.floats(0, 60), st.text(max_size=20)), max_size=4),
    file=st.text(st.characters(exclude_characters="/"), min_size=1, max_size=20),
)
def test_it_always_loads(names: list[str], title: str, sung: list[tuple[float, str]], file: str) -> None:
    song = song_of(names)
    lyrics = Lyrics(lines=tuple(LyricLine(t, t + 1, text) for t, text in sung), title=title)
    text = starter_storyboard(song, lyrics, song_file=f"/music/{file}")
    story = Storyboard.parse(text.encode("utf-8"), folder=Path("."))
    assert len(story.scenes) == max(len(names), 1)
    assert not story.song or Path(story.song) == Path(f"/music/{file}")


def test_clock() -> None:
    assert [clock(t) for t in (0, 9.96, 59.95, 59.96, 62.5, 3600)] == [
        "0:00.0", "0:10.0", "1:00.0", "1:00.0", "1:02.5", "60:00.0",
    ]  # fmt: skip
