"""``python -m tests.benchmarks.cards [MODEL:SECTION …] --out DIR``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
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


NEEDED_S = {"stages": 20.0, "overhead": 30.0, "rungs": 30.0, "small": 30.0, "six": 90.0}
"""Sections, each with the seconds that must be left to begin it."""


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
            "commit": os.environ.get("COMMIT") or commit.strip()}  # fmt: skip


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
    parser.add_argument("what", nargs="*", metavar="MODEL:SECTION", help=f"of {', '.join(REAL)}; {', '.join(NEEDED_S)}")
    parser.add_argument("--out", type=Path, default=Path("cards"))
    parser.add_argument("--budget", type=float, default=3600.0, metavar="SECONDS")
    parser.add_argument("--tiny", action="store_true", help="tiny models on the CPU, to see that it works")
    parser.add_argument("--rungs", default=",".join(RUNGS))
    parser.add_argument("--memory", default="12GiB,6GiB,3GiB", help="the smaller cards of section `small`")
    parser.add_argument("--root", type=Path, help="where model folders are kept (default: a temporary folder)")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    print(json.dumps(machine()), flush=True)
    with tempfile.TemporaryDirectory(prefix="musicvid-cards-") as temporary:
        bench = Bench(asked, Path(temporary), Report(asked.out, asked.budget))
        for word in asked.what or [f"{model}:{section}" for model in REAL for section in NEEDED_S]:
            model, _, section = word.partition(":")
            if model not in REAL or section not in NEEDED_S:
                sys.exit(f"unknown {word!r}: MODEL:SECTION of {', '.join(REAL)}; {', '.join(NEEDED_S)}")
            bench.measure(model, section)


class Bench:
    """Builds each model once, when it is first measured."""

    def __init__(self, asked: argparse.Namespace, temporary: Path, report: Report) -> None:
        self.asked, self.temporary, self.report = asked, temporary, report
        self.device = "cpu" if asked.tiny else "cuda:0"
        self.root = asked.root or temporary / "models"
        self.root.mkdir(parents=True, exist_ok=True)
        self.scenes: dict[str, Scene] = {}

    def measure(self, model: str, section: str) -> None:
        if model not in self.scenes:
            self.report.run(f"{model} build", 20, lambda: self._built(model))
        if model not in self.scenes:
            return
        scene, work, device = self.scenes[model], self.temporary / model, self.device
        rows: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
            "stages": lambda: sections.stages(scene, work, device),
            "overhead": lambda: sections.overhead(scene, device),
            "rungs": lambda: sections.rungs(scene, self.asked.rungs.split(","), device),
            "small": lambda: sections.small_cards(scene, self.asked.memory.split(","), device),
            "six": lambda: sections.six_shots(scene, work, device),
        }
        self.report.run(f"{model} {section}", 0.0 if self.asked.tiny else NEEDED_S[section], rows[section])

    def _built(self, model: str) -> Iterator[dict[str, Any]]:
        began_s = time.monotonic()
        self.scenes[model] = scene_of(model, self.root, self.device, tiny=self.asked.tiny)
        yield {"section": "build", "model": model, "wall_s": round(time.monotonic() - began_s, 1)}


if __name__ == "__main__":
    main()
