"""Compile every kernel for a card that is not here: ``python tests/kernels/compiling.py 90 reals`` prints one JSON
object. Instead of ``reals`` also ``misaligned`` (streams that start one element later than they could) and ``cases``.

The launchers themselves run, on small tensors on the processor, with a driver that names the card and never launches:
what is compiled is what a card would be given, with its block sizes, warps and alignments. Must run in a process of
its own, because Triton is imported either to interpret or to compile.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

os.environ["TRITON_INTERPRET"] = "0"

import torch
import triton
from musicvid_kernels.case import Arguments, Maker, Op
from musicvid_kernels.catalogue import ops
from triton.backends.compiler import GPUTarget
from triton.runtime.driver import driver
from triton.runtime.jit import JITFunction

_TOOLS = Path(triton.__file__).parent / "backends/nvidia/bin"
_ACCESS = re.compile(r"\b(ld|st)\.global[.\w:]*?((?:\.v(\d))?\.[bfsu](\d+))\b")

Call = tuple[str, Op, Arguments]


class NamedCard:
    """As much of a driver as compiling asks for."""

    def __init__(self, capability: int) -> None:
        self.target = GPUTarget("cuda", capability, 32)

    def get_current_target(self) -> GPUTarget:
        return self.target

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return 0


def reals() -> Iterator[Call]:
    for op in ops():
        for real in op.reals:
            yield f"{op.name}/{real.name}", op, real.build(Maker(getattr(torch, real.dtype)), False)


def misaligned() -> Iterator[Call]:
    """Of each op's first real that is to be wide, every stream in turn one element off. A stream is an argument at
    least half as large as the largest."""
    for op in ops():
        for real in [real for real in op.reals if real.wide][:1]:
            given = real.build(Maker(getattr(torch, real.dtype)), False)
            sizes = {name: value.nbytes for name, value in given.items() if isinstance(value, torch.Tensor)}
            for name in [name for name, size in sizes.items() if 2 * size >= max(sizes.values())]:
                yield f"{op.name}/{real.name}/{name}", op, given | {name: _one_later(given[name])}


def _one_later(tensor: torch.Tensor) -> torch.Tensor:
    """The same shape and strides, one element after the start of a storage."""
    room = 2 + sum((length - 1) * stride for length, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return torch.zeros(room, dtype=tensor.dtype).as_strided(tensor.shape, tensor.stride(), 1)


def cases() -> Iterator[Call]:
    """Each in bfloat16, or in its own first type."""
    for op in ops():
        for case in op.cases:
            dtype = "bfloat16" if "bfloat16" in case.dtypes else case.dtypes[0]
            yield f"{op.name}/{case.name}", op, case.build(Maker(getattr(torch, dtype)))


def compiled(capability: int, calls: Iterator[Call]) -> dict[str, list[dict[str, Any]]]:
    """By the calls' names, what was compiled for them."""
    driver.set_active(NamedCard(capability))  # type: ignore[arg-type]
    kernels: list[Any] = []
    run = JITFunction.run

    def only_compiled(self: Any, *args: Any, grid: Any, warmup: bool, **options: Any) -> Any:
        kernels.append(run(self, *args, grid=grid, warmup=True, **options))
        return kernels[-1]

    JITFunction.run = only_compiled  # type: ignore[method-assign]
    found = {}
    for name, op, arguments in calls:
        kernels.clear()
        op.triton(**arguments)
        found[name] = [_facts(kernel.metadata.name, kernel.metadata.num_warps, kernel.asm["ptx"]) for kernel in kernels]
    return found


@cache
def _facts(name: str, warps: int, ptx: str) -> dict[str, Any]:
    said = _assembled(name, ptx)
    spilled = sum(int(count) for count in re.findall(r"(\d+) bytes spill", said))
    registers = re.search(r"Used (\d+) registers", said)
    stack = re.search(r"(\d+) bytes stack frame", said)
    accesses = list(_ACCESS.finditer(ptx))
    bytes_at_once = {
        way: Counter(int(found[3] or 1) * int(found[4]) // 8 for found in accesses if found[1] == way)
        for way in ("ld", "st")
    }
    return {
        "kernel": name,
        "warps": warps,
        "registers": int(registers[1]) if registers else -1,
        "spilled_bytes": spilled,
        "stack_bytes": int(stack[1]) if stack else -1,
        "loads": sorted({found[2] for found in accesses if found[1] == "ld"}),
        "stores": sorted({found[2] for found in accesses if found[1] == "st"}),
        "load_counts": bytes_at_once["ld"],
        "store_counts": bytes_at_once["st"],
        "wide_loads": _wide_share(bytes_at_once["ld"]),
        "wide_stores": _wide_share(bytes_at_once["st"]),
    }


def _wide_share(counts: Counter[int]) -> float:
    """Of the bytes of all accesses, those that go at least 16 at a time."""
    every = sum(size * count for size, count in counts.items())
    return sum(size * count for size, count in counts.items() if size >= 16) / every if every else 0.0


def _assembled(name: str, ptx: str) -> str:
    """What ptxas says of registers and stack."""
    with tempfile.TemporaryDirectory() as folder:
        source, cubin = Path(folder, "kernel.ptx"), Path(folder, "kernel.cubin")
        source.write_text(ptx)
        arch = re.search(r"\.target (sm_\w+)", ptx)
        for tool in ("ptxas", "ptxas-blackwell"):  # Triton brings both; releases differ in which one takes their PTX
            done = subprocess.run([_TOOLS / tool, "-v", f"--gpu-name={arch[1] if arch else ''}", source, "-o", cubin],
                                  capture_output=True, text=True, check=False)  # fmt: skip
            if done.returncode == 0:
                return done.stderr + done.stdout
    raise RuntimeError(f"{name} is not assembled: {done.stderr}")


if __name__ == "__main__":
    given = {"reals": reals, "misaligned": misaligned, "cases": cases}[sys.argv[2]]()
    print(json.dumps(compiled(int(sys.argv[1]), given)))
