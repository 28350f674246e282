"""``vae_norm_silu`` in Triton: a program makes all channels of a few pixels of one row of one output frame.

One kernel serves both orders of memory: which of the two strides of a tile is 1 decides how Triton spreads it over
threads. Rows that lie in one piece are joined, so that without a border a frame is a single row and stays aligned.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from musicvid_kernels.launch import MULTIPLY_ADD, on_its_card
from musicvid_kernels.vae_norm_silu.shapes import room_for

THREAD = 32
"""Elements a thread holds in registers at most: nothing spills, and several programs share a multiprocessor."""
WARPS = 8
"""How many a program has, twice as many where there are so many channels that ``SEGMENT_BYTES`` asks for them."""
SEGMENT_BYTES = 64
"""What is read of one channel in one piece, if possible: two sectors of memory."""


@triton.jit
def tile(channel, pixel, by_channel, by_pixel, live, channels: tl.constexpr):
    """Where the elements lie, and which of them there are."""
    at = channel[:, None].to(tl.int64) * by_channel + pixel[None, :].to(tl.int64) * by_pixel
    return at, (channel < channels)[:, None] & live[None, :]


@triton.jit
def _activated(value, factor, gamma, channel, channels: tl.constexpr, silu: tl.constexpr):
    weight = tl.load(gamma + channel, mask=channel < channels, other=0.0).to(tl.float32)
    value = value * factor[None, :] * weight[:, None]
    if silu:
        value = value / (1.0 + tl.exp(-value))
    return value


@triton.jit(do_not_specialize=["height", "out_frames", "pieces", "front", "cached"])
def _vae_norm_silu_kernel(
    x, gamma, cache, out,
    x_batch, x_channel, x_frame, x_row, x_pixel,
    cache_batch, cache_channel, cache_frame, cache_row, cache_pixel,
    out_batch, out_channel, out_frame, out_row, out_pixel,
    height, width, out_frames, pieces, front, cached, root,
    channels: tl.constexpr, main: tl.constexpr, rest: tl.constexpr, pixels: tl.constexpr, border: tl.constexpr,
    silu: tl.constexpr,
):  # fmt: skip
    """``pieces`` programs a row. The channels are ``main`` and ``rest`` ones: 96 as 64 and 32 leave no lane idle. What
    is outside of the picture is read as zero, which norm and SiLU leave at zero."""
    program = tl.program_id(0)
    line = program // pieces
    rows = height + 2 * border
    row = line % rows - border
    frame = line // rows % out_frames - front
    batch = (line // rows // out_frames).to(tl.int64)
    column = (program % pieces) * pixels + tl.arange(0, pixels)
    pixel = column - border
    live = pixel < width
    if border > 0:
        live = live & (pixel >= 0)
    first = tl.arange(0, main)
    at, mask = tile(first, pixel, x_channel, x_pixel, live, channels)
    written, room = tile(first, column, out_channel, out_pixel, column < width + 2 * border, channels)
    out += batch * out_batch + (frame + front).to(tl.int64) * out_frame + (row + border).to(tl.int64) * out_row
    if rest > 0:
        second = main + tl.arange(0, rest)
        at_rest, mask_rest = tile(second, pixel, x_channel, x_pixel, live, channels)
        written_rest, room_rest = tile(second, column, out_channel, out_pixel, column < width + 2 * border, channels)

    within = (row >= 0) & (row < height)
    if within & (frame >= 0):
        x += batch * x_batch + frame.to(tl.int64) * x_frame + row.to(tl.int64) * x_row
        value = tl.load(x + at, mask=mask, other=0.0).to(tl.float32)
        square = tl.sum(value * value, 0)
        if rest > 0:
            value_rest = tl.load(x + at_rest, mask=mask_rest, other=0.0).to(tl.float32)
            square += tl.sum(value_rest * value_rest, 0)
        factor = root / tl.maximum(tl.sqrt(square), 1e-12)
        value = _activated(value, factor, gamma, first, channels, silu)
        tl.store(out + written, value.to(out.dtype.element_ty), mask=room)
        if rest > 0:
            value_rest = _activated(value_rest, factor, gamma, second, channels, silu)
            tl.store(out + written_rest, value_rest.to(out.dtype.element_ty), mask=room_rest)
    elif within & (frame >= -cached):
        if cache is not None:
            cache += batch * cache_batch + (frame + cached).to(tl.int64) * cache_frame + row.to(tl.int64) * cache_row
            kept, seen = tile(first, pixel, cache_channel, cache_pixel, live, channels)
            tl.store(out + written, tl.load(cache + kept, mask=seen, other=0.0), mask=room)
            if rest > 0:
                kept_rest, seen_rest = tile(second, pixel, cache_channel, cache_pixel, live, channels)
                tl.store(out + written_rest, tl.load(cache + kept_rest, mask=seen_rest, other=0.0), mask=room_rest)
    else:
        tl.store(out + written, tl.zeros([main, pixels], out.dtype.element_ty), mask=room)
        if rest > 0:
            tl.store(out + written_rest, tl.zeros([rest, pixels], out.dtype.element_ty), mask=room_rest)


@on_its_card
def vae_norm_silu_triton(
    x: torch.Tensor,
    gamma: torch.Tensor,
    cache: torch.Tensor | None = None,
    *,
    front: int = 0,
    border: int = 0,
    silu: bool = True,
) -> torch.Tensor:
    """See :func:`musicvid_kernels.vae_norm_silu.vae_norm_silu`."""
    out = room_for(x, front, border)
    if not out.numel():
        return out
    batch, channels, frames, height, width = x.shape
    strides = [list(t.stride()) for t in (x, out if cache is None else cache, out)]
    if border == 0:
        height, width = join_rows(strides, height, width)
    main, rest = split_channels(channels)
    least = SEGMENT_BYTES // x.element_size() if out.is_contiguous() else 1
    pixels, warps = tile_size(main + rest, width + 2 * border, least, THREAD // 2 if border else THREAD)
    pieces = triton.cdiv(width + 2 * border, pixels)
    _vae_norm_silu_kernel[(batch * (front + frames) * (height + 2 * border) * pieces,)](
        x, gamma.reshape(-1).contiguous(), cache, out, *strides[0], *strides[1], *strides[2],
        height, width, front + frames, pieces, front, 0 if cache is None else cache.shape[2], channels**0.5,
        channels=channels, main=main, rest=rest, pixels=pixels, border=border, silu=silu,
        num_warps=warps, **MULTIPLY_ADD,
    )  # fmt: skip
    return out


def join_rows(strides: list[list[int]], height: int, width: int) -> tuple[int, int]:
    """Height and width of a frame: one row, where rows follow each other in all tensors. Their strides, which may not
    be aligned, are then 0."""
    if any(row != width * pixel for *_, row, pixel in strides):
        return height, width
    for stride in strides:
        stride[3] = 0
    return 1, height * width


def split_channels(channels: int) -> tuple[int, int]:
    """``channels`` as one power of two or, exactly, as two that are not too different."""
    main = _floor(channels)
    rest = channels - main
    if rest == _floor(rest) and 4 * rest >= main:
        return main, rest
    return (2 * main, 0) if rest else (main, 0)


def tile_size(channels: int, row: int, least: int, thread: int) -> tuple[int, int]:
    """Pixels of a program, a power of two and ``least`` if possible, and its warps, for ``thread`` elements a thread.
    Fewer are right in rows with a border: they are not aligned, so that each element has an address of its own."""
    whole = 32 * WARPS * thread
    pixels = min(max(_floor(whole // channels), least), _floor(2 * whole // channels), triton.next_power_of_2(row))
    return pixels, min(triton.next_power_of_2(triton.cdiv(channels * pixels, 32 * thread)), 2 * WARPS)


def _floor(number: int) -> int:
    """The largest power of two up to ``number``; 1 for less than that."""
    return 1 << (max(number, 1).bit_length() - 1)
