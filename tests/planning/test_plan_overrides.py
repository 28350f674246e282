"""What a person writes under ``shots:`` wins, and changes nothing else."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from handmade_songs import POP, steady_song

from musicvid.planning.plan import plan
from musicvid.schema.shots import Shot
from musicvid.schema.storyboard import (
    Amount,
    CastMember,
    Look,
    Pace,
    RendererSpec,
    Scene,
    SectionPlace,
    ShotOverride,
    Storyboard,
)

SONG = steady_song(POP)
STORY = Storyboard(
    look=Look("ink", "text"),
    cast=(CastMember("ann", "a woman"), CastMember("boat", "a paper boat")),
    renderer=RendererSpec(takes=3, seed=7),
    pace=Pace(Amount(Fraction(2), "bars")),
    scenes=(Scene(SectionPlace("verse"), "Rain. Snow. Sun. Night.", "pan left", ("ann",)),),
)
PLAIN = plan(SONG, STORY)


def overridden(**wishes: object) -> Shot:
    """Verse 1's second shot with ``wishes``, after checking that nothing else changed."""
    story = replace(STORY, shots=(ShotOverride("verse-1/02", **wishes),))  # type: ignore[arg-type]
    shots = plan(SONG, story)
    others = [(a, b) for a, b in zip(shots.shots, PLAIN.shots, strict=True) if a.id != "verse-1/02"]
    assert all(a == b for a, b in others)
    shot, before = shots.find("verse-1/02"), PLAIN.find("verse-1/02")
    assert shot
    assert before
    assert (shot.span, shot.cut_on, shot.lines) == (before.span, before.cut_on, before.lines)
    return shot


def test_a_prompt_is_taken_as_it_stands() -> None:
    shot = overridden(prompt="Ann dances  alone\n")
    assert shot.prompt == "Ann dances alone"
    assert shot.cast == ("ann",)


def test_a_note_is_composed_whole() -> None:
    shot = overridden(note="The boat sinks. Ann swims.")
    assert shot.note == "The boat sinks. Ann swims."
    assert shot.prompt == ("The boat (a paper boat) sinks. Ann (a woman) swims. Pan left. Calm, gentle movement. Ink.")
    assert shot.cast == ("ann", "boat")


def test_a_camera_is_composed() -> None:
    assert overridden(camera="crane up").prompt == (
        "Rain. Snow. Featuring a woman. Crane up. Calm, gentle movement. Ink."
    )


def test_seed_take_hold_and_avoid() -> None:
    shot = overridden(seed=41, take=2, hold=True, avoid="mist")
    assert (shot.seed, shot.chosen_take, shot.hold, shot.avoid) == (41, 2, True, "mist")


def test_nothing_overridden_is_nothing_changed() -> None:
    assert overridden() == PLAIN.find("verse-1/02")


def test_empty_words_are_words() -> None:
    assert overridden(avoid="").avoid == ""
    assert "Rain" not in overridden(note="").prompt


def test_the_last_override_of_a_shot_wins() -> None:
    story = replace(STORY, shots=(ShotOverride("intro/01", seed=1), ShotOverride("intro/01", seed=2)))
    assert plan(SONG, story).shots[0].seed == 2


def test_seeds_come_from_the_storyboards_seed_and_the_id() -> None:
    """``printf '7:intro/01' | sha256sum`` begins with fcd74820; without its first bit that is 7cd74820."""
    seeds = {s.id: s.seed for s in PLAIN.shots}
    assert seeds["intro/01"] == 0x7CD74820
    assert all(0 <= seed < 2**31 for seed in seeds.values())
    assert len(set(seeds.values())) == len(seeds)
    other = plan(SONG, replace(STORY, renderer=RendererSpec(takes=3, seed=8)))
    assert not {s.seed for s in other.shots} & set(seeds.values())


def test_ids_and_seeds_survive_changes_elsewhere() -> None:
    slower = replace(STORY, pace=Pace(Amount(Fraction(2), "bars"), (("chorus", Amount(Fraction(1), "bars")),)))
    before = {s.id: (s.span, s.seed, s.prompt) for s in PLAIN.shots if s.label != "chorus"}
    after = {s.id: (s.span, s.seed, s.prompt) for s in plan(SONG, slower).shots if s.label != "chorus"}
    assert before == after
