"""The VAEs of LTX-Video and LTX-2 with norm, modulation, SiLU and repeated frames of its residual blocks in one kernel.

Stock code turns the picture round to norm it, multiplies, adds, activates and copies it once more to repeat the frames
at both ends: eleven passes between two convolutions, here one. Convolutions stay PyTorch's.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_ltx import LTXVideoResnetBlock3d
from diffusers.models.autoencoders.autoencoder_kl_ltx2 import LTX2VideoResnetBlock3d
from musicvid_kernels.vae_rms_silu import vae_rms_silu

from musicvid.diffusion.fused.forwards import replace_forward, restore_forward


def fuse_ltx_vae(vae: Any) -> int:
    """Plug the kernel into an ``AutoencoderKLLTXVideo`` or ``AutoencoderKLLTX2Video``. Returns how many of its modules
    changed."""
    blocks = [module for module in vae.modules() if _as_published(module)]
    for block in blocks:
        replace_forward(block, _block)
    return len(blocks)


def unfuse_ltx_vae(vae: Any) -> int:
    """Undo :func:`fuse_ltx_vae`, bit for bit. Returns how many modules changed back."""
    return sum(restore_forward(module) for module in vae.modules())


def _as_published(module: Any) -> bool:
    """Whether it is a residual block whose norms have no weights, and whose activation the kernel knows."""
    if not isinstance(module, LTXVideoResnetBlock3d | LTX2VideoResnetBlock3d):
        return False
    norms = (module.norm1, module.norm2)
    plain = all(getattr(norm, "weight", None) is None and getattr(norm, "channel_dim", 1) == 1 for norm in norms)
    return plain and isinstance(module.nonlinearity, torch.nn.SiLU)


def _block(block: Any, inputs: Any, temb: Any = None, generator: Any = None, causal: bool | None = None) -> Any:
    """``LTXVideoResnetBlock3d.forward``, and that of LTX-2, which is told whether it is causal."""
    if block.training and block.dropout.p > 0:
        told = () if isinstance(block, LTXVideoResnetBlock3d) else (True if causal is None else causal,)
        return type(block).forward(block, inputs, temb, generator, *told)
    if isinstance(block, LTXVideoResnetBlock3d):
        causal = block.conv1.is_causal
    elif causal is None:
        causal = True
    shift_1 = scale_1 = shift_2 = scale_2 = None
    if block.scale_shift_table is not None:
        rows = temb[..., 0, 0, 0].unflatten(1, (4, -1)) + block.scale_shift_table
        shift_1, scale_1, shift_2, scale_2 = rows.unbind(1)
    x = _step(block.norm1, block.conv1, inputs, scale_1, shift_1, causal)
    x = _with_noise(x, block.per_channel_scale1, generator)
    x = _step(block.norm2, block.conv2, x, scale_2, shift_2, causal)
    x = _with_noise(x, block.per_channel_scale2, generator)
    if block.norm3 is not None:
        inputs = block.norm3(inputs.movedim(1, -1)).movedim(-1, 1)
    if block.conv_shortcut is not None:
        inputs = block.conv_shortcut(inputs)
    return x + inputs


def _step(norm: Any, conv: Any, x: Any, scale: Any, shift: Any, causal: bool) -> Any:
    """Norm, modulation, SiLU, and the convolution over what it repeats the end frames for."""
    around = conv.kernel_size[0] - 1
    front, back = (around, 0) if causal else (around // 2, around // 2)
    return conv.conv(vae_rms_silu(x, scale, shift, eps=norm.eps, front=front, back=back))


def _with_noise(x: Any, per_channel: Any, generator: Any) -> Any:
    """Noise that is the same in every frame, drawn as stock code draws it."""
    if per_channel is None:
        return x
    noise = torch.randn(x.shape[-2:], generator=generator, device=x.device, dtype=x.dtype)[None]
    return x + (noise * per_channel)[None, :, None, ...]
