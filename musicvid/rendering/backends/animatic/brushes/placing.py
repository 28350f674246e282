"""Where things come to stand on the screen: sketches, trees, trunks and bodies into tables for the other brushes.

These are a few hundred numbers per frame, but as array expressions they would cost more than the pixels do.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, clamp

PLACE = ("x", "y", "size", "alpha", "mirrored", "haze")
"""Columns of a sketch's places: its foot and pixels per unit, how opaque, 1 if mirrored, how far into the haze."""


@njit(fastmath=True, error_model="numpy", cache=True)
def sketch(kind, table, places, upside, soft, tilt, into):
    """Rows for ``quads`` (kind 0), ``cones`` (1) or ``glows`` (2), copy after copy, from a sketch's own shapes."""
    points, width = (4, 19) if kind == 0 else (2, 11) if kind == 1 else (1, 9)
    out = np.empty((places.shape[0] * table.shape[0], width), np.float32)
    for n in range(places.shape[0]):
        x, y, size, alpha, mirrored, haze = places[n]
        across = -size if mirrored > F(0.5) else size
        up = size if upside else -size
        for m in range(table.shape[0]):
            src, row = table[m], out[n * table.shape[0] + m]
            step = 3 if kind == 1 else 2
            for k in range(points):
                row[step * k] = x + across * (src[step * k] + tilt * src[step * k + 1])
                row[step * k + 1] = y + up * src[step * k + 1]
                if kind == 1:
                    row[step * k + 2] = src[step * k + 2] * size
            if kind == 0:
                top, low = y + up * src[9], y + up * src[10]
                span = low - top if abs(low - top) > F(1e-3) else F(1.0)
                row[8], row[9], row[10], row[11], row[12] = src[8] * alpha, soft, -top / span, F(0.0), F(1.0) / span
                first, given = 13, 11
            elif kind == 1:
                row[6], row[7] = soft, src[6] * alpha
                first, given = 8, 7
            else:
                row[2], row[3], row[4], row[5] = src[2] * size, src[3] * size, src[4], src[5] * alpha
                first, given = 6, 6
            for k in range(width - first):
                tone = src[given + k]
                row[first + k] = tone + (into[k % 3] - tone) * haze
    return out


@njit(fastmath=True, error_model="numpy", cache=True)
def standing(late, gap, travel, nearest, farthest):
    """(numbers, depths) of the places of a row between two distances, the farthest first. ``late`` float32 (n,) is how
    far each place is off the regular ``gap``; places repeat after n."""
    turn = late.size
    first = np.int64(np.floor((travel + nearest) / gap)) - 1
    last = np.int64(np.floor((travel + farthest) / gap)) + 2
    numbers, depths, count = np.empty(max(last - first, 0), np.int64), np.empty(max(last - first, 0), np.float32), 0
    for k in range(last - first):
        n = last - 1 - k
        depth = F(n * gap - travel) + late[n % turn]
        if depth <= nearest or depth > farthest:
            continue
        at = count
        while at > 0 and depths[at - 1] < depth:
            depths[at], numbers[at] = depths[at - 1], numbers[at - 1]
            at -= 1
        depths[at], numbers[at] = depth, n
        count += 1
    return numbers[:count], depths[:count]


@njit(fastmath=True, error_model="numpy", cache=True)
def trees(late, xs, own, gap, lens, nearest, farthest, haze, limit, heights, sheets, tall, tones, width):
    """(which, table) for ``sprites``: trees along a way. ``lens`` as in ``ground.LENS``; ``haze`` and ``limit`` in
    metres, ``heights`` too, one for each kind; ``tall`` float32 (kinds, 2), ``sheets`` and numbers as in ``masks``."""
    numbers, depths = standing(late, gap, lens[4], nearest, min(farthest, limit))
    which, table = np.empty(numbers.size, np.int64), np.empty((numbers.size, 10), np.float32)
    kinds, count = tall.shape[0], 0
    for k in range(numbers.size):
        turn, depth = numbers[k] % late.size, depths[k]
        mine, metre = own[turn], lens[0] / depth
        kind = min(np.int64(mine[1] * kinds), kinds - 1)
        rows = heights[kind] * (F(0.7) + F(0.6) * mine[0]) * metre
        if rows < F(3.0):
            continue
        variant, turned = np.int64(mine[2] > F(0.5)), np.int64(mine[3] > F(0.5))
        shrink, full = 0, tall[kind, variant]
        while shrink < 4 and full >= F(2.0) * rows:
            full, shrink = full * F(0.5), shrink + 1
        number = ((kind * 2 + variant) * 2 + turned) * 5 + shrink
        size = rows / F(sheets[number, 1])
        wide = size * F(sheets[number, 2])
        left = lens[2] + (xs[turn] - lens[5]) * metre - F(0.5) * wide
        if left > width or left + wide < F(0.0):
            continue
        fade = min((limit - depth) / (F(0.25) * limit), (depth - F(3.5)) * F(0.5))
        row = table[count]
        row[0], row[1], row[2], row[3] = left, lens[1] + lens[3] * metre - rows, size, clamp(fade)
        tone = tones[np.int64(F(27.9) * depth / (depth + haze))]
        for c in range(6):
            row[4 + c] = tone[c]
        which[count] = number
        count += 1
    return which[:count], table[:count]


@njit(fastmath=True, error_model="numpy", cache=True)
def trunks(late, xs, own, gap, lens, nearest, farthest, limit, bark, high):
    """Cones of trunks along a way, with two branches and roots, that leave the picture at the top, row ``high``."""
    numbers, depths = standing(late, gap, lens[4], nearest, min(farthest, limit))
    out = np.zeros((4 * numbers.size, 11), np.float32)
    for k in range(numbers.size):
        turn, depth = numbers[k] % late.size, depths[k]
        mine, metre = own[turn], lens[0] / depth
        x, foot = lens[2] + (xs[turn] - lens[5]) * metre, lens[1] + lens[3] * metre
        wide, lean = (F(0.10) + F(0.16) * mine[0]) * metre, F(0.5) * (mine[1] - F(0.5)) * metre
        top = min(foot - F(9.0) * metre, high)
        fade = clamp(min((limit - depth) * F(0.125), (depth - F(1.6)) * F(1.25)))
        tone = bark[np.int64(F(31.0) * depth / (depth + F(11.0)))]
        for b in range(4):
            row = out[4 * k + b]
            if b == 0:
                row[0], row[1], row[2] = x, foot - wide, F(1.15) * wide
                row[3], row[4], row[5] = x + lean, top, F(0.75) * wide
            elif b == 3:  # roots, so that it stands on the ground
                row[0], row[1], row[2] = x - F(1.35) * wide, foot, F(0.22) * wide
                row[3], row[4], row[5] = x + F(1.35) * wide, foot, F(0.22) * wide
            else:
                up = (F(1.9) + F(2.4) * mine[1 + b]) * metre
                side = F(0.9) * metre if (numbers[k] + b) % 2 else F(-0.9) * metre
                start = x + lean * up / (foot - top)
                row[0], row[1], row[2] = start, foot - up, F(0.35) * wide
                row[3], row[4], row[5] = start + side, foot - up - F(0.75) * metre, F(0.12) * wide
            row[6], row[7], row[8], row[9], row[10] = F(1.0), fade, tone[0], tone[1], tone[2]
    return out


@njit(fastmath=True, error_model="numpy", cache=True)
def body(shape, tones, rim, left, foot, pixels, c, s, light, inner):
    """(lit edges, body) of one person: cones on the screen, the farthest first. ``shape`` float32 (n, 9) is (a, ra, b,
    rb, nearer) in body heights, (c, s) cosine and sine of the way it faces, ``light`` the side the light comes from."""
    count = shape.shape[0]
    order, away = np.empty(count, np.int64), np.empty(count, np.float32)
    for n in range(count):
        row = shape[n]
        far = F(0.5) * ((row[2] + row[6]) * c - (row[0] + row[4]) * s) - row[8]
        at = n
        while at > 0 and away[at - 1] < far:
            away[at], order[at] = away[at - 1], order[at - 1]
            at -= 1
        away[at], order[at] = far, n
    own, edges, lit = np.empty((count, 11), np.float32), np.empty((count, 11), np.float32), 0
    edge = min(max(F(0.010) * pixels, F(0.7)), F(2.2) + F(0.002) * pixels)
    for n in range(count):
        src, row = shape[order[n]], own[n]
        for k in range(2):
            row[3 * k] = left + (src[4 * k] * c + src[4 * k + 2] * s) * pixels
            row[3 * k + 1] = foot - src[4 * k + 1] * pixels
            row[3 * k + 2] = src[4 * k + 3] * pixels
        row[6], row[7] = F(1.0), F(1.0)
        for k in range(3):
            row[8 + k] = tones[order[n], k]
        if src[8] != inner:
            edges[lit] = row
            for k in range(3):
                edges[lit, 8 + k] = row[8 + k] + (rim[k] - row[8 + k]) * F(0.62)
            lit += 1
        for k in range(2):
            row[3 * k] -= light * edge * F(0.8)
            row[3 * k + 1] += edge * F(0.55)
            row[3 * k + 2] = max(row[3 * k + 2] - edge * F(0.35), F(0.2))
    return edges[:lit], own
