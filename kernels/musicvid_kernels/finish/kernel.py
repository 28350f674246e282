"""The same as the reference in Triton, in one pass: a stream where pixels stay where they are, else a gather.

The host never reads the table. Where frames keep their size, both kernels are launched over all of them, and each
leaves at once from those that are the other's.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from musicvid_kernels.finish.pixels import TO_CB, TO_CR, chroma, clamped, grade_of, graded, level, luma, moves_of, stay
from musicvid_kernels.finish.shapes import size_of
from musicvid_kernels.launch import MULTIPLY_ADD, on_its_card

_LANES = 256


@triton.jit
def _shifted_2(values, before):
    even, _ = tl.split(values)
    return tl.join(before, even)


@triton.jit
def _shifted_4(values, before):
    even, odd = tl.split(tl.reshape(values, (values.shape[0], 2, 2)))
    return tl.reshape(tl.join(_shifted_2(odd, before), even), (values.shape[0], 4))


@triton.jit
def _shifted(values, before):
    """Columns one to the right within each row of ``(rows, 8)`` or ``(rows, 2)``, ``before`` ``(rows,)`` coming in at
    the left. Nothing moves: only names of registers do. (Older Tritons know no function that calls itself.)"""
    if values.shape[1] == 2:
        shifted = _shifted_2(values, before)
    else:
        even, odd = tl.split(tl.reshape(values, (values.shape[0], 4, 2)))
        shifted = tl.reshape(tl.join(_shifted_4(odd, before), even), (values.shape[0], 8))
    return shifted


@triton.jit
def _read(at, channel, mask, low, high):
    r = clamped(tl.load(at, mask=mask, other=0), low, high)
    g = clamped(tl.load(at + channel, mask=mask, other=0), low, high)
    b = clamped(tl.load(at + channel + channel, mask=mask, other=0), low, high)
    return r, g, b


@triton.jit
def _stream_kernel(
    frames, table, lut, planes, frame_stride, channel, row_stride, column_stride,
    height, width, groups, tiles, low, high, scale, offset, count,
    units: tl.constexpr, step: tl.constexpr,
):  # fmt: skip
    """Two rows by step columns a thread: 16 bytes of luma. ``groups`` are those of a row, ``tiles`` the programs of a
    frame."""
    t = (tl.program_id(0) // tiles).to(tl.int64)
    if table is not None:
        zoom, right, down = moves_of(table, t)
        if not stay(zoom, right, down):
            return
    own, grey, lift, strength, flash = grade_of(table, t, lut, scale, offset)
    unit = (tl.program_id(0) % tiles) * units + tl.arange(0, units)
    pair, start = unit // groups, (unit % groups) * step
    rows = pair < height // 2
    x = start[:, None] + tl.arange(0, step)[None, :]
    mask = rows[:, None] & (x < width)
    frame = frames + t * frame_stride
    luma_out = planes + t * (height * 3 // 2) * width
    red, blue = tl.zeros((units, step), tl.float32), tl.zeros((units, step), tl.float32)
    red_before, blue_before = tl.zeros((units,), tl.float32), tl.zeros((units,), tl.float32)
    before = tl.maximum(start - 1, 0)
    for k in tl.static_range(2):
        row = pair.to(tl.int64) * 2 + k
        line = frame + row * row_stride
        at = line[:, None] + x.to(tl.int64) * column_stride
        r, g, b = _read(at, channel, mask, low, high)
        r, g, b = graded(r, g, b, table, lut, count, own, grey, lift, strength, flash)
        light = luma(r, g, b)
        red += r - light
        blue += b - light
        tl.store(luma_out + row[:, None] * width + x, level(light * 219.0 + 16.0), mask=mask)
        at = line + before.to(tl.int64) * column_stride
        r, g, b = _read(at, channel, rows, low, high)
        r, g, b = graded(r, g, b, table, lut, count, own, grey, lift, strength, flash)
        light = luma(r, g, b)
        red_before += r - light
        blue_before += b - light
    half: tl.constexpr = step // 2
    chroma_out = luma_out + height.to(tl.int64) * width + pair.to(tl.int64)[:, None] * (width // 2)
    place = start[:, None] // 2 + tl.arange(0, half)[None, :]
    mask = rows[:, None] & (place < width // 2)
    even, odd = tl.split(tl.reshape(blue, (units, half, 2)))
    tl.store(chroma_out + place, chroma(_shifted(odd, blue_before), even, odd, TO_CB), mask=mask)
    even, odd = tl.split(tl.reshape(red, (units, half, 2)))
    chroma_out += (height // 2).to(tl.int64) * (width // 2)
    tl.store(chroma_out + place, chroma(_shifted(odd, red_before), even, odd, TO_CR), mask=mask)


@triton.jit
def _place(out, length, source, zoom, shift):
    """Where output pixel ``out`` of ``length`` lies in ``source`` pixels: the nearer one, the farther, its share."""
    place = (out.to(tl.float32) + 0.5 - length * (0.5 + shift)) * (source / (length * zoom)) + (source * 0.5 - 0.5)
    place = tl.minimum(tl.maximum(place, 0.0), source - 1.0)
    near = tl.floor(place)
    first = near.to(tl.int64)
    return first, tl.minimum(first + 1, source - 1), place - near


@triton.jit
def _mixed(top, bottom, left, right, across, down, low, high):
    """Bilinear: ``top`` and ``bottom`` are rows, ``left`` and ``right`` offsets in them."""
    a, b = clamped(tl.load(top + left), low, high), clamped(tl.load(bottom + left), low, high)
    near = a + (b - a) * down
    a, b = clamped(tl.load(top + right), low, high), clamped(tl.load(bottom + right), low, high)
    return near + (a + (b - a) * down - near) * across


@triton.jit
def _gather_kernel(
    frames, table, lut, planes, frame_stride, channel, row_stride, column_stride,
    source_height, source_width, height, width, tiles, low, high, scale, offset, count,
    resized: tl.constexpr, lanes: tl.constexpr,
):  # fmt: skip
    """Two by two pixels a lane, the lanes of a frame in a row. The first one of a program only says what lies left of
    the second."""
    t = (tl.program_id(0) // tiles).to(tl.int64)
    zoom, right, down = moves_of(table, t)
    if not resized:
        still = stay(zoom, right, down)
        if still:
            return
    own, grey, lift, strength, flash = grade_of(table, t, lut, scale, offset)
    lane = tl.arange(0, lanes)
    half = width // 2
    unit = (tl.program_id(0) % tiles) * (lanes - 1) + lane - 1
    last = (height // 2) * half - 1
    mask = (lane > 0) & (unit <= last)
    unit = tl.minimum(tl.maximum(unit, 0), last)
    pair, column = unit // half, unit % half
    x0, x1, across0 = _place(2 * column, width, source_width, zoom, right)
    x2, x3, across1 = _place(2 * column + 1, width, source_width, zoom, right)
    x0, x1, x2, x3 = x0 * column_stride, x1 * column_stride, x2 * column_stride, x3 * column_stride
    frame = frames + t * frame_stride
    luma_out = planes + t * (height * 3 // 2) * width + (2 * pair).to(tl.int64) * width + 2 * column
    even_red, even_blue = tl.zeros((lanes,), tl.float32), tl.zeros((lanes,), tl.float32)
    odd_red, odd_blue = tl.zeros((lanes,), tl.float32), tl.zeros((lanes,), tl.float32)
    for k in tl.static_range(2):
        y0, y1, share = _place(2 * pair + k, height, source_height, zoom, down)
        top, bottom = frame + y0 * row_stride, frame + y1 * row_stride
        for j in tl.static_range(2):
            left, far, across = (x0, x1, across0) if j == 0 else (x2, x3, across1)
            r = _mixed(top, bottom, left, far, across, share, low, high)
            g = _mixed(top + channel, bottom + channel, left, far, across, share, low, high)
            b = _mixed(top + channel + channel, bottom + channel + channel, left, far, across, share, low, high)
            r, g, b = graded(r, g, b, table, lut, count, own, grey, lift, strength, flash)
            light = luma(r, g, b)
            if j == 0:
                even_red, even_blue = even_red + (r - light), even_blue + (b - light)
                even_light = light
            else:
                odd_red, odd_blue = odd_red + (r - light), odd_blue + (b - light)
                levels = level(tl.join(even_light, light) * 219.0 + 16.0)
                tl.store(luma_out[:, None] + k * width + tl.arange(0, 2)[None, :], levels, mask=mask[:, None])
    before = tl.maximum(lane - 1, 0)
    left_red = tl.where(column == 0, even_red, tl.gather(odd_red, before, 0))
    left_blue = tl.where(column == 0, even_blue, tl.gather(odd_blue, before, 0))
    chroma_out = planes + t * (height * 3 // 2) * width + height.to(tl.int64) * width + unit
    tl.store(chroma_out, chroma(left_blue, even_blue, odd_blue, TO_CB), mask=mask)
    chroma_out += last + 1
    tl.store(chroma_out, chroma(left_red, even_red, odd_red, TO_CR), mask=mask)


@on_its_card
def finish_triton(
    frames: torch.Tensor,
    table: torch.Tensor | None = None,
    lut: torch.Tensor | None = None,
    *,
    height: int = 0,
    width: int = 0,
    low: float = 0.0,
    high: float = 1.0,
) -> torch.Tensor:
    """See :func:`musicvid_kernels.finish.finish`."""
    size = size_of(frames, height, width)
    planes = torch.empty((len(frames), size.height * 3 // 2, size.width), dtype=torch.uint8, device=frames.device)
    if not len(frames):
        return planes
    if frames.dtype == torch.uint8:
        low, high = 0.0, 255.0
    scale = 1.0 / (high - low)
    values = (low, high, scale, -low * scale, 0 if lut is None else len(lut))
    lut = None if lut is None else lut.contiguous()
    table = None if table is None else table.contiguous()
    resized = size != frames.shape[2:]
    if not resized:
        step = 16 if lut is None and size.width % 16 == 0 else 4
        groups = triton.cdiv(size.width, step)
        tiles = triton.cdiv(groups * (size.height // 2), 128)
        _stream_kernel[(tiles * len(frames),)](
            frames, table, lut, planes, *frames.stride(), *size, groups, tiles, *values,
            units=128, step=step, num_warps=4, **MULTIPLY_ADD,
        )  # fmt: skip
    if resized or table is not None:
        tiles = triton.cdiv(size.height // 2 * (size.width // 2), _LANES - 1)
        _gather_kernel[(tiles * len(frames),)](
            frames, table, lut, planes, *frames.stride(), *frames.shape[2:], *size, tiles, *values,
            resized=resized, lanes=_LANES, num_warps=4, **MULTIPLY_ADD,
        )  # fmt: skip
    return planes
