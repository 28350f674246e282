"""``vae_rms_silu(x, ...)``: norm, modulation and activation of LTX-Video's VAE, laid out for the next convolution."""

from __future__ import annotations

import torch

from musicvid_kernels.choice import on_triton
from musicvid_kernels.vae_rms_silu.reference import vae_rms_silu_reference
from musicvid_kernels.vae_rms_silu.shapes import check, room_for

__all__ = ["vae_rms_silu", "vae_rms_silu_reference"]


@torch.library.custom_op("musicvid::vae_rms_silu", mutates_args=())
def vae_rms_silu(
    x: torch.Tensor,
    scale: torch.Tensor | None = None,
    shift: torch.Tensor | None = None,
    *,
    eps: float = 1e-8,
    front: int = 0,
    back: int = 0,
    silu: bool = True,
) -> torch.Tensor:
    """``x / sqrt(mean square over channels + eps) * (1 + scale) + shift``, through SiLU when ``silu``, in one pass.

    ``x`` is ``(B, C, T, H, W)``, any strides; ``scale`` and ``shift`` are ``(B, C)``, any float type and strides, or
    None, which counts as 0. The result is ``(B, C, front + T + back, H, W)``: the first frame is repeated ``front``
    times before, the last one ``back`` times behind, as convolutions in time pad it. It is in channels-last order where
    ``x`` is, else contiguous; its type is that of ``x``, computed in float32 and rounded once. Raises ValueError for
    other shapes and types.
    """
    check(x, scale, shift, front, back)
    if on_triton(x):
        from musicvid_kernels.vae_rms_silu.kernel import vae_rms_silu_triton as run
    else:
        run = vae_rms_silu_reference
    return run(x, scale, shift, eps=eps, front=front, back=back, silu=silu)


@vae_rms_silu.register_fake
def _(
    x: torch.Tensor,
    scale: torch.Tensor | None = None,
    shift: torch.Tensor | None = None,
    *,
    eps: float = 1e-8,
    front: int = 0,
    back: int = 0,
    silu: bool = True,
) -> torch.Tensor:
    check(x, scale, shift, front, back)
    return room_for(x, front, back)
