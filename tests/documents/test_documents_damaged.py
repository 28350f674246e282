"""Documents that are damaged, foreign or newer are refused in one line that names the file and the field."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from handmade_nouns import SHOTS, SONG, SYNC, TIMELINE
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.errors import InputError, MusicvidError
from musicvid.production import documents
from musicvid.production.documents.envelope import Kind

NOUNS = {"song": SONG, "shots": SHOTS, "timeline": TIMELINE, "sync": SYNC}
WHOLE: dict[str, Any] = {
    kind: json.loads(documents.document_text(getattr(documents, f"{kind}_to_document")(noun)))
    for kind, noun in NOUNS.items()
}


def refusal(path: Path, kind: str = "shots") -> str:
    with pytest.raises(InputError) as caught:
        getattr(documents, f"read_{kind}")(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


def changed(kind: str, place: list[str | int], value: object) -> str:
    """The refusal of ``kind``'s document with ``value`` at ``place`` (``...`` removes it)."""
    document = copy.deepcopy(WHOLE[kind])
    at = document
    for step in place[:-1]:
        at = at[step]
    if value is ...:
        del at[place[-1]]
    else:
        at[place[-1]] = value
    with pytest.raises(InputError) as caught:
        getattr(documents, f"{kind}_from_document")(document, "w/x.json")
    assert caught.value.where == "w/x.json"
    assert caught.value.hint == "delete the file and make it again"
    return caught.value.message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", ":1:1: this is not JSON: Expecting value"),
        (b'{"document": "shots",\n "version"', ":2:11: this is not JSON"),
        (b'{"document": "shots", "version": 1, "x": NaN}', "NaN is no number"),
        (b"\xff\xfe\x00\x01", ": this is not UTF-8 text"),
        (b"[1, 2]", ": this is no shots document"),
        (b'{"shots": []}', ": this is no shots document"),
        (b'{"document": "song", "version": 1}', ": this is a 'song' document, 'shots' was expected"),
        (b'{"document": "shots"}', ": version nothing is no version"),
        (b'{"document": "shots", "version": true}', ": version True is no version"),
        (b'{"document": "shots", "version": 0}', ": version 0 is no version"),
        (b'{"document": "shots", "version": 1}', ": frame_count is missing"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"document": "shots", "version": ' + b"9" * 5000 + b"}", "cannot be read"),
    ],
)
def test_files(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "shots.json"
    path.write_bytes(content)
    assert says in refusal(path)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refusal(tmp_path / "shots.json")
    assert "cannot be read: Is a directory" in refusal(tmp_path)


def test_a_byte_order_mark_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "shots.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(WHOLE["shots"]).encode())
    assert documents.read_shots(path) == SHOTS


def test_a_newer_document_says_what_to_do() -> None:
    with pytest.raises(InputError, match=r"version 2, this musicvid reads up to 1 \(update musicvid"):
        documents.song_from_document({"document": "song", "version": 2})


@pytest.mark.parametrize(
    ("kind", "place", "value", "says"),
    [
        ("shots", ["shots", 1, "start"], "8", "shots[1].start: a whole number was expected, '8' stands here"),
        ("shots", ["shots", 1, "start"], 8.0, "shots[1].start: a whole number was expected, 8.0 stands here"),
        ("shots", ["shots", 1, "start"], True, "shots[1].start: a whole number was expected, True stands here"),
        ("shots", ["shots", 1, "start"], 10**30, "shots[1].start: a whole number was expected"),
        ("shots", ["shots", 1, "start"], 9, "shot verse-1/01 starts at frame 9, 8 was expected"),
        ("shots", ["shots", 1, "stop"], 8, "shots[1]: frames 8 to 8 are not a span"),
        ("shots", ["shots", 1, "id"], "intro/01", "shot id intro/01 stands twice"),
        ("shots", ["shots", 1, "prompt"], None, "shots[1].prompt: text was expected, nothing stands here"),
        ("shots", ["shots", 1, "cut_on", "kind"], "x", "shots[1].cut_on.kind: one of start, downbeat, "),
        ("shots", ["shots", 1, "cut_on", "time_s"], 10**400, "shots[1].cut_on.time_s: a number was expected"),
        ("shots", ["shots", 1, "lines", 0, "words", 1, "text"], ..., "shots[1].lines[0].words[1].text is missing"),
        ("shots", ["shots", 0], 7, "shots[0]: an object was expected, 7 stands here"),
        ("shots", ["shots"], {}, "shots: a list was expected"),
        ("shots", ["shots", 0, "cast"], [1], "shots[0].cast: a list of texts was expected"),
        ("shots", ["shots", 0, "hold"], 0, "shots[0].hold: true or false was expected"),
        ("shots", ["shots", 1, "continues"], True, "shots[1].continues: text was expected"),
        ("shots", ["shots", 1, "continues"], "outro/01", "shot verse-1/01 goes on from outro/01, which does not come"),
        (
            "shots",
            ["shots", 1, "first_frame"],
            "/b.png",
            "shot verse-1/01 goes on from intro/01, and has a first frame",
        ),
        ("shots", ["rate"], "24000/0", "rate: a fraction was expected"),
        ("shots", ["rate"], "1e999999999", "rate: a fraction was expected"),
        ("shots", ["rate"], "0", "frame rate 0 is outside"),
        ("shots", ["size"], "321x180", "width 321 is odd"),
        ("shots", ["renderer", "options"], {"a": [1]}, "renderer.options.a: text, a number"),
        ("shots", ["captions", "mode"], "loud", "captions.mode: one of off, burn, sidecar, both was expected"),
        ("shots", ["motion", "channels"], [], "motion.channels: loudness, bass"),
        ("shots", ["motion", "values", "data"], "AAA", "motion.values.data: this is not base64"),
        ("shots", ["motion", "values", "data"], "AAAA", "motion.values.data: 0 numbers are here, 160 were expected"),
        ("shots", ["motion", "values", "encoding"], "hex", "motion.values.encoding: only"),
        ("song", ["sample_rate_hz"], 0, "sample_rate_hz: a song has a sample rate above 0"),
        ("song", ["sample_count"], 5, "sections must tile the song"),
        ("song", ["beats", 1, "time_s"], 0.05, "beat times must rise strictly"),
        ("song", ["beats", 1, "time_s"], float("inf"), "beats[1].time_s: a number was expected"),
        ("song", ["curves", 0, "rate_hz"], 0, "curves[0].rate_hz: a rate is above 0"),
        ("song", ["curves", 0, "values", "count"], -1, "curves[0].values.data: 3 numbers are here, -1 were expected"),
        ("song", ["curves", 0, "values", "data"], "AADAfwAAwH8AAMB/", "curves[0].values.data: some are no finite"),
        ("song", ["confidence"], [], "confidence: an object was expected"),
        ("timeline", ["clips", 0, "frames", "start"], 99, "clips[0].frames: source frame 99 is outside"),
        ("timeline", ["clips", 0, "take", "number"], None, "clips[0].take.number: a whole number was expected"),
        ("timeline", ["frame_count"], 19, "clips end at frame 20, the movie has 19"),
        ("sync", ["cuts", 0, "planned_frame"], 0.5, "cuts[0].planned_frame: a whole number was expected"),
    ],
)
def test_fields(kind: str, place: list[str | int], value: object, says: str) -> None:
    assert changed(kind, place, value).startswith(says)


def test_long_values_are_shown_shortened() -> None:
    assert len(changed("shots", ["frame_count"], "x" * 500)) < 130


@pytest.mark.parametrize("kind", NOUNS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_damage_gets_past_as_anything_but_our_error(kind: str, data: st.DataObject) -> None:
    """Replace any one value by any other: it is refused by us, or what is read is sound."""
    document = copy.deepcopy(WHOLE[kind])
    at: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.integers(0, 3)) == 0:
            break
        at = at[key]
    junk = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
    at[key] = data.draw(junk | st.lists(junk, max_size=2) | st.dictionaries(st.text(max_size=3), junk, max_size=2))
    message = ""
    try:
        noun = getattr(documents, f"{kind}_from_document")(document)
    except MusicvidError as error:
        message, noun = str(error), NOUNS[kind]
    assert "\n" not in message
    assert type(noun) is type(NOUNS[kind])


def test_older_documents_are_brought_up_step_by_step() -> None:
    kind = Kind(
        "shots",
        3,
        {
            1: lambda d: {**d, "title": d["name"]},
            2: lambda d: {**d, "title": f"{d['title']}!"},
        },
    )
    assert kind.open({"document": "shots", "version": 1, "name": "x"}).text("title") == "x!"
    assert kind.open({"document": "shots", "version": 2, "title": "y"}).text("title") == "y!"
    assert kind.open({"document": "shots", "version": 3, "title": "z"}).text("title") == "z"
    with pytest.raises(InputError, match="version 1 of a song document is no longer read"):
        Kind("song", 2).open({"document": "song", "version": 1})


def test_a_value_that_is_no_number_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        documents.write_document(tmp_path / "x.json", {"document": "x", "version": 1, "y": float("nan")})
    assert list(tmp_path.iterdir()) == []
