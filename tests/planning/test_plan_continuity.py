"""Shots that go on from the one before them, and pictures that shots begin and end with."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from handmade_songs import POP, steady_song
from hypothesis import given
from hypothesis import strategies as st

from musicvid.errors import StoryboardError
from musicvid.planning.plan import plan
from musicvid.schema.shots import ShotList
from musicvid.schema.storyboard import (
    Amount,
    BarPlace,
    Pace,
    Scene,
    SectionPlace,
    ShotOverride,
    Storyboard,
    Transition,
)

SONG = steady_song(POP)
DISSOLVE = Transition("dissolve", Amount(Fraction(1), "beats"))
VERSE = Scene(
    SectionPlace("verse"),
    "Rain.",
    continuous=True,
    first_frame="/first.png",
    last_frame="/last.png",
    transition=DISSOLVE,
)
STORY = Storyboard(pace=Pace(Amount(Fraction(2), "bars")), scenes=(VERSE,))


def planned(*overrides: ShotOverride, scenes: tuple[Scene, ...] = (VERSE,)) -> ShotList:
    return plan(SONG, replace(STORY, scenes=scenes, shots=overrides))


def joints(shots: ShotList, section: str) -> dict[str, tuple[str, str, str]]:
    """Of each shot of a section: what it goes on from, begins and ends with."""
    mine = [s for s in shots.shots if s.id.startswith(section)]
    return {s.id[-2:]: (s.continues, s.first_frame, s.last_frame) for s in mine}


def test_each_shot_of_a_continuous_scene_goes_on_from_the_one_before() -> None:
    shots = planned()
    for section in ("verse-1", "verse-2"):
        assert joints(shots, section) == {
            "01": ("", "/first.png", ""),
            "02": (f"{section}/01", "", ""),
            "03": (f"{section}/02", "", ""),
            "04": (f"{section}/03", "", "/last.png"),
        }
    others = [s for s in shots.shots if s.label != "verse"]
    assert {(s.continues, s.first_frame, s.last_frame) for s in others} == {("", "", "")}


def test_where_another_scene_comes_between_the_next_shot_begins_anew() -> None:
    bars = [bar.number for bar in SONG.bars if SONG.sections[1].start_s <= bar.start_s < SONG.sections[1].stop_s]
    between = Scene(BarPlace(bars[2], bars[3]), "Snow.", continuous=True)
    found = joints(planned(scenes=(VERSE, between)), "verse-1")
    assert [seam[0] for seam in found.values()] == ["", "", "", "verse-1/03"]
    assert [seam[1] for seam in found.values()] == ["/first.png", "", "", ""]
    assert [seam[2] for seam in found.values()] == ["", "", "", "/last.png"]


def test_overrides_say_whether_a_shot_goes_on() -> None:
    shots = planned(ShotOverride("verse-1/03", continues=False), ShotOverride("chorus-1/01", continues=True))
    assert [seam[0] for seam in joints(shots, "verse-1").values()] == ["", "verse-1/01", "", "verse-1/03"]
    found = joints(shots, "chorus-1")
    assert found["01"] == ("verse-1/04", "", "")
    assert found["02"] == ("", "", "")


def test_a_picture_of_its_own_wins_over_going_on() -> None:
    shots = planned(ShotOverride("verse-1/02", first_frame="/own.png", last_frame="/end.png"))
    assert joints(shots, "verse-1")["02"] == ("", "/own.png", "/end.png")
    assert joints(shots, "verse-1")["03"] == ("verse-1/02", "", "")


def test_going_on_as_asked_leaves_out_the_scenes_picture_and_says_so() -> None:
    shots = planned(ShotOverride("verse-1/01", continues=True))
    before = shots.shots[shots.shots.index(next(s for s in shots.shots if s.id == "verse-1/01")) - 1]
    assert joints(shots, "verse-1")["01"] == (before.id, "", "")
    assert f"verse-1/01 goes on from {before.id}, as asked: its scene's first_frame is not used" in shots.notes


def test_a_shot_that_dissolves_in_goes_on_only_when_asked() -> None:
    shots = planned(ShotOverride("verse-1/02", transition=DISSOLVE))
    assert [s.dissolve_frames > 0 for s in shots.shots if s.id == "verse-1/02"] == [True]
    assert joints(shots, "verse-1")["02"] == ("", "", "")
    said = "verse-1/02 dissolves in: it does not go on from verse-1/01 (continues: true would ask for it)"
    assert said in shots.notes
    asked = planned(ShotOverride("verse-1/02", transition=DISSOLVE, continues=True))
    assert joints(asked, "verse-1")["02"] == ("verse-1/01", "", "")
    assert said not in asked.notes


def test_going_on_from_a_held_shot_is_said() -> None:
    notes = planned(ShotOverride("verse-1/01", hold=True)).notes
    assert "verse-1/02 goes on from where verse-1/01 would end, but that is held on its first frame" in notes


@pytest.mark.parametrize(
    ("override", "says"),
    [
        (ShotOverride("intro/01", continues=True), "shots.intro/01.continues: this is the first shot"),
        (ShotOverride("verse-1/02", continues=True, first_frame="/a.png"), "keep one of them"),
    ],
)
def test_what_cannot_be_is_a_mistake_with_its_place(override: ShotOverride, says: str) -> None:
    with pytest.raises(StoryboardError, match=says) as caught:
        planned(replace(override, where="story.yaml:7:3"))
    assert str(caught.value).startswith("story.yaml:7:3: ")


@given(
    continuous=st.lists(st.booleans(), min_size=3, max_size=3),
    wishes=st.dictionaries(
        st.sampled_from(["verse-1/02", "chorus-1/01", "verse-2/03"]), st.sampled_from([True, False])
    ),
)
def test_a_shot_goes_on_from_its_neighbour_or_from_none(continuous: list[bool], wishes: dict[str, bool]) -> None:
    labels = ("verse", "chorus", "intro")
    scenes = tuple(Scene(SectionPlace(n), "Rain.", continuous=c) for n, c in zip(labels, continuous, strict=True))
    shots = planned(*(ShotOverride(i, continues=c) for i, c in wishes.items()), scenes=scenes)
    for before, shot in zip(shots.shots, shots.shots[1:], strict=False):
        same_scene = shot.section == before.section and dict(zip(labels, continuous, strict=True)).get(
            shot.label, False
        )
        assert shot.continues == (before.id if wishes.get(shot.id, same_scene) else "")
