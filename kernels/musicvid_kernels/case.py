"""How an op's folder says what it must be able to do: shapes to test, shapes of published models to measure.

``cases.py`` of every folder lists :class:`Op`; tests and benchmarks are written once, over all of them.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

Arguments = dict[str, Any]
FLOATS = ("float32", "bfloat16", "float16")
ROUNDING = {"float64": 1e-12, "float32": 2e-6, "float16": 1e-3, "bfloat16": 5e-3}
"""Largest relative error (norm of the difference by norm) against float64. Triton's interpreter cuts bfloat16 off
instead of rounding it, which is worth 3e-3; cards round."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes a case's tensors, the same for the same seed on every device."""

    dtype: torch.dtype = torch.float32
    device: torch.device | str = "cpu"
    generator: torch.Generator = field(default_factory=lambda: torch.Generator().manual_seed(0))

    def normal(self, *shape: int, dtype: torch.dtype | None = None) -> torch.Tensor:
        return self._on(torch.randn(shape, generator=self._source, device=self._home), dtype)

    def uniform(
        self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype | None = None
    ) -> torch.Tensor:
        return self._on(torch.rand(shape, generator=self._source, device=self._home) * (high - low) + low, dtype)

    def smooth(self, *shape: int, every: int = 32, dtype: torch.dtype | None = None) -> torch.Tensor:
        """Normal values every ``every`` places or nearer in the last two dimensions, and between them what lies
        between: as flow and colours of clips change. White noise would defeat caches that serve clips well."""
        coarse = [length // every + 2 for length in shape[-2:]]
        nodes = torch.randn((1, math.prod(shape[:-2]), *coarse), generator=self._source, device=self._home)
        filled = torch.nn.functional.interpolate(nodes, shape[-2:], mode="bilinear", align_corners=True)
        return self._on(filled.reshape(shape), dtype)

    def levels(self, *shape: int) -> torch.Tensor:
        """uint8, all values."""
        return torch.randint(0, 256, shape, generator=self._source, dtype=torch.uint8, device=self._home).to(
            self.device
        )

    @property
    def _source(self) -> torch.Generator:
        return self.generator

    @property
    def _home(self) -> torch.device:
        return self.generator.device

    def _on(self, values: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
        return values.to(self.device, dtype or self.dtype)


@dataclass(frozen=True, slots=True)
class Case:
    """A call to test. ``build`` gives the op's keyword arguments; ``tolerance`` is by type (relative error; for integer
    outputs the largest distance in whole steps, ``levels``). ``spilled_bytes``: what a thread of the compiled kernel
    may spill at most, where no published model would meet it."""

    name: str
    build: Callable[[Maker], Arguments]
    dtypes: tuple[str, ...] = FLOATS
    tolerance: Mapping[str, float] = field(default_factory=lambda: ROUNDING)
    levels: int = 0
    spilled_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Wide:
    """Least shares of the bytes that the compiled code of ``kernel`` (of every kernel, if empty) loads and stores that
    go 16 at a time. Counted where instructions stand, not how often they run. The rest is for scalars and weights."""

    loads: float = 0.9
    stores: float = 0.9
    kernel: str = ""


@dataclass(frozen=True, slots=True)
class Real:
    """A call as a published model makes it, to measure and to compile. ``build(maker, full)``: with ``full`` false the
    same widths, strides and alignments, but few rows or frames."""

    name: str
    build: Callable[[Maker, bool], Arguments]
    dtype: str = "bfloat16"
    wide: Wide | None = Wide()
    """How much of its traffic the compiled kernel must do 16 bytes at a time; ``None``: it gathers."""


@dataclass(frozen=True, slots=True)
class Op:
    """``registered`` is what the product calls, ``reference`` the definition, ``kernel`` names Triton's launcher as
    ``module:function``; all take the same arguments. ``mutates``: arguments written in place (then nothing is
    returned)."""

    name: str
    registered: Callable[..., Any]
    reference: Callable[..., Any]
    kernel: str
    cases: tuple[Case, ...]
    reals: tuple[Real, ...] = ()
    mutates: tuple[str, ...] = ()

    @property
    def triton(self) -> Callable[..., Any]:
        """The launcher. Imports Triton."""
        module, _, name = self.kernel.partition(":")
        return getattr(importlib.import_module(module), name)

    def outputs(self, function: Callable[..., Any], arguments: Arguments) -> tuple[torch.Tensor, ...]:
        """What ``function`` makes of ``arguments``, which stay as they are."""
        if self.mutates:
            arguments = {name: _copied(value) if name in self.mutates else value for name, value in arguments.items()}
            function(**arguments)
            return tuple(arguments[name] for name in self.mutates)
        made = function(**arguments)
        return made if isinstance(made, tuple) else (made,)

    def moved_bytes(self, arguments: Arguments) -> int:
        """What has to cross the card's memory at least: every input read once, every output written once."""
        made = self.outputs(self.registered, arguments)
        return stored_bytes(value for value in arguments.values() if isinstance(value, torch.Tensor)) + stored_bytes(
            made
        )


def stored_bytes(tensors: Iterable[torch.Tensor]) -> int:
    """Bytes of different elements: dimensions that are expanded count once."""
    total = 0
    for tensor in tensors:
        count = tensor.element_size()
        for length, stride in zip(tensor.shape, tensor.stride(), strict=True):
            count *= length if stride else min(length, 1)
        total += count
    return total


def in_float64(arguments: Arguments) -> Arguments:
    """The same numbers as the definition takes them to be exact."""
    return {name: value.double() if isinstance(value, torch.Tensor) and value.is_floating_point() else value
            for name, value in arguments.items()}  # fmt: skip


def relative_error(found: torch.Tensor, exact: torch.Tensor) -> float:
    """Norm of the difference by the norm of ``exact``; NaN where ``found`` has one."""
    found, exact = found.double(), exact.double()
    scale = float(exact.norm())
    return (
        float((found - exact).norm()) / scale if scale else float((found - exact).abs().max()) if found.numel() else 0.0
    )


def _copied(tensor: torch.Tensor) -> torch.Tensor:
    """A copy with the same strides within a larger storage, as a slice of a fused projection has."""
    room = 1 + sum((length - 1) * stride for length, stride in zip(tensor.shape, tensor.stride(), strict=True))
    copy = torch.zeros(room, dtype=tensor.dtype, device=tensor.device).as_strided(tensor.shape, tensor.stride())
    return copy.copy_(tensor)
