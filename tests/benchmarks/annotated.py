"""A folder of songs with the truth about them beside each: how to lay out your own.

Every sound file in the folder or below it that has an annotation of the same name beside it is a song::

    mine/
      live/harbour.ogg        live/harbour.json       everything in one file, or
      studio/dawn.flac        studio/dawn.beats       beats, and
                              studio/dawn.lab         sections

| file | holds |
|---|---|
| ``NAME.beats`` (or ``.beats.txt``) | a line per beat: ``12.34 3``, seconds and place in the bar (1 is the downbeat); the place may be left out |
| ``NAME.lab`` | a line per section: ``0.0 12.5 verse``, start, end and label; repeats share a label |
| ``NAME.json`` | ``{"beats": [s, …], "downbeats": [s, …], "sections": [{"start": s, "end": s, "label": "A"}, …]}``; every key may be left out; ``sections_alt`` is a second person's labelling, scored as well; ``duration`` saves a decode |

The folder that a song lies in, seen from the folder given, is its group (``live``, ``studio``; ``.`` at the top); each
group gets a line in the tables.
"""  # noqa: E501

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musicvid.errors import MusicvidError

SOUNDS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aac", ".aif", ".aiff")


@dataclass(frozen=True, slots=True)
class Span:
    """A section, in seconds."""

    start_s: float
    stop_s: float
    label: str


@dataclass(frozen=True, slots=True)
class AnnotatedSong:
    """``id`` is its path below the folder without the suffix. Empty tuples where the truth says nothing; one tuple of
    spans per person who labelled the sections."""

    id: str
    sound: Path
    duration_s: float
    beats_s: tuple[float, ...] = ()
    downbeats_s: tuple[float, ...] = ()
    sections: tuple[tuple[Span, ...], ...] = ()

    @property
    def group(self) -> str:
        return self.id.rpartition("/")[0] or "."


def read_songs(folder: Path, only: Iterable[str] = ()) -> tuple[AnnotatedSong, ...]:
    """The songs below ``folder`` in order of their ids; ``only`` names groups or single songs.

    Raises ValueError for a name in ``only`` that is neither, for truth that cannot be read, and when nothing is found.
    """
    sounds = {
        file.relative_to(folder).with_suffix("").as_posix(): file
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in SOUNDS and _truth_files(file)
    }
    if not sounds:
        raise ValueError(f"{folder}: no sound file with truth of the same name beside it (.json, .beats, .lab)")
    wanted = set(only)
    groups = {name.rpartition("/")[0] or "." for name in sounds}
    unknown = sorted(wanted - groups - set(sounds))
    if unknown:
        raise ValueError(f"neither group nor song: {', '.join(unknown)} (groups: {', '.join(sorted(groups))})")
    return tuple(
        _read(name, file)
        for name, file in sounds.items()
        if not wanted or name in wanted or (name.rpartition("/")[0] or ".") in wanted
    )


def _truth_files(sound: Path) -> list[Path]:
    beside = [sound.with_suffix(suffix) for suffix in (".json", ".beats", ".beats.txt", ".lab")]
    return [file for file in beside if file.is_file()]


def _read(name: str, sound: Path) -> AnnotatedSong:
    truth: dict[str, Any] = {}
    for file in _truth_files(sound):
        try:
            truth |= _READERS[file.suffix](file)
        except (MusicvidError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{file}: this truth cannot be read: {error}") from error
    return AnnotatedSong(
        name,
        sound,
        float(truth.get("duration") or _duration_s(sound)),
        tuple(float(t) for t in truth.get("beats", ())),
        tuple(float(t) for t in truth.get("downbeats", ())),
        tuple(_spans(truth[key]) for key in ("sections", "sections_alt") if truth.get(key)),
    )


def _spans(rows: list[dict[str, Any]]) -> tuple[Span, ...]:
    spans = (Span(float(row["start"]), float(row["end"]), str(row.get("label", "?"))) for row in rows)
    return tuple(sorted(spans, key=lambda span: span.start_s))


def _read_json(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _read_beats(file: Path) -> dict[str, Any]:
    from musicvid.interchange.annotations import read_beats

    marks = read_beats(file)
    return {
        "beats": [mark.time_s for mark in marks],
        "downbeats": [mark.time_s for mark in marks if mark.position == 1],
    }


def _read_lab(file: Path) -> dict[str, Any]:
    import mir_eval

    intervals, labels = mir_eval.io.load_labeled_intervals(str(file))
    rows = zip(intervals.tolist(), labels, strict=True)
    return {"sections": [{"start": start, "end": end, "label": label} for (start, end), label in rows]}


_READERS = {".json": _read_json, ".beats": _read_beats, ".txt": _read_beats, ".lab": _read_lab}


def _duration_s(sound: Path) -> float:
    from musicvid.media.sound import measure_sound

    return measure_sound(sound).duration_s
