"""What the tests look at inside the kernels' benchmark, one JSON object; run in ``kernels/``, where it is a package.

A process of its own: in a test's process ``benchmarks`` is another package, the one beside these tests.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["DIFFUSERS_VERBOSITY"] = "error"
sys.path.insert(0, os.getcwd())

import torch
from benchmarks import __main__ as run
from benchmarks import models, predictions, report, row, stock, work
from benchmarks.ops import named, peer_of
from musicvid_kernels import catalogue
from musicvid_kernels.case import Case, Maker, Op, relative_error

torch.set_num_threads(1)


def gate(folder: Path) -> dict[str, object]:
    """A benchmark of one op that is right, with no time left, and of one that is wrong by a thousandth."""

    def doubled(x: torch.Tensor) -> torch.Tensor:
        return x * 2

    def nearly(x: torch.Tensor) -> torch.Tensor:
        return x * 2.002

    case = Case("numbers", lambda make: {"x": make.normal(7, 5)})
    ended = {}
    for name, registered, budget in (("late", doubled, "0"), ("wrong", nearly, "60")):
        catalogue.ops = lambda registered=registered: (Op("double", registered, doubled, "", (case,)),)
        ended[name] = run.main(["--tiny", "--out", str(folder / name), "--budget", budget, "--only", "ceilings", "ops"])
    return {"ended": ended, "files": sorted(path.name for path in folder.glob("*/*.csv"))}


def broken_section(folder: Path) -> dict[str, object]:
    """A section that dies after its first row."""
    made = report.Report(folder, 60.0, report.machine())

    def rows():
        yield row.Row("ceilings", "first", median_ms=1.0)
        raise RuntimeError("the card is gone")

    made.section("ceilings", 0.0, rows)
    return {"failed": made.failed, "lines": list(row.lines([folder / "ceilings.csv"]))}


def peers() -> dict[str, object]:
    """How far stock's lines are from the definitions, on published models' calls with few rows."""
    far = {}
    for op in catalogue.ops():
        for real in op.reals if op.name in stock.CALLS else ():
            arguments = real.build(Maker(getattr(torch, real.dtype)), False)
            exact = op.outputs(op.reference, arguments)
            made = stock.CALLS[op.name](**arguments)()
            made = made if isinstance(made, (tuple, list)) else (made,)
            far[named(op, real)] = max(
                relative_error(_same_room(op, arguments, here, there), there)
                for here, there in zip(made, exact, strict=True)
            )
    return {"far": far}


def _same_room(op: Op, arguments: dict, made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Stock's convolution always pads; heads are an axis of their own there."""
    if op.name != "vae_norm_silu":
        return made.reshape(wanted.shape)
    cut = 1 - arguments["border"]
    return made[..., cut : made.shape[-2] - cut, cut : made.shape[-1] - cut]


def expected() -> dict[str, object]:
    """What is predicted, what there is, and a count that is known beforehand."""
    rows = predictions.by_name(predictions.read())
    reals = [(op, real) for op in catalogue.ops() for real in op.reals]
    missing = [named(op, real) for op, real in reals if ("ops", named(op, real)) not in rows]
    gone = [name for section, name in rows if section == "ops" and name not in {named(op, real) for op, real in reals}]
    moved = {}
    for op, real in reals:
        now_ms = op.moved_bytes(real.build(work.shapes(real.dtype), True)) / 4.3e12 / 0.9 * 1e3
        was_ms = rows[("ops", named(op, real))].h200_ms if ("ops", named(op, real)) in rows else None
        if was_ms is not None and abs(now_ms / was_ms - 1) > 1e-4:
            moved[named(op, real)] = [was_ms, now_ms]
    left, right = torch.empty(3, 5, device="meta"), torch.empty(5, 7, device="meta")
    product = work.counted(lambda: (left @ right).relu())
    known = set(run.sections()) | {"ops"}
    return {
        "missing": missing, "gone": gone, "moved": moved,
        "unknown_sections": sorted({section for section, _ in rows} - known),
        "peers": sorted({peer_of(op) for op, _ in reals}),
        "product": [product.flops[work.MATRIX], product.moved_bytes[work.MATRIX], product.moved_bytes[work.MEMORY]],
        "tokens": models.denoiser("wan-1.3b", "meta", layers=0).tokens,
    }  # fmt: skip


if __name__ == "__main__":
    run._set_up(tiny=True)
    probe, folder = sys.argv[1], Path(sys.argv[2])
    found = {"gate": lambda: gate(folder), "broken": lambda: broken_section(folder), "peers": peers,
             "expected": expected}[probe]()  # fmt: skip
    print("\n" + json.dumps(found))
