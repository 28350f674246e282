"""The same as the reference in Triton: one launch for both, one program a row of ``q`` or ``k``."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from musicvid_kernels.launch import MULTIPLY_ADD, on_its_card


@triton.jit
def _norm_interleaved(x, weight, cos, sin, width, pair_count, eps, pairs: tl.constexpr, block: tl.constexpr):
    """A row is read and written in whole; the two of a pair are separated in registers."""
    column = tl.arange(0, block)
    mask = column < width
    row = tl.load(x + column, mask=mask, other=0.0).to(tl.float32)
    row = row * tl.rsqrt(tl.sum(row * row, 0) / width + eps)
    if weight is not None:
        row = row * tl.load(weight + column, mask=mask, other=0.0).to(tl.float32)
    row = row.to(x.dtype.element_ty)
    if cos is not None:
        pair = tl.arange(0, block // 2)
        turned = pair < pair_count
        angle = pair % pairs
        c = tl.load(cos + angle, mask=turned, other=0.0).to(tl.float32)
        s = tl.load(sin + angle, mask=turned, other=0.0).to(tl.float32)
        a, b = tl.split(tl.reshape(row.to(tl.float32), (block // 2, 2)))
        row = tl.reshape(tl.join(a * c - b * s, a * s + b * c), (block,)).to(x.dtype.element_ty)
    tl.store(x + column, row, mask=mask)


@triton.jit
def _norm_halves(
    x, weight, cos, sin, width, pair_count, eps, pairs: tl.constexpr, half: tl.constexpr, block: tl.constexpr
):
    """A row is read as two tiles: the first halves of all heads, and the second ones. half: half a head's width."""
    pair = tl.arange(0, block // 2)
    mask = pair < pair_count
    first = pair // half * (2 * half) + pair % half
    a = tl.load(x + first, mask=mask, other=0.0).to(tl.float32)
    b = tl.load(x + first + half, mask=mask, other=0.0).to(tl.float32)
    scale = tl.rsqrt(tl.sum(a * a + b * b, 0) / width + eps)
    a, b = a * scale, b * scale
    if weight is not None:
        a = a * tl.load(weight + first, mask=mask, other=0.0).to(tl.float32)
        b = b * tl.load(weight + first + half, mask=mask, other=0.0).to(tl.float32)
    a = a.to(x.dtype.element_ty).to(tl.float32)
    b = b.to(x.dtype.element_ty).to(tl.float32)
    angle = pair % pairs
    c = tl.load(cos + angle, mask=mask, other=0.0).to(tl.float32)
    s = tl.load(sin + angle, mask=mask, other=0.0).to(tl.float32)
    tl.store(x + first, (a * c - b * s).to(x.dtype.element_ty), mask=mask)
    tl.store(x + first + half, (a * s + b * c).to(x.dtype.element_ty), mask=mask)


@triton.jit
def _norm_row(
    x, weight, cos, sin, x_batch, x_token, cos_batch, cos_token, sin_batch, sin_token, row, tokens,
    width, pair_count, eps, pairs: tl.constexpr, half: tl.constexpr, block: tl.constexpr,
):  # fmt: skip
    batch, token = (row // tokens).to(tl.int64), (row % tokens).to(tl.int64)
    x += batch * x_batch + token * x_token
    if cos is not None:
        cos += batch * cos_batch + token * cos_token
        sin += batch * sin_batch + token * sin_token
    if half > 0:
        _norm_halves(x, weight, cos, sin, width, pair_count, eps, pairs, half, block)
    else:
        _norm_interleaved(x, weight, cos, sin, width, pair_count, eps, pairs, block)


@triton.jit
def _qk_norm_rope_kernel(
    q, k, q_weight, k_weight, cos, sin, q_batch, q_token, k_batch, k_token, cos_batch, cos_token, sin_batch, sin_token,
    q_tokens, k_tokens, q_rows, width, pair_count, eps,
    alike: tl.constexpr, pairs: tl.constexpr, half: tl.constexpr, block: tl.constexpr,
):  # fmt: skip
    """alike: ``q`` and ``k`` have as many rows, and a token's two follow each other, so that the second finds the
    angles in the cache. Else all of ``q`` come first. half 0: pairs are neighbours. ``pair_count`` is half the
    width, given and not worked out, so that its divisors are known and masks keep reads wide."""
    program = tl.program_id(0)
    if alike:
        of_k, row = program % 2, program // 2
    else:
        of_k = (program >= q_rows).to(tl.int32)
        row = program - of_k * q_rows
    if of_k == 0:
        _norm_row(q, q_weight, cos, sin, q_batch, q_token, cos_batch, cos_token, sin_batch, sin_token, row, q_tokens,
                  width, pair_count, eps, pairs, half, block)  # fmt: skip
    else:
        _norm_row(k, k_weight, cos, sin, k_batch, k_token, cos_batch, cos_token, sin_batch, sin_token, row, k_tokens,
                  width, pair_count, eps, pairs, half, block)  # fmt: skip


@on_its_card
def qk_norm_rope_triton_(
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
    """See :func:`musicvid_kernels.qk_norm_rope.qk_norm_rope_`."""
    batch, tokens, width = q.shape
    programs = batch * (tokens + k.shape[1])
    if not programs or not width:
        return
    block = triton.next_power_of_2(width)
    turns = cos is not None and sin is not None
    _qk_norm_rope_kernel[(programs,)](
        q, k, q_weight, k_weight, cos, sin, *q.stride()[:2], *k.stride()[:2], *_steps(cos), *_steps(sin),
        tokens, k.shape[1], batch * tokens, width, width // 2, eps,
        alike=tokens == k.shape[1], pairs=cos.shape[2] if cos is not None else 1,
        half=width // (2 * heads) if turns and pairing == "halves" else 0, block=block,
        num_warps=min(max(block // 512, 1), 16), **MULTIPLY_ADD,
    )  # fmt: skip


def _steps(angles: torch.Tensor | None) -> tuple[int, int]:
    """Strides of batch and token; a batch of one holds for all."""
    if angles is None:
        return 0, 0
    return (angles.stride(0) if angles.shape[0] > 1 else 0), angles.stride(1)
