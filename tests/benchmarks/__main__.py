"""``python -m tests.benchmarks [NAME…]`` prints a table of speed and memory for the README (names: see ``BENCHMARKS``);
``python -m tests.benchmarks beats|sections SONGS …`` one of scores on annotated songs (see :mod:`.tracking`)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.benchmarks import draft, finishing, hearing, joining, remake, start, tracking
from tests.benchmarks.table import machine, printed

BENCHMARKS = {
    "start": start.measure,
    "joining": joining.measure,
    "remake": remake.measure,
    "draft": draft.measure,
    "memory": draft.measure_memory,
    "finishing": finishing.measure,
    "hearing": hearing.measure,
    "long-hearing": hearing.measure_memory,
}


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in tracking.COLUMNS:
        tracking.main(sys.argv[1:])
        return
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)} (known: {', '.join([*BENCHMARKS, *tracking.COLUMNS])})")
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
