"""Rows of pixels on the processor, compiled by numba: loops that LLVM turns into vector code. Imported lazily.

Rows are contiguous, planar, float32, and few enough for the nearest caches. Indices are unsigned: signed ones are first
looked at for counting from the end, and then nothing is vectorised.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid_kernels.finish.reference import KB, KG, KR

F, U, WORD = np.float32, np.uintp, np.uint32
ONE, TWO, THREE = U(1), U(2), U(3)
BYTE, SECOND, THIRD, FOURTH = WORD(255), WORD(8), WORD(16), WORD(24)
RED, GREEN, BLUE = F(KR), F(KG), F(KB)
TO_CR, TO_CB = F(224 / (2 * (1 - KR)) / 8), F(224 / (2 * (1 - KB)) / 8)
"""From sums over two rows, weighted 1-2-1 over columns, to levels."""

compiled = njit(fastmath={"contract", "reassoc", "nsz", "arcp"}, error_model="numpy", nogil=True, cache=True)
"""Without ``nnan``: what is no number must stay none until it is read."""


@compiled
def within(value, low, high):
    """``max`` keeps its first argument unless the second is larger: what is no number becomes ``low``."""
    return min(max(low, value), high)


@compiled
def luma(r, g, b):
    return RED * r + GREEN * g + BLUE * b


@compiled
def unpack(line, r, g, b):
    """Bytes RGBRGB… to rows in 0..255."""
    for i in range(U(r.size)):
        r[i], g[i], b[i] = F(line[THREE * i]), F(line[THREE * i + ONE]), F(line[THREE * i + TWO])


@compiled
def clamp(line, low, high, row):
    for i in range(U(row.size)):
        row[i] = within(line[i], low, high)


@compiled
def _word(line, k):
    """Four bytes; LLVM makes one read of it."""
    return (
        WORD(line[k])
        | (WORD(line[k + ONE]) << SECOND)
        | (WORD(line[k + TWO]) << THIRD)
        | (WORD(line[k + THREE]) << FOURTH)
    )


@compiled
def _mixed(near, far, share):
    here, there = F(np.int32(near)), F(np.int32(far))
    return here + (there - here) * share


@compiled
def across_bytes(line, first, share, near, far, r, g, b):
    """Bytes RGBRGB… of the pixels at ``first`` and the next ones, mixed by ``share``. The six bytes of both are fetched
    as two words, of the first four and the last four, which vector code then takes apart."""
    for i in range(U(share.size)):
        place = THREE * U(first[i])
        near[i], far[i] = _word(line, place), _word(line, place + TWO)
    for i in range(U(share.size)):
        p, q, part = near[i], far[i], share[i]
        r[i] = _mixed(p & BYTE, (q >> SECOND) & BYTE, part)
        g[i] = _mixed((p >> SECOND) & BYTE, (q >> THIRD) & BYTE, part)
        b[i] = _mixed((p >> THIRD) & BYTE, q >> FOURTH, part)


@compiled
def across_floats(line, low, high, first, share, near, far, row):
    """The same for one channel in floats."""
    for i in range(U(share.size)):
        place = U(first[i])
        near[i], far[i] = line[place], line[place + ONE]
    for i in range(U(share.size)):
        here, there = within(near[i], low, high), within(far[i], low, high)
        row[i] = here + (there - here) * share[i]


@compiled
def between(upper, lower, share, row):
    for i in range(U(row.size)):
        row[i] = upper[i] + (lower[i] - upper[i]) * share


@compiled
def graded(r, g, b, own, grey, lift, y, before, red, blue):
    """A row of luma levels from ``value * own + luma * grey + lift``. What chroma is made from, ``r - luma`` and ``b -
    luma``, is added to ``before`` (0 or 1) times what the rows ``red`` and ``blue`` hold from their second place on."""
    zero, one = F(0.0), F(1.0)
    for i in range(U(y.size)):
        base = luma(r[i], g[i], b[i]) * grey + lift
        high = within(r[i] * own + base, zero, one)
        middle = within(g[i] * own + base, zero, one)
        low = within(b[i] * own + base, zero, one)
        light = luma(high, middle, low)
        y[i] = np.uint8(np.rint(light * F(219.0) + F(16.0)))
        red[i + ONE] = red[i + ONE] * before + (high - light)
        blue[i + ONE] = blue[i + ONE] * before + (low - light)


@compiled
def sited_left(sums, full, all_columns, row):
    """1-2-1 over columns around the even ones of ``sums`` from its second place on, the edge repeated. Every column is
    worked out, and the odd ones thrown away: faster than picking first."""
    sums[0] = sums[1]
    for i in range(U(all_columns.size)):
        mean = sums[i] + F(2.0) * sums[i + ONE] + sums[i + TWO]
        all_columns[i] = np.uint8(np.rint(mean * full + F(128.0)))
    for i in range(U(row.size)):
        row[i] = all_columns[TWO * i]
