"""The same as the reference in Triton: one kernel for the three ops, a row of tokens in registers at a time."""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl

from musicvid_kernels.launch import MULTIPLY_ADD, on_its_card


@triton.jit
def _sum_of(base, rows, offset, column, mask):
    total = tl.zeros_like(column).to(tl.float32)
    if base is not None:
        total += tl.load(base + column, mask=mask, other=0.0).to(tl.float32)
    if rows is not None:
        total += tl.load(rows + offset + column, mask=mask, other=0.0).to(tl.float32)
    return total


@triton.jit
def _gate_add_modulate_kernel(
    x, y, h, z, gate_base, gate, scale_base, scale, shift_base, shift,
    x_batch, x_token, y_batch, y_token,
    gate_batch, gate_group, scale_batch, scale_group, shift_batch, shift_group,
    tokens, width, split, programs_before_split, eps,
    norm: tl.constexpr, plus_one: tl.constexpr, groups: tl.constexpr, rows: tl.constexpr, block: tl.constexpr,
):  # fmt: skip
    """``h = x + y * gate`` (where there is y) and ``z = norm(h) * scale + shift`` (where there is z) of up to ``rows``
    neighbouring tokens that share one modulation. groups: 1, 2 (at ``split``), or 0: each token its own, rows 1."""
    program, batch = tl.program_id(0), tl.program_id(1).to(tl.int64)
    before = program < programs_before_split
    first = tl.where(before, program * rows, split + (program - programs_before_split) * rows).to(tl.int64)
    end = tl.minimum(first + rows, tl.where(before, split, tokens))
    if groups == 0:
        group = first
    else:
        group = tl.where(before, 0, groups - 1).to(tl.int64)

    column = tl.arange(0, block)
    mask = column < width
    if gate_base is not None or gate is not None:
        factor = _sum_of(gate_base, gate, batch * gate_batch + group * gate_group, column, mask)
    if z is not None:
        stretch = _sum_of(scale_base, scale, batch * scale_batch + group * scale_group, column, mask) + plus_one
        offset = _sum_of(shift_base, shift, batch * shift_batch + group * shift_group, column, mask)

    x += batch * x_batch + first * x_token + column
    if y is not None:
        y += batch * y_batch + first * y_token + column
    written = (batch * tokens + first) * width + column
    coming = tl.load(x, mask=mask, other=0.0)
    if y is not None:
        joining = tl.load(y, mask=mask, other=0.0)
    for row in range(rows):
        live = column < tl.where(first + row < end, width, 0)
        value = coming.to(tl.float32)
        if y is not None:
            added = joining.to(tl.float32)
        if rows > 1:  # the next token is on its way while this one is worked on
            ahead = column < tl.where(first + row + 1 < end, width, 0)
            x += x_token
            coming = tl.load(x, mask=ahead, other=0.0)
            if y is not None:
                y += y_token
                joining = tl.load(y, mask=ahead, other=0.0)
        if y is not None:
            if gate_base is not None or gate is not None:
                added = added * factor
            rounded = (value + added).to(h.dtype.element_ty)
            tl.store(h + written, rounded, mask=live)
            value = rounded.to(tl.float32)
        if z is not None:
            if norm == "layer":
                value = tl.where(mask, value - tl.sum(value, 0) / width, 0.0)
            value = value * tl.rsqrt(tl.sum(value * value, 0) / width + eps)
            tl.store(z + written, (value * stretch + offset).to(z.dtype.element_ty), mask=live)
        written += width


@on_its_card
def modulate_triton(
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
    """See :func:`musicvid_kernels.modulate.modulate`."""
    z = x.new_empty(x.shape)
    _launch(x, None, None, z, (None, None), (scale_base, scale), (shift_base, shift), split, eps, norm, plus_one)
    return z


@on_its_card
def gate_add_triton(
    x: torch.Tensor,
    y: torch.Tensor,
    gate_base: torch.Tensor | None = None,
    gate: torch.Tensor | None = None,
    *,
    split: int = -1,
) -> torch.Tensor:
    """See :func:`musicvid_kernels.modulate.gate_add`."""
    h = x.new_empty(x.shape)
    _launch(x, y, h, None, (gate_base, gate), (None, None), (None, None), split, 0.0, "layer", plus_one=False)
    return h


@on_its_card
def gate_add_modulate_triton(
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
    h, z = x.new_empty(x.shape), x.new_empty(x.shape)
    _launch(x, y, h, z, (gate_base, gate), (scale_base, scale), (shift_base, shift), split, eps, norm, plus_one)
    return h, z


_MOST_BATCH = 65_535
"""Of the second axis of a grid. All in one axis took a register more than there is at width 5120."""
Modulation = tuple[torch.Tensor | None, torch.Tensor | None]
"""Base ``(D,)`` and rows ``(B, G, D)``."""


def _launch(
    x: torch.Tensor,
    y: torch.Tensor | None,
    h: torch.Tensor | None,
    z: torch.Tensor | None,
    gate: Modulation,
    scale: Modulation,
    shift: Modulation,
    split: int,
    eps: float,
    norm: str,
    plus_one: bool,
) -> None:
    batch, tokens, width = x.shape
    if not x.numel():
        return
    if batch > _MOST_BATCH:
        for start in range(0, batch, _MOST_BATCH):
            part = slice(start, start + _MOST_BATCH)
            tokens_of = [None if one is None else one[part] for one in (x, y, h, z)]
            tables = [(base, None if table is None else table[part]) for base, table in (gate, scale, shift)]
            _launch(*tokens_of, *tables, split, eps, norm, plus_one)
        return
    block = triton.next_power_of_2(width)
    own = split < 0 and any(rows is not None and rows.shape[1] != 1 for _, rows in (gate, scale, shift))
    rows = 1 if own else _rows(block)
    first_of_second = min(max(split, 0), tokens)
    before = triton.cdiv(first_of_second, rows)
    programs = before + triton.cdiv(tokens - first_of_second, rows)
    strides: list[Any] = [*x.stride()[:2], *((0, 0) if y is None else y.stride()[:2])]
    for _, table in (gate, scale, shift):
        # the one row that all tokens share stays where it is when another table has a row for each token
        strides += (0, 0) if table is None else (table.stride(0), table.stride(1) if table.shape[1] > 1 else 0)
    _gate_add_modulate_kernel[(programs, batch)](
        x, y, h, z, *gate, *scale, *shift, *strides, tokens, width, first_of_second, before, eps,
        norm=norm, plus_one=float(plus_one), groups=0 if own else 2 if split >= 0 else 1, rows=rows, block=block,
        num_warps=min(max(block // 512, 1), 16), **MULTIPLY_ADD,
    )  # fmt: skip


def _rows(block: int) -> int:
    """Tokens that a program works off with the modulation in its registers.

    Read again for each token, base and row of scale and shift in float32 are four times the bytes of the token that
    is read and written, though out of the first-level cache. Wide tokens leave room for one program on a
    multiprocessor, so that its beginning is hidden by nothing: more of them share it. Narrow ones have many programs
    there, and long programs would end unevenly.
    """
    return max(block // 1024, 2)
