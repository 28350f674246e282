"""How long a person waits for the command line to answer."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.benchmarks.meter import run
from tests.benchmarks.table import Row

CHECK = "import sys, musicvid; bad = {'numpy', 'torch'} & set(sys.modules); sys.exit(bool(bad) and str(bad))"


def measure(work: Path) -> list[Row]:
    script = Path(sys.executable).with_name("musicvid")
    times = sorted(run([script, "--help"]).wall_s for _ in range(7))
    run([sys.executable, "-c", CHECK])
    return [Row("`musicvid --help`", f"{times[3]:.2f} s", "", "", "under 0.3 s", times[3] < 0.3)]
