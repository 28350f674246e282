"""Compile every kernel for a card that is not here: ``python tests/kernels/compiling.py 90`` prints one JSON object.

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
from pathlib import Path
from typing import Any

os.environ["TRITON_INTERPRET"] = "0"

import torch
import triton
from musicvid_kernels.case import Maker
from musicvid_kernels.catalogue import ops
from triton.backends.compiler import GPUTarget
from triton.runtime.driver import driver
from triton.runtime.jit import JITFunction

_TOOLS = Path(triton.__file__).parent / "backends/nvidia/bin"
_LOADS = re.compile(r"ld\.global[.\w:]*?((?:\.v\d)?\.b\d+)")
_STORES = re.compile(r"st\.global[.\w:]*?((?:\.v\d)?\.b\d+)")


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


def compiled(capability: int) -> dict[str, list[dict[str, Any]]]:
    """By ``op/case``, what was compiled for it."""
    driver.set_active(NamedCard(capability))  # type: ignore[arg-type]
    kernels: list[Any] = []
    run = JITFunction.run

    def only_compiled(self: Any, *args: Any, grid: Any, warmup: bool, **options: Any) -> Any:
        kernels.append(run(self, *args, grid=grid, warmup=True, **options))
        return kernels[-1]

    JITFunction.run = only_compiled  # type: ignore[method-assign]
    found = {}
    for op in ops():
        for real in op.reals:
            kernels.clear()
            op.triton(**real.build(Maker(getattr(torch, real.dtype)), False))
            found[f"{op.name}/{real.name}"] = [_facts(kernel) for kernel in kernels]
    return found


def _facts(kernel: Any) -> dict[str, Any]:
    ptx = kernel.asm["ptx"]
    with tempfile.TemporaryDirectory() as folder:
        source, cubin = Path(folder, "kernel.ptx"), Path(folder, "kernel.cubin")
        source.write_text(ptx)
        arch = re.search(r"\.target (sm_\w+)", ptx)
        for tool in ("ptxas", "ptxas-blackwell"):  # Triton brings both; releases differ in which one takes their PTX
            done = subprocess.run([_TOOLS / tool, "-v", f"--gpu-name={arch[1] if arch else ''}", source, "-o", cubin],
                                  capture_output=True, text=True, check=False)  # fmt: skip
            if done.returncode == 0:
                break
        else:
            raise RuntimeError(f"{kernel.metadata.name} is not assembled: {done.stderr}")
    said = done.stderr + done.stdout
    spilled = sum(int(count) for count in re.findall(r"(\d+) bytes spill", said))
    registers = re.search(r"Used (\d+) registers", said)
    stack = re.search(r"(\d+) bytes stack frame", said)
    return {
        "kernel": kernel.metadata.name,
        "warps": kernel.metadata.num_warps,
        "registers": int(registers[1]) if registers else -1,
        "spilled_bytes": spilled,
        "stack_bytes": int(stack[1]) if stack else -1,
        "loads": sorted(set(_LOADS.findall(ptx))),
        "stores": sorted(set(_STORES.findall(ptx))),
    }


if __name__ == "__main__":
    print(json.dumps(compiled(int(sys.argv[1]))))
