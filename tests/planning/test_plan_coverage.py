"""Whose is each moment: the more specific scene, then the later one, then a sister section's, then the look."""

from __future__ import annotations

import pytest
from handmade_songs import POP, steady_song, sung

from musicvid.planning.plan import plan
from musicvid.schema.lyrics import Lyrics
from musicvid.schema.shots import ShotList
from musicvid.schema.storyboard import (
    BarPlace,
    DefaultPlace,
    LinePlace,
    Look,
    Place,
    Scene,
    SectionPlace,
    Storyboard,
    TimePlace,
)

SONG = steady_song(POP)  # 120 bpm: a bar is 2 s; chorus 2 is 56-72 s, bars 29-36
LYRICS = Lyrics(lines=sung((58.0, 62.0, "It's the LONG way, home!"), (64.0, 66.0, "the longest way home")))

DEFAULT, LABEL, NUMBERED = DefaultPlace(), SectionPlace("chorus"), SectionPlace("chorus", 2)
TIME, BARS, LINE = TimePlace(56.0, 72.0), BarPlace(29, 36), LinePlace("the long way home")


def planned(*places: Place) -> ShotList:
    scenes = tuple(Scene(place, note=f"Scene {k}") for k, place in enumerate(places))
    return plan(SONG, Storyboard(scenes=scenes, look=Look("ink")), LYRICS)


def owner_at(shots: ShotList, time_s: float) -> int | None:
    frame = shots.rate.frame_at(time_s)
    return next(shot.scene for shot in shots.shots if frame in shot.span)


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (DEFAULT, LABEL),
        (LABEL, NUMBERED),
        (NUMBERED, TIME),
        (NUMBERED, BARS),
        (TIME, LINE),
        (BARS, LINE),
        (DEFAULT, LINE),
        (LABEL, TIME),
    ],
)
def test_the_more_specific_scene_wins_whatever_the_order(weaker: Place, stronger: Place) -> None:
    assert owner_at(planned(weaker, stronger), 60.0) == 1
    assert owner_at(planned(stronger, weaker), 60.0) == 0


@pytest.mark.parametrize("place", [DEFAULT, LABEL, NUMBERED, TIME, BARS, LINE])
def test_of_equals_the_later_wins(place: Place) -> None:
    shots = planned(place, place)
    assert owner_at(shots, 60.0) == 1
    assert "scenes[0] is never seen: more specific or later scenes cover it" in shots.notes


@pytest.mark.parametrize(("first", "second"), [(TIME, BARS), (BARS, TIME)])
def test_times_and_bars_are_equals(first: Place, second: Place) -> None:
    assert owner_at(planned(first, second), 60.0) == 1


def test_a_label_means_every_section_and_a_number_one() -> None:
    shots = planned(LABEL)
    assert [owner_at(shots, t) for t in (30.0, 60.0, 90.0, 12.0)] == [0, 0, 0, None]
    shots = planned(DEFAULT, NUMBERED)
    assert [owner_at(shots, t) for t in (30.0, 60.0, 90.0)] == [0, 1, 0]


def test_the_only_section_with_a_label_is_also_its_first() -> None:
    assert owner_at(planned(SectionPlace("Bridge", 1)), 75.0) == 0


def test_uncovered_parts_take_the_nearest_sister_section_and_are_reported() -> None:
    shots = planned(SectionPlace("verse", 2), SectionPlace("chorus", 1))
    assert owner_at(shots, 10.0) == 0
    assert owner_at(shots, 60.0) == 1
    assert owner_at(shots, 75.0) is None
    assert "verse 1 (0:08 - 0:24) is covered by no scene: it takes the note of scenes[0] (verse 2)" in shots.notes
    assert "bridge (1:12 - 1:20) is covered by no scene: it takes the look alone" in shots.notes
    bridge = next(s for s in shots.shots if s.section == "bridge")
    assert "ink" in bridge.prompt.lower()
    assert bridge.note == ""


def test_an_empty_storyboard_is_reported_once() -> None:
    shots = plan(SONG, Storyboard())
    assert shots.notes == ("the storyboard has no scenes: every shot takes the look alone",)


def test_a_partly_covered_section_is_reported_with_its_times() -> None:
    shots = planned(TimePlace(10.0, 24.0))
    assert any(n.startswith("a part of verse 1 (0:08 - 0:10) is covered by no scene") for n in shots.notes)


def test_a_line_is_found_whatever_its_case_and_punctuation() -> None:
    shots = planned(LINE)
    assert owner_at(shots, 60.0) == 0
    assert owner_at(shots, 65.0) is None, "longest is another word"


def test_a_scene_with_several_sentences_moves_on() -> None:
    scene = Scene(SectionPlace("verse", 1), note="A canal. It rains.\nIt snows. The sun\ncomes out.")
    notes = [s.note for s in plan(SONG, Storyboard(scenes=(scene,))).shots if s.section == "verse 1"]
    assert len(notes) > 2
    assert all(note.startswith("A canal.") for note in notes)
    assert notes[-1] == "A canal. The sun comes out."
    order = [s for note in notes for s in ("It rains.", "It snows.", "The sun comes out.") if s in note]
    assert list(dict.fromkeys(order)) == ["It rains.", "It snows.", "The sun comes out."]
