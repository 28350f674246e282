"""UltraStar: the tick grid, computed by hand. At #BPM:300 a tick is 15 / 300 = 0.05 s."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.errors import LyricsError
from musicvid.interchange.lyrics.ultrastar import Tempo, TickClock, parse_ultrastar
from musicvid.schema.lyrics import LyricLine, Lyrics, Word


def parse(text: str) -> Lyrics:
    return parse_ultrastar(text, "a.txt")


def test_a_song() -> None:
    lyrics = parse(
        "#TITLE:Home\n#ARTIST:Ann\n#MP3:a.mp3\n#BPM:300\n#GAP:1000\n"
        ": 0 4 60 Hel\n: 4 4 62 lo \n* 10 6 60 gol\nG 16 2 60 den \nF 20 2 0 free\nR 24 2 0  rap\n"
        "- 30\n: 32 8 64 Next \n: 40 2 64 line\nE\nbehind the end\n"
    )
    assert (lyrics.title, lyrics.artist, lyrics.notes) == ("Home", "Ann", ())
    assert lyrics.lines == (
        LyricLine(
            1.0,
            2.3,
            "Hello golden free rap",
            (Word(1.0, 1.4, "Hello"), Word(1.5, 1.9, "golden"), Word(2.0, 2.1, "free"), Word(2.2, 2.3, "rap")),
        ),
        LyricLine(2.6, 3.1, "Next line", (Word(2.6, 3.0, "Next"), Word(3.0, 3.1, "line"))),
    )


def test_ticks_are_exact_far_into_a_song() -> None:
    """BPM 287,29: tick 12,345 is 12345 * 15 / 287.29 = 18517500 / 28729 s behind the gap of 7.77 s."""
    lyrics = parse("#BPM:287,29\n#GAP:7770,5\n: 12345 1 0 a\n")
    assert lyrics.lines[0].start_s == float(Fraction(18517500, 28729) + Fraction(77705, 10000))


def test_a_beat_is_four_ticks() -> None:
    """The makers' own example: at #BPM:120 a note of 10 ticks lasts 1.25 s."""
    assert parse("#BPM:120\n#GAP:1000\n: 0 10 5 bla\n- 15\nE\n").lines[0].words == (Word(1.0, 2.25, "bla"),)


def test_relative_files_count_from_the_line_break() -> None:
    lyrics = parse(
        "#BPM:300\n#RELATIVE:YES\n: 0 4 60 one\n- 8 20\n: 0 4 60 two\n- 10\n: 2 4 60 three\n- 4 100\n: 0 1 0 four\n"
    )
    starts = {line.text: line.start_s for line in lyrics.lines}
    assert starts == {"one": 0.0, "two": 1.0, "three": 1.6, "four": 6.5}  # ticks 0, 20, 20 + 10 + 2, 30 + 100


def test_tildes_go_on_with_the_syllable_before() -> None:
    lyrics = parse("#BPM:300\n: 0 2 60 lo\n: 2 2 62 ~\n: 4 2 60 ~ve \n: 8 2 60 me\n: 10 4 62 ~\n")
    assert lyrics.lines[0].words == (Word(0.0, 0.3, "love"), Word(0.4, 0.7, "me"))


def test_a_tilde_with_a_stop() -> None:
    lyrics = parse(
        "#BPM:300\n: 0 2 60 de\n: 2 2 60 ny\n: 4 2 62 ~ .\n: 8 2 60  a\n: 10 2 60 ~nd\n: 12 2 60  a~\n: 14 2 60 re\n"
    )
    assert [(word.text, word.stop_s) for word in lyrics.lines[0].words] == [("deny.", 0.3), ("and", 0.6), ("are", 0.8)]


def test_a_tilde_that_ends_a_word() -> None:
    lyrics = parse("#BPM:300\n: 0 2 60 so\n: 2 2 62 ~ \n: 4 2 60 far\n")
    assert [word.text for word in lyrics.lines[0].words] == ["so", "far"]


def test_a_tilde_at_the_beginning_of_a_line_is_no_text() -> None:
    lyrics = parse("#BPM:300\n: 0 2 60 ~\n: 2 2 62 ah\n")
    assert (lyrics.lines[0].text, lyrics.lines[0].start_s) == ("ah", 0.0)


def test_the_tempo_may_change() -> None:
    """10 ticks at 0.05 s, then ticks of 15 / 150 = 0.1 s."""
    lyrics = parse("#BPM:300\n: 0 2 0 a\n- 4\nB 10 150\n: 12 5 0 b\n")
    assert (lyrics.lines[1].start_s, lyrics.lines[1].stop_s) == (0.7, 1.2)


@given(
    st.lists(st.tuples(st.integers(1, 500), st.integers(30, 400)), max_size=4, unique_by=lambda t: t[0]),
    st.integers(0, 600),
)
def test_the_clock_adds_up_tick_by_tick(changes: list[tuple[int, int]], tick: int) -> None:
    clock = TickClock(Fraction(1, 3), Fraction(120), [Tempo(t, Fraction(bpm)) for t, bpm in changes])
    at = dict(changes)
    bpm, time_s = Fraction(120), Fraction(1, 3)
    for k in range(tick):
        bpm = Fraction(at[k]) if k in at else bpm
        time_s += Fraction(60) / (bpm * 4)
    assert clock.seconds(tick) == time_s


def test_duets_are_one_song() -> None:
    lyrics = parse("#BPM:300\nP1\n: 0 4 0 you\n- 10\n: 40 4 0 both\nP2\n: 20 4 0 me\n- 30\n: 40 4 0 both\nE\n")
    assert [(line.start_s, line.text) for line in lyrics.lines] == [(0.0, "you"), (1.0, "me"), (2.0, "both")]
    assert lyrics.notes == ("1 lyric line stood twice: kept once",)


def test_notes_before_the_song_and_rows_that_are_none() -> None:
    lyrics = parse("#BPM:300\n#GAP:100\n: -4 4 0 early \n: 4 2 0 on\n: four 1 2 x\n- 8\n: 10 2 0 b\n")
    assert lyrics.lines[0] == LyricLine(0.0, 0.4, "early on", (Word(0.0, 0.1, "early"), Word(0.3, 0.4, "on")))
    assert lyrics.notes == (
        "line 5: ': four 1 2 x' is no note: left out",
        "1 lyric line began before the song: moved to its beginning",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#MP3:a\n: 0 1 1 a\n", "a.txt: an UltraStar file without #BPM: its notes have no times"),
        ("#BPM:fast\n: 0 1 1 a\n", "a.txt: #BPM:fast is not a number"),
        ("#BPM:0\n: 0 1 1 a\n", "a.txt: #BPM:0 is no tempo: it must be more than zero"),
        ("#BPM:-120\n: 0 1 1 a\n", "a.txt: #BPM:-120 is no tempo: it must be more than zero"),
        ("#BPM:1e999999999\n: 0 1 1 a\n", "a.txt: #BPM:1e999999999 is not a number"),
        ("#BPM:120\n#GAP:soon\n: 0 1 1 a\n", "a.txt: #GAP:soon is not a number"),
        ("#BPM:120\nB 4 0\n: 0 1 1 a\n", "a.txt:2: tempo 0 must be more than zero"),
        ("#BPM:120\nB 4 x\n: 0 1 1 a\n", "a.txt:2: tempo 'x' is not a number"),
        ("#BPM:120\nE\n", "a.txt: holds no lyric lines"),
    ],
)
def test_what_cannot_be_timed(text: str, message: str) -> None:
    with pytest.raises(LyricsError) as caught:
        parse(text)
    assert str(caught.value) == message
