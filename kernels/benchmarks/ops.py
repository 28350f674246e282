"""Sections ``ops`` and ``ops-compiled``: every op on the shapes of published models, against what runs without it.

``copy_share`` is the least number of bytes by the time taken, over what a plain copy of 2 GiB reaches on the same card;
``equal_copy_share`` the same over a copy of as many bytes, since small ones reach less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from musicvid_kernels import catalogue
from musicvid_kernels.case import Arguments, Maker, Op, Real

from benchmarks import stock
from benchmarks.bench import Bench, timed_row
from benchmarks.report import failure
from benchmarks.row import Row
from benchmarks.timing import emptied

NEEDED_S, COMPILING_S = 60.0, 90.0
_LEAST_S = 10.0
LOOPS = ("block_motion", "timewarp_flow")
"""Ops whose definition loops over candidates or frames in Python: a compiler unrolls that, and takes minutes."""


def measure(bench: Bench) -> Iterator[Row]:
    """Kernel and stock, one after the other on the same tensors."""
    for op in catalogue.ops():
        for real in reals(bench, op):
            name = named(op, real)
            if bench.left_s() < _LEAST_S and not bench.tiny:
                yield Row("ops", name, note=f"skipped: {bench.left_s():.0f} s left")
                continue
            try:
                yield from _against_stock(bench, op, real)
            except Exception as error:  # noqa: BLE001 - the other ops are still worth their time
                yield failure("ops", name, error)
            emptied()


def measure_compiled(bench: Bench) -> Iterator[Row]:
    """What an op is held against, through ``torch.compile``, for the first real of every op: each takes seconds."""
    for op in catalogue.ops():
        for real in reals(bench, op)[:1]:
            if op.name in LOOPS:
                yield Row("ops-compiled", named(op, real), note="not compiled: its definition loops in Python")
                continue
            if bench.left_s() < _LEAST_S and not bench.tiny:
                yield Row("ops-compiled", named(op, real), note=f"skipped: {bench.left_s():.0f} s left")
                continue
            try:
                yield _compiled(bench, op, real)
            except Exception as error:  # noqa: BLE001 - what loops over frames is no single graph
                reason = " ".join(str(error).split())[:200]
                yield Row("ops-compiled", named(op, real), note=f"not compiled: {type(error).__name__}: {reason}")
            torch.compiler.reset()
            emptied()


def reals(bench: Bench, op: Op) -> tuple[Real, ...]:
    """Published models' calls; tiny, the first case instead, which the interpreter is soon done with."""
    if not bench.tiny:
        return op.reals
    case = op.cases[0]
    return (Real(case.name, lambda maker, _: case.build(maker), case.dtypes[0]),)


def named(op: Op, real: Real) -> str:
    return f"{op.name}/{real.name}"


def peer_of(op: Op) -> str:
    """What kind of thing the op is held against."""
    return "stock" if op.name in stock.CALLS else "definition"


def call_of_peer(op: Op, arguments: Arguments) -> Callable[[], Any]:
    if op.name in stock.CALLS:
        return stock.CALLS[op.name](**arguments)
    return lambda: op.reference(**arguments)


def _against_stock(bench: Bench, op: Op, real: Real) -> Iterator[Row]:
    arguments = _arguments(bench, real)
    moved = op.moved_bytes(arguments)
    call = call_of_peer(op, arguments)
    theirs = bench.clock.cold(call, 15, 3)
    ours = bench.clock.cold(lambda: op.registered(**arguments))
    where = {"shape": _shape(arguments), "dtype": real.dtype}
    peer_name = f"{named(op, real)} {peer_of(op)}"
    yield timed_row("ops", peer_name, theirs, peer=peer_name, peer_ms=theirs.median_ms, **where)
    yield timed_row("ops", named(op, real), ours, peer=peer_name, peer_ms=theirs.median_ms, **where,
                    **bench.shares(moved, ours.median_ms))  # fmt: skip


def _compiled(bench: Bench, op: Op, real: Real) -> Row:
    arguments = _arguments(bench, real)
    how = {"backend": "aot_eager"} if bench.tiny else {"dynamic": False}
    compiled = torch.compile(call_of_peer(op, arguments), fullgraph=True, **how)
    first_s = bench.clock.seconds(compiled)
    times = bench.clock.cold(compiled)
    ours = bench.clock.cold(lambda: op.registered(**arguments))
    moved = op.moved_bytes(arguments)
    return timed_row("ops-compiled", named(op, real), times, peer=f"{named(op, real)} kernel",
                     peer_ms=ours.median_ms, shape=_shape(arguments), dtype=real.dtype,
                     **bench.shares(moved, times.median_ms),
                     note=f"{peer_of(op)} compiled, first call {first_s:.1f} s; kernel {ours.median_ms:.4g} ms",
                     )  # fmt: skip


def _arguments(bench: Bench, real: Real) -> Arguments:
    generator = torch.Generator(bench.device).manual_seed(0)
    return real.build(Maker(getattr(torch, real.dtype), bench.device, generator), not bench.tiny)


def _shape(arguments: Arguments) -> str:
    first = next(value for value in arguments.values() if isinstance(value, torch.Tensor))
    return "x".join(map(str, first.shape))
