"""Every kernel compiles for cards that are not here, without spilling, and reads 16 bytes at a time where it should."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from musicvid_kernels.catalogue import ops

WIDE = ".v4.b32"
REALS = [pytest.param(op.name, real, id=f"{op.name}-{real.name}") for op in ops() for real in op.reals]


@cache
def compiled(capability: int, cache: Path) -> dict[str, list[dict[str, object]]]:
    pytest.importorskip("triton")
    import os

    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("compiling.py"), str(capability)],
        env={**os.environ, "TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(cache)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("capability", [80, 90, 120])
@pytest.mark.parametrize(("op", "real"), REALS)
@pytest.mark.xdist_group("compiling")
def test_kernels_compile_without_spills_and_with_wide_reads(op, real, capability, tmp_path_factory):
    cache = tmp_path_factory.getbasetemp() / "triton"
    kernels = compiled(capability, cache)[f"{op}/{real.name}"]
    assert kernels
    for kernel in kernels:
        assert kernel["spilled_bytes"] == 0, kernel
        assert kernel["stack_bytes"] == 0, kernel
    if real.wide:
        assert any(WIDE in kernel["loads"] for kernel in kernels), kernels
        assert any(WIDE in kernel["stores"] for kernel in kernels), kernels
