"""The example's storyboard: in the published format, and made for this song."""

from __future__ import annotations

import re

import pytest
from ruamel.yaml import YAML

from examples.long_way_home import storyboard_path, truth
from examples.long_way_home.compose import LYRICS_NAME, SONG_NAME


@pytest.fixture
def story():
    return YAML(typ="safe").load(storyboard_path().read_text(encoding="utf-8"))


def test_keys_are_those_of_the_format(story):
    assert set(story) <= {
        "musicvid", "title", "song", "lyrics", "video", "look", "renderer", "cast", "pace", "captions",
        "sections", "scenes",
    }  # fmt: skip
    assert story["musicvid"] == 1
    assert story["renderer"]["name"] == "animatic"
    assert story["captions"] == "burn"
    for scene in story["scenes"]:
        assert set(scene) <= {"in", "note", "camera", "cast", "transition"}
        assert set(scene.get("cast", [])) <= set(story["cast"])


def test_files_are_those_that_compose_writes(story):
    assert (story["song"], story["lyrics"]) == (SONG_NAME, LYRICS_NAME)


def test_places_are_in_the_song(story):
    song = truth()
    labels = {s.label for s in song.sections} | {s.name for s in song.sections}
    kinds = set()
    for scene in story["scenes"]:
        place = str(scene["in"])
        if quoted := re.fullmatch(r'line "(.+)"', place):
            words = re.sub(r"[^a-z' ]", "", quoted[1].lower())
            assert any(words in re.sub(r"[^a-z' ]", "", line.text.lower()) for line in song.lines), place
            kinds.add("line")
        elif bars := re.fullmatch(r"bars (\d+)-(\d+)", place):
            assert 1 <= int(bars[1]) <= int(bars[2]) <= len(song.bars)
            kinds.add("bars")
        elif times := re.fullmatch(r"(\d+):([\d.]+) - (\d+):([\d.]+)", place):
            start_s, stop_s = (60 * int(times[k]) + float(times[k + 1]) for k in (1, 3))
            assert 0 <= start_s < stop_s <= song.duration_s
            kinds.add("time")
        else:
            assert place in labels, place
            kinds.add("section")
    assert kinds == {"line", "bars", "time", "section"}
    assert {s.name for s in song.sections} <= {scene["in"] for scene in story["scenes"]}
