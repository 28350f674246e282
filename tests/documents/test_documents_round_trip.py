"""Nouns come back from their documents as they went in, and documents say what tools were promised."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from handmade_nouns import SHOTS, SONG, SYNC, TAKE, TIMELINE, odd_songs
from hypothesis import given, settings

from musicvid.production import documents
from musicvid.schema.song import Curve, Song
from musicvid.schema.sync import Spread
from musicvid.schema.timeline import Timeline

KINDS = {"song": SONG, "shots": SHOTS, "timeline": TIMELINE, "sync": SYNC}
BOTH = pytest.mark.parametrize(("kind", "noun"), KINDS.items())


def verb(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(documents, name)
    return found


@BOTH
def test_round_trip_through_text(kind: str, noun: object) -> None:
    text = documents.document_text(verb(f"{kind}_to_document")(noun))
    assert verb(f"{kind}_from_document")(json.loads(text)) == noun


@BOTH
def test_round_trip_through_a_file(kind: str, noun: object, tmp_path: Path) -> None:
    path = tmp_path / "a folder" / "ä.json"
    verb(f"write_{kind}")(path, noun)
    assert verb(f"read_{kind}")(path) == noun
    assert [p.name for p in path.parent.iterdir()] == ["ä.json"], "no part file stays"


@BOTH
def test_every_field_is_kept(kind: str, noun: Any) -> None:
    """A field that a noun gains must be added to its document: its default would come back otherwise."""

    def leaves(value: Any, path: str) -> dict[str, Any]:
        if is_dataclass(value):
            found: dict[str, Any] = {}
            for f in fields(value):
                found |= leaves(getattr(value, f.name), f"{path}.{f.name}")
            return found
        if isinstance(value, tuple):
            found = {}
            for k, item in enumerate(value):
                found |= leaves(item, f"{path}[{k}]")
            return found | {f"{path} count": len(value)}
        return {path: value}

    back = verb(f"{kind}_from_document")(json.loads(documents.document_text(verb(f"{kind}_to_document")(noun))))
    assert leaves(back, kind) == leaves(noun, kind)


@settings(max_examples=60, deadline=None)
@given(odd_songs())
def test_any_song_round_trips(song: Song) -> None:
    text = documents.document_text(documents.song_to_document(song))
    assert documents.song_from_document(json.loads(text)) == song


@BOTH
def test_the_text_is_the_same_every_time_and_ends_with_a_line(kind: str, noun: object) -> None:
    text = documents.document_text(verb(f"{kind}_to_document")(noun))
    assert text == documents.document_text(verb(f"{kind}_to_document")(noun))
    assert text.endswith("}\n")
    assert text.startswith(f'{{\n "document": "{kind}",\n "version": 1,\n')


def test_the_text_can_be_read_by_people() -> None:
    lines = documents.document_text(documents.song_to_document(SONG)).splitlines()
    assert '  {"time_s": 0.1, "position": 4, "strength": 0.25, "confidence": 1.0},' in lines
    assert ' "file": "/music/été.ogg",' in lines


def test_song_says_what_tools_were_promised() -> None:
    document = documents.song_to_document(SONG)
    assert document["document"] == "song"
    assert document["version"] == 1
    assert document["duration_s"] == pytest.approx(441001 / 44100)
    assert document["sample_rate_hz"] == 44100
    assert document["tempo_bpm"] == 119.3
    assert document["beats"] == [
        {"time_s": 0.1, "position": 4, "strength": 0.25, "confidence": 1.0},
        {"time_s": 0.1 + 0.2, "position": 1, "strength": 1.0, "confidence": 1.0},
    ]
    sections: Any = document["sections"]
    assert sections[1] == {
        "start_s": 5.0, "stop_s": 441001 / 44100, "label": "verse", "name": "verse 1", "energy": 0.7,
    }  # fmt: skip


def test_shots_say_what_tools_were_promised() -> None:
    document: Any = documents.shots_to_document(SHOTS)
    assert {k: document[k] for k in ("document", "version", "rate", "size", "frame_count")} == {
        "document": "shots", "version": 1, "rate": "30000/1001", "size": "320x180", "frame_count": 20,
    }  # fmt: skip
    shot = document["shots"][1]
    wanted = {
        "id": "verse-1/01", "start": 8, "stop": 20, "section": "verse 1", "prompt": "Ann (a woman).", "avoid": "text",
        "seed": 2**31 - 1, "cut_on": {"kind": "downbeat", "time_s": 0.1 + 0.2},
    }  # fmt: skip
    assert {k: shot[k] for k in wanted} == wanted


def test_sync_says_what_tools_were_promised() -> None:
    document: Any = documents.sync_to_document(SYNC)
    wanted = {
        "document": "sync", "version": 1, "frames": 20, "expected_frames": 21,
        "audio_offset_ms": {"start": 0.01, "end": None}, "cut_error_frames": {"median": 0.0, "p95": 0.5, "max": 1.0},
        "drift_ms_per_min": 0.001, "ok": False,
    }  # fmt: skip
    assert {k: document[k] for k in wanted} == wanted
    assert documents.sync_to_document(replace(SYNC, problems=()))["ok"] is True


def test_takes_are_told() -> None:
    document: Any = documents.takes_to_document([TAKE])
    assert (document["document"], document["version"]) == ("takes", 1)
    assert document["takes"][0]["path"] == "/w/takes/x.mp4"
    json.dumps(document)


def test_what_could_not_be_measured_is_null() -> None:
    report = replace(SYNC, cut_error_frames=Spread(math.nan, math.nan, math.nan))
    text = documents.document_text(documents.sync_to_document(report))
    assert "NaN" not in text
    back = documents.sync_from_document(json.loads(text))
    assert math.isnan(back.cut_error_frames.max)


def test_numbers_of_other_libraries_are_written_as_plain_ones() -> None:
    numpy = pytest.importorskip("numpy")
    song = replace(SONG, sample_count=numpy.int64(441001), tempo_bpm=numpy.float32(119.5))
    back = documents.song_from_document(json.loads(json.dumps(documents.song_to_document(song))))
    assert back.tempo_bpm == 119.5


def test_a_timeline_of_a_subclass_is_a_timeline() -> None:
    class Cut(Timeline):
        """What assembly makes."""

    cut = Cut(**{f.name: getattr(TIMELINE, f.name) for f in fields(Timeline)})
    assert documents.timeline_from_document(documents.timeline_to_document(cut)) == TIMELINE


def test_file_names_that_are_no_utf8_survive(tmp_path: Path) -> None:
    song = replace(SONG, file="/music/\udce9t\udce9.ogg")
    documents.write_song(tmp_path / "song.json", song)
    assert documents.read_song(tmp_path / "song.json") == song


def test_a_long_song_stays_small() -> None:
    """Two hours: 14,400 beats and four curves at 50 Hz."""
    from musicvid.schema.song import Beat

    curves = tuple(Curve("loudness", "relative", 50.0, bytes(4 * 360_000)) for _ in range(4))
    beats = tuple(Beat(k * 0.5, k % 4 + 1, 0.5) for k in range(14_400))
    text = documents.document_text(documents.song_to_document(replace(SONG, beats=beats, curves=curves)))
    assert len(text) < 9_000_000


def test_songs_heard_before_curves_had_a_range_are_still_read() -> None:
    document = documents.song_to_document(SONG)
    del document["loudness_lufs"]
    for curve in document["curves"]:
        del curve["low"], curve["high"]
    old = documents.song_from_document(document)
    assert old == replace(SONG, loudness_lufs=None)
    assert {(c.low, c.high) for c in old.curves} == {(0.0, 1.0)}


def test_loudness_and_ranges_survive() -> None:
    lufs = Curve.of("loudness_lufs", "LUFS", 10.0, [-70.0, -14.2], low=-70.0, high=10.0)
    song = replace(SONG, curves=(lufs,), loudness_lufs=-14.25)
    assert documents.song_from_document(documents.song_to_document(song)) == song


def test_songs_written_before_beats_had_a_confidence_are_read() -> None:
    document: Any = documents.song_to_document(SONG)
    for beat in document["beats"]:
        del beat["confidence"]
    assert {beat.confidence for beat in documents.song_from_document(document).beats} == {1.0}


def test_shots_written_before_shots_could_go_on_from_another_are_read() -> None:
    document: Any = documents.shots_to_document(SHOTS)
    for shot in document["shots"]:
        del shot["continues"], shot["first_frame"], shot["last_frame"]
    old = documents.shots_from_document(document)
    assert {(s.continues, s.first_frame, s.last_frame) for s in old.shots} == {("", "", "")}
