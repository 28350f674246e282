"""Lyrics on shots, and lyrics without times on sections."""

from __future__ import annotations

import pytest
from handmade_songs import POP, steady_song, sung

from musicvid.planning.laying import Heading, read_heading
from musicvid.planning.plan import plan
from musicvid.schema.lyrics import LyricLine, Lyrics, LyricText
from musicvid.schema.song import Song
from musicvid.schema.storyboard import LinePlace, Scene, Storyboard

SONG = steady_song(POP)
FORM = [("verse", 8, 0.4), ("chorus", 8, 0.9), ("verse", 8, 0.4), ("chorus", 8, 0.9), ("chorus", 8, 1.0)]


def laid(song: Song, *blocks: tuple[str, list[str]]) -> dict[str, list[str]]:
    """What is sung in each section, by the name of the section in which the line starts."""
    lyrics = Lyrics(blocks=tuple(LyricText(heading, tuple(lines)) for heading, lines in blocks))
    shots = plan(song, Storyboard(), lyrics)
    assert "the lyrics have no times: they are laid out by estimate" in shots.notes
    found: dict[str, list[str]] = {}
    for line in dict.fromkeys(line for shot in shots.shots for line in shot.lines):
        assert line.estimated
        assert line.start_s < line.stop_s
        found.setdefault(song.section_at(line.start_s).name, []).append(line.text)
    return found


def test_a_line_sounds_over_every_shot_it_touches() -> None:
    shots = plan(SONG, Storyboard(), Lyrics(lines=sung((9.0, 13.0, "one"), (13.0, 13.0, "two"), (23.0, 25.0, "three"))))
    over = {s.id: [line.text for line in s.lines] for s in shots.shots if s.lines}
    first, second = (s for s in shots.shots if any(line.text == "three" for line in s.lines))
    assert first.section == "verse 1"
    assert second.section == "chorus 1"
    assert sum("two" in texts for texts in over.values()) == 1


def test_a_line_without_length_sounds_over_the_shot_it_starts_in() -> None:
    shots = plan(SONG, Storyboard(), Lyrics(lines=sung((8.0, 8.0, "one"))))
    assert [s.id for s in shots.shots if s.lines] == ["verse-1/01"]


def test_lines_are_put_in_order_and_late_ones_reported() -> None:
    lines = sung((30.0, 31.0, "later"), (500.0, 501.0, "never"), (2.0, 3.0, "early"))
    shots = plan(SONG, Storyboard(), Lyrics(lines=lines, notes=("one line was repaired",)))
    assert [line.text for s in shots.shots for line in s.lines] == ["early", "later"]
    assert "1 lyric lines start after the end of the song, the first at 8:20" in shots.notes
    assert "one line was repaired" in shots.notes


def test_blocks_meet_sections_of_their_label_in_order() -> None:
    found = laid(
        SONG,
        ("Verse 1", ["a1", "a2"]),
        ("Chorus", ["c1"]),
        ("Verse 2", ["b1", "b2", "b3"]),
        ("Chorus", ["c2"]),
        ("Bridge", ["d1"]),
        ("Chorus", ["c3"]),
    )
    assert found == {
        "verse 1": ["a1", "a2"], "chorus 1": ["c1"], "verse 2": ["b1", "b2", "b3"],
        "chorus 2": ["c2"], "bridge": ["d1"], "chorus 3": ["c3"],
    }  # fmt: skip


def test_a_chorus_that_is_written_once_is_sung_every_time() -> None:
    found = laid(steady_song(FORM), ("Verse", ["a"]), ("Chorus", ["c"]), ("Verse", ["b"]))
    assert found == {"verse 1": ["a"], "chorus 1": ["c"], "verse 2": ["b"], "chorus 2": ["c"], "chorus 3": ["c"]}


def test_a_heading_alone_repeats_its_text() -> None:
    found = laid(steady_song(FORM[:4]), ("Verse", ["a"]), ("Chorus", ["c"]), ("Verse", ["b"]), ("Chorus", []))
    assert found["chorus 2"] == ["c"]


def test_two_verses_in_a_row_share_a_long_one_rather_than_jump_the_chorus() -> None:
    song = steady_song([("verse", 16, 0.4), ("chorus", 8, 0.9), ("verse", 8, 0.4), ("chorus", 8, 0.9)])
    blocks = [("Verse 1", ["a"]), ("Verse 2", ["b"]), ("Chorus", ["c"]), ("Verse 3", ["d"]), ("Chorus", ["c"])]
    assert laid(song, *blocks) == {"verse 1": ["a", "b"], "chorus 1": ["c"], "verse 2": ["d"], "chorus 2": ["c"]}


def test_a_block_without_a_section_stays_between_its_neighbours_and_is_reported() -> None:
    song = steady_song(FORM)
    lyrics = Lyrics(blocks=(LyricText("Verse", ("a",)), LyricText("Bridge", ("b",)), LyricText("Final Chorus", ("c",))))
    shots = plan(song, Storyboard(), lyrics)
    starts = {line.text: line.start_s for s in reversed(shots.shots) for line in s.lines}
    assert starts["a"] < starts["b"] < starts["c"]
    assert any('the song has no section for the lyrics under "Bridge"' in note for note in shots.notes)


def test_text_without_headings_is_shared_out_over_what_is_usually_sung() -> None:
    found = laid(SONG, ("", [f"line number {k}" for k in range(20)]))
    assert set(found) == {"verse 1", "chorus 1", "verse 2", "chorus 2", "bridge", "chorus 3"}
    assert [line for lines in found.values() for line in lines] == [f"line number {k}" for k in range(20)]


def test_text_for_a_song_that_is_all_instrumental_still_has_a_place() -> None:
    assert laid(steady_song([("instrumental", 8, 0.5)]), ("Verse", ["a"])) == {"instrumental": ["a"]}
    assert laid(steady_song([("instrumental", 8, 0.5)]), ("", ["a"])) == {"instrumental": ["a"]}


def test_lines_start_on_beats_and_share_a_section_by_their_syllables() -> None:
    song = steady_song([("verse", 8, 0.5)])
    lyrics = Lyrics(blocks=(LyricText("Verse", ("oh", "we took the long way home again", "oh")),))
    lines = list(dict.fromkeys(line for s in plan(song, Storyboard(), lyrics).shots for line in s.lines))
    assert [line.start_s for line in lines] == [0.0, 2.0, 14.0]  # 1, 8 and 1 of 10 syllables in 16 s, on downbeats
    assert {line.section for line in lines} == {"Verse"}


def test_more_lines_than_beats_still_rise() -> None:
    song = steady_song([("verse", 1, 0.5)])
    lyrics = Lyrics(blocks=(LyricText("", tuple(f"w{k}" for k in range(30))),))
    lines = list(dict.fromkeys(line for s in plan(song, Storyboard(), lyrics).shots for line in s.lines))
    starts = [line.start_s for line in lines]
    assert len(starts) == 30
    assert starts == sorted(set(starts))
    assert starts[-1] < song.duration_s


def test_estimated_lines_can_be_scenes() -> None:
    lyrics = Lyrics(blocks=(LyricText("Chorus", ("The long way home",)),))
    shots = plan(SONG, Storyboard(scenes=(Scene(LinePlace("long way"), "Ann"),)), lyrics)
    assert [s.section for s in shots.shots if s.scene == 0] == ["chorus 1", "chorus 2", "chorus 3"]


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("Verse 2", Heading("verse", 2)),
        ("[Chorus]", Heading("chorus", None)),
        ("Chorus x2", Heading("chorus", None)),
        ("CHORUS (2x)", Heading("chorus", None)),
        ("Final Chorus: Ann & Choir", Heading("chorus", None)),
        ("Pre-Chorus", Heading("pre-chorus", None)),
        ("Prechorus 1", Heading("pre-chorus", 1)),
        ("Strophe 3", Heading("verse", 3)),
        ("Refrain", Heading("chorus", None)),
        ("Guitar Solo", Heading("instrumental", None)),
        ("Spoken", Heading("spoken", None)),
        ("", Heading("", None)),
    ],
)
def test_headings(text: str, heading: Heading) -> None:
    assert read_heading(text) == heading


def test_words_survive_on_their_line() -> None:
    line = LyricLine(8.0, 9.0, "one", section="verse")
    shots = plan(SONG, Storyboard(), Lyrics(lines=(line,)))
    assert [attached for s in shots.shots for attached in s.lines] == [line]
