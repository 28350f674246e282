"""``cd kernels && python -m benchmarks --out DIR [--budget SECONDS] [--only SECTION …] [--tiny]``.

The ops are checked first. If one is wrong, that is all that is said, and the exit status is 1; it is 1 as well when
something could not be measured. Sections for which too little time is left are skipped, and named.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks import repository


def main(words: Sequence[str] | None = None) -> int:
    asked = _arguments().parse_args(words)
    began_s = time.monotonic()
    _set_up(tiny=asked.tiny)

    from benchmarks.bench import Bench
    from benchmarks.report import NO_CARD, Report, machine

    facts, known = machine(), sections()
    asked_for = [name for name in known if not asked.only or name in asked.only]
    if unknown := sorted(set(asked.only or ()) - set(known)):
        print(f"unknown: {', '.join(unknown)} (known: {', '.join(known)})")
        return 2
    device = "cpu" if asked.tiny or asked_for == ["processor"] else "cuda:0"
    if device != "cpu" and facts["gpu"].startswith(NO_CARD):
        print("there is no CUDA card here: --tiny runs everything small on the processor, to see that it works, "
              "and --only processor what needs no card")  # fmt: skip
        return 1
    print("  ".join(f"{name} {value}" for name, value in facts.items() if value), flush=True)
    processor = "processor" in asked_for and importlib.util.find_spec("numba") is not None  # else the section says so
    if not _gate(device, asked.workers, interpreted=asked.tiny, processor=processor):
        return 1
    report = Report(asked.out, asked.budget - (time.monotonic() - began_s), facts)
    with tempfile.TemporaryDirectory(prefix="musicvid-kernels-") as work:
        bench = Bench(device, asked.tiny, Path(work), report.left_s)
        for name in asked_for:
            needed_s, measure = known[name]
            report.section(name, 0.0 if asked.tiny else needed_s, partial(measure, bench))
    return int(report.failed > 0)


def sections() -> dict[str, tuple[float, Callable[..., Iterator]]]:
    """By name, the seconds that must be left and what measures it; what nine minutes must hold comes first."""
    from benchmarks import ceilings, dit, end_to_end, frames, ops, processor, vae

    return {
        "ceilings": (ceilings.NEEDED_S, ceilings.measure),
        "ops": (ops.NEEDED_S, ops.measure),
        "frames": (frames.NEEDED_S, frames.measure),
        "dit-wan-1.3b": (dit.NEEDED_S["wan-1.3b"], partial(dit.measure, kind="wan-1.3b")),
        "vae-wan-2.1": (vae.NEEDED_S["wan-2.1"], partial(vae.measure, kind="wan-2.1")),
        "film-4": (end_to_end.NEEDED_S[4], partial(end_to_end.measure, steps=4)),
        "dit-wan-5b": (dit.NEEDED_S["wan-5b"], partial(dit.measure, kind="wan-5b")),
        "dit-ltx-2b": (dit.NEEDED_S["ltx-2b"], partial(dit.measure, kind="ltx-2b")),
        "vae-ltx": (vae.NEEDED_S["ltx"], partial(vae.measure, kind="ltx")),
        "vae-wan-2.2": (vae.NEEDED_S["wan-2.2"], partial(vae.measure, kind="wan-2.2")),
        "processor": (processor.NEEDED_S, processor.measure),
        "film-30": (end_to_end.NEEDED_S[30], partial(end_to_end.measure, steps=30)),
        "ops-compiled": (ops.COMPILING_S, ops.measure_compiled),
    }


def _gate(device: str, workers: int, *, interpreted: bool, processor: bool) -> bool:
    """Whether every op is right here. A wrong one closes the gate: no time of anything is told."""
    from musicvid_kernels.choice import KernelChoiceError

    from benchmarks.gate import red

    try:
        triton = device != "cpu" or interpreted
        count, wrong = red(device, 1 if device == "cpu" else workers, triton=triton, processor=processor)
    except KernelChoiceError as error:
        print(f"correct: {error}")
        return False
    for verdict in wrong:
        print(f"WRONG {verdict.name}: {verdict.wrong}")
    print(f"correct: {count - len(wrong)} of {count} cases" + (", so nothing is measured" if wrong else ""), flush=True)
    return not wrong


def _set_up(*, tiny: bool) -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    if tiny:
        os.environ["TRITON_INTERPRET"] = "1"
        os.environ["MUSICVID_KERNELS"] = "triton"
    repository.use()

    import torch

    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    if tiny:
        torch.set_num_threads(1)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for one CSV file a section")
    parser.add_argument("--budget", type=float, default=540.0, metavar="SECONDS", help="default: %(default)s")
    parser.add_argument("--only", nargs="+", metavar="SECTION", help="the ops are checked in any case")
    parser.add_argument("--tiny", action="store_true", help="everything small, on the processor, kernels interpreted")
    parser.add_argument("--workers", type=int, default=max(1, min(8, (os.cpu_count() or 1) // 2)),
                        help="processes that check the ops (default: %(default)s)")  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
