"""The definition of ``vae_norm_silu`` in plain PyTorch.

Source: the causal 3D VAE of Wan 2.1 (arXiv 2503.20314, section 4.1): RMSNorm over channels and SiLU before every
convolution, which keeps the last two frames of its input for the next chunk.
"""

from __future__ import annotations

import torch

from musicvid_kernels.vae_norm_silu.shapes import room_for


def vae_norm_silu_reference(
    x: torch.Tensor,
    gamma: torch.Tensor,
    cache: torch.Tensor | None = None,
    *,
    front: int = 0,
    border: int = 0,
    silu: bool = True,
) -> torch.Tensor:
    """See :func:`musicvid_kernels.vae_norm_silu.vae_norm_silu`. Computes in float32, or in float64 when given that."""
    channels, height, width = x.shape[1], x.shape[3], x.shape[4]
    precise = x.to(torch.promote_types(x.dtype, torch.float32))
    length = torch.linalg.vector_norm(precise, dim=1, keepdim=True).clamp_(min=1e-12)
    y = (precise * (channels**0.5 / length)).mul_(gamma.to(precise.dtype).reshape(channels, 1, 1, 1))
    if silu:
        torch.nn.functional.silu(y, inplace=True)
    out = room_for(x, front, border)
    if front or border:
        out.zero_()
    within = out[..., border : border + height, border : border + width]
    if cache is not None:
        within[:, :, front - cache.shape[2] : front] = cache
    within[:, :, front:] = y
    return out
