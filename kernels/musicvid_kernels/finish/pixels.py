"""What both kernels do to a pixel, in Triton. Imported lazily."""

from __future__ import annotations

import triton
import triton.language as tl

from musicvid_kernels.finish.reference import KB, KG, KR
from musicvid_kernels.finish.table import COLUMNS, FLASH, GAIN, LIFT, LUT, SATURATION, SHIFT_X, SHIFT_Y, ZOOM

_COLUMNS = tl.constexpr(len(COLUMNS))
_ZOOM, _SHIFT_X, _SHIFT_Y = tl.constexpr(ZOOM), tl.constexpr(SHIFT_X), tl.constexpr(SHIFT_Y)
_GAIN, _LIFT, _SATURATION = tl.constexpr(GAIN), tl.constexpr(LIFT), tl.constexpr(SATURATION)
_LUT, _FLASH = tl.constexpr(LUT), tl.constexpr(FLASH)
_KR, _KG, _KB = tl.constexpr(KR), tl.constexpr(KG), tl.constexpr(KB)
TO_CB, TO_CR = tl.constexpr(224.0 / (2.0 * (1.0 - KB)) / 8.0), tl.constexpr(224.0 / (2.0 * (1.0 - KR)) / 8.0)
"""From sums over two rows, weighted 1-2-1 over columns, to levels."""


@triton.jit
def level(value):
    """A float32 in 0..255 as uint8, to the nearest, ties to even as in the reference: adding 1.5 * 2**23 leaves the
    whole number in the lowest bits, for a fourth of what a conversion costs."""
    return (value + 12582912.0).to(tl.int32, bitcast=True).to(tl.uint8)


@triton.jit
def clamped(raw, low, high):
    """What is no number is black, because the larger of it and ``low`` is ``low``."""
    value = raw.to(tl.float32)
    return value if raw.dtype == tl.uint8 else tl.minimum(tl.maximum(value, low), high)


@triton.jit
def luma(r, g, b):
    return _KR * r + _KG * g + _KB * b


@triton.jit
def within(value):
    return tl.minimum(tl.maximum(value, 0.0), 1.0)


@triton.jit
def _entry(lut, corner):
    at = lut + corner * 3
    return tl.load(at), tl.load(at + 1), tl.load(at + 2)


@triton.jit
def looked_up(r, g, b, lut, count, strength):
    """``r, g, b`` mixed with what the table ``(blue, green, red, 3)`` says of them, along the tetrahedron's edges."""
    edge = count - 1.0
    x, y, z = within(r) * edge, within(g) * edge, within(b) * edge
    i = tl.minimum(tl.floor(x), edge - 1.0)
    j = tl.minimum(tl.floor(y), edge - 1.0)
    k = tl.minimum(tl.floor(z), edge - 1.0)
    x, y, z = x - i, y - j, z - k
    largest = tl.maximum(tl.maximum(x, y), z)
    least = tl.minimum(tl.minimum(x, y), z)
    middle = x + y + z - largest - least
    first = tl.where(x == largest, 1, tl.where(y == largest, count, count * count))
    last = tl.where(z == least, count * count, tl.where(y == least, count, 1))
    corner = (k.to(tl.int32) * count + j.to(tl.int32)) * count + i.to(tl.int32)
    white = corner + 1 + count + count * count
    r0, g0, b0 = _entry(lut, corner)
    r1, g1, b1 = _entry(lut, corner + first)
    r2, g2, b2 = _entry(lut, white - last)
    r3, g3, b3 = _entry(lut, white)
    p0, p1, p2 = (1.0 - largest) * strength, (largest - middle) * strength, (middle - least) * strength
    p3, rest = least * strength, 1.0 - strength
    return (
        r * rest + r0 * p0 + r1 * p1 + r2 * p2 + r3 * p3,
        g * rest + g0 * p0 + g1 * p1 + g2 * p2 + g3 * p3,
        b * rest + b0 * p0 + b1 * p1 + b2 * p2 + b3 * p3,
    )


@triton.jit
def chroma(left, middle, right, to_levels: tl.constexpr):
    """1-2-1 over columns of what was summed over two rows."""
    return level((left + middle * 2.0 + right) * to_levels + 128.0)


@triton.jit
def moves_of(table, t):
    """Zoom and shifts of frame ``t``."""
    zoom, right, down = 1.0, 0.0, 0.0
    if table is not None:
        row = table + t * _COLUMNS
        zoom, right, down = tl.load(row + _ZOOM), tl.load(row + _SHIFT_X), tl.load(row + _SHIFT_Y)
    return zoom, right, down


@triton.jit
def stay(zoom, right, down):
    """Whether every pixel is left where it is."""
    return (zoom == 1.0) & (right == 0.0) & (down == 0.0)


@triton.jit
def grade_of(table, t, lut, scale, offset):
    """Scale, gain, lift, saturation (and flash, where no table of colours comes between) as one affine map: ``value *
    own + luma * grey + lift``. Then the strength of that table, and flash."""
    own, grey, lift, strength, flash = scale, 0.0, offset, 1.0, 0.0
    if table is not None:
        row = table + t * _COLUMNS
        gain, saturation = tl.load(row + _GAIN), tl.load(row + _SATURATION)
        flash, strength = tl.load(row + _FLASH), tl.load(row + _LUT)
        own, grey = scale * gain * saturation, scale * gain * (1.0 - saturation)
        lift = offset * gain + tl.load(row + _LIFT)
        if lut is None:
            own, grey, lift = own * (1.0 - flash), grey * (1.0 - flash), lift + (1.0 - lift) * flash
    return own, grey, lift, strength, flash


@triton.jit
def graded(r, g, b, table, lut, count, own, grey, lift, strength, flash):
    """In 0..1, where ``r``, ``g`` and ``b`` are within black and white."""
    base = lift
    if table is not None:
        base = luma(r, g, b) * grey + lift
    r, g, b = r * own + base, g * own + base, b * own + base
    if lut is not None:
        r, g, b = looked_up(r, g, b, lut, count, strength)
        r, g, b = r + (1.0 - r) * flash, g + (1.0 - g) * flash, b + (1.0 - b) * flash
    if table is not None or lut is not None:
        r, g, b = within(r), within(g), within(b)
    return r, g, b
