"""``python -m tests.benchmarks.cards --out DIR [--budget SECONDS] [--tiny] [--only SECTION]``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch

from tests.benchmarks.cards import real_models, sections
from tests.benchmarks.cards.scenes import Scene

REAL = {
    "wan-1.3b": ("wan-1.3b", 81, "16", "832x480", 4, 5.0, "WanPipeline"),
    "wan-5b": ("wan-5b", 121, "24", "1280x704", 4, 5.0, "WanPipeline"),
    "ltx-2b": ("ltx-2b", 121, "24", "1216x704", 8, 1.0, "LTXPipeline"),
}
TINY = {
    "wan-1.3b": ("wan-t2v", 9, "16", "96x64", 2, 4.0, "WanPipeline"),
    "wan-5b": ("wan22-ti2v", 9, "24", "96x64", 2, 4.0, "WanPipeline"),
    "ltx-2b": ("ltx", 17, "24", "96x64", 2, 1.0, "LTXPipeline"),
}
RUNGS = ["resident", "model-offload", "group-offload", "group-offload+tiling", "group-offload+tiling+fp8"]


class Report:
    """Rows on the terminal and in ``cards.json``, written after each, so that a run that is cut short leaves them."""

    def __init__(self, out: Path, budget_s: float) -> None:
        self.out, self.until_s, self.rows = out, time.monotonic() + budget_s, list[dict[str, Any]]()

    def left_s(self) -> float:
        return self.until_s - time.monotonic()

    def run(self, name: str, needed_s: float, rows: Callable[[], Iterator[dict[str, Any]]]) -> None:
        if self.left_s() < needed_s:
            print(f"-- {name}: skipped, {self.left_s():.0f} s left, {needed_s:.0f} needed", flush=True)
            return
        began_s = time.monotonic()
        try:
            for row in rows():
                self.rows.append(row)
                print(json.dumps(row), flush=True)
                (self.out / "cards.json").write_text(json.dumps({"machine": machine(), "rows": self.rows}, indent=1))
        except Exception:  # noqa: BLE001 - the other sections are still worth their time
            traceback.print_exc()
        print(f"-- {name}: {time.monotonic() - began_s:.0f} s, {self.left_s():.0f} s left", flush=True)


def machine() -> dict[str, str]:
    import av
    import diffusers
    import transformers

    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "no card"
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    return {"card": card, "torch": torch.__version__, "diffusers": diffusers.__version__,
            "transformers": transformers.__version__, "pyav": av.__version__, "python": platform.python_version(),
            "commit": commit.strip() or os.environ.get("COMMIT", "")}  # fmt: skip


def scene_of(kind: str, root: Path, device: str, *, tiny: bool) -> Scene:
    build_name, *rest = (TINY if tiny else REAL)[kind]
    if tiny:
        from tests.diffusion.tiny_models import build

        folder = root / build_name
        folder = folder if folder.exists() else build(build_name, folder)
    else:
        folder = real_models.build(build_name, root, device)
    return Scene(kind, folder, *rest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("cards"))
    parser.add_argument("--budget", type=float, default=520.0)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--models", default="wan-1.3b,wan-5b,ltx-2b")
    parser.add_argument("--sections", default="stages,rungs,overhead,six")
    parser.add_argument("--root", type=Path, help="where model folders are kept (default: a temporary folder)")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    device = "cpu" if asked.tiny else "cuda:0"
    report = Report(asked.out, asked.budget)
    print(json.dumps(machine()), flush=True)
    with tempfile.TemporaryDirectory(prefix="musicvid-cards-") as temporary:
        root = asked.root or Path(temporary) / "models"
        root.mkdir(parents=True, exist_ok=True)
        wanted = asked.sections.split(",")
        for kind in asked.models.split(","):
            measure(kind, root, Path(temporary) / kind, device, report, wanted, tiny=asked.tiny)


def measure(kind: str, root: Path, work: Path, device: str, report: Report, wanted: list[str], *, tiny: bool) -> None:
    scene: list[Scene] = []

    def built() -> Iterator[dict[str, Any]]:
        began_s = time.monotonic()
        scene.append(scene_of(kind, root, device, tiny=tiny))
        yield {"section": "build", "model": kind, "wall_s": round(time.monotonic() - began_s, 1)}

    report.run(f"{kind} build", 20, built)
    if not scene:
        return
    one = scene[0]
    runs: dict[str, tuple[float, Callable[[], Iterator[dict[str, Any]]]]] = {
        "stages": (20, lambda: sections.stages(one, work, device)),
        "overhead": (30, lambda: sections.overhead(one, device)),
        "rungs": (40, lambda: sections.rungs(one, RUNGS, device)),
        "six": (90, lambda: sections.six_shots(one, work, device)),
    }
    for name in wanted:
        report.run(f"{kind} {name}", *((0.0, runs[name][1]) if tiny else runs[name]))


if __name__ == "__main__":
    main()
