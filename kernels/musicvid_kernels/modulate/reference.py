"""The definitions of ``modulate``, ``gate_add`` and ``gate_add_modulate`` in plain PyTorch.

Source: adaLN-single, Chen et al., "PixArt-alpha" (arXiv 2310.00426), section 2.3: one table for each block plus rows
that the timestep gives, as Wan and LTX-Video use it.
"""

from __future__ import annotations

import torch


def modulate_reference(
    x: torch.Tensor,
    scale_base: torch.Tensor | None = None,
    shift_base: torch.Tensor | None = None,
    scale: torch.Tensor | None = None,
    shift: torch.Tensor | None = None,
    *,
    split: int = -1,
    eps: float = 1e-6,
    norm: str = "layer",
    plus_one: bool = True,
) -> torch.Tensor:
    """See :func:`musicvid_kernels.modulate.modulate`. Computes in float32, or in float64 when that is given."""
    row = _precise(x)
    if norm == "layer":
        row = row - row.mean(-1, keepdim=True)
    row = row * torch.rsqrt(row.square().mean(-1, keepdim=True) + eps)
    factor, offset = _row_of_token(scale_base, scale, split, x), _row_of_token(shift_base, shift, split, x)
    return (row * (float(plus_one) + factor) + offset).to(x.dtype).contiguous()


def gate_add_reference(
    x: torch.Tensor,
    y: torch.Tensor,
    gate_base: torch.Tensor | None = None,
    gate: torch.Tensor | None = None,
    *,
    split: int = -1,
) -> torch.Tensor:
    """See :func:`musicvid_kernels.modulate.gate_add`. Computes in float32, or in float64 when that is given."""
    added = _precise(y)
    if gate_base is not None or gate is not None:
        added = added * _row_of_token(gate_base, gate, split, x)
    return (_precise(x) + added).to(x.dtype).contiguous()


def gate_add_modulate_reference(
    x: torch.Tensor,
    y: torch.Tensor,
    scale_base: torch.Tensor | None = None,
    shift_base: torch.Tensor | None = None,
    scale: torch.Tensor | None = None,
    shift: torch.Tensor | None = None,
    gate_base: torch.Tensor | None = None,
    gate: torch.Tensor | None = None,
    *,
    split: int = -1,
    eps: float = 1e-6,
    norm: str = "layer",
    plus_one: bool = True,
) -> tuple[torch.Tensor, torch.Tensor]:
    """See :func:`musicvid_kernels.modulate.gate_add_modulate`."""
    h = gate_add_reference(x, y, gate_base, gate, split=split)
    z = modulate_reference(h, scale_base, shift_base, scale, shift, split=split, eps=eps, norm=norm, plus_one=plus_one)
    return h, z


def _row_of_token(
    base: torch.Tensor | None, rows: torch.Tensor | None, split: int, x: torch.Tensor
) -> torch.Tensor | float:
    """``base + rows`` as it broadcasts over ``x``; 0 where there is neither."""
    if rows is None:
        return 0.0 if base is None else _precise(base)
    total = _precise(rows) if base is None else _precise(rows) + _precise(base)
    if split < 0:
        return total
    return total[:, (torch.arange(x.shape[1], device=x.device) >= split).long()]


def _precise(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
