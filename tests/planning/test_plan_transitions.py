"""Dissolves: even, centred on the cut, never longer than the neighbours can spare."""

from __future__ import annotations

from fractions import Fraction

import pytest
from handmade_songs import steady_song

from musicvid.planning.plan import plan
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.shots import ShotList
from musicvid.schema.storyboard import (
    Amount,
    CutRules,
    Pace,
    Scene,
    SectionPlace,
    ShotOverride,
    Storyboard,
    Transition,
    VideoSpec,
)

SONG = steady_song([("intro", 4, 0.3), ("verse", 8, 0.5), ("chorus", 8, 0.9)])
BAR = Pace(Amount(Fraction(1), "bars"))


def dissolve(value: str, unit: str) -> Transition:
    return Transition("dissolve", Amount(Fraction(value), unit))  # type: ignore[arg-type]


def planned(transition: Transition, fps: str = "24", **more: object) -> ShotList:
    scene = Scene(SectionPlace("verse"), "Rain", transition=transition)
    video = VideoSpec(FrameSize(320, 180), FrameRate.parse(fps))
    return plan(SONG, Storyboard(video=video, scenes=(scene,), **{"pace": BAR, **more}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("transition", "fps", "frames"),
    [
        (dissolve("1", "beats"), "24", 12),
        (dissolve("1/2", "beats"), "24", 6),
        (dissolve("1", "beats"), "30", 16),  # 15 is odd: the even number nearest, halves to the even pair
        (dissolve("1", "seconds"), "29.97", 30),
        (dissolve("10", "frames"), "60", 10),
        (dissolve("1/100", "seconds"), "24", 2),
        (Transition(), "24", 0),
        (Transition("dissolve"), "24", 0),
    ],
)
def test_length(transition: Transition, fps: str, frames: int) -> None:
    shot = planned(transition, fps).find("verse/01")
    assert shot
    assert shot.dissolve_frames == frames


def test_only_the_first_shot_of_a_scene_dissolves() -> None:
    shots = planned(dissolve("1", "beats"))
    assert [s.id for s in shots.shots if s.dissolve_frames] == ["verse/01"]
    assert not any("dissolve" in note for note in shots.notes)


def test_too_long_a_dissolve_is_shortened_and_reported() -> None:
    shots = planned(dissolve("2", "bars"))
    shot = shots.find("verse/01")
    assert shot
    assert shot.dissolve_frames == 44, (
        "48 frames on either side: half of 44 each, 4 and the next dissolve's half remain"
    )
    assert "the dissolve into verse/01 lasts 44 frames instead of 96: its neighbours are short" in shots.notes


def test_a_shot_between_two_dissolves_keeps_frames_of_its_own() -> None:
    soft = tuple(ShotOverride(f"verse/{k:02d}", transition=dissolve("4", "bars")) for k in range(1, 9))
    shots = planned(Transition(), shots=soft)
    for k, shot in enumerate(shots.shots):
        head, tail = shots.handles(k)
        assert len(shot.span) - head - tail >= 4


def test_neighbours_too_short_for_any_dissolve_make_a_plain_cut() -> None:
    shots = planned(
        dissolve("1", "beats"),
        pace=Pace(Amount(Fraction(4), "frames")),
        cuts=CutRules(shortest=Amount(Fraction(1), "frames")),
    )
    assert all(s.dissolve_frames == 0 for s in shots.shots)
    assert "the dissolve into verse/01 becomes a plain cut: its neighbours are short" in shots.notes


def test_the_first_shot_has_nothing_to_dissolve_from() -> None:
    story = Storyboard(scenes=(Scene(SectionPlace("intro"), "Rain", transition=dissolve("1", "beats")),))
    shots = plan(SONG, story)
    assert shots.shots[0].dissolve_frames == 0
    assert "intro/01 is the first shot: there is nothing to dissolve from" in shots.notes


def test_an_override_changes_how_its_shot_begins() -> None:
    overrides = (
        ShotOverride("verse/01", transition=Transition()),
        ShotOverride("verse/03", transition=dissolve("1", "beats")),
    )
    shots = planned(dissolve("1", "beats"), shots=overrides)
    assert [s.id for s in shots.shots if s.dissolve_frames] == ["verse/03"]
