"""``qk_norm_rope_(q, k, ...)``: norm and rotary positions of queries and keys, in place, in one pass."""

from __future__ import annotations

import torch

from musicvid_kernels.choice import on_triton
from musicvid_kernels.qk_norm_rope.reference import qk_norm_rope_reference_
from musicvid_kernels.qk_norm_rope.shapes import check

__all__ = ["qk_norm_rope_", "qk_norm_rope_reference_"]


@torch.library.custom_op("musicvid::qk_norm_rope_", mutates_args=("q", "k"))
def qk_norm_rope_(
    q: torch.Tensor,
    k: torch.Tensor,
    q_weight: torch.Tensor | None = None,
    k_weight: torch.Tensor | None = None,
    cos: torch.Tensor | None = None,
    sin: torch.Tensor | None = None,
    *,
    eps: float = 1e-6,
    pairing: str = "interleaved",
    heads: int = 1,
) -> None:
    """Overwrite ``q`` ``(B, Lq, D)`` and ``k`` ``(B, Lk, D)`` with their norm, turned by each token's angles.

    The norm: ``x / sqrt(mean square + eps) * weight`` over the whole width D, all heads together; weights are
    ``(D,)`` or None. The result is rounded to the tensor's type before it is turned, as models do that norm in one
    module and rotate in another. Without ``cos`` and ``sin`` nothing is turned, and Lq and Lk may differ.

    ``cos`` and ``sin`` are ``(1 or B, L, P)``, P a divisor of D / 2: pair p turns by the angle of column ``p % P``
    (P is half a head where all heads turn alike, D / 2 where they do not). ``(a, b)`` becomes
    ``(a cos - b sin, a sin + b cos)``. Which two make a pair: ``interleaved``, elements 2p and 2p + 1;
    ``halves``, in head ``h`` of ``heads``, elements j and j + head / 2, with ``p = h * head / 2 + j``.

    All last strides are 1; rows and batches may lie anywhere, as slices of one fused projection do. The rows of ``q``
    and ``k`` must not overlap. Raises ValueError for other shapes, types and words.
    """
    check(q, k, q_weight, k_weight, cos, sin, pairing, heads)
    if on_triton(q):
        from musicvid_kernels.qk_norm_rope.kernel import qk_norm_rope_triton_ as run
    else:
        run = qk_norm_rope_reference_
    run(q, k, q_weight, k_weight, cos, sin, eps=eps, pairing=pairing, heads=heads)


@qk_norm_rope_.register_fake
def _(
    q: torch.Tensor,
    k: torch.Tensor,
    q_weight: torch.Tensor | None = None,
    k_weight: torch.Tensor | None = None,
    cos: torch.Tensor | None = None,
    sin: torch.Tensor | None = None,
    *,
    eps: float = 1e-6,
    pairing: str = "interleaved",
    heads: int = 1,
) -> None:
    check(q, k, q_weight, k_weight, cos, sin, pairing, heads)
