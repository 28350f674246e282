"""One measured line, and the CSV files that hold such lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """A measured thing. ``peer`` names the row it is held against, ``ratio`` is the peer's time by this time (above 1:
    faster). ``moved_bytes`` is what must cross the card's memory at least, ``copy_share`` how near that comes to the
    bandwidth of a plain copy of 2 GiB on the same card, ``equal_copy_share`` to that of a copy of as many bytes.
    ``output_error``: relative, by norm, against what ``note`` says. Without times: skipped or failed, ``note`` says
    why."""

    section: str
    name: str
    shape: str = ""
    dtype: str = ""
    median_ms: float | None = None
    min_ms: float | None = None
    max_ms: float | None = None
    peer: str = ""
    ratio: float | None = None
    moved_bytes: int | None = None
    copy_share: float | None = None
    equal_copy_share: float | None = None
    output_error: float | None = None
    note: str = ""


MACHINE = ("date", "gpu", "driver", "torch", "triton", "diffusers", "commit")
OWN = tuple(Row.__dataclass_fields__)
PREDICTED = ("predicted_ms", "off_prediction")
"""``off_prediction`` is measured by predicted, less one."""
COLUMNS = (*MACHINE, *OWN[:-1], *PREDICTED, "note")


def append(path: Path, line: Mapping[str, object]) -> None:
    """Add one line to a CSV file, with the header where the file is new. Numbers are cut to 6 digits."""
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow({name: written(line.get(name)) for name in COLUMNS})


def lines(paths: Iterable[Path]) -> Iterator[dict[str, str]]:
    """The lines of such files, in order. Raises ValueError for a file with other columns."""
    for path in paths:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise ValueError(f"{path}: its columns are {reader.fieldnames}, {list(COLUMNS)} are expected")
            yield from reader


def written(value: object) -> str:
    """A number with six digits, nothing for None, anything else as it is."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
