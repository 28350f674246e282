"""What does not fit the song is said all at once, with its place and the nearest valid word."""

from __future__ import annotations

from fractions import Fraction

import pytest
from handmade_songs import POP, make_song, steady_song, sung

from musicvid.errors import SongError, StoryboardError
from musicvid.planning.plan import plan
from musicvid.schema.lyrics import Lyrics
from musicvid.schema.storyboard import (
    Amount,
    BarPlace,
    CastMember,
    LinePlace,
    Pace,
    Place,
    RendererSpec,
    Scene,
    SectionPlace,
    ShotOverride,
    Storyboard,
    TimePlace,
    Transition,
)

SONG = steady_song(POP)
LYRICS = Lyrics(lines=sung((24.0, 26.0, "We took the long way home"), (30.0, 32.0, "And never came back")))


def mistakes(story: Storyboard, lyrics: Lyrics | None = LYRICS) -> list[str]:
    with pytest.raises(StoryboardError) as caught:
        plan(SONG, story, lyrics)
    assert str(caught.value) == "\n".join(str(m) for m in caught.value.mistakes)
    return [str(m) for m in caught.value.mistakes]


def of_place(place: Place, lyrics: Lyrics | None = LYRICS) -> str:
    (only,) = mistakes(Storyboard(scenes=(Scene(place, where="story.yaml:31:9"),)), lyrics)
    prefix = "story.yaml:31:9: scenes[0].in: "
    assert only.startswith(prefix)
    return only.removeprefix(prefix)


def test_unknown_section_lists_what_there_is() -> None:
    there = "(it has: intro, verse 1, chorus 1, verse 2, chorus 2, bridge, chorus 3, outro)"
    assert of_place(SectionPlace("solo")) == f'this song has no "solo" {there}'
    assert of_place(SectionPlace("brigde")) == f'this song has no "brigde", did you mean "bridge"? {there}'
    assert of_place(SectionPlace("verse", 3)) == f'this song has no "verse 3", did you mean "verse 2"? {there}'


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (TimePlace(100.0, 110.0), "the range 1:40 - 1:50 is past the end of the song, which lasts 1:44"),
        (TimePlace(104.0, 104.5), "past the end"),
        (TimePlace(80.0, 62.5), "the range 1:20 - 1:02.5 runs backwards: write the earlier time first"),
        (TimePlace(5.0, 5.0), "runs backwards"),
        (TimePlace(-1.0, 5.0), "-0:01 - 0:05 is not a time range in a song"),
        (BarPlace(50, 53), "bars 50-53 are past the end: this song has 52 bars"),
        (BarPlace(9, 3), "bars 9-3 are not a range"),
        (BarPlace(0, 3), "bars 0-3 are not a range"),
        (LinePlace("the long way back"), 'no lyric line holds "the long way back"'),
        (LinePlace("never come back"), 'did you mean "And never came back"?'),
        (LinePlace("?!"), "holds no words"),
    ],
)
def test_places_that_the_song_lacks(place: Place, says: str) -> None:
    assert says in of_place(place)


def test_an_end_that_was_rounded_up_to_the_second_is_meant_as_the_end() -> None:
    song = steady_song([("verse", 4, 0.5)], bpm=121)  # 7.934 s
    shots = plan(song, Storyboard(scenes=(Scene(TimePlace(4.0, 8.0), "Rain"),)))
    assert shots.shots[-1].scene == 0


def test_lines_need_lyrics() -> None:
    assert "needs lyrics" in of_place(LinePlace("home"), None)
    assert 'no lyric line holds "home"' in of_place(LinePlace("home"), Lyrics())


def test_bars_need_bars() -> None:
    song = make_song([], [], (), 20.0)
    with pytest.raises(StoryboardError, match="no bars were heard in this song: use times instead"):
        plan(song, Storyboard(scenes=(Scene(BarPlace(1, 2)),)))


def test_everything_at_once_in_the_order_of_the_file() -> None:
    story = Storyboard(
        file="s.yaml",
        cast=(CastMember("ann", "a woman"),),
        pace=Pace(Amount(Fraction(0), "bars")),
        scenes=(
            Scene(SectionPlace("coda"), cast=("anne",), where="s.yaml:20:9"),
            Scene(
                TimePlace(0.0, 999.0),
                where="s.yaml:12:9",
                transition=Transition("dissolve", Amount(Fraction(0), "beats")),
            ),
        ),
        shots=(ShotOverride("bridg/01", where="s.yaml:30:3"), ShotOverride("verse-1/77", take=2, where="s.yaml:31:3")),
    )
    found = mistakes(story)
    assert [m.split(": ")[:2] for m in found] == [
        ["s.yaml:1:1", "pace.default"],
        ["s.yaml:12:9", "scenes[1].in"],
        ["s.yaml:12:9", "scenes[1].transition"],
        ["s.yaml:20:9", "scenes[0].cast"],
        ["s.yaml:20:9", "scenes[0].in"],
        ["s.yaml:30:3", "shots.bridg/01"],
        ["s.yaml:31:3", "shots.verse-1/77.take"],
    ]
    assert 'unknown cast "anne", did you mean "ann"? (known: ann)' in found[3]
    assert 'did you mean "bridge"?' in found[5]


def test_overrides_of_shots_that_do_not_exist() -> None:
    story = Storyboard(
        pace=Pace(Amount(Fraction(2), "bars")),
        renderer=RendererSpec(takes=2),
        shots=(
            ShotOverride("verse-1/09", where="s.yaml:3:3"),
            ShotOverride("vers-1/01", where="s.yaml:4:3"),
            ShotOverride("verse-1/01", take=3, where="s.yaml:5:3"),
            ShotOverride("verse-1/02", take=0, where="s.yaml:6:3"),
            ShotOverride("verse-1/03", take=2, where="s.yaml:7:3"),
        ),
    )
    assert mistakes(story) == [
        's.yaml:3:3: shots.verse-1/09: there is no shot "verse-1/09", did you mean "verse-1/04"?'
        " (this section has verse-1/01 to verse-1/04)",
        's.yaml:4:3: shots.vers-1/01: there is no shot "vers-1/01", did you mean "verse-1/01"?'
        " (sections: intro, verse-1, chorus-1, verse-2, chorus-2, bridge, chorus-3, outro)",
        "s.yaml:5:3: shots.verse-1/01.take: take 3 is chosen, but takes 1 to 2 are made:"
        " set renderer.takes to 3 or more",
        "s.yaml:6:3: shots.verse-1/02.take: take 0 is chosen, but takes count from 1",
    ]


def test_a_storyboard_made_in_python_has_no_places_but_its_mistakes_are_named() -> None:
    (only,) = mistakes(Storyboard(scenes=(Scene(SectionPlace("coda")),)))
    assert only.startswith('storyboard:1:1: scenes[0].in: this song has no "coda"')


def test_a_windows_path_in_where_keeps_its_colon() -> None:
    (only,) = mistakes(Storyboard(scenes=(Scene(SectionPlace("coda"), where="C:\\s.yaml:7:9"),)))
    assert only.startswith("C:\\s.yaml:7:9: scenes[0].in: ")


def test_a_song_without_a_sample_is_refused() -> None:
    with pytest.raises(SongError, match="no sound"):
        plan(make_song([], [], (), 0.0), Storyboard())


def test_pace_for_a_section_that_is_not_there_is_only_noted() -> None:
    shots = plan(SONG, Storyboard(pace=Pace(None, (("solo", Amount(Fraction(1), "bars")),))))
    assert 'pace: this song has no "solo"' in shots.notes
