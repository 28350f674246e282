"""What the three ops take, and what they say when they are given something else."""

from __future__ import annotations

import torch

from musicvid_kernels.devices import check_devices

NORMS = ("layer", "rms")


def check_tokens(x: torch.Tensor, y: torch.Tensor | None = None) -> None:
    """Raise ValueError unless ``x`` and ``y`` are floats ``(batch, tokens, width)`` whose rows are contiguous."""
    if x.ndim != 3:
        raise ValueError(f"x is {tuple(x.shape)}: (batch, tokens, width) is needed")
    _check_row("x", x)
    if y is not None:
        check_devices(x=x, y=y)
        if y.shape != x.shape:
            raise ValueError(f"y is {tuple(y.shape)}, x is {tuple(x.shape)}: they must be alike")
        _check_row("y", y)


def check_norm(norm: str) -> None:
    """Raise ValueError for other words than ``NORMS``."""
    if norm not in NORMS:
        raise ValueError(f"norm is {norm!r}: say {' or '.join(NORMS)}")


def check_modulation(
    name: str, base: torch.Tensor | None, rows: torch.Tensor | None, *, split: int, x: torch.Tensor
) -> None:
    """Raise ValueError unless ``base`` is ``(width,)`` and ``rows`` ``(batch, groups, width)`` with the number of
    groups that ``split`` asks for."""
    batch, tokens, width = x.shape
    check_devices(**{"x": x, f"{name}_base": base, name: rows})
    if base is not None:
        if base.ndim != 1 or base.shape[0] != width:
            raise ValueError(f"{name}_base is {tuple(base.shape)}, x is {tuple(x.shape)}: ({width},) is needed")
        _check_row(f"{name}_base", base)
    if rows is None:
        return
    wanted = (2,) if split >= 0 else (1, tokens)
    if rows.ndim != 3 or rows.shape[0] != batch or rows.shape[2] != width or rows.shape[1] not in wanted:
        groups = "2 (before and from the split)" if split >= 0 else f"1 or {tokens} (one a token)"
        raise ValueError(
            f"{name} is {tuple(rows.shape)}, x is {tuple(x.shape)}, split is {split}: "
            f"({batch}, groups, {width}) is needed, groups {groups}"
        )
    _check_row(name, rows)


def _check_row(name: str, tensor: torch.Tensor) -> None:
    if not tensor.is_floating_point():
        raise ValueError(f"{name} is {tensor.dtype}: floats are needed")
    if tensor.shape[-1] > 1 and tensor.stride(-1) != 1:
        raise ValueError(f"{name} has strides {tensor.stride()}: the last must be 1")
