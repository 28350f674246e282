"""``vae_rms_silu`` in Triton: a program makes all channels of a few pixels of one output frame.

Frames that are repeated are worked out again: there are few, and what they read is in the cache.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from musicvid_kernels.launch import MULTIPLY_ADD, on_its_card
from musicvid_kernels.vae_norm_silu.kernel import SEGMENT_BYTES, THREAD, join_rows, split_channels, tile, tile_size
from musicvid_kernels.vae_rms_silu.shapes import room_for


@triton.jit
def _modulated(value, factor, scale, shift, offset, channel, channels: tl.constexpr, silu: tl.constexpr):
    value = value * factor[None, :]
    if scale is not None:
        stretch = tl.load(scale + offset + channel, mask=channel < channels, other=0.0).to(tl.float32)
        value = value * (1.0 + stretch)[:, None]
    if shift is not None:
        moved = tl.load(shift + offset + channel, mask=channel < channels, other=0.0).to(tl.float32)
        value = value + moved[:, None]
    if silu:
        value = value / (1.0 + tl.exp(-value))
    return value


@triton.jit(do_not_specialize=["height", "frames", "out_frames", "pieces", "front"])
def _vae_rms_silu_kernel(
    x, scale, shift, out,
    x_batch, x_channel, x_frame, x_row, x_pixel,
    out_batch, out_channel, out_frame, out_row, out_pixel,
    height, width, frames, out_frames, pieces, front, eps,
    channels: tl.constexpr, main: tl.constexpr, rest: tl.constexpr, pixels: tl.constexpr, silu: tl.constexpr,
):  # fmt: skip
    """``pieces`` programs a row. The channels are ``main`` and ``rest`` ones: 96 as 64 and 32 leave no lane idle."""
    program = tl.program_id(0)
    line = program // pieces
    row = (line % height).to(tl.int64)
    shown = line // height % out_frames
    batch = (line // height // out_frames).to(tl.int64)
    frame = tl.minimum(tl.maximum(shown - front, 0), frames - 1).to(tl.int64)
    pixel = (program % pieces) * pixels + tl.arange(0, pixels)
    x += batch * x_batch + frame * x_frame + row * x_row
    out += batch * out_batch + shown.to(tl.int64) * out_frame + row * out_row

    first = tl.arange(0, main)
    at, mask = tile(first, pixel, x_channel, x_pixel, pixel < width, channels)
    value = tl.load(x + at, mask=mask, other=0.0).to(tl.float32)
    square = tl.sum(value * value, 0)
    if rest > 0:
        second = main + tl.arange(0, rest)
        at_rest, mask_rest = tile(second, pixel, x_channel, x_pixel, pixel < width, channels)
        value_rest = tl.load(x + at_rest, mask=mask_rest, other=0.0).to(tl.float32)
        square += tl.sum(value_rest * value_rest, 0)
    factor = tl.rsqrt(square / channels + eps)
    value = _modulated(value, factor, scale, shift, batch * channels, first, channels, silu)
    written, _ = tile(first, pixel, out_channel, out_pixel, pixel < width, channels)
    tl.store(out + written, value.to(out.dtype.element_ty), mask=mask)
    if rest > 0:
        value_rest = _modulated(value_rest, factor, scale, shift, batch * channels, second, channels, silu)
        written_rest, _ = tile(second, pixel, out_channel, out_pixel, pixel < width, channels)
        tl.store(out + written_rest, value_rest.to(out.dtype.element_ty), mask=mask_rest)


@on_its_card
def vae_rms_silu_triton(
    x: torch.Tensor,
    scale: torch.Tensor | None = None,
    shift: torch.Tensor | None = None,
    *,
    eps: float = 1e-8,
    front: int = 0,
    back: int = 0,
    silu: bool = True,
) -> torch.Tensor:
    """See :func:`musicvid_kernels.vae_rms_silu.vae_rms_silu`."""
    out = room_for(x, front, back)
    if not out.numel():
        return out
    batch, channels, frames, height, width = x.shape
    strides = [list(t.stride()) for t in (x, out)]
    height, width = join_rows(strides, height, width)
    main, rest = split_channels(channels)
    least = SEGMENT_BYTES // x.element_size() if out.is_contiguous() else 1
    pixels, warps = tile_size(main + rest, width, least, THREAD)
    pieces = triton.cdiv(width, pixels)
    rows = [None if given is None else given.contiguous() for given in (scale, shift)]  # a few hundred numbers
    _vae_rms_silu_kernel[(batch * out.shape[2] * height * pieces,)](
        x, *rows, out, *strides[0], *strides[1], height, width, frames, out.shape[2], pieces, front, eps,
        channels=channels, main=main, rest=rest, pixels=pixels, silu=silu, num_warps=warps, **MULTIPLY_ADD,
    )  # fmt: skip
    return out
