"""``vae_norm_silu(x, gamma)``: norm and activation of Wan's VAEs, laid out as the next convolution wants it."""

from __future__ import annotations

import torch

from musicvid_kernels.choice import on_triton
from musicvid_kernels.vae_norm_silu.reference import vae_norm_silu_reference
from musicvid_kernels.vae_norm_silu.shapes import check, room_for

__all__ = ["vae_norm_silu", "vae_norm_silu_reference"]


@torch.library.custom_op("musicvid::vae_norm_silu", mutates_args=())
def vae_norm_silu(
    x: torch.Tensor,
    gamma: torch.Tensor,
    cache: torch.Tensor | None = None,
    *,
    front: int = 0,
    border: int = 0,
    silu: bool = True,
) -> torch.Tensor:
    """``x / max(norm of x over channels, 1e-12) * sqrt(channels) * gamma``, through SiLU when ``silu``, in one pass.

    ``x`` is ``(B, C, T, H, W)``, any strides; ``gamma`` has C elements in any shape. The result is
    ``(B, C, front + T, H + 2 border, W + 2 border)``: ``front`` frames come before, the last of them those of ``cache``
    (``(B, C, K, H, W)``, K at most ``front``, copied as they are), the others zero; the border is zero. It is in
    channels-last order where ``x`` is, else contiguous; its type is that of ``x``, computed in float32 and rounded
    once. Raises ValueError for other shapes and types.
    """
    check(x, gamma, cache, front, border)
    if on_triton(x):
        from musicvid_kernels.vae_norm_silu.kernel import vae_norm_silu_triton as run
    else:
        run = vae_norm_silu_reference
    return run(x, gamma, cache, front=front, border=border, silu=silu)


@vae_norm_silu.register_fake
def _(
    x: torch.Tensor,
    gamma: torch.Tensor,
    cache: torch.Tensor | None = None,
    *,
    front: int = 0,
    border: int = 0,
    silu: bool = True,
) -> torch.Tensor:
    check(x, gamma, cache, front, border)
    return room_for(x, front, border)
