"""Scores as Markdown: a table per tracker with a line per group, speeds against each other, calibration."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from tests.benchmarks.runs import Heard

CONFIDENT = 0.9
"""Stated confidence above which a user may rely on the beats."""
RIGHT = 0.9
"""Beat F above which they are right."""

_EDGES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0)


def score_table(rows: Sequence[Heard], columns: Sequence[str]) -> str:
    """Per tracker and group, then over all songs: means in per cent, ``late`` as the median over songs in ms, times
    real time per CPU second, peak memory. Songs that a tracker failed on count in none of the means; they are named
    below."""
    lines = [
        "| " + " | ".join(("tracker", "group", "songs", *columns, "x real time / CPU s", "peak MiB")) + " |",
        "|---|---|" + "---:|" * (len(columns) + 3),
    ]
    for tracker in dict.fromkeys(row.tracker for row in rows):
        mine = [row for row in rows if row.tracker == tracker]
        groups = sorted({row.group for row in mine})
        for group in ["all", *(groups if len(groups) > 1 else [])]:
            part = [row for row in mine if group in ("all", row.group)]
            lines.append(_line(tracker if group == "all" else "", group, part, columns))
    failures: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.failure:
            failures.setdefault((row.tracker, row.failure), []).append(row.song)
    for (tracker, failure), songs in failures.items():
        lines.append(f"\n{tracker} failed on {len(songs)} songs, such as {songs[0]}: {failure}")
    return "\n".join(lines)


def _line(tracker: str, group: str, part: Sequence[Heard], columns: Sequence[str]) -> str:
    cells = [tracker, group, str(len(part))]
    for column in columns:
        values = [row.scores[column] for row in part if column in row.scores]
        if not values:
            cells.append("–")
        elif column == "late":
            cells.append(f"{statistics.median(values):+.1f} ms")
        else:
            cells.append(f"{100 * statistics.fmean(values):.1f}")
    speed = speed_x(part)
    cells += [f"{speed:.0f}" if speed else "–", f"{max(row.peak_bytes for row in part) / 2**20:.0f}"]
    return "| " + " | ".join(cells) + " |"


def speed_x(rows: Iterable[Heard]) -> float:
    """Seconds of music per second of processor time; 0 when nothing was heard to its end."""
    heard = [row for row in rows if row.cpu_s > 0 and not row.failure]
    return sum(row.duration_s for row in heard) / sum(row.cpu_s for row in heard) if heard else 0.0


def speed_ratios(rows: Sequence[Heard], ours: str = "musicvid") -> str:
    """``ours`` against each other tracker, on the songs that both heard in this run. Empty without both."""
    mine = {row.song: row for row in rows if row.tracker == ours and not row.failure}
    lines = []
    for other in dict.fromkeys(row.tracker for row in rows if row.tracker != ours):
        theirs = {row.song: row for row in rows if row.tracker == other and not row.failure and row.song in mine}
        if theirs:
            ratio = speed_x(mine[song] for song in theirs) / speed_x(theirs.values())
            lines.append(f"{ours} runs at {ratio:.2f} x the speed of {other} per CPU second ({len(theirs)} songs).")
    return "\n".join(lines)


def calibration_table(rows: Sequence[Heard]) -> str:
    """Stated confidence against beat F, for trackers that state one. Empty where none does."""
    tables = []
    for tracker in dict.fromkeys(row.tracker for row in rows):
        pairs = [
            (float(row.answer["confidence"]), row.scores["F"])
            for row in rows
            if row.tracker == tracker and "F" in row.scores and row.answer.get("confidence") is not None
        ]
        if pairs:
            tables.append(_calibration(tracker, pairs))
    return "\n\n".join(tables)


def _calibration(tracker: str, pairs: Sequence[tuple[float, float]]) -> str:
    lines = [
        f"| {tracker} says | songs | mean confidence | mean F | F above {100 * RIGHT:.0f} |",
        "|---|---:|---:|---:|---:|",
    ]
    for low, high in pairwise(_EDGES):
        # Half-open from below, so that "above 0.9" is the last line; the first takes 0 as well.
        part = [p for p in pairs if low < p[0] <= high or (p[0] <= 0 and low == 0)]
        if part:
            lines.append(
                f"| {low:g} to {high:g} | {len(part)} | {_percent(part, lambda p: p[0])} "
                f"| {_percent(part, lambda p: p[1])} | {_percent(part, lambda p: p[1] > RIGHT)} |"
            )
    sure = [p for p in pairs if p[0] > CONFIDENT]
    share = _percent(sure, lambda p: p[1] > RIGHT) if sure else "–"
    lines.append(f"\nOf the {len(sure)} songs with a confidence above {CONFIDENT:g}, {share} % have F above "
                 f"{100 * RIGHT:.0f}.")  # fmt: skip
    return "\n".join(lines)


def _percent(part: Sequence[tuple[float, float]], of: Callable[[tuple[float, float]], float]) -> str:
    return f"{100 * statistics.fmean(of(p) for p in part):.1f}"
