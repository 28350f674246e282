"""What stock diffusers and PyTorch run, operation by operation, where one of our ops stands instead.

Each takes an op's arguments, and returns the call to be timed; what the model has ready at that point is made before.
Modules and functions are diffusers' own where they can be called alone, else its lines. Ops without an entry have no
stock counterpart: they are held against their own definition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from musicvid_kernels.finish import FLASH, GAIN, LIFT, LUT, SATURATION, SHIFT_X, SHIFT_Y, ZOOM
from musicvid_kernels.finish.reference import KB, KG, KR
from torch.nn import functional

Call = Callable[[], Any]
HEAD = 128
"""Width of a head of Wan's."""


def modulate(x: torch.Tensor, *rows: Any, **more: Any) -> Call:
    """``WanTransformerBlock.forward``, or ``LTXVideoTransformerBlock.forward`` for RMSNorm."""
    change = _modulation(x, *rows, **more)
    return lambda: change(x)


def gate_add(x, y, gate_base=None, gate=None, *, split=-1) -> Call:
    gate = _own_rows(x, gate, split)
    if gate.dtype != torch.float32:  # LTX works in its own type
        return lambda: x + y * (gate_base + gate)
    return lambda: (x.float() + y.float() * (gate_base + gate)).type_as(x)


def gate_add_modulate(x, y, scale_base=None, shift_base=None, scale=None, shift=None, gate_base=None, gate=None,
                      *, split=-1, **norm) -> Call:  # fmt: skip
    add = gate_add(x, y, gate_base, gate, split=split)
    change = _modulation(x, scale_base, shift_base, scale, shift, split=split, **norm)

    def call() -> tuple[torch.Tensor, torch.Tensor]:
        h = add()
        return h, change(h)

    return call


def qk_norm_rope_(q, k, q_weight=None, k_weight=None, cos=None, sin=None, *, eps=1e-6, pairing="interleaved",
                  heads=1) -> Call:  # fmt: skip
    """``WanAttnProcessor`` and the processors of LTX, between the projections and attention."""

    def norms() -> tuple[torch.Tensor, torch.Tensor]:
        return functional.rms_norm(q, q.shape[-1:], q_weight, eps), functional.rms_norm(k, k.shape[-1:], k_weight, eps)

    if cos is None:
        return norms
    if pairing == "halves":
        from diffusers.models.transformers.transformer_ltx2 import apply_split_rotary_emb

        turns = tuple(part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in (cos, sin))
        return lambda: [apply_split_rotary_emb(part, turns) for part in norms()]
    twice = tuple(part.repeat_interleave(2, dim=-1) for part in (cos, sin))
    if twice[0].shape[-1] == q.shape[-1]:
        from diffusers.models.transformers.transformer_ltx import apply_rotary_emb

        return lambda: [apply_rotary_emb(part, twice) for part in norms()]
    each = tuple(part.unsqueeze(2) for part in twice)
    return lambda: [_wan_rotary(part.unflatten(2, (-1, each[0].shape[-1])), *each) for part in norms()]


def vae_norm_silu(x, gamma, cache=None, *, front=0, border=0, silu=True) -> Call:
    """``WanRMS_norm``, SiLU, and what ``WanCausalConv3d`` does before it convolves: it always pads by itself."""
    from diffusers.models.autoencoders.autoencoder_kl_wan import WanRMS_norm

    norm = WanRMS_norm(x.shape[1], images=False)
    norm.gamma = torch.nn.Parameter(gamma.reshape(norm.gamma.shape), requires_grad=False)

    def call() -> torch.Tensor:
        made = functional.silu(norm(x)) if silu else norm(x)
        missing = front
        if cache is not None:
            made, missing = torch.cat([cache, made], dim=2), front - cache.shape[2]
        return functional.pad(made, (1, 1, 1, 1, missing, 0))

    return call


def vae_rms_silu(x, scale=None, shift=None, *, eps=1e-8, front=0, back=0, silu=True) -> Call:
    """``LTXVideoResnetBlock3d`` before its convolutions, and the frames that ``LTXVideoCausalConv3d`` repeats."""
    from diffusers.models.normalization import RMSNorm

    norm = RMSNorm(x.shape[1], eps=eps, elementwise_affine=False)
    rows = None if scale is None or shift is None else [row[:, :, None, None, None] for row in (scale, shift)]

    def call() -> torch.Tensor:
        made = norm(x.movedim(1, -1)).movedim(-1, 1)
        if rows is not None:
            made = made * (1 + rows[0]) + rows[1]
        made = functional.silu(made) if silu else made
        ends = made[:, :, :1].repeat((1, 1, front, 1, 1)), made[:, :, -1:].repeat((1, 1, back, 1, 1))
        return torch.concatenate([ends[0], made, ends[1]], dim=2)

    return call


def timewarp(frames, positions) -> Call:
    """Every frame's two neighbours gathered and mixed in float32."""
    places = positions.to(frames.device, torch.float32)
    before = places.floor().long().clamp(max=len(frames) - 1)
    after = (before + 1).clamp(max=len(frames) - 1)
    weight = (places - before).reshape(-1, *[1] * (frames.ndim - 1))
    half = 0.0 if frames.is_floating_point() else 0.5

    def call() -> torch.Tensor:
        exact = frames.float()
        return (torch.lerp(exact[before], exact[after], weight) + half).to(frames.dtype)

    return call


def frame_difference(frames) -> Call:
    return lambda: (frames[1:].float() - frames[:-1].float()).abs().flatten(1).sum(1)


def finish(frames, table=None, lut=None, *, height=0, width=0, low=0.0, high=1.0) -> Call:
    """``interpolate`` or ``grid_sample``, gain, lift and saturation as one matrix a frame, flash, BT.709 as one matrix,
    chroma halved by a convolution. PyTorch has no tetrahedra: the look-up is the definition's."""
    size = (height or frames.shape[2], width or frames.shape[3])
    where, grade, offset = _table_as_matrices(table, size) if table is not None else (None, None, None)
    white = 255.0 if frames.dtype == torch.uint8 else high
    black = 0.0 if frames.dtype == torch.uint8 else low
    to_levels, zero, halve = _bt709(frames.device)

    def call() -> torch.Tensor:
        rgb = (frames.float().clamp(black, white) - black) / (white - black)
        if where is not None:
            rgb = functional.grid_sample(rgb, where, mode="bilinear", padding_mode="border", align_corners=False)
        elif size != frames.shape[2:]:
            rgb = functional.interpolate(rgb, size, mode="bilinear", align_corners=False)
        rgb = rgb.flatten(2)
        if grade is not None:
            rgb = torch.baddbmm(offset, grade, rgb)
        if lut is not None:
            rgb = _looked_up(rgb, lut, None if table is None else table[:, LUT, None, None])
        if table is not None:
            rgb = torch.lerp(rgb, rgb.new_ones(()), table[:, FLASH, None, None])
        ycc = torch.baddbmm(zero, to_levels.expand(len(rgb), 3, 3), rgb.clamp(0, 1))
        chroma = functional.pad(ycc[:, 1:].unflatten(2, size), (1, 0, 0, 0), mode="replicate")
        chroma = functional.conv2d(chroma, halve, stride=2, groups=2).flatten(1)
        planes = torch.cat([ycc[:, 0], chroma], 1).round().to(torch.uint8)
        return planes.reshape(len(frames), size[0] * 3 // 2, size[1])

    return call


def _table_as_matrices(table: torch.Tensor, size: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Where pixels come from, ``(T, H, W, 2)`` in -1 to 1 of the picture; colours, ``(T, 3, 3)`` and ``(T, 3, 1)``."""
    zoom, none = table[:, ZOOM], torch.zeros_like(table[:, ZOOM])
    rows = [torch.stack(row, 1) for row in ((1 / zoom, none, -2 * table[:, SHIFT_X] / zoom),
                                            (none, 1 / zoom, -2 * table[:, SHIFT_Y] / zoom))]  # fmt: skip
    where = functional.affine_grid(torch.stack(rows, 1), [len(table), 3, *size], align_corners=False)
    own = torch.eye(3, device=table.device)
    grey = torch.tensor([KR, KG, KB], device=table.device).expand(3, 3)
    gain, saturation = table[:, GAIN, None, None], table[:, SATURATION, None, None]
    return where, gain * (saturation * own + (1 - saturation) * grey), table[:, LIFT, None, None].expand(-1, 3, 1)


def _bt709(device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """RGB in 0..1 to levels of Y, Cb and Cr, and 1-2-1 over columns of two rows."""
    luma = torch.tensor([KR, KG, KB], device=device)
    blue, red = (torch.tensor(row, device=device) for row in ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0)))
    matrix = torch.stack([219 * luma, 112 / (1 - KB) * (blue - luma), 112 / (1 - KR) * (red - luma)])
    halve = torch.tensor([[1.0, 2.0, 1.0]], device=device).expand(2, 1, 2, 3) / 8
    return matrix, torch.tensor([[16.0], [128.0], [128.0]], device=device), halve


def _looked_up(rgb: torch.Tensor, lut: torch.Tensor, strength: torch.Tensor | None) -> torch.Tensor:
    from musicvid_kernels.finish.reference import _tetrahedral

    found = _tetrahedral(rgb.clamp(0, 1).unsqueeze(2), lut).squeeze(2)
    return found if strength is None else torch.lerp(rgb, found, strength)


def _modulation(x, scale_base=None, shift_base=None, scale=None, shift=None, *, split=-1, eps=1e-6,
                norm="layer") -> Callable[[torch.Tensor], torch.Tensor]:  # fmt: skip
    scale, shift = (_own_rows(x, rows, split) for rows in (scale, shift))
    if norm == "rms":
        from diffusers.models.normalization import RMSNorm

        rms = RMSNorm(x.shape[-1], eps=eps, elementwise_affine=False)
        return lambda x: rms(x) * (1 + (scale_base + scale)) + (shift_base + shift)
    from diffusers.models.normalization import FP32LayerNorm

    layer = FP32LayerNorm(x.shape[-1], eps, elementwise_affine=False)
    return lambda x: (layer(x.float()) * (1 + (scale_base + scale.float())) + (shift_base + shift.float())).type_as(x)


def _own_rows(x: torch.Tensor, rows: torch.Tensor, split: int) -> torch.Tensor:
    """Of two timesteps, stock writes the row of every token out."""
    if split < 0:
        return rows
    return rows[:, (torch.arange(x.shape[1], device=x.device) >= split).long()]


def _wan_rotary(hidden_states: torch.Tensor, freqs_cos: torch.Tensor, freqs_sin: torch.Tensor) -> torch.Tensor:
    """Nested in ``WanAttnProcessor.__call__``."""
    x1, x2 = hidden_states.unflatten(-1, (-1, 2)).unbind(-1)
    cos = freqs_cos[..., 0::2]
    sin = freqs_sin[..., 1::2]
    out = torch.empty_like(hidden_states)
    out[..., 0::2] = x1 * cos - x2 * sin
    out[..., 1::2] = x1 * sin + x2 * cos
    return out.type_as(hidden_states)


CALLS: dict[str, Callable[..., Call]] = {
    "modulate": modulate,
    "gate_add": gate_add,
    "gate_add_modulate": gate_add_modulate,
    "qk_norm_rope_": qk_norm_rope_,
    "vae_norm_silu": vae_norm_silu,
    "vae_rms_silu": vae_rms_silu,
    "finish": finish,
    "timewarp": timewarp,
    "frame_difference": frame_difference,
}
