"""Floating-point operations and bytes of a call, counted on the ``meta`` device: no weights, no memory, no card.

Every ATen operation counts its inputs once and its outputs once (dimensions that are expanded count once). Fused
implementations are counted as one operation where PyTorch has them: attention, RMSNorm, and ops of this package.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from musicvid_kernels.case import Maker, stored_bytes
from torch.nn import functional
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

OURS = "musicvid::"
MATRIX, ATTENTION, CONVOLUTION, MEMORY = "matrix", "attention", "convolution", "memory"
_FREE = {
    "view", "_unsafe_view", "t", "transpose", "permute", "expand", "unsqueeze", "squeeze", "slice", "select", "split",
    "split_with_sizes", "detach", "alias", "as_strided", "unbind", "empty", "empty_like", "unfold", "lift_fresh",
    "_reshape_alias", "chunk", "new_empty", "empty_strided",
}  # fmt: skip
_FILLED = {"fill_", "zero_", "zeros", "ones", "full", "new_zeros"}


@dataclass(slots=True)
class Work:
    """``flops`` and ``moved_bytes`` by kind of work; ``memory_bytes`` by operation within the memory-bound kind, those
    of this package after ``OURS``."""

    flops: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    moved_bytes: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    memory_bytes: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, kind: str, flops: float, count: float, label: str) -> None:
        self.flops[kind] += flops
        self.moved_bytes[kind] += count
        if kind == MEMORY:
            self.memory_bytes[label] += count

    def plus(self, other: Work, times: float) -> Work:
        """This and ``times`` the other."""
        total = Work()
        for name in ("flops", "moved_bytes", "memory_bytes"):
            into = getattr(total, name)
            for source, weight in ((self, 1.0), (other, times)):
                for key, value in getattr(source, name).items():
                    into[key] += weight * value
        return total


class _Shapes(Maker):
    """Makes tensors without numbers."""

    __slots__ = ()

    def normal(self, *shape: int, dtype: torch.dtype | None = None) -> torch.Tensor:
        return torch.empty(shape, dtype=dtype or self.dtype, device="meta")

    def uniform(
        self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype | None = None
    ) -> torch.Tensor:
        return self.normal(*shape, dtype=dtype)

    def smooth(self, *shape: int, every: int = 32, dtype: torch.dtype | None = None) -> torch.Tensor:
        return self.normal(*shape, dtype=dtype)

    def levels(self, *shape: int) -> torch.Tensor:
        return self.normal(*shape, dtype=torch.uint8)


def shapes(dtype: str) -> Maker:
    """Makes a case's tensors for :func:`counted`."""
    return _Shapes(getattr(torch, dtype))


def counted(call: Callable[[], Any]) -> Work:
    """The work of ``call``, whose tensors are on ``meta``."""
    counter = _Counter()
    with torch.no_grad(), counter, _Fused(counter):
        call()
    return counter.work


class _Counter(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.work = Work()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name in _FREE:
            return out
        given, made = _tensors((args, kwargs)), _tensors(out)
        count = stored_bytes(given) + stored_bytes(made)
        if name == "copy_":
            count = stored_bytes(given[:2])
        elif name in _FILLED:
            count = stored_bytes(made)
        elif func.namespace == "musicvid":
            count += stored_bytes(_written(func, args, kwargs or {}))
        self.work.add(*_kind(name, given, made), count, f"{OURS}{name}" if func.namespace == "musicvid" else name)
        return out


class _Fused(TorchFunctionMode):
    """Attention never stores its scores; RMSNorm reads and writes once."""

    def __init__(self, counter: _Counter) -> None:
        super().__init__()
        self.work = counter.work

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is functional.scaled_dot_product_attention:
            query, key, value = (args[i] if len(args) > i else kwargs[name]
                                 for i, name in enumerate(("query", "key", "value")))  # fmt: skip
            out = query.new_empty((*query.shape[:-1], value.shape[-1]))
            flops = 2 * query.shape[:-1].numel() * key.shape[-2] * (query.shape[-1] + value.shape[-1])
            self.work.add(ATTENTION, flops, stored_bytes((query, key, value, out)), "attention")
            return out
        if func in (functional.rms_norm, torch.rms_norm):
            source = args[0] if args else kwargs["input"]
            self.work.add(MEMORY, 0, 2 * stored_bytes((source,)), "rms_norm")
            return torch.empty_like(source)
        return func(*args, **kwargs)


def _kind(name: str, given: list[torch.Tensor], made: list[torch.Tensor]) -> tuple[str, float]:
    if name in ("mm", "addmm", "bmm", "baddbmm"):
        return MATRIX, 2 * given[-2].numel() * given[-1].shape[-1]
    if "convolution" in name:
        return CONVOLUTION, 2 * made[0].numel() * given[1][0].numel()
    return MEMORY, 0


def _tensors(tree: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def _written(func: Any, args: Any, kwargs: Any) -> list[torch.Tensor]:
    """Arguments that an op changes in place: they are read and written."""
    named = {**{a.name: value for a, value in zip(func._schema.arguments, args, strict=False)}, **kwargs}
    return [value for a in func._schema.arguments if a.alias_info is not None and a.alias_info.is_write
            and isinstance(value := named.get(a.name), torch.Tensor)]  # fmt: skip
