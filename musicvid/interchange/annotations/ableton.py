"""Ableton Live sets (``.als``, gzip over XML): the warp markers of the clip that plays the song.

A ``WarpMarker`` ties ``SecTime``, seconds in the sample, to ``BeatTime``, quarter notes from the clip's 1.1.1. Between
two of them the tempo is steady; before the first and after the last it goes on. The clip's time signature says where
bars begin; where it has no quarters, quarter notes are given without bars.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from musicvid.errors import InputError
from musicvid.interchange.annotations.choosing import Track, rank, the_one
from musicvid.interchange.annotations.marks import (
    FASTEST_BPM,
    LAST_S,
    LONGEST_BAR,
    BeatMark,
    WantedSong,
    number,
    whole,
)
from musicvid.interchange.annotations.markup import walk

_MOST_MARKERS = 100_000
_QUARTER = 4


class Marker(NamedTuple):
    second: float
    beat: float


@dataclass(slots=True)
class _Clip:
    line: int
    files: set[str] = field(default_factory=set)
    markers: list[Marker] = field(default_factory=list)
    warped: bool = True
    numerator: int | None = None
    denominator: int | None = None


def read_set(chunks: Iterable[bytes], where: str, song: WantedSong) -> tuple[BeatMark, ...]:
    """The beats of ``song`` as its clip is warped. Of several clips of it, the one with most markers counts.

    Raises :class:`InputError` with file:line, or when no warped clip plays the song.
    """
    reader = _Reader(where)
    walk(chunks, where, reader.on_start, reader.on_end)
    clips = [clip for clip in reader.clips if clip.warped and len(clip.markers) > 1 and clip.files]
    names = [Track(max(sorted(clip.files), key=lambda name: rank(name, song)), f"line {clip.line}") for clip in clips]
    top = max((rank(name.path, song) for name in names), default=0)
    most = max((len(clip.markers) for clip, name in zip(clips, names, strict=True) if rank(name.path, song) == top),
               default=0)  # fmt: skip
    kept = [k for k, clip in enumerate(clips) if len(clip.markers) >= most or rank(names[k].path, song) < top]
    return the_one([names[k] for k in kept], song, where, lambda k: _beats(clips[kept[k]], song, where))


class _Reader:
    """Collects audio clips. Only what stands right where Live writes it counts: devices hold samples as well."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._path: list[str] = []
        self._clip: _Clip | None = None
        self._depth = 0
        self.clips: list[_Clip] = []

    def on_start(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        self._path.append(name)
        if name == "AudioClip":
            self._clip, self._depth = _Clip(line), len(self._path)
            return
        clip = self._clip
        if clip is None:
            return
        inside, value = self._path[self._depth :], attributes.get("Value", "")
        if inside[0] == "SampleRef" and name in ("Name", "Path", "RelativePath") and value:
            clip.files.add(value)
        elif inside == ["WarpMarkers", "WarpMarker"]:
            if len(clip.markers) >= _MOST_MARKERS:
                raise InputError(f"more than {_MOST_MARKERS:,} warp markers", where=f"{self._where}:{line}")
            clip.markers.append(self._marker(attributes, line))
        elif inside == ["IsWarped"]:
            clip.warped = value == "true"
        elif inside[0] == "TimeSignature" and name == "Numerator" and clip.numerator is None:
            clip.numerator = whole(value)
        elif inside[0] == "TimeSignature" and name == "Denominator" and clip.denominator is None:
            clip.denominator = whole(value)

    def on_end(self, name: str) -> None:
        if name == "AudioClip" and self._clip is not None and len(self._path) == self._depth:
            self.clips.append(self._clip)
            self._clip = None
        self._path.pop()

    def _marker(self, attributes: Mapping[str, str], line: int) -> Marker:
        second, beat = number(attributes.get("SecTime")), number(attributes.get("BeatTime"))
        if second is None or beat is None or not (abs(second) <= LAST_S and abs(beat) <= LAST_S * FASTEST_BPM / 60):
            raise InputError(
                f"SecTime={attributes.get('SecTime')!r} BeatTime={attributes.get('BeatTime')!r} is no warp marker",
                where=f"{self._where}:{line}",
            )
        return Marker(second, beat)


def _beats(clip: _Clip, song: WantedSong, where: str) -> tuple[BeatMark, ...]:
    """Every whole ``BeatTime`` within the song."""
    markers = sorted(clip.markers)
    place = f"{where}:{clip.line}"
    for before, after in pairwise(markers):
        slope = (after.beat - before.beat) / max(after.second - before.second, 1e-12)
        if not 0 < slope <= FASTEST_BPM / 60:
            raise InputError(f"warp markers at {before.second:g} and {after.second:g} s give no tempo", where=place)
    metre = clip.numerator if clip.denominator == _QUARTER else None
    if metre is not None and not 1 <= metre <= LONGEST_BAR:
        raise InputError(f"a time signature of {metre}/{_QUARTER} is none", where=place)
    beats = [marker.beat for marker in markers]
    marks: list[BeatMark] = []
    for beat in range(math.ceil(_beat_at(markers, 0.0)), math.ceil(_beat_at(markers, song.duration_s)) + 1):
        k = min(max(bisect_right(beats, beat) - 1, 0), len(markers) - 2)
        low, high = markers[k], markers[k + 1]
        time_s = low.second + (beat - low.beat) * (high.second - low.second) / (high.beat - low.beat)
        if 0 <= time_s < song.duration_s and (not marks or time_s > marks[-1].time_s):
            marks.append(BeatMark(time_s, None if metre is None else beat % metre + 1))
    return tuple(marks)


def _beat_at(markers: list[Marker], second: float) -> float:
    k = min(max(bisect_right([marker.second for marker in markers], second) - 1, 0), len(markers) - 2)
    low, high = markers[k], markers[k + 1]
    return low.beat + (second - low.second) * (high.beat - low.beat) / (high.second - low.second)
