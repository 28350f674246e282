"""Trackers at work: each in a process of its own, song by song in turns, so that all of them meet the same weather."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks import trackers
from tests.benchmarks.annotated import AnnotatedSong
from tests.benchmarks.scores import score


@dataclass(frozen=True, slots=True)
class Heard:
    """What one tracker said about one song, what that cost, and the numbers of :mod:`~tests.benchmarks.scores`.

    ``peak_bytes`` is the largest resident size of its process so far. ``failure`` is empty when all went well.
    """

    tracker: str
    song: str
    group: str
    duration_s: float
    answer: Mapping[str, Any]
    failure: str
    cpu_s: float
    wall_s: float
    peak_bytes: int
    scores: Mapping[str, float]


@dataclass
class TrackerProcess:
    """One tracker in ``python``, started when first asked and again after it has died."""

    name: str
    python: str = sys.executable
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def hear(self, song: AnnotatedSong) -> Heard:
        if self._process is None:
            command = [self.python, trackers.__file__, self.name]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(json.dumps({"sound": str(song.sound.resolve())}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            failure = f"the process ended with {self._process.wait()}"
            self._process = None
            return _heard(self.name, song, {"answer": {}, "failure": failure, "cpu_s": 0.0, "wall_s": 0.0,
                                            "peak_bytes": 0})  # fmt: skip
        return _heard(self.name, song, json.loads(line))

    def close(self) -> None:
        if self._process is not None:
            assert self._process.stdin
            self._process.stdin.close()
            self._process.wait()
            self._process = None


def hear_all(
    songs: Sequence[AnnotatedSong], names: Sequence[str], pythons: Mapping[str, str] | None = None
) -> Iterator[Heard]:
    """Every tracker on every song, one song after the other."""
    processes = [TrackerProcess(name, (pythons or {}).get(name, sys.executable)) for name in names]
    try:
        for song in songs:
            for process in processes:
                yield process.hear(song)
    finally:
        for process in processes:
            process.close()


def written(rows: Sequence[Heard], to: Path) -> None:
    """As JSON, answers included: what :func:`read_rows` scores again without running anything."""
    records = [{name: getattr(row, name) for name in Heard.__dataclass_fields__} for row in rows]
    to.write_text(json.dumps({"document": "tracking", "version": 1, "rows": records}), encoding="utf-8")


def read_rows(file: Path, songs: Sequence[AnnotatedSong]) -> tuple[Heard, ...]:
    """The answers of an earlier run, scored anew; songs that are not among ``songs`` are left out."""
    known = {song.id: song for song in songs}
    records = json.loads(file.read_text(encoding="utf-8"))["rows"]
    return tuple(_heard(record["tracker"], known[record["song"]], record) for record in records
                 if record["song"] in known)  # fmt: skip


def _heard(tracker: str, song: AnnotatedSong, reply: Mapping[str, Any]) -> Heard:
    return Heard(
        tracker,
        song.id,
        song.group,
        song.duration_s,
        reply["answer"],
        reply["failure"],
        reply["cpu_s"],
        reply["wall_s"],
        reply["peak_bytes"],
        score(song, reply["answer"]),
    )
