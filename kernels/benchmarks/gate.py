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
from typing import Any

import torch
from musicvid_kernels import catalogue, choice
from musicvid_kernels.case import Arguments, Case, Maker, Op, in_float64, relative_error

Build = Callable[[Maker], Arguments]
_FEW = 3
"""Cases of an op on a processor. (``finish`` begins with a picture of four pixels and with none.)"""
_CARDS_ROUND = 0.5
"""Of what cases allow in bfloat16: they allow for Triton's interpreter, which cuts off."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one case in one type. ``wrong`` is empty when it is right."""

    name: str
    wrong: str


@dataclass(frozen=True, slots=True)
class _Check:
    """``run`` on ``device`` against ``op``'s definition; how far off the result may be."""

    op: Op
    name: str
    run: Callable[..., Any]
    build: Build
    dtype: str
    device: str
    tolerance: float
    levels: int


def red(device: str, workers: int = 1, *, triton: bool = True, processor: bool = False) -> tuple[int, list[Verdict]]:
    """How many cases were checked, and those whose result is wrong. On a processor only the first few of every op are:
    the tests check them all; ``processor``: all those of its compiled ``finish`` too. Raises
    ``choice.KernelChoiceError`` when ``triton`` is to be measured and its kernels would not run on ``device``."""
    chosen = choice.choose(device)
    if triton and chosen.name != "triton":
        raise choice.KernelChoiceError(f"Triton's kernels would not run here: {chosen.why}")
    count = len(_checks(device, processor))
    if workers == 1:
        verdicts = checked(device, processor, 0, 1)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            parts = pool.map(checked, [device] * workers, [processor] * workers, range(workers), [workers] * workers)
            verdicts = [verdict for part in parts for verdict in part]
    if len(verdicts) != count:
        raise RuntimeError(f"{len(verdicts)} of {count} cases were checked")
    return count, [verdict for verdict in verdicts if verdict.wrong]


def checked(device: str, processor: bool, part: int, parts: int) -> list[Verdict]:
    """Verdicts on every ``parts``-th case from ``part`` on."""
    with torch.no_grad(), _poisoned(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # definitions need not be deterministic
        return [Verdict(check.name, _wrong(check)) for check in _checks(device, processor)[part::parts]]


def _checks(device: str, processor: bool) -> list[_Check]:
    on_card = device != "cpu"
    checks = [
        _check(op, op.registered, case, dtype, device)
        for op in catalogue.ops()
        for case in (op.cases if on_card else op.cases[:_FEW])
        for dtype in (case.dtypes if on_card else case.dtypes[:1])
        if dtype != "float64"
    ]
    for op in catalogue.ops() if on_card else ():
        levels = max(case.levels for case in op.cases)
        for real in op.reals:  # as strict as the least strict case
            tolerance = {real.dtype: max(case.tolerance.get(real.dtype, 0.0) for case in op.cases)}
            case = Case(real.name, _small(real.build), tolerance=tolerance, levels=levels)
            checks.append(_check(op, op.registered, case, real.dtype, device))
    return checks + (_on_processor() if processor else [])


def _on_processor() -> list[_Check]:
    """What section ``processor`` measures, by its own name: the op's would be interpreted where Triton is."""
    from musicvid_kernels.finish.cases import OPS
    from musicvid_kernels.finish.processor import finish_processor

    (op,) = OPS
    return [
        _check(op, finish_processor, case, dtype, "cpu", " on the processor")
        for case in op.cases
        for dtype in case.dtypes
        if dtype != "float64"
    ]


def _check(op: Op, run: Callable[..., Any], case: Case, dtype: str, device: str, where: str = "") -> _Check:
    tolerance = case.tolerance.get(dtype, 0.0)
    if device != "cpu" and dtype == "bfloat16":
        tolerance *= _CARDS_ROUND
    return _Check(op, f"{op.name}/{case.name} {dtype}{where}", run, case.build, dtype, device, tolerance, case.levels)


def _small(build: Callable[[Maker, bool], Arguments]) -> Build:
    return lambda maker: build(maker, False)


def _wrong(check: _Check) -> str:
    op, maker = check.op, lambda: Maker(getattr(torch, check.dtype), check.device)
    try:
        found = op.outputs(check.run, check.build(maker()))
        wanted = op.outputs(op.reference, in_float64(check.build(maker())))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with an op closes the gate
        return f"{type(error).__name__}: {error}"
    if [(x.shape, x.is_floating_point()) for x in found] != [(x.shape, x.is_floating_point()) for x in wanted]:
        return f"shapes {[tuple(x.shape) for x in found]} instead of {[tuple(x.shape) for x in wanted]}"
    for here, exact in zip(found, wanted, strict=True):
        if exact.is_floating_point():
            error = relative_error(here, exact)
            if not error <= check.tolerance:  # NaN is wrong too
                return f"relative error {error:.3g}, {check.tolerance:.3g} is allowed"
        elif here.numel() and (apart := int((here.long() - exact.long()).abs().max())) > check.levels:
            return f"{apart} levels apart, {check.levels} are allowed"
    return ""


@contextmanager
def _poisoned() -> Iterator[None]:
    """Memory that nobody wrote is NaN instead of a lucky zero."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)
