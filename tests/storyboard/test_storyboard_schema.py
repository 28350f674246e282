"""The published JSON Schema agrees with the loader: what one takes, the other takes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from musicvid.errors import StoryboardError
from musicvid.production.storyboard import Storyboard, storyboard_schema

INTERFACE = """\
musicvid: 1
title: The Long Way Home
song: long_way_home.ogg
lyrics: long_way_home.lrc
video: {size: 1280x720, fps: 24}
look: {style: "16 mm film, warm grain", avoid: "text, watermark"}
renderer: {name: diffusion, model: wan2.1-t2v-1.3b, takes: 3, seed: 7, steps: 30, guidance: 5, folder: clips}
cast:
  ann:
    is: a woman with short red hair and a green coat
    reference: refs/ann.png
    consent: {by: Ann Example, on: "2026-05-01", proof: refs/ann-release.pdf}
  boat: {is: a small yellow paper boat}
pace: {verse: 2 bars, chorus: 1 bar, default: auto}
release: {territory: [DE, EU], use: commercial, revenue_usd: 12000000}
grid: {bpm: 128, offset: 0.012, downbeat: 0:12.40, level: halve, anchors: [beat 1 at 0:12.40, beat 97 at 1:02.11]}
scenes:
  - {in: intro, note: A school corridor., camera: slow push in}
  - {in: verse 1, cast: [ann, boat], note: "Ann runs along a canal."}
  - {in: "1:02.5 - 1:20", note: Fireworks over the harbour.}
  - {in: bars 33-48, note: An empty dance hall., continuous: true, first_frame: refs/hall.png, last_frame: end.png}
  - {in: 'line "the long way home"', transition: dissolve 1 beat}
shots:
  chorus-2/03: {prompt: "Ann dances alone", seed: 41, take: 2, hold: true}
  chorus-2/04: {continues: true, last_frame: refs/ann.png}
"""


def plain(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(io.StringIO(text))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = storyboard_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_documented_storyboard_is_valid(validator: jsonschema.Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(plain(INTERFACE))] == []


def test_it_is_complete_enough_for_editor_help() -> None:
    schema = storyboard_schema()
    json.dumps(schema)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["$id"]
    parts = [schema, *schema["$defs"].values()]
    for part in parts:
        assert part["title"]
        assert part["description"]
        for name, field in part["properties"].items():
            refers = any("$ref" in option for option in field.get("anyOf", [field]))
            assert field.get("description") or refers, name
    assert "default" not in schema["properties"]["title"]


@pytest.mark.parametrize(
    "text",
    [
        "title: no version",
        "musicvid: 2",
        "musicvid: '1'",
        "[]",
        "musicvid: 1\ntitel: x",
        "musicvid: 1\ntitle: [x]",
        "musicvid: 1\nvideo: {size: 1281x720}",
        "musicvid: 1\nvideo: {fps: 0}",
        "musicvid: 1\nvideo: {fps: fast}",
        "musicvid: 1\nrenderer: {takes: 0}",
        "musicvid: 1\nrenderer: {seed: -1}",
        "musicvid: 1\nrenderer: {steps: [1]}",
        "musicvid: 1\ncast: {ann: {}}",
        "musicvid: 1\ncast: {ann: {is: a, consent: {by: x}}}",
        "musicvid: 1\npace: {verse: 3}",
        "musicvid: 1\npace: {verse: 12 frames}",
        "musicvid: 1\ncuts: {on: bars}",
        "musicvid: 1\ncaptions: burnt",
        "musicvid: 1\ncaptions: {karaoke: true}",
        "musicvid: 1\ngrid: {bpm: 19}",
        "musicvid: 1\ngrid: {bpm: fast}",
        "musicvid: 1\ngrid: {level: half}",
        "musicvid: 1\ngrid: {offset: 12 ms}",
        "musicvid: 1\ngrid: {downbeat: -1}",
        "musicvid: 1\ngrid: {anchors: beat at 2}",
        "musicvid: 1\ngrid: {anchors: [beat 1 at 2, 3]}",
        "musicvid: 1\ngrid: {tap: 1}",
        "musicvid: 1\nscenes: [{note: x}]",
        "musicvid: 1\nscenes: [{in: 12}]",
        "musicvid: 1\nscenes: [{in: a, transition: fade 1 s}]",
        "musicvid: 1\nshots: {chorus: {}}",
        "musicvid: 1\nshots: {chorus/01: {hold: 1}}",
        "musicvid: 1\nshots: {chorus/01: {continues: verse/01}}",
        "musicvid: 1\nscenes: [{in: a, continuous: 1}]",
        "musicvid: 1\nrelease: {territory: Germany}",
        "musicvid: 1\nrelease: {territory: [DE, 49]}",
        "musicvid: 1\nrelease: {use: art}",
        "musicvid: 1\nrelease: {revenue_usd: 1.5}",
        "musicvid: 1\nscenes: [{in: a, first_frame: ''}]",
    ],
)
def test_wrong_storyboards_fail_in_both(text: str, validator: jsonschema.Draft202012Validator) -> None:
    assert not validator.is_valid(plain(text))
    with pytest.raises(StoryboardError):
        Storyboard.parse(text.encode())


WORDS = st.sampled_from(
    ["", "x", "verse 1", "1:00 - 2:00", "bars 3-4", "2 bars", "1/2 beat", "0.5 s", "8 frames", "auto", "cut", "off",
     "beat 1 at 0:12.4", "beat 1 at 1, beat 5 at 0:03", "5 @ 1:00.5 s", "halve", "0:12.40", "12 s", "60",
     "dissolve 1 beat", "dissolve", "burn", "beats", "world", "de",
     " EU ", "personal", "720p", "640x360", "641x360", "24000/1001", "25", "ann", "line a"]
)  # fmt: skip
VALUES = st.one_of(
    WORDS, st.none(), st.booleans(), st.integers(-2, 300), st.sampled_from([0.5, 23.976, 1e9]), st.just([]), st.just({})
)


def part(*keys: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from([*keys, "other"]), VALUES, max_size=4)


SCENE = part("in", "note", "camera", "transition", "straddle", "cast", "continuous", "first_frame", "last_frame")
SHOT = part("prompt", "avoid", "note", "camera", "seed", "take", "hold", "transition", "continues", "first_frame")
DOCUMENT = st.fixed_dictionaries(
    {"musicvid": st.sampled_from([1, 1, 1, 1, 0, "1", None])},
    optional={
        "title": VALUES,
        "video": st.one_of(VALUES, part("size", "fps")),
        "look": st.one_of(VALUES, part("style", "avoid")),
        "renderer": st.one_of(VALUES, part("name", "model", "takes", "seed")),
        "pace": st.one_of(VALUES, st.dictionaries(st.sampled_from(["verse", "verse 2", "default", ""]), VALUES)),
        "grid": st.one_of(
            VALUES,
            part("beats", "bpm", "level", "offset", "downbeat", "anchors"),
            st.fixed_dictionaries({"anchors": st.lists(WORDS, max_size=2)}),
        ),
        "cuts": st.one_of(VALUES, part("on", "shortest", "straddle")),
        "captions": st.one_of(VALUES, part("mode", "karaoke")),
        "release": st.one_of(
            VALUES,
            part("territory", "use", "revenue_usd"),
            st.fixed_dictionaries({"territory": st.lists(WORDS, max_size=2)}),
        ),
        "cast": st.one_of(VALUES, st.dictionaries(st.sampled_from(["ann", "bob", ""]), part("is"), max_size=2)),
        "scenes": st.one_of(VALUES, st.lists(st.one_of(VALUES, SCENE), max_size=2)),
        "shots": st.one_of(
            VALUES, st.dictionaries(st.sampled_from(["a/01", "b"]), st.one_of(VALUES, SHOT), max_size=2)
        ),
    },
)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=DOCUMENT)
def test_what_loads_is_valid(document: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    """JSON is YAML: the same document goes through both."""
    try:
        Storyboard.parse(json.dumps(document).encode(), folder=Path("."))
    except StoryboardError:
        return
    assert [error.message for error in validator.iter_errors(document)] == []
