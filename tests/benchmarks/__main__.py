"""``python -m tests.benchmarks [start] [joining] [remake] [draft] [memory]``: prints a table for the README."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.benchmarks import draft, joining, remake, start
from tests.benchmarks.table import machine, printed

BENCHMARKS = {
    "start": start.measure,
    "joining": joining.measure,
    "remake": remake.measure,
    "draft": draft.measure,
    "memory": draft.measure_memory,
}


def main() -> None:
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)} (known: {', '.join(BENCHMARKS)})")
    rows = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="musicvid-bench-") as folder:
            rows += BENCHMARKS[name](Path(folder))
    print(machine())
    print()
    print(printed(rows))


if __name__ == "__main__":
    main()
