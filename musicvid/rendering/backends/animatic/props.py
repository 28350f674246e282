"""Things that a prompt may name, as sketches in the light of a palette."""

from __future__ import annotations

import math

from musicvid.rendering.backends.animatic.colour import Colour, mix, scaled, yuv
from musicvid.rendering.backends.animatic.palette import Palette
from musicvid.rendering.backends.animatic.sketch import Sketch


def _toned(palette: Palette, colour: str, share: float, haze: float) -> Colour:
    dark = mix(palette.near, palette.far, 0.12)
    return mix(
        mix(dark, scaled(yuv(colour), 0.5 + 0.5 * palette.day), share * (0.35 + 0.65 * palette.day)), palette.far, haze
    )


def sailboat(palette: Palette, haze: float) -> Sketch:
    """A sloop, its sails taking the light; 1 is the mast's height."""
    hull, sail = _toned(palette, "#5a3424", 0.5, haze), mix(_toned(palette, "#f4ecdc", 0.9, haze), palette.halo, 0.25)
    shade = mix(sail, palette.far, 0.35)
    return (Sketch().quad((0.02, 0.98), (0.05, 0.16), (0.42, 0.16), (0.02, 0.98), sail, shade)
            .quad((-0.02, 0.90), (-0.05, 0.18), (-0.34, 0.18), (-0.02, 0.90), shade, sail)
            .cone((0.0, 0.10), 0.011, (0.0, 1.0), 0.007, hull)
            .quad((-0.46, 0.13), (0.50, 0.13), (0.36, -0.01), (-0.36, -0.01), hull, scaled(hull, 0.8)))  # fmt: skip


def paper_boat(palette: Palette, haze: float, colour: str) -> Sketch:
    """A folded paper boat; 1 is its height."""
    lit = mix(
        mix(_toned(palette, colour, 1.0, haze), scaled(yuv(colour), 0.6 + 0.4 * palette.day), 0.6), palette.halo, 0.12
    )
    shade = mix(lit, palette.near, 0.32)
    return (Sketch().quad((0.0, 1.0), (0.34, 0.30), (-0.34, 0.30), (0.0, 1.0), lit, shade)
            .quad((-1.0, 0.55), (-0.40, 0.0), (0.0, 0.0), (0.0, 0.34), lit, shade)
            .quad((1.0, 0.55), (0.40, 0.0), (0.0, 0.0), (0.0, 0.34), shade, scaled(shade, 0.85)))  # fmt: skip


def rowboat(palette: Palette, haze: float) -> Sketch:
    """A low boat or a gondola; 1 is half its length."""
    hull = _toned(palette, "#3a2820", 0.4, haze)
    return (Sketch().quad((-0.95, 0.24), (0.95, 0.24), (0.62, 0.0), (-0.66, 0.0), hull, scaled(hull, 0.75))
            .cone((0.90, 0.20), 0.03, (1.02, 0.40), 0.015, hull)
            .cone((-0.90, 0.20), 0.03, (-1.0, 0.34), 0.015, hull))  # fmt: skip


def balloon(palette: Palette, haze: float) -> Sketch:
    """A hot-air balloon with coloured gores; 1 is its height."""
    a, b = _toned(palette, "#e8483c", 1.0, haze), _toned(palette, "#f4e0b0", 1.0, haze)
    if palette.day < 0.4:
        a, b = mix(a, palette.lamp, 0.25), mix(b, palette.lamp, 0.35)
    dark = _toned(palette, "#4a3020", 0.5, haze)
    out = Sketch()
    for wide, colour in ((0.33, a), (0.245, b), (0.165, a), (0.08, b)):
        out.cone((0.0, 0.99 - wide), wide, (0.0, 0.28 + 0.3 * wide), 0.45 * wide, colour)
    for x in (-0.07, 0.07):
        out.cone((x * 2.2, 0.30), 0.006, (x, 0.10), 0.006, dark)
    return out.quad((-0.08, 0.11), (0.08, 0.11), (0.065, 0.0), (-0.065, 0.0), dark)


def house(palette: Palette, haze: float) -> Sketch:
    """A cottage with a chimney and lit windows; 1 is its height."""
    wall = mix(_toned(palette, "#d8c8b0", 0.5, haze), palette.near, 0.25)
    roof, light = _toned(palette, "#8a3a2c", 0.55, haze), mix(palette.lamp, palette.far, haze * 0.6)
    out = (Sketch().box(0.18, 0.66, 0.28, 1.0, roof).box(-0.5, 0.0, 0.5, 0.55, wall, mix(wall, palette.near, 0.3))
           .quad((-0.32, 0.92), (0.32, 0.92), (0.62, 0.50), (-0.62, 0.50), roof, mix(roof, palette.near, 0.3))
           .box(-0.09, 0.0, 0.09, 0.32, mix(roof, palette.near, 0.5)))  # fmt: skip
    glow = 0.35 + 0.65 * (1 - palette.day)
    for x in (-0.34, 0.22):
        out.box(x, 0.20, x + 0.13, 0.38, mix(palette.near, light, glow))
    if palette.day < 0.5:
        out.glow((-0.28, 0.28), 0.42, 0.42, 1.0, 0.35, light)
    return out


def lighthouse(palette: Palette, haze: float) -> Sketch:
    """A striped tower on its rock; 1 is its height, the lamp at (0, 0.92)."""
    white, red, rock = (
        _toned(palette, "#f0e8dc", 0.9, haze),
        _toned(palette, "#b83028", 0.9, haze),
        mix(palette.near, palette.far, 0.3 + 0.5 * haze),
    )
    out = Sketch().quad((-0.30, 0.10), (0.26, 0.12), (0.62, -0.04), (-0.70, -0.04), rock, rock)
    for n in range(5):
        y0, y1 = 0.10 + 0.145 * n, 0.10 + 0.145 * (n + 1)
        w0, w1 = 0.105 - 0.0085 * n, 0.105 - 0.0085 * (n + 1)
        out.quad((-w1, y1), (w1, y1), (w0, y0), (-w0, y0), red if n % 2 else white)
    return (out.box(-0.085, 0.82, 0.085, 0.845, rock).box(-0.048, 0.845, 0.048, 0.94, palette.lamp)
            .quad((0.0, 1.0), (0.062, 0.94), (-0.062, 0.94), (0.0, 1.0), red))  # fmt: skip


def street_lamp(palette: Palette, haze: float, lit: bool) -> Sketch:
    """A lamp post with an arm to the right; 1 is its height."""
    pole = mix(palette.near, palette.far, 0.15 + 0.8 * haze)
    out = Sketch().cone((0.0, 0.0), 0.011, (0.0, 0.95), 0.007, pole).cone((0.0, 0.95), 0.007, (0.16, 0.99), 0.006, pole)
    out.cone((0.14, 0.985), 0.014, (0.22, 0.98), 0.014, pole)
    if lit:
        out.glow((0.18, 0.95), 0.30, 0.30, 1.0, 0.55 * (1 - 0.6 * haze), palette.lamp)
        out.glow((0.18, 0.965), 0.034, 0.022, 0.6, 1.0, mix(palette.lamp, yuv("#ffffff"), 0.5))
    return out


def car(palette: Palette, haze: float, colour: str, away: bool) -> Sketch:
    """A car from behind or in front; 1 is its height."""
    body = mix(mix(_toned(palette, colour, 0.8, haze), palette.near, 0.20), scaled(yuv(colour), 0.6), 0.35)
    glass = mix(palette.near, palette.horizon, 0.3)
    light = yuv("#e02818") if away else mix(palette.lamp, yuv("#ffffff"), 0.5)
    out = (Sketch().quad((-0.36, 1.0), (0.36, 1.0), (0.50, 0.55), (-0.50, 0.55), body)
           .quad((-0.30, 0.94), (0.30, 0.94), (0.40, 0.60), (-0.40, 0.60), glass)
           .box(-0.62, 0.16, 0.62, 0.60, body, palette.near)
           .box(-0.56, 0.0, -0.36, 0.2, palette.near).box(0.36, 0.0, 0.56, 0.2, palette.near))  # fmt: skip
    for x in (-0.48, 0.48):
        out.glow((x, 0.44), 0.11, 0.07, 0.4, 1.0, light).glow((x, 0.44), 0.55, 0.45, 1.0, 0.30 if away else 0.5, light)
    return out


def train(palette: Palette, haze: float) -> Sketch:
    """A train from the side, four carriages with lit windows; 1 is its height."""
    body, roof = _toned(palette, "#7a2c2c", 0.6, haze), mix(palette.near, palette.far, 0.1 + haze)
    light = mix(palette.lamp, palette.far, 0.25 + 0.4 * haze)
    out = Sketch()
    for n in range(4):
        x = -9.0 + 4.6 * n
        out.box(x, 0.18, x + 4.4, 0.96, body, mix(body, palette.near, 0.4)).box(x + 0.05, 0.94, x + 4.35, 1.04, roof)
        for k in range(7):
            out.box(x + 0.28 + 0.58 * k, 0.52, x + 0.66 + 0.58 * k, 0.80, light)
        for k in (0.7, 1.3, 3.2, 3.8):
            out.cone((x + k, 0.12), 0.12, (x + k, 0.12), 0.12, roof)
    return out


def bird(palette: Palette, lift: float, haze: float) -> Sketch:
    """A bird with its wings at ``lift`` -1..1; 1 is its span."""
    dark = mix(palette.near, palette.far, haze)
    tip = 0.22 * lift
    out = Sketch()
    for side in (-1, 1):
        out.cone((0.0, 0.0), 0.040, (side * 0.22, 0.10 + 0.4 * tip), 0.026, dark).cone(
            (side * 0.22, 0.10 + 0.4 * tip), 0.026, (side * 0.5, tip), 0.006, dark
        )
    return out


def piano(palette: Palette, haze: float) -> Sketch:
    """A grand piano with its lid up; 1 is its height."""
    dark, edge = mix(palette.near, palette.far, haze), mix(palette.near, palette.halo, 0.35)
    return (Sketch().quad((-0.75, 0.72), (0.80, 0.62), (0.80, 0.46), (-0.75, 0.46), dark)
            .quad((-0.70, 0.72), (0.62, 1.30), (0.70, 1.26), (0.78, 0.62), dark)
            .quad((-0.70, 0.74), (0.62, 1.32), (0.64, 1.29), (-0.68, 0.71), edge)
            .cone((-0.55, 0.46), 0.05, (-0.55, 0.0), 0.03, dark)
            .cone((0.60, 0.46), 0.05, (0.60, 0.0), 0.03, dark))  # fmt: skip


def arch_bridge(palette: Palette, haze: float) -> Sketch:
    """A stone bridge with one arch; 1 is half its span, the arch's feet at (-0.8, 0) and (0.8, 0)."""
    own = mix(palette.near, scaled(yuv("#8c8278"), 0.4 + 0.5 * palette.day), 0.25 + 0.45 * palette.day)
    stone = mix(own, palette.far, haze)
    lit = mix(stone, palette.halo, 0.20)
    out = Sketch()
    steps = 14
    for n in range(steps):
        a, b = math.pi * n / steps, math.pi * min(n + 1.25, steps) / steps  # overlapping, so that no seam shows
        xa, ya, xb, yb = -0.8 * math.cos(a), 0.46 * math.sin(a), -0.8 * math.cos(b), 0.46 * math.sin(b)
        deck = [0.60 + 0.08 * math.cos(0.5 * math.pi * x) for x in (xa, xb)]
        out.quad((xa, deck[0]), (xb, deck[1]), (xb, yb), (xa, ya), lit, stone)
    for side in (-1, 1):  # piers, and the deck over the paths on both banks
        out.box(min(side * 0.79, side * 0.88), -0.1, max(side * 0.79, side * 0.88), 0.60, lit, stone)
        out.box(min(side * 0.87, side * 1.42), 0.44, max(side * 0.87, side * 1.42), 0.60, lit, stone)
    out.cone((-1.42, 0.60), 0.022, (-0.8, 0.60), 0.022, lit).cone((0.8, 0.60), 0.022, (1.42, 0.60), 0.022, lit)
    return out
