"""Where the rows of a run go: the terminal, and a CSV file for each section, line by line as they are measured."""

from __future__ import annotations

import os
import platform
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import torch

from benchmarks import predictions
from benchmarks.row import Row, append, written


class Report:
    """``failed`` counts what broke; what had no time is only said."""

    def __init__(self, out: Path, budget_s: float, machine: dict[str, str]) -> None:
        self.out, self.machine = out, machine
        self.failed = 0
        self._until_s = time.monotonic() + budget_s
        self._predicted = predictions.by_name(predictions.read())
        out.mkdir(parents=True, exist_ok=True)

    def left_s(self) -> float:
        return self._until_s - time.monotonic()

    def section(self, name: str, needed_s: float, rows: Callable[[], Iterator[Row]]) -> None:
        """Measure a section, unless less than ``needed_s`` is left."""
        if self.left_s() < needed_s:
            print(f"-- {name}: skipped, {self.left_s():.0f} s left, {needed_s:.0f} needed", flush=True)
            return
        began_s = time.monotonic()
        try:
            for row in rows():
                self.add(row)
        except Exception as error:  # noqa: BLE001 - the other sections are still worth their time
            traceback.print_exc()
            self.add(failure(name, name, error))
        print(f"-- {name}: {time.monotonic() - began_s:.0f} s, {self.left_s():.0f} s left", flush=True)

    def add(self, row: Row) -> None:
        self.failed += row.note.startswith(FAILED)
        line: dict[str, object] = {**self.machine, **{name: getattr(row, name) for name in Row.__dataclass_fields__}}
        expected = self._predicted.get((row.section, row.name))
        if expected is not None and (predicted_ms := expected.on(self.machine["gpu"])) is not None:
            line["predicted_ms"] = predicted_ms
            line["off_prediction"] = row.median_ms / predicted_ms - 1 if row.median_ms else None
        append(self.out / f"{row.section}.csv", line)
        print(_said(line), flush=True)


FAILED = "failed: "
NO_CARD = "no card"


def failure(section: str, name: str, error: Exception, shape: str = "") -> Row:
    """A row without numbers, for what could not be measured."""
    return Row(section, name, shape, note=f"{FAILED}{type(error).__name__}: {' '.join(str(error).split())[:300]}")


def machine() -> dict[str, str]:
    """What every line says of where it was measured. The commit is ``COMMIT`` where there is no repository."""
    on_card = torch.cuda.is_available()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "gpu": torch.cuda.get_device_name() if on_card else f"{NO_CARD}, {_processor()}",
        "driver": _asked("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader") if on_card else "",
        "torch": torch.__version__,
        "triton": _version("triton"),
        "diffusers": _version("diffusers"),
        "commit": os.environ.get("COMMIT") or _asked("git", "rev-parse", "--short", "HEAD"),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.exists() else []
    named = (line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _asked(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unknown"
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else "unknown"


def _said(line: dict[str, object]) -> str:
    words = [f"{line['section']:10s} {line['name']!s:46s} {line['shape']!s:20s} {line['dtype']!s:9s}"]
    for column, unit in (("median_ms", " ms"), ("ratio", "x"), ("copy_share", " of copy"),
                         ("equal_copy_share", " of an equal copy"), ("output_error", " error"),
                         ("predicted_ms", " ms predicted")):  # fmt: skip
        if line.get(column) is not None:
            words.append(written(line[column]) + unit)
    return "  ".join([*words, str(line["note"])]).rstrip()
