"""The definition of ``vae_rms_silu`` in plain PyTorch.

Source: the video VAE of LTX-Video (arXiv 2501.00103, section 2.2): pixel norm over channels, in a decoder that knows
the noise level scaled and shifted by its embedding, and SiLU, before convolutions that repeat the frames at both ends.
"""

from __future__ import annotations

import torch

from musicvid_kernels.vae_rms_silu.shapes import room_for


def vae_rms_silu_reference(
    x: torch.Tensor,
    scale: torch.Tensor | None = None,
    shift: torch.Tensor | None = None,
    *,
    eps: float = 1e-8,
    front: int = 0,
    back: int = 0,
    silu: bool = True,
) -> torch.Tensor:
    """See :func:`musicvid_kernels.vae_rms_silu.vae_rms_silu`. Computes in float32, or in float64 when given that."""
    frames = x.shape[2]
    y = x.to(torch.promote_types(x.dtype, torch.float32))
    y = y * (y.square().mean(1, keepdim=True) + eps).rsqrt_()
    if scale is not None:
        y *= 1 + scale.to(y.dtype)[:, :, None, None, None]
    if shift is not None:
        y += shift.to(y.dtype)[:, :, None, None, None]
    if silu:
        torch.nn.functional.silu(y, inplace=True)
    out = room_for(x, front, back)
    out[:, :, front : front + frames] = y
    out[:, :, :front] = y[:, :, :1]
    out[:, :, front + frames :] = y[:, :, -1:]
    return out
