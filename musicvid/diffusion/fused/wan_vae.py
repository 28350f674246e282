"""Wan's VAEs with norm, SiLU, cached frames and room in one kernel, and convolutions that pad by themselves.

Stock code takes ten passes over the whole picture between two convolutions: to float32 and back, norm, division, three
products and sums, SiLU, joining with the frames kept of the chunk before, padding. Here it is read once and written
once, where the convolution reads it. What crosses memory for each element is counted in the kernel's ``cases.py``.
Pictures are enlarged in their own type (10 bytes an element in bfloat16; by way of float32 50), and a convolution that
pads nothing copies nothing.

Convolutions stay PyTorch's and weights where they are. Every module that has weights is still called, so that hooks
that bring them (offloading) work, whether they were there before or come later.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.autoencoders import autoencoder_kl_wan as stock
from musicvid_kernels.vae_norm_silu import vae_norm_silu
from torch.nn import functional

from musicvid.diffusion.fused.forwards import replace_forward, restore_forward


def fuse_wan_vae(vae: Any) -> int:
    """Plug the kernel into an ``AutoencoderKLWan`` of either kind. Returns how many of its modules changed."""
    changes = [change for module in vae.modules() for change in _changes(module)]
    for module, forward in changes:
        replace_forward(module, forward)
    return len(changes)


def unfuse_wan_vae(vae: Any) -> int:
    """Undo :func:`fuse_wan_vae`, bit for bit. Returns how many modules changed back."""
    return sum(restore_forward(module) for module in vae.modules())


def _changes(module: Any) -> list[tuple[Any, Any]]:
    """``module`` and those of its own that go with it, and what they do instead."""
    if isinstance(module, stock.WanCausalConv3d):
        return [(module, _convolved)]
    if isinstance(module, stock.WanUpsample):
        return [(module, _enlarged)]
    if isinstance(module, stock.WanResidualBlock) and _as_published(module, module.norm1, module.norm2):
        return [(module, _block), (module.norm1, _normed), (module.norm2, _normed)]
    if isinstance(module, stock.WanEncoder3d | stock.WanDecoder3d) and _as_published(module, module.norm_out):
        return [(module.norm_out, _normed_at_last), (module.nonlinearity, _activated_before)]
    return []


def _as_published(module: Any, *norms: Any) -> bool:
    """Whether these are the norms and the activation that there is a kernel for."""
    plain = all(norm.channel_first and not isinstance(norm.bias, torch.Tensor) for norm in norms)
    return plain and isinstance(module.nonlinearity, torch.nn.SiLU)


def _block(block: Any, x: Any, feat_cache: Any = None, feat_idx: Any = None) -> Any:
    """``WanResidualBlock.forward``."""
    odd_type = any(norm.gamma.dtype != x.dtype for norm in (block.norm1, block.norm2))
    if odd_type or (block.training and block.dropout.p > 0):
        return type(block).forward(block, x, feat_cache, feat_idx)
    shortcut = block.conv_shortcut(x)
    x = _step(block.norm1, block.conv1, x, feat_cache, feat_idx)
    return _step(block.norm2, block.conv2, x, feat_cache, feat_idx) + shortcut


def _step(norm: Any, conv: Any, x: Any, feat_cache: Any, feat_idx: Any) -> Any:
    """Norm, SiLU and convolution, and what is kept for the next chunk: the last frames that the convolution read."""
    cache = None if feat_cache is None else feat_cache[feat_idx[0]]
    if cache is not None:
        cache = cache.to(x.device)
    ready = norm(x, cache=cache, front=conv._padding[4])
    if feat_cache is not None:
        count = min(stock.CACHE_T, x.shape[2] + (cache is not None))
        feat_cache[feat_idx[0]] = ready[:, :, -count:].clone()
        feat_idx[0] += 1
    return conv(ready, complete=True)


def _normed(norm: Any, x: Any, cache: Any = None, front: int | None = None) -> Any:
    """With ``front`` all that :func:`_step` wants; without, as stock code calls it, the norm alone."""
    if front is None:
        return type(norm).forward(norm, x)
    return vae_norm_silu(x, norm.gamma, cache, front=front)


def _normed_at_last(norm: Any, x: Any) -> Any:
    """The last norm of the encoder or decoder, with the SiLU that follows it."""
    if x.dtype != norm.gamma.dtype:
        return functional.silu(type(norm).forward(norm, x))
    return vae_norm_silu(x, norm.gamma)


def _activated_before(_: Any, x: Any) -> Any:
    return x


def _convolved(conv: Any, x: Any, cache_x: Any = None, complete: bool = False) -> Any:
    """``WanCausalConv3d.forward``; ``complete``: the frames before ``x`` are in it already."""
    left, _, top, _, front, _ = conv._padding
    if front and not complete:
        if cache_x is not None:
            x = torch.cat([cache_x.to(x.device), x], dim=2)
            front -= cache_x.shape[2]
        x = functional.pad(x, (0, 0, 0, 0, front, 0)) if front else x
    return functional.conv3d(x, conv.weight, conv.bias, conv.stride, (0, top, left), conv.dilation, conv.groups)


def _enlarged(upsample: Any, x: Any) -> Any:
    """``WanUpsample.forward``: copying nearest pixels rounds in no type."""
    return torch.nn.Upsample.forward(upsample, x)
