"""The definition of ``qk_norm_rope_`` in plain PyTorch.

Sources: root mean square norm, Zhang and Sennrich (arXiv 1910.07467); rotary positions, Su et al., "RoFormer"
(arXiv 2104.09864), section 3.2.2.
"""

from __future__ import annotations

import torch


def qk_norm_rope_reference_(
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
    """See :func:`musicvid_kernels.qk_norm_rope.qk_norm_rope_`. Computes in float32, or in float64 when given that."""
    for x, weight in ((q, q_weight), (k, k_weight)):
        normed = _normed(x, weight, eps)
        if cos is not None and sin is not None:
            normed = _rotated(_precise(normed), _precise(cos), _precise(sin), pairing, heads)
        x.copy_(normed)


def _normed(x: torch.Tensor, weight: torch.Tensor | None, eps: float) -> torch.Tensor:
    row = _precise(x)
    row = row * torch.rsqrt(row.square().mean(-1, keepdim=True) + eps)
    return (row if weight is None else row * _precise(weight)).to(x.dtype)


def _rotated(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, pairing: str, heads: int) -> torch.Tensor:
    """Pairs turned by the angles of ``cos`` and ``sin``, whose columns repeat over the pairs."""
    *lead, width = x.shape
    # (..., repeats, P), as the columns repeat; where the two of a pair stand is the axis that is unbound
    turns = (*lead, width // 2 // cos.shape[-1], cos.shape[-1])
    axis = -1 if pairing == "interleaved" else -2
    pairs = (*lead, width // 2, 2) if pairing == "interleaved" else (*lead, heads, 2, width // heads // 2)
    first, second = (half.reshape(turns) for half in x.reshape(pairs).unbind(axis))
    cos, sin = cos.unsqueeze(-2), sin.unsqueeze(-2)
    turned = (first * cos - second * sin, first * sin + second * cos)
    one = pairs[:-1] if pairing == "interleaved" else (*lead, heads, width // heads // 2)
    return torch.stack([half.reshape(one) for half in turned], axis).reshape(x.shape)


def _precise(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
