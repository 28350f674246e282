"""What is expected of a run, written down beforehand: ``predictions.csv``, which :mod:`.predict` counts."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.row import written

FILE = Path(__file__).with_name("predictions.csv")


@dataclass(frozen=True, slots=True)
class Prediction:
    """Of one row of a run. ``what`` is its name in the README; empty: not shown there. ``target`` is what is to be
    reached, in words; ``target_ratio`` and ``target_copy_share`` the same as least values. ``predicted_ratio`` is the
    time of ``peer`` by this one's, on an H200. ``also_peer`` must be beaten ``also_ratio`` times as well, and the
    output's error be no larger than that of ``error_peer``. ``how`` it was computed."""

    section: str
    name: str
    what: str
    shape: str = ""
    target: str = ""
    target_ratio: float | None = None
    target_copy_share: float | None = None
    h200_ms: float | None = None
    h100_ms: float | None = None
    peer: str = ""
    predicted_ratio: float | None = None
    also_peer: str = ""
    also_ratio: float | None = None
    error_peer: str = ""
    how: str = ""

    def on(self, gpu: str) -> float | None:
        """Milliseconds on a card of this name; None: nothing was predicted for it."""
        return self.h200_ms if "H200" in gpu else self.h100_ms if "H100" in gpu else None


COLUMNS = tuple(Prediction.__dataclass_fields__)
_NUMBERS = ("target_ratio", "target_copy_share", "h200_ms", "h100_ms", "predicted_ratio", "also_ratio")


def read(path: Path = FILE) -> list[Prediction]:
    with path.open(newline="", encoding="utf-8") as file:
        return [Prediction(**{name: _number(text) if name in _NUMBERS else text for name, text in line.items()})
                for line in csv.DictReader(file)]  # fmt: skip


def write(rows: Iterable[Prediction], path: Path = FILE) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([written(getattr(row, name)) for name in COLUMNS] for row in rows)


def by_name(rows: Iterable[Prediction]) -> dict[tuple[str, str], Prediction]:
    return {(row.section, row.name): row for row in rows}


def _number(text: str) -> float | None:
    return float(text) if text else None
