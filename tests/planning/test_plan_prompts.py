"""What a picture maker is told: readable sentences, the same words for the same cast."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from handmade_songs import POP, steady_song

from musicvid.planning.plan import plan
from musicvid.planning.prompts import Scenery, cast_of, compose, energy_words, told_by
from musicvid.planning.wording import as_sentence, holds, plain_words, sentences, syllables
from musicvid.schema.storyboard import (
    Amount,
    CastMember,
    DefaultPlace,
    Look,
    Pace,
    Scene,
    SectionPlace,
    ShotOverride,
    Storyboard,
)

ANN = CastMember("ann", "a woman with short red hair", "/refs/ann.png")
BOAT = CastMember("boat", "a small yellow paper boat.")
OLD_MAN = CastMember("old_man", "a man of ninety")
SONG = steady_song(POP)
BARE = Scenery((), (), "", 0.3, Look(), "", "verse")


def prompt(note: str = "", *cast: CastMember, **more: object) -> str:
    return compose(replace(BARE, note=tuple(sentences(note)), cast=cast, **more))  # type: ignore[arg-type]


def test_the_order_is_note_cast_camera_energy_style() -> None:
    text = prompt("Rain falls", ANN, camera="slow push in", look=Look("16 mm film,"), energy=0.9)
    assert text == (
        "Rain falls. Featuring a woman with short red hair. Slow push in. Energetic, sweeping movement. 16 mm film."
    )


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("Ann runs.", "Ann (a woman with short red hair) runs."),
        ("The BOAT sinks!", "The BOAT (a small yellow paper boat) sinks!"),
        ("ann, ann and ann", "Ann (a woman with short red hair), ann and ann."),
        ("An old man sits.", "An old man (a man of ninety) sits."),
        ("Ann's coat. Ann waits.", "Ann's coat. Ann (a woman with short red hair) waits."),
        ("Ann's coat.", "Ann's coat. Featuring Ann (a woman with short red hair)."),
        ("Anna runs.", "Anna runs. Featuring a woman with short red hair."),
    ],
)
def test_names_are_explained_where_they_stand_first(note: str, told: str) -> None:
    cast = tuple(m for m in (ANN, BOAT, OLD_MAN) if m.name.replace("_", " ") in note.lower())
    assert prompt(note, *cast).startswith(told)


def test_a_longer_name_is_not_taken_for_a_shorter_one() -> None:
    lee = CastMember("ann lee", "a pilot")
    assert prompt("Ann Lee meets Ann.", ANN, lee).startswith(
        "Ann Lee (a pilot) meets Ann (a woman with short red hair)."
    )


def test_an_explanation_is_not_searched_for_other_names() -> None:
    sailor = CastMember("sailor", "a girl in a boat")
    assert prompt("The sailor and the boat.", sailor, BOAT).startswith(
        "The sailor (a girl in a boat) and the boat (a small yellow paper boat)."
    )


def test_three_who_are_not_named_are_listed() -> None:
    text = prompt("Rain.", ANN, BOAT, OLD_MAN)
    assert "Featuring a woman with short red hair, a small yellow paper boat, and a man of ninety." in text


def test_cast_that_has_no_description_keeps_its_name() -> None:
    assert prompt("Rain.", CastMember("Bo", " ")).startswith("Rain. Featuring Bo.")


def test_never_empty() -> None:
    assert prompt() == "Verse. Calm, gentle movement."
    assert prompt(title="Home") == "Home, verse. Calm, gentle movement."
    assert prompt(title="Home", look=Look("ink on paper")) == "Calm, gentle movement. Ink on paper."
    assert prompt("...", look=Look(" , ")) == "Verse. Calm, gentle movement."


def test_energy_is_told_in_words() -> None:
    assert len({energy_words(e) for e in (0.0, 0.3, 0.6, 1.0)}) == 4
    assert energy_words(7.0) == energy_words(1.0)


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (1, ["A. B. C. D."]),
        (2, ["A. B.", "A. C. D."]),
        (3, ["A.", "A. B.", "A. C. D."]),
        (4, ["A.", "A. B.", "A. C.", "A. D."]),
        (6, ["A.", "A.", "A. B.", "A. C.", "A. C.", "A. D."]),
    ],
)
def test_a_note_is_told_over_its_shots(count: int, told: list[str]) -> None:
    note = "Aa. Bb. Cc. Dd."
    short = [" ".join(s[0] + "." for s in told_by(note, k, count)) for k in range(count)]
    assert short == told


def test_cast_is_who_is_listed_then_who_is_named() -> None:
    everyone = (ANN, BOAT, OLD_MAN)
    assert cast_of(("boat",), "The old man calls Ann.", everyone) == (BOAT, ANN, OLD_MAN)
    assert cast_of((), "Nobody. Annual boats.", everyone) == ()


def test_the_same_words_for_the_same_cast_in_every_shot() -> None:
    story = Storyboard(
        cast=(ANN, BOAT),
        pace=Pace(Amount(Fraction(1), "bars")),
        scenes=(
            Scene(DefaultPlace(), "Ann walks. Rain falls. The boat leaks. Night comes.", cast=("boat", "ann")),
            Scene(SectionPlace("chorus"), "Lights."),
        ),
    )
    shots = plan(SONG, story).shots
    walking = [s for s in shots if s.scene == 0]
    for shot in walking:
        assert shot.cast == ("boat", "ann")
        assert "a woman with short red hair" in shot.prompt
        assert "a small yellow paper boat" in shot.prompt
        assert [(r.name, r.path) for r in shot.references] == [("ann", "/refs/ann.png")]
    assert {s.cast for s in shots if s.scene == 1} == {()}


def test_neighbours_in_a_scene_are_framed_differently_unless_the_storyboard_says_how() -> None:
    story = Storyboard(pace=Pace(Amount(Fraction(1), "bars")), scenes=(Scene(DefaultPlace(), "Rain."),))
    prompts = [s.prompt for s in plan(SONG, story).shots if s.section == "intro"]
    assert all(a != b for a, b in pairwise(prompts))
    told = replace(story, scenes=(Scene(DefaultPlace(), "Rain.", camera="pan left"),))
    assert {s.prompt for s in plan(SONG, told).shots if s.section == "intro"} == {"Rain. Pan left. Quiet and still."}
    seen = replace(story, scenes=(Scene(DefaultPlace(), "Rain on the lens."),))
    assert not any("Wide shot" in s.prompt for s in plan(SONG, seen).shots)


def test_avoid_comes_from_the_look() -> None:
    shots = plan(
        SONG, Storyboard(look=Look("ink", "text,\n watermark"), shots=(ShotOverride("intro/01", avoid="mist"),))
    )
    assert shots.shots[0].avoid == "mist"
    assert {s.avoid for s in shots.shots[1:]} == {"text, watermark"}


def test_interface_example_reads_well() -> None:
    story = Storyboard(
        look=Look("16 mm film, warm grain, natural light", "text, watermark, extra fingers"),
        cast=(CastMember("ann", "a woman with short red hair and a green coat"), BOAT),
        scenes=(
            Scene(SectionPlace("intro"), "Ann turns round and looks into the lens."),
            Scene(DefaultPlace(), "Rain"),
        ),
    )
    assert plan(SONG, story).shots[0].prompt == (
        "Ann (a woman with short red hair and a green coat) turns round and looks into the lens. "
        "Quiet and still. 16 mm film, warm grain, natural light."
    )


# ---------------------------------------------------------------- wording


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("A wrapped\nline. And\n\nanother", ["A wrapped line.", "And", "another"]),
        ("- one thing\n- another", ["one thing", "another"]),
        ("Mr. Smith meets J. Doe at 3.5 m. They nod.", ["Mr. Smith meets J. Doe at 3.5 m.", "They nod."]),
        ("「雨。」雪。", ["「雨。", "」雪。"]),
        ('He says "Run." She runs.', ['He says "Run."', "She runs."]),
        (" ... \n--", []),
        ("", []),
    ],
)
def test_sentences(text: str, found: list[str]) -> None:
    assert sentences(text) == found


def test_as_sentence() -> None:
    assert as_sentence(" slow push in, ") == "Slow push in."
    assert as_sentence("Why?") == "Why?"
    assert as_sentence('"Go."') == '"Go."'
    assert as_sentence(" ,;") == ""


def test_words_to_compare() -> None:
    assert plain_words("Don’t STOP—me  Now!") == "dont stop me now"
    assert plain_words("Ｃafé") == plain_words("cafe\u0301") == "café"
    assert holds("take me home tonight", "me home")
    assert not holds("take me homeward", "me home")
    assert holds(plain_words("東京の夜に"), plain_words("夜"))
    assert not holds("anything", "")


def test_syllables() -> None:
    assert [syllables(w) for w in ("home", "away", "little", "we took the long way home again", "さくら", "123")] == [
        1, 2, 2, 8, 3, 1,
    ]  # fmt: skip
