"""Section ``correct``: before a time is taken, every op on this device against its definition in float64.

A card compiles a kernel for each type and alignment, which takes most of the time: several processes share the cases,
and leave what they compiled in Triton's cache.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

import torch
from musicvid_kernels import catalogue, choice
from musicvid_kernels.case import Arguments, Maker, Op, in_float64, relative_error

Build = Callable[[Maker], Arguments]
_FEW = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one case in one type. ``wrong`` is empty when it is right."""

    name: str
    wrong: str


def red(device: str, workers: int = 1, *, triton: bool = True) -> tuple[int, list[Verdict]]:
    """How many cases were checked, and those whose result is wrong. On a processor only the first few of every op are:
    the tests check them all. Raises ``choice.KernelChoiceError`` when ``triton`` is to be measured and its kernels
    would not run on ``device``."""
    chosen = choice.choose(device)
    if triton and chosen.name != "triton":
        raise choice.KernelChoiceError(f"Triton's kernels would not run here: {chosen.why}")
    count = len(_cases(device))
    if workers == 1:
        verdicts = checked(device, 0, 1)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            parts = pool.map(checked, [device] * workers, range(workers), [workers] * workers)
            verdicts = [verdict for part in parts for verdict in part]
    if len(verdicts) != count:
        raise RuntimeError(f"{len(verdicts)} of {count} cases were checked")
    return count, [verdict for verdict in verdicts if verdict.wrong]


def checked(device: str, part: int, parts: int) -> list[Verdict]:
    """Verdicts on every ``parts``-th case from ``part`` on."""
    with torch.no_grad(), _poisoned(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # definitions need not be deterministic
        return [Verdict(name, _wrong(op, build, dtype, tolerance, levels, device))
                for op, name, build, dtype, tolerance, levels in _cases(device)[part::parts]]  # fmt: skip


def _cases(device: str) -> list[tuple[Op, str, Build, str, float, int]]:
    """Op, name, what builds the arguments, type, and how far off the result may be."""
    cases = [
        (op, f"{op.name}/{case.name} {dtype}", case.build, dtype, case.tolerance.get(dtype, 0.0), case.levels)
        for op in catalogue.ops()
        for case in (op.cases[:_FEW] if device == "cpu" else op.cases)
        for dtype in (case.dtypes[:1] if device == "cpu" else case.dtypes)
        if dtype != "float64"
    ]
    for op in catalogue.ops() if device != "cpu" else ():
        levels = max(case.levels for case in op.cases)
        for real in op.reals:  # as strict as the least strict case
            tolerance = max(case.tolerance.get(real.dtype, 0.0) for case in op.cases)
            cases.append((op, f"{op.name}/{real.name} {real.dtype}", _small(real.build), real.dtype, tolerance, levels))
    return cases


def _small(build: Callable[[Maker, bool], Arguments]) -> Build:
    return lambda maker: build(maker, False)


def _wrong(op: Op, build: Build, dtype: str, tolerance: float, levels: int, device: str) -> str:
    try:
        arguments = build(Maker(getattr(torch, dtype), device))
        found = op.outputs(op.registered, arguments)
        wanted = op.outputs(op.reference, in_float64(build(Maker(getattr(torch, dtype), device))))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with an op closes the gate
        return f"{type(error).__name__}: {error}"
    if [(x.shape, x.is_floating_point()) for x in found] != [(x.shape, x.is_floating_point()) for x in wanted]:
        return f"shapes {[tuple(x.shape) for x in found]} instead of {[tuple(x.shape) for x in wanted]}"
    for here, exact in zip(found, wanted, strict=True):
        if exact.is_floating_point():
            error = relative_error(here, exact)
            if not error <= tolerance:  # NaN is wrong too
                return f"relative error {error:.3g}, {tolerance:.3g} is allowed"
        elif here.numel() and (apart := int((here.long() - exact.long()).abs().max())) > levels:
            return f"{apart} levels apart, {levels} are allowed"
    return ""


@contextmanager
def _poisoned() -> Iterator[None]:
    """Memory that nobody wrote is NaN instead of a lucky zero."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)
