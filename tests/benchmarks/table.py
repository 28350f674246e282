"""One line of the benchmark table, and how it is printed."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """``target`` empty: for information. ``ok`` None: no target."""

    what: str
    ours: str
    peer: str
    ratio: str
    target: str = ""
    ok: bool | None = None


def printed(rows: list[Row]) -> str:
    lines = ["| measured | musicvid | against | result | target | |", "|---|---|---|---|---|---|"]
    for row in rows:
        mark = "" if row.ok is None else ("reached" if row.ok else "**missed**")
        lines.append(f"| {row.what} | {row.ours} | {row.peer} | {row.ratio} | {row.target} | {mark} |")
    return "\n".join(lines)


def machine() -> str:
    """The processor, the number of cores, the versions that matter."""
    import os

    import av

    name = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        name = next((ln.split(":")[1].strip() for ln in cpuinfo.read_text().splitlines() if "model name" in ln), name)
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, PyAV {av.__version__}"
