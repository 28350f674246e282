"""Norm, scale and shift of transformer blocks whose timestep speaks through a table: adaLN-single, in one pass.

Tokens are ``(B, L, D)`` floats; the last stride is 1, the others are free. What scales, shifts or gates a token is the
sum, in float32, of a base ``(D,)`` (the block's table, or a norm's weight and bias) and a row of ``(B, G, D)`` (what
the timestep gave; views are fine, expanded ones too). Either may be None, which counts as 0, and both may have other
types than the tokens. Which row a token uses: ``split < 0``: the only one (G is 1) or its own (G is L); ``split >= 0``:
tokens before ``split`` row 0, the others row 1 (G is 2), as when the first frame is given and has a timestep of its
own.
"""

from __future__ import annotations

import torch

from musicvid_kernels.choice import on_triton
from musicvid_kernels.modulate.reference import (
    gate_add_modulate_reference,
    gate_add_reference,
    modulate_reference,
)
from musicvid_kernels.modulate.shapes import check_modulation, check_norm, check_tokens

__all__ = [
    "gate_add",
    "gate_add_modulate",
    "gate_add_modulate_reference",
    "gate_add_reference",
    "modulate",
    "modulate_reference",
]


@torch.library.custom_op("musicvid::modulate", mutates_args=())
def modulate(
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
    """``norm(x) * (plus_one + scale_base + scale[g]) + shift_base + shift[g]``, contiguous, in the type of ``x``.

    ``norm`` over the width, without weights: ``layer`` subtracts the mean and divides by ``sqrt(variance + eps)``
    (biased), ``rms`` divides by ``sqrt(mean square + eps)``. Raises ValueError for other shapes, types and words.
    """
    _check_modulate(x, scale_base, shift_base, scale, shift, split, norm)
    if on_triton(x):
        from musicvid_kernels.modulate.kernel import modulate_triton as run
    else:
        run = modulate_reference
    return run(x, scale_base, shift_base, scale, shift, split=split, eps=eps, norm=norm, plus_one=plus_one)


@modulate.register_fake
def _(
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
    _check_modulate(x, scale_base, shift_base, scale, shift, split, norm)
    return x.new_empty(x.shape)


@torch.library.custom_op("musicvid::gate_add", mutates_args=())
def gate_add(
    x: torch.Tensor,
    y: torch.Tensor,
    gate_base: torch.Tensor | None = None,
    gate: torch.Tensor | None = None,
    *,
    split: int = -1,
) -> torch.Tensor:
    """``x + y * (gate_base + gate[g])``, contiguous, in the type of ``x``; ``x + y`` where there is no gate.

    ``y`` has the shape of ``x``, and any float type. Raises ValueError for other shapes and types.
    """
    _check_gate(x, y, gate_base, gate, split)
    if on_triton(x):
        from musicvid_kernels.modulate.kernel import gate_add_triton as run
    else:
        run = gate_add_reference
    return run(x, y, gate_base, gate, split=split)


@gate_add.register_fake
def _(
    x: torch.Tensor,
    y: torch.Tensor,
    gate_base: torch.Tensor | None = None,
    gate: torch.Tensor | None = None,
    *,
    split: int = -1,
) -> torch.Tensor:
    _check_gate(x, y, gate_base, gate, split)
    return x.new_empty(x.shape)


@torch.library.custom_op("musicvid::gate_add_modulate", mutates_args=())
def gate_add_modulate(
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
    """``h = gate_add(x, y, gate_base, gate)``, rounded to the type of ``x``, and ``z = modulate(h, ...)``: ``(h, z)``.

    The end of one branch and the beginning of the next in one pass. ``split`` holds for gate, scale and shift.
    """
    _check_modulate(x, scale_base, shift_base, scale, shift, split, norm)
    _check_gate(x, y, gate_base, gate, split)
    if on_triton(x):
        from musicvid_kernels.modulate.kernel import gate_add_modulate_triton as run
    else:
        run = gate_add_modulate_reference
    return run(x, y, scale_base, shift_base, scale, shift, gate_base, gate,
               split=split, eps=eps, norm=norm, plus_one=plus_one)  # fmt: skip


@gate_add_modulate.register_fake
def _(
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
    _check_modulate(x, scale_base, shift_base, scale, shift, split, norm)
    _check_gate(x, y, gate_base, gate, split)
    return x.new_empty(x.shape), x.new_empty(x.shape)


def _check_modulate(
    x: torch.Tensor,
    scale_base: torch.Tensor | None,
    shift_base: torch.Tensor | None,
    scale: torch.Tensor | None,
    shift: torch.Tensor | None,
    split: int,
    norm: str,
) -> None:
    check_tokens(x)
    check_norm(norm)
    check_modulation("scale", scale_base, scale, split=split, x=x)
    check_modulation("shift", shift_base, shift, split=split, x=x)


def _check_gate(
    x: torch.Tensor, y: torch.Tensor, gate_base: torch.Tensor | None, gate: torch.Tensor | None, split: int
) -> None:
    check_tokens(x, y)
    check_modulation("gate", gate_base, gate, split=split, x=x)
