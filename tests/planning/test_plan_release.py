"""Where the film is released goes from the storyboard to the shot list."""

from __future__ import annotations

from handmade_songs import POP, steady_song

from musicvid.planning.plan import plan
from musicvid.schema.release import Release
from musicvid.schema.storyboard import DefaultPlace, Scene, Storyboard

RELEASE = Release(("DE", "EU"), "commercial", 12_000_000)


def test_the_release_is_passed_on() -> None:
    scenes = (Scene(DefaultPlace(), note="Rain."),)
    assert plan(steady_song(POP), Storyboard(scenes=scenes, release=RELEASE)).release == RELEASE
    assert plan(steady_song(POP), Storyboard(scenes=scenes)).release == Release()
