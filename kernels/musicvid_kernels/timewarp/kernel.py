"""``timewarp`` and ``timewarp_flow`` in Triton.

Mixing two frames is three streams through memory: 16 bytes a lane. With flow every sample is fetched from where it
came from: a lane a pixel, 64-bit offsets, arithmetic in float32.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from musicvid_kernels.launch import MULTIPLY_ADD, on_its_card
from musicvid_kernels.timewarp.reference import (
    CONSISTENT_PX2,
    CONSISTENT_SHARE,
    LEAST_TRUST,
    WEIGHT_BITS,
    WEIGHT_SLACK,
)
from musicvid_kernels.timewarp.shapes import placed

_BYTES = 4096
"""Of a frame in one program: 128 lanes, twice 16 bytes each."""
_PIXELS = 256


@on_its_card
def timewarp_triton(frames: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """See :func:`musicvid_kernels.timewarp.timewarp`."""
    places = placed(positions, len(frames))
    made = frames.new_empty((len(positions), *frames.shape[1:]))
    if not made.numel():
        return made
    whole = frames.dtype == torch.uint8
    weight = (places.weight * 2**WEIGHT_BITS).round().int() if whole else places.weight.float()
    if not frames[0].is_contiguous():
        frames = frames.contiguous()
    count = frames[0].numel()
    block = _BYTES // frames.element_size()
    blocks = triton.cdiv(count, block)
    _mix[(len(positions) * blocks,)](
        frames, *_sent(places.frame, weight, frames.device), made, count, frames.stride(0), blocks,
        whole=whole, bits=WEIGHT_BITS, slack=WEIGHT_SLACK, lanes=block, num_warps=4, **MULTIPLY_ADD,
    )  # fmt: skip
    return made


def _sent(frame: torch.Tensor, weight: torch.Tensor, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """``frame`` as int32 and ``weight``, four bytes each, on ``device``: one copy that the host does not wait for."""
    both = torch.stack((frame.int(), weight.view(torch.int32)))
    if device.type == "cuda":
        both = both.pin_memory().to(device, non_blocking=True)
    return both[0], both[1].view(weight.dtype)


@triton.jit
def _mix(
    frames, frame_of, weight_of, made, count, stride, blocks,
    whole: tl.constexpr, bits: tl.constexpr, slack: tl.constexpr, lanes: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0)
    k = (program // blocks).to(tl.int64)
    first = (program % blocks).to(tl.int64) * lanes
    lane = tl.arange(0, lanes)
    there = lane < count - first
    i = tl.load(frame_of + k).to(tl.int64)
    weight = tl.load(weight_of + k)
    j = tl.where(weight > 0, i + 1, i)  # on a frame: the same bytes again, which are in the cache
    before = tl.load(frames + i * stride + first + lane, mask=there, other=0)
    after = tl.load(frames + j * stride + first + lane, mask=there, other=0)
    if whole:
        level = before.to(tl.int32)
        mixed = (level << bits) + (after.to(tl.int32) - level) * weight
        mixed = ((mixed + ((1 << (bits - 1)) + slack)) >> bits).to(tl.uint8)
    else:
        start = before.to(tl.float32)
        mixed = (start + (after.to(tl.float32) - start) * weight).to(made.dtype.element_ty)
        mixed = tl.where(weight > 0, mixed, before)  # bit for bit, infinities too
    tl.store(made + k * count + first + lane, mixed, mask=there)


@on_its_card
def timewarp_flow_triton(
    frames: torch.Tensor, positions: torch.Tensor, forward: torch.Tensor, backward: torch.Tensor
) -> torch.Tensor:
    """See :func:`musicvid_kernels.timewarp.timewarp_flow`."""
    places = placed(positions, len(frames))
    made = frames.new_empty((len(positions), *frames.shape[1:]))
    if not made.numel():
        return made
    _, planes, height, width = frames.shape
    blocks = triton.cdiv(height * width, _PIXELS)
    _move[(len(positions) * blocks,)](
        frames, *_sent(places.frame, places.weight.float(), frames.device), forward, backward, made,
        planes, height, width, blocks, *frames.stride(), *forward.stride(), *backward.stride(),
        whole=frames.dtype == torch.uint8, allowed=CONSISTENT_PX2, share=CONSISTENT_SHARE, least=LEAST_TRUST,
        lanes=_PIXELS, num_warps=4, **MULTIPLY_ADD,
    )  # fmt: skip
    return made


@triton.jit
def _move(
    frames, frame_of, weight_of, forward, backward, made, planes, height, width, blocks,
    x_frame, x_plane, x_row, x_column,
    forward_frame, forward_axis, forward_row, forward_column,
    backward_frame, backward_axis, backward_row, backward_column,
    whole: tl.constexpr, allowed: tl.constexpr, share: tl.constexpr, least: tl.constexpr, lanes: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0)
    k = (program // blocks).to(tl.int64)
    pixel = (program % blocks) * lanes + tl.arange(0, lanes)
    area = height * width
    there = pixel < area
    y = pixel // width
    x = pixel % width
    i = tl.load(frame_of + k).to(tl.int64)
    t = tl.load(weight_of + k)
    frames += i * x_frame
    made += k * area * planes
    if t == 0.0:
        here = y.to(tl.int64) * x_row + x.to(tl.int64) * x_column
        for _ in range(planes):
            tl.store(made + pixel, tl.load(frames + here, mask=there, other=0), mask=there)
            frames += x_plane
            made += area
    else:
        forward += i * forward_frame
        backward += i * backward_frame
        here = y.to(tl.int64) * forward_row + x.to(tl.int64) * forward_column
        forward_x = tl.load(forward + here, mask=there, other=0.0).to(tl.float32)
        forward_y = tl.load(forward + forward_axis + here, mask=there, other=0.0).to(tl.float32)
        here = y.to(tl.int64) * backward_row + x.to(tl.int64) * backward_column
        backward_x = tl.load(backward + here, mask=there, other=0.0).to(tl.float32)
        backward_y = tl.load(backward + backward_axis + here, mask=there, other=0.0).to(tl.float32)
        s = 1.0 - t
        dx = _inside(t * (t * backward_x - s * forward_x), x, width)
        dy = _inside(t * (t * backward_y - s * forward_y), y, height)
        trust = _trust(
            forward, forward_axis, forward_row, forward_column, x, y, dx, dy, height, width, t, there,
            allowed, share, least,
        )  # fmt: skip
        dx_later = _inside(s * (s * forward_x - t * backward_x), x, width)
        dy_later = _inside(s * (s * forward_y - t * backward_y), y, height)
        trust_later = _trust(
            backward, backward_axis, backward_row, backward_column, x, y, dx_later, dy_later, height, width, s, there,
            allowed, share, least,
        )  # fmt: skip
        weight = s * trust
        weight_later = t * trust_later
        total = weight + weight_later
        for _ in range(planes):
            earlier = _sampled(frames, x_row, x_column, x, y, dx, dy, height, width, there)
            later = _sampled(frames + x_frame, x_row, x_column, x, y, dx_later, dy_later, height, width, there)
            values = (weight * earlier + weight_later * later) / total
            if whole:
                values = tl.floor(values + 0.5)
            tl.store(made + pixel, values.to(made.dtype.element_ty), mask=there)
            frames += x_plane
            made += area


@triton.jit
def _inside(away, place, length):
    """``away`` from ``place``, but no further than the picture's edge."""
    return tl.minimum(tl.maximum(away, (-place).to(tl.float32)), (length - 1 - place).to(tl.float32))


@triton.jit
def _trust(
    flow, axis, row, column, x, y, dx, dy, height, width, part, there,
    allowed: tl.constexpr, share: tl.constexpr, least: tl.constexpr,
):  # fmt: skip
    """What lies ``(dx, dy)`` away should come here in a ``part`` of its flow."""
    u = part * _sampled(flow, row, column, x, y, dx, dy, height, width, there)
    v = part * _sampled(flow + axis, row, column, x, y, dx, dy, height, width, there)
    missed = (dx + u) * (dx + u) + (dy + v) * (dy + v)
    ratio = missed / (allowed + share * (dx * dx + dy * dy + u * u + v * v))
    return least + 1.0 / (1.0 + ratio * ratio)


@triton.jit
def _sampled(plane, row_stride, column_stride, x, y, dx, dy, height, width, there):
    """Between the four neighbours. Indices are held inside, so that no flow, not even NaN, reads elsewhere."""
    left = tl.floor(dx)
    top = tl.floor(dy)
    column = tl.minimum(tl.maximum(x + left.to(tl.int32), 0), width - 1)
    row = tl.minimum(tl.maximum(y + top.to(tl.int32), 0), height - 1)
    right = tl.minimum(column + 1, width - 1).to(tl.int64) * column_stride
    below = tl.minimum(row + 1, height - 1).to(tl.int64) * row_stride
    here = row.to(tl.int64) * row_stride
    first = column.to(tl.int64) * column_stride
    across = dx - left
    a = tl.load(plane + here + first, mask=there, other=0).to(tl.float32)
    b = tl.load(plane + here + right, mask=there, other=0).to(tl.float32)
    c = tl.load(plane + below + first, mask=there, other=0).to(tl.float32)
    d = tl.load(plane + below + right, mask=there, other=0).to(tl.float32)
    upper = a + (b - a) * across
    return upper + (c + (d - c) * across - upper) * (dy - top)
