"""Every kernel compiles for cards that are not here, without spilling, and moves 16 bytes at a time where it should."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from musicvid_kernels.case import Wide
from musicvid_kernels.catalogue import ops

REALS = [pytest.param(op.name, real, id=f"{op.name}-{real.name}") for op in ops() for real in op.reals]
STREAMS = [pytest.param(op.name, real, id=op.name) for op in ops() for real in [r for r in op.reals if r.wide][:1]]
CASES = [pytest.param(op.name, case, id=f"{op.name}-{case.name}") for op in ops() for case in op.cases]

pytestmark = pytest.mark.xdist_group("compiling")


@cache
def compiled(capability: int, cache: Path, calls: str = "reals") -> dict[str, list[dict[str, Any]]]:
    pytest.importorskip("triton")
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("compiling.py"), str(capability), calls],
        env={**os.environ, "TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(cache)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "triton"


@pytest.mark.parametrize("capability", [80, 90, 120])
@pytest.mark.parametrize(("op", "real"), REALS)
def test_kernels_compile_without_spills_and_move_16_bytes_at_a_time(op, real, capability, store):
    kernels = compiled(capability, store)[f"{op}/{real.name}"]
    assert kernels
    for kernel in kernels:
        assert kernel["spilled_bytes"] == 0, kernel
        assert kernel["stack_bytes"] == 0, kernel
    if real.wide:
        assert not _narrow(kernels, real.wide)


@pytest.mark.parametrize(("op", "real"), STREAMS)
def test_one_stream_that_is_not_aligned_is_noticed(op, real, store):
    """So that the test above can fail for each of them, whatever else a kernel loads."""
    found = {name: kernels for name, kernels in compiled(90, store, "misaligned").items() if name.startswith(f"{op}/")}
    assert found
    for name, kernels in found.items():
        assert _narrow(kernels, real.wide), name


@pytest.mark.parametrize(("op", "case"), CASES)
def test_every_branch_compiles_and_spills_no_more_than_it_may(op, case, store):
    for kernel in compiled(90, store, "cases")[f"{op}/{case.name}"]:
        assert kernel["spilled_bytes"] <= case.spilled_bytes, kernel
        assert kernel["stack_bytes"] <= case.spilled_bytes, kernel


def _narrow(kernels: list[dict[str, Any]], wide: Wide) -> list[dict[str, Any]]:
    """Those that move too little of what they move 16 bytes at a time."""
    meant = [kernel for kernel in kernels if wide.kernel in ("", kernel["kernel"])]
    assert meant, (wide, kernels)
    return [kernel for kernel in meant if kernel["wide_loads"] < wide.loads or kernel["wide_stores"] < wide.stores]
