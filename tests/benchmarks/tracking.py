"""``python -m tests.benchmarks beats SONGS`` and ``sections SONGS``: trackers against what people annotated.

SONGS is a folder as :mod:`tests.benchmarks.annotated` describes. Trackers that are not installed here run in the Python
of an environment that has them::

    python -m tests.benchmarks beats SONGS --tracker musicvid --tracker aubio --python aubio=other/bin/python
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.annotated import AnnotatedSong, read_songs
from tests.benchmarks.runs import Heard, hear_all, read_rows, written
from tests.benchmarks.score_tables import calibration_table, score_table, speed_ratios
from tests.benchmarks.scores import BEAT_SCORES, SECTION_SCORES
from tests.benchmarks.table import machine
from tests.benchmarks.trackers import tracker_named

COLUMNS = {"beats": BEAT_SCORES, "sections": SECTION_SCORES}
USUAL = {"beats": ("musicvid", "librosa"), "sections": ("musicvid", "librosa-laplacian")}


def main(words: Sequence[str]) -> None:
    """``words`` begin with ``beats`` or ``sections``. Leaves with a message for what it cannot use."""
    asked = _parser().parse_args(words)
    try:
        songs = [song for song in read_songs(asked.songs, asked.only) if _has_truth(song, asked.what)]
        names = asked.tracker or list(USUAL[asked.what])
        pythons = _pythons(asked.python, names)
        for name in names:
            if ":" not in name:
                tracker_named(name)
    except ValueError as error:
        sys.exit(str(error))
    if not songs:
        sys.exit(f"{asked.songs}: no song here says anything about {asked.what}")
    if asked.rescore:
        rows: list[Heard] = [row for file in asked.rescore for row in read_rows(file, songs)]
    else:
        rows = []
        for row in hear_all(songs, names, pythons):
            rows.append(row)
            print(_one(row), file=sys.stderr, flush=True)
            if asked.json:  # after every song: a run that is stopped keeps what it has
                written(rows, asked.json)
    print(report(rows, asked.what))


def report(rows: Sequence[Heard], what: str) -> str:
    """All tables, ready for a README."""
    music = {row.song: row.duration_s for row in rows}
    head = f"{machine()}; {len(music)} songs, {sum(music.values()) / 60:.0f} minutes"
    parts = [head, score_table(rows, COLUMNS[what]), speed_ratios(rows)]
    if what == "beats":
        parts.append(calibration_table(rows))
    return "\n\n".join(part for part in parts if part)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description="Scores on annotated songs.")
    parser.add_argument("what", choices=sorted(COLUMNS))
    parser.add_argument("songs", type=Path, help="folder of songs with their truth beside them")
    parser.add_argument("--tracker", action="append", metavar="NAME", help="again for more; or module:function")
    parser.add_argument("--python", action="append", default=[], metavar="NAME=PATH", help="Python for that tracker")
    parser.add_argument("--only", action="append", default=[], metavar="GROUP|SONG", help="again for more")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write answers and scores")
    again = "score the answers in FILE, run nothing; again for more"
    parser.add_argument("--rescore", type=Path, action="append", metavar="FILE", help=again)
    return parser


def _pythons(pairs: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    pythons = {}
    for pair in pairs:
        name, equals, path = pair.partition("=")
        if not equals or name not in names:
            raise ValueError(f"--python {pair}: write TRACKER=PATH, for one of: {', '.join(names)}")
        if shutil.which(path) is None:
            raise ValueError(f"--python {pair}: {path} is no program")
        pythons[name] = path
    return pythons


def _has_truth(song: AnnotatedSong, what: str) -> bool:
    return bool(song.beats_s if what == "beats" else song.sections)


def _one(row: Heard) -> str:
    numbers = (f"{k} {v:+.0f} ms" if k == "late" else f"{k} {100 * v:.0f}" for k, v in row.scores.items())
    return f"{row.tracker}  {row.song}  {row.cpu_s:.1f} s  {row.failure or ', '.join(numbers)}"
