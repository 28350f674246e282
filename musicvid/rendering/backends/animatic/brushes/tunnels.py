"""Corridors and tubes that the camera moves through: walls found per pixel from where its ray meets them."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, clamp, ease, sine

HALL = ("half_m", "above_m", "panel_m", "door_m", "lamp_m", "lamp", "gloss", "haze_m", "window_side", "sun_patch")
"""``half_m``: half the width; ``above_m``: the ceiling above the eye; ``panel_m``: from door to door (or window to
window on the ``window_side``, -1, 0 or 1); ``door_m``: how high they reach above the eye; ``lamp_m``: from lamp to
lamp; ``lamp``, ``gloss``, ``sun_patch``: strengths of the lamps, their mirror image and the windows' light on the
floor; ``haze_m``: where half the colour is the light at the end."""


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _corridor(dx, dy, eye, above, half, travel, focal, panel, door, lamp, window):
    """(distance, wall 0..1, floor 0..1, door or window 0..1, lamps' light, lamp itself, sun patch) along a ray."""
    below = dy > F(0.0)
    tall = eye if below else above
    side, up = abs(dx) / half, abs(dy) / tall
    near = max(max(side, up), F(1e-3))
    z = F(1.0) / near
    wall = clamp((side - up) * focal * min(half, tall) + F(0.5))
    floor = (F(1.0) - wall) * (F(1.0) if below else F(0.0))
    ceiling = (F(1.0) - wall) * (F(0.0) if below else F(1.0))
    place = z + travel
    # Panels along the wall: edges as sharp as a pixel is deep.
    u = place / panel
    u = u - np.floor(u) - F(0.5)
    sharp = panel * focal * half / (z * z)
    height = -dy * z
    here = F(1.0) if dx * window > F(0.0) else F(0.0)
    metre = focal / z
    tops = clamp((door - height) * metre + F(0.5))
    low = clamp((height + eye * F(0.45)) * metre + F(0.5))
    door_cover = clamp((F(0.19) - abs(u)) * sharp + F(0.5)) * tops * (F(1.0) - here)
    cross = clamp((F(0.012) - abs(u)) * sharp + F(0.5))
    pane = clamp((F(0.33) - abs(u)) * sharp + F(0.5)) * tops * low * here * (F(1.0) - F(0.7) * cross)
    t = place / lamp
    wave = F(0.5) + F(0.5) * sine(t * F(6.2831853))
    t = t - np.floor(t) - F(0.25)
    t = t - np.floor(t + F(0.5))
    across = abs(dx) * z
    bulb = clamp((F(0.16) - abs(t)) * lamp * focal * tall / (z * z) + F(0.5)) * clamp(
        (F(0.22) * half - across) * metre + F(0.5)
    )
    # The windows' light lies across the floor, slanting.
    s = (place + F(0.55) * dx * z * window) / panel
    s = s - np.floor(s) - F(0.5)
    patch = ease((F(0.30) - abs(s)) * F(9.0)) * ease((half * F(0.62) - abs(dx * z - window * half * F(0.18))) * F(2.2))
    return z, wall, floor, ceiling, (door_cover * wall, pane * wall), wave, bulb, patch * floor


@njit(fastmath=True, error_model="numpy", cache=True)
def corridor(y, u, v, lens, hall, wall, dado, floor, ceiling, door, lamp, end, scale):
    """Fill the picture with a corridor. ``lens`` as in ``ground.LENS``, ``hall`` as in ``HALL``, the rest colours."""
    focal, eye, travel = lens[0], lens[3], lens[4]
    half, above, panel, door_h, lamp_m, strength = hall[0], hall[1], hall[2], hall[3], hall[4], hall[5]
    gloss, haze, window, sun = hall[6], hall[7], hall[8], hall[9]
    for plane in range(3):
        target = y if plane == 0 else (u if plane == 1 else v)
        s = scale if plane == 0 else scale * F(0.5)
        black = F(16.0) if plane == 0 else F(128.0)
        cw, cd, cf, cc = wall[plane], dado[plane], floor[plane], ceiling[plane]
        co, cl, ce = door[plane], lamp[plane], end[plane]
        inv = F(1.0) / (focal * s)
        for j in range(target.shape[0]):
            dy, line = (F(j) + F(0.5) - lens[1] * s) * inv, target[j]
            x0 = (F(0.5) - lens[2] * s) * inv
            for i in range(line.size):
                dx = F(i) * inv + x0
                z, w, f, c, (o, pane), wave, bulb, patch = _corridor(
                    dx, dy, eye, above, half, travel, focal * s, panel, door_h, lamp_m, window
                )
                height = -dy * z
                fade = F(1.0) / (F(1.0) + F(0.05) * z)
                below = clamp((-height - eye * F(0.42)) * focal * s / z + F(0.5))
                colour = (cw + (cd - cw) * below) * w + cf * f + cc * c
                colour = colour + (co - colour) * o
                # What is right beside the lens passes too fast to be lit in waves: that would flicker.
                wave = wave + (F(0.5) - wave) * clamp(F(1.4) - F(0.45) * z)
                shade = F(0.60) + strength * (F(0.42) * wave * wave * fade + F(0.18)) + F(0.35) * sun
                colour = black + (colour - black) * shade
                mirror = gloss * f * bulb * F(0.55) * fade
                colour = colour + (cl - colour) * clamp(mirror + bulb * c * strength + pane + patch * sun * fade)
                fog = z / (z + haze)
                fog = fog * fog
                colour = colour + (ce - colour) * fog
                line[i] = np.uint8(min(max(colour, F(16.0)), F(235.0)) + F(0.5))


@njit(fastmath=True, error_model="numpy", cache=True)
def tube(y, u, v, lens, radius, ring_m, strength, haze, wall, dark, lamp, end, scale):
    """Fill the picture with a round tube, lit by rings ``ring_m`` metres apart, level ground along its floor."""
    focal, travel = lens[0], lens[4]
    for plane in range(3):
        target = y if plane == 0 else (u if plane == 1 else v)
        s = scale if plane == 0 else scale * F(0.5)
        black = F(16.0) if plane == 0 else F(128.0)
        cw, cd, cl, ce = wall[plane], dark[plane], lamp[plane], end[plane]
        inv, foot = F(1.0) / (focal * s), radius * F(0.62)
        for j in range(target.shape[0]):
            dy, line = (F(j) + F(0.5) - lens[1] * s) * inv, target[j]
            x0 = (F(0.5) - lens[2] * s) * inv
            for i in range(line.size):
                dx = F(i) * inv + x0
                round_ = np.sqrt(dx * dx + dy * dy) / radius
                flat = max(dy, F(0.0)) / foot
                near = max(max(round_, flat), F(1e-3))
                z = F(1.0) / near
                floor = clamp((flat - round_) * focal * s * foot + F(0.5))
                t = (z + travel) / ring_m
                wave = F(0.5) + F(0.5) * sine(t * F(6.2831853))
                t = t - np.floor(t) - F(0.25)
                t = abs(t - np.floor(t + F(0.5)))
                ring = clamp((F(0.035) - t) * ring_m * focal * s * radius / (z * z) + F(0.5)) * (F(1.0) - floor)
                rib = (z + travel) * F(2.0)
                rib = abs(rib - np.floor(rib) - F(0.5)) * F(2.0)
                fade, near = F(1.0) / (F(1.0) + F(0.06) * z), clamp(F(0.45) * z - F(0.4))
                wave, ring = F(0.35) + (wave - F(0.35)) * near, ring * near
                colour = cw + (cd - cw) * clamp(floor * F(0.8) + F(0.16) * ease(rib * F(3.0) - F(1.9)) * fade)
                shade = F(0.30) + F(0.85) * wave * wave * wave * strength * fade + F(0.12) * fade
                streak = floor * F(0.35) * clamp(F(1.0) - abs(dx) * z / (radius * F(0.4))) * wave * fade
                colour = black + (colour - black) * shade
                colour = colour + (cl - colour) * clamp(ring * strength + streak)
                fog = z / (z + haze)
                fog = fog * fog
                colour = colour + (ce - colour) * fog
                line[i] = np.uint8(min(max(colour, F(16.0)), F(235.0)) + F(0.5))
