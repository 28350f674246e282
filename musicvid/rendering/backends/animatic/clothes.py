"""Dressing a skeleton: round cones in body coordinates, each of one material."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Table
from musicvid.rendering.backends.animatic.cast import Person
from musicvid.rendering.backends.animatic.colour import Colour, mix, scaled, yuv
from musicvid.rendering.backends.animatic.palette import Palette
from musicvid.rendering.backends.animatic.skeleton import Body, Point

SKIN, HAIR, TOP, LEGS, SHOES, SCARF, PROP, LIGHT = range(8)
INNER = 0.0201
"""How much nearer than their place parts are painted that never reach the outline: they take no edge of light."""


@dataclass(frozen=True, slots=True)
class Cone:
    """From ``a`` (radius ``ra``) to ``b`` (radius ``rb``), in body heights. ``nearer`` is how much nearer to the viewer
    than its place it is painted."""

    a: Point
    ra: float
    b: Point
    rb: float
    material: int
    nearer: float = 0.0


_CUTS = {"dress": (1.15, 0.075), "coat": (0.82, 0.045), "jacket": (0.30, 0.012), "shirt": (0.16, 0.006)}
"""How far a garment reaches down the thigh and how much it flares, in thighs and body heights."""
_AROUND = tuple((math.cos(math.pi * k / 3), math.sin(math.pi * k / 3)) for k in range(6))
_DEFAULT_TOPS = ("#5a2a34", "#2c3a58", "#3a4a3c", "#6a5440")


def stature_m(person: Person) -> float:
    """Height in metres by sex and age."""
    grown = 1.78 if person.role == "man" else 1.68
    young = float(np.interp(person.age, [3, 8, 12, 15, 18], [0.56, 0.73, 0.86, 0.95, 1.0]))
    return grown * young * (1.0 - 0.03 * min(max((person.age - 60) / 20, 0.0), 1.0))


def materials(person: Person, index: int, palette: Palette) -> Table:
    """float32 (8, 3): the colour of each material under the light of the scene. The darker the scene, the more of a
    silhouette; what the prompt gives a colour keeps more of it."""
    dark = mix(palette.near, palette.far, 0.10)

    def shown(colour: str, share: float) -> Colour:
        return mix(dark, scaled(yuv(colour), 0.55 + 0.45 * palette.day), share)

    quiet, loud = 0.28 + 0.5 * palette.day, 0.62 + 0.3 * palette.day
    top = shown(person.colour, loud) if person.colour else shown(_DEFAULT_TOPS[index % 4], quiet)
    if not person.colour and index == 0 and person.role == "woman":
        top = mix(dark, palette.accent, 0.85 * loud)
    legs = shown("#262a3a" if person.role == "man" else "#3a3034", quiet)
    hair = shown(person.hair or "#2a1c18", 0.45 + 0.4 * palette.day)
    scarf = shown(person.scarf, loud) if person.scarf else top
    prop = mix(dark, palette.accent, loud)
    return np.stack([shown("#c89078", quiet), hair, top, legs, shown("#16161a", quiet), scarf, prop, yuv("#ffe0a0")])


def dressed(person: Person, body: Body, flutter: float) -> list[Cone]:
    """The cones of a dressed body. ``flutter`` is a phase in radians for hair and cloth."""
    man = person.role == "man"
    big = 1.0 + 0.32 * min(max((15.0 - person.age) / 9.0, 0.0), 1.0)
    out = _limbs(person, body, 0.027 if man else 0.022)
    length, flare = _CUTS[person.garment]
    out += _cloth(body, length, flare * (0.6 if man else 1.0), 0.056 if man else 0.050, flutter)
    out += _trunk(body, 0.050 if man else 0.043, 0.064 if man else 0.056)
    chin = _shifted(body.head, 0.0, -0.024 * big, 0.010)
    out.append(Cone(chin, 0.042 * big, _shifted(body.head, 0.0, 0.016 * big, 0.0), 0.052 * big, SKIN, 0.015))
    out += _hair(person, body, big, flutter)
    if person.scarf:
        out += _scarf(body, flutter)
    return out + _carried(person, body, flutter)


def _between(a: Point, b: Point, share: float) -> Point:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def _shifted(a: Point, x: float, y: float, z: float) -> Point:
    return (a[0] + x, a[1] + y, a[2] + z)


def _limbs(person: Person, body: Body, arm: float) -> list[Cone]:
    sleeve, out = SKIN if person.garment == "dress" else TOP, []
    for k in (0, 1):
        heel = _shifted(body.ankle[k], 0.0, -0.012, -0.012)
        out += [
            Cone(body.hip[k], 0.045, body.knee[k], 0.036, LEGS),
            Cone(body.knee[k], 0.035, body.ankle[k], 0.021, LEGS),
            Cone(heel, 0.021, body.toe[k], 0.014, SHOES),
            Cone(body.shoulder[k], arm * 1.15, body.elbow[k], arm, sleeve),
            Cone(body.elbow[k], arm, body.wrist[k], arm * 0.7, sleeve),
            Cone(body.wrist[k], arm * 0.75, body.wrist[k], arm * 0.75, SKIN, 0.001),
        ]
    return out


def _trunk(body: Body, slim: float, chest: float) -> list[Cone]:
    collar = _between(body.chest, body.neck, 1.05)
    out = [
        Cone(body.pelvis, 0.062, body.waist, slim + 0.006, TOP, 0.02),
        Cone(body.waist, slim + 0.006, body.chest, chest, TOP, 0.02),
        Cone(body.shoulder[0], 0.030, body.shoulder[1], 0.030, TOP, 0.02),
        Cone(body.neck, 0.026, _between(body.neck, body.head, 0.7), 0.025, SKIN, 0.01),
    ]
    for shoulder in body.shoulder:
        side = _between(shoulder, body.chest, 0.12)
        out.append(Cone(body.waist, slim - 0.006, side, 0.036, TOP, INNER))
        out.append(Cone(shoulder, 0.028, collar, 0.020, TOP, INNER))
    return out


def _cloth(body: Body, length: float, flare: float, waist: float, flutter: float) -> list[Cone]:
    """A skirt or the tails of a coat: panels from the waist to a hem that the legs push about."""
    if length > 1.0:
        ends = [_between(body.knee[k], body.ankle[k], length - 1.0) for k in (0, 1)]
    else:
        ends = [_between(body.hip[k], body.knee[k], length) for k in (0, 1)]
    x, y, z = (0.5 * (ends[0][i] + ends[1][i]) for i in range(3))
    wide = 0.5 * abs(ends[0][0] - ends[1][0]) + 0.022 + flare
    deep = 0.5 * abs(ends[0][2] - ends[1][2]) + 0.030 + 0.6 * flare
    out = []
    for c, s in _AROUND:
        top = _shifted(body.waist, c * (waist - 0.026), -0.03, s * (waist - 0.030))
        lift = 0.084 * flare * math.sin(flutter + 3.0 * c + 2.0 * s)
        out.append(
            Cone(top, 0.030, (x + c * wide, y + lift, z + s * deep - 0.15 * flare), 0.024 + 0.1 * flare, TOP, 0.06)
        )
    heart = _between(body.waist, (x, y, z), 0.92)
    return [*out, Cone(_shifted(body.waist, 0.0, -0.02, 0.0), waist, heart, 0.030 + 0.4 * flare, TOP, 0.06)]


def _hair(person: Person, body: Body, big: float, flutter: float) -> list[Cone]:
    head = body.head
    crown = _shifted(head, 0.0, 0.026 * big, -0.012)
    back = _shifted(head, 0.0, -0.004, -0.026)
    out = [Cone(crown, 0.052 * big, back, 0.048 * big, HAIR, 0.016)]
    if person.long_hair and person.age < 60:
        tip = _shifted(head, 0.006 * math.sin(flutter), -0.135, -0.060 - 0.012 * math.cos(flutter))
        half = _between(back, tip, 0.5)
        out += [Cone(back, 0.046 * big, half, 0.042, HAIR, 0.03), Cone(half, 0.042, tip, 0.024, HAIR, 0.03)]
    elif person.role == "woman" and person.age >= 60:
        knot = _shifted(head, 0.0, 0.045, -0.05)
        out.append(Cone(knot, 0.026, knot, 0.026, HAIR, 0.03))
    elif person.role == "woman":
        out.append(Cone(back, 0.050 * big, _shifted(head, 0.0, -0.05, -0.030), 0.040, HAIR, 0.03))
    if person.hat:
        brim = _shifted(head, 0.0, 0.046 * big, 0.0)
        out += [
            Cone(_shifted(brim, 0.0, 0.0, -0.07), 0.012, _shifted(brim, 0.0, -0.004, 0.075), 0.011, LEGS, 0.03),
            Cone(_shifted(brim, -0.07, 0.0, 0.0), 0.012, _shifted(brim, 0.07, 0.0, 0.0), 0.012, LEGS, 0.03),
            Cone(brim, 0.050 * big, _shifted(brim, 0.0, 0.026, 0.0), 0.044 * big, LEGS, 0.03),
        ]
    return out


def _scarf(body: Body, flutter: float) -> list[Cone]:
    left, tail = _shifted(body.neck, -0.02, 0.005, 0.0), _shifted(body.neck, 0.02, 0.0, -0.03)
    out = [Cone(left, 0.034, _shifted(body.neck, 0.02, 0.005, 0.0), 0.034, SCARF, 0.03)]
    for k in range(3):
        after = _shifted(tail, 0.010, -0.040 + 0.016 * math.sin(flutter + 1.3 * k), -0.034)
        out.append(Cone(tail, 0.020, after, 0.018, SCARF, 0.03))
        tail = after
    return out


def _carried(person: Person, body: Body, flutter: float) -> list[Cone]:
    hand = body.wrist[1]
    low = _shifted(hand, 0.0, -0.10, 0.0)
    if person.carries == "cane":
        return [Cone(hand, 0.008, (hand[0] + 0.01, 0.008, hand[2] + 0.05), 0.007, SHOES)]
    if person.carries == "case":
        return [Cone(_shifted(low, 0.0, 0.0, -0.07), 0.045, _shifted(low, 0.0, 0.0, 0.07), 0.045, PROP, 0.02)]
    if person.carries == "lantern":
        return [Cone(low, 0.026, low, 0.026, LIGHT, 0.02)]
    if person.carries == "ball":
        top = _shifted(body.shoulder[1], 0.10 + 0.02 * math.sin(flutter), 0.50, -0.10)
        string = Cone(hand, 0.003, _shifted(top, 0.0, -0.10, 0.0), 0.003, SHOES)
        return [string, Cone(_shifted(top, 0.0, -0.03, 0.0), 0.070, top, 0.088, PROP, 0.02)]
    if person.carries == "umbrella":
        tip = (body.neck[0] + 0.04, body.head[1] + 0.21, body.neck[2] + 0.05)
        out, under = [Cone(hand, 0.006, tip, 0.006, SHOES)], _shifted(tip, 0.0, -0.035, 0.0)
        for k in range(9):
            a = math.pi * k / 8.0
            rim = (tip[0] + 0.29 * math.cos(a), tip[1] - 0.115, tip[2] + 0.29 * math.sin(a) - 0.14)
            out.append(Cone(under, 0.034, rim, 0.020, PROP, 0.05))
        return out
    return []
