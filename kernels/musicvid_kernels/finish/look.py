"""A three-dimensional look-up table on the processor, compiled by numba. Imported lazily."""

from __future__ import annotations

from musicvid_kernels.finish.rows import ONE, TWO, F, U, compiled, luma, within


@compiled
def looked_up(r, g, b, own, grey, lift, lut, strength, flash):
    """In place: the grade, what the table says mixed in by ``strength``, and ``flash`` towards white. ``lut`` is
    ``(blue * green * red, 3)``; see the reference for the tetrahedra."""
    count = U(round(lut.shape[0] ** (1.0 / 3.0)))
    to_green, to_blue = count, count * count
    to_white = ONE + to_green + to_blue
    edge, whole, none = F(count - ONE), F(1.0), F(0.0)
    rest = whole - strength
    for i in range(U(r.size)):
        base = luma(r[i], g[i], b[i]) * grey + lift
        red, green, blue = r[i] * own + base, g[i] * own + base, b[i] * own + base
        x, y, z = within(red, none, whole) * edge, within(green, none, whole) * edge, within(blue, none, whole) * edge
        column, row, sheet = min(U(x), count - TWO), min(U(y), count - TWO), min(U(z), count - TWO)
        x, y, z = x - F(column), y - F(row), z - F(sheet)
        largest, least = max(max(x, y), z), min(min(x, y), z)
        middle = max(min(x, y), min(max(x, y), z))
        first = ONE if x == largest else (to_green if y == largest else to_blue)
        last = to_blue if z == least else (to_green if y == least else ONE)
        black = (sheet * count + row) * count + column
        near, far, white = black + first, black + to_white - last, black + to_white
        p, q = (whole - largest) * strength, (largest - middle) * strength
        s, t = (middle - least) * strength, least * strength
        red = red * rest + lut[black, 0] * p + lut[near, 0] * q + lut[far, 0] * s + lut[white, 0] * t
        green = green * rest + lut[black, 1] * p + lut[near, 1] * q + lut[far, 1] * s + lut[white, 1] * t
        blue = blue * rest + lut[black, 2] * p + lut[near, 2] * q + lut[far, 2] * s + lut[white, 2] * t
        r[i] = red + (whole - red) * flash
        g[i] = green + (whole - green) * flash
        b[i] = blue + (whole - blue) * flash
