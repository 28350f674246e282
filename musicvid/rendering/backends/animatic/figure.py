"""People as silhouettes with a little colour and the light's edge: skeletons dressed in round cones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas, Table
from musicvid.rendering.backends.animatic.cast import Person
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import Colour, mix, scaled, yuv
from musicvid.rendering.backends.animatic.palette import Palette
from musicvid.rendering.backends.animatic.skeleton import Body, Point, gait_for, pose, reach
from musicvid.rendering.backends.animatic.stage import View

Cone = tuple[Point, float, Point, float, Colour, float]
"""From, radius, to, radius (body heights), colour, and how much nearer to the viewer than its place it is painted."""

_INNER = 0.0201
"""The same for parts that never reach the outline: they take no edge of light."""


@dataclass(frozen=True, slots=True)
class Wardrobe:
    """The colours of one person under the light of the scene."""

    skin: Colour
    hair: Colour
    top: Colour
    legs: Colour
    shoes: Colour
    scarf: Colour
    prop: Colour


def stature_m(person: Person) -> float:
    """Height in metres by sex and age."""
    grown = 1.78 if person.role == "man" else 1.68
    young = float(np.interp(person.age, [3, 8, 12, 15, 18], [0.56, 0.73, 0.86, 0.95, 1.0]))
    return grown * young * (1.0 - 0.03 * min(max((person.age - 60) / 20, 0.0), 1.0))


def wardrobe_for(person: Person, index: int, palette: Palette, haze: float) -> Wardrobe:
    """Colours of ``person``; far figures (``haze`` 0..1) melt into the distance."""
    dark = mix(palette.near, palette.far, 0.10)

    def shown(colour: str, share: float) -> Colour:
        own = scaled(yuv(colour), 0.55 + 0.45 * palette.day)
        return mix(mix(dark, own, share), palette.far, haze)

    quiet, loud = 0.28 + 0.5 * palette.day, 0.62 + 0.3 * palette.day
    chosen = ("#5a2a34", "#2c3a58", "#3a4a3c", "#6a5440")[index % 4]
    top = shown(person.colour, loud) if person.colour else shown(chosen, quiet)
    if not person.colour and index == 0 and person.role == "woman":
        top = mix(mix(dark, palette.accent, 0.85 * loud), palette.far, haze)
    return Wardrobe(shown("#c89078", quiet), shown(person.hair or "#2a1c18", 0.45 + 0.4 * palette.day), top,
                    shown("#262a3a" if person.role == "man" else "#3a3034", quiet), shown("#16161a", quiet),
                    shown(person.scarf, loud) if person.scarf else top, mix(mix(dark, palette.accent, loud), palette.far, haze))  # fmt: skip


def _between(a: Point, b: Point, share: float) -> Point:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


def _shifted(a: Point, x: float, y: float, z: float) -> Point:
    return (a[0] + x, a[1] + y, a[2] + z)


def dressed(person: Person, body: Body, wear: Wardrobe, flutter: float) -> list[Cone]:
    """The cones of a dressed body. ``flutter`` is a phase in radians for hair and cloth."""
    man = person.role == "man"
    big = 1.0 + 0.32 * min(max((15.0 - person.age) / 9.0, 0.0), 1.0)
    out: list[Cone] = []
    for k in (0, 1):
        out += [(body.hip[k], 0.045, body.knee[k], 0.036, wear.legs, 0.0), (body.knee[k], 0.035, body.ankle[k], 0.021, wear.legs, 0.0),
                (_shifted(body.ankle[k], 0.0, -0.012, -0.012), 0.021, body.toe[k], 0.014, wear.shoes, 0.0)]  # fmt: skip
        arm = 0.027 if man else 0.022
        sleeve = wear.skin if person.garment == "dress" else wear.top
        out += [(body.shoulder[k], arm * 1.15, body.elbow[k], arm, sleeve, 0.0), (body.elbow[k], arm, body.wrist[k], arm * 0.7, sleeve, 0.0),
                (body.wrist[k], arm * 0.75, body.wrist[k], arm * 0.75, wear.skin, 0.001)]  # fmt: skip
    length, flare = _CUTS[person.garment]
    if length:
        out += _cloth(body, length, flare * (0.6 if man else 1.0), 0.056 if man else 0.050, wear.top, flutter)
    slim = 0.050 if man else 0.043
    out += [(body.pelvis, 0.062, body.waist, slim + 0.006, wear.top, 0.02), (body.waist, slim + 0.006, body.chest, 0.064 if man else 0.056, wear.top, 0.02),
            (body.shoulder[0], 0.030, body.shoulder[1], 0.030, wear.top, 0.02),
            (body.waist, slim - 0.006, _between(body.shoulder[0], body.chest, 0.12), 0.036, wear.top, _INNER),
            (body.waist, slim - 0.006, _between(body.shoulder[1], body.chest, 0.12), 0.036, wear.top, _INNER),
            (body.shoulder[0], 0.028, _between(body.chest, body.neck, 1.05), 0.020, wear.top, _INNER), (body.shoulder[1], 0.028, _between(body.chest, body.neck, 1.05), 0.020, wear.top, _INNER),
            (body.neck, 0.026, _between(body.neck, body.head, 0.7), 0.025, wear.skin, 0.01)]  # fmt: skip
    chin = _shifted(body.head, 0.0, -0.024 * big, 0.010)
    out.append((chin, 0.042 * big, _shifted(body.head, 0.0, 0.016 * big, 0.0), 0.052 * big, wear.skin, 0.015))
    out += _hair(person, body, wear, big, flutter)
    if person.scarf:
        tail = _shifted(body.neck, 0.02, 0.0, -0.03)
        out.append(
            (
                _shifted(body.neck, -0.02, 0.005, 0.0),
                0.034,
                _shifted(body.neck, 0.02, 0.005, 0.0),
                0.034,
                wear.scarf,
                0.03,
            )
        )
        for k in range(4):
            after = _shifted(tail, 0.012, -0.012 + 0.022 * math.sin(flutter + 1.3 * k), -0.065)
            out.append((tail, 0.020, after, 0.018, wear.scarf, 0.03))
            tail = after
    return out + _carried(person, body, wear, flutter)


_CUTS = {"dress": (1.15, 0.075), "coat": (0.82, 0.045), "jacket": (0.30, 0.012), "shirt": (0.16, 0.006)}
"""How far a garment reaches down the thigh and how much it flares, in thighs and body heights."""


_AROUND = tuple((math.cos(math.pi * k / 3), math.sin(math.pi * k / 3)) for k in range(6))


def _cloth(body: Body, length: float, flare: float, waist: float, colour: Colour, flutter: float) -> list[Cone]:
    """A skirt or the tails of a coat: panels from the waist to a hem that the legs push about."""
    ends = [_between(body.hip[k], body.knee[k], min(length, 1.0)) for k in (0, 1)]
    if length > 1.0:
        ends = [_between(body.knee[k], body.ankle[k], length - 1.0) for k in (0, 1)]
    x, y, z = (0.5 * (ends[0][i] + ends[1][i]) for i in range(3))
    wide, deep = (
        0.5 * abs(ends[0][0] - ends[1][0]) + 0.022 + flare,
        0.5 * abs(ends[0][2] - ends[1][2]) + 0.030 + flare * 0.6,
    )
    out: list[Cone] = []
    for c, s in _AROUND:
        top = _shifted(body.waist, c * (waist - 0.026), -0.03, s * (waist - 0.030))
        hem = (
            x + c * wide,
            y + 0.006 * math.sin(flutter + 3.0 * c + 2.0 * s) * flare * 14,
            z + s * deep - 0.015 * flare * 10,
        )
        out.append((top, 0.030, hem, 0.024 + 0.1 * flare, colour, 0.06))
    out.append(
        (
            _shifted(body.waist, 0.0, -0.02, 0.0),
            waist,
            _between(body.waist, (x, y, z), 0.92),
            0.030 + 0.4 * flare,
            colour,
            0.06,
        )
    )
    return out


def _hair(person: Person, body: Body, wear: Wardrobe, big: float, flutter: float) -> list[Cone]:
    head = body.head
    crown = _shifted(head, 0.0, 0.026 * big, -0.012)
    back = _shifted(head, 0.0, -0.004, -0.026)
    out = [(crown, 0.052 * big, back, 0.048 * big, wear.hair, 0.016)]
    if person.hat:
        brim = _shifted(head, 0.0, 0.046 * big, 0.0)
        out += [(_shifted(brim, 0.0, 0.0, -0.07), 0.012, _shifted(brim, 0.0, -0.004, 0.075), 0.011, wear.legs, 0.03),
                (_shifted(brim, -0.07, 0.0, 0.0), 0.012, _shifted(brim, 0.07, 0.0, 0.0), 0.012, wear.legs, 0.03),
                (brim, 0.050 * big, _shifted(brim, 0.0, 0.026, 0.0), 0.044 * big, wear.legs, 0.03)]  # fmt: skip
    if person.long_hair and person.age < 60:
        tip = _shifted(head, 0.006 * math.sin(flutter), -0.135, -0.060 - 0.012 * math.sin(flutter * 0.7))
        out += [
            (back, 0.046 * big, _between(back, tip, 0.5), 0.042, wear.hair, 0.03),
            (_between(back, tip, 0.5), 0.042, tip, 0.024, wear.hair, 0.03),
        ]
    elif person.role == "woman" and person.age >= 60:
        out.append(
            (_shifted(head, 0.0, 0.045, -0.05), 0.026, _shifted(head, 0.0, 0.045, -0.05), 0.026, wear.hair, 0.03)
        )
    elif person.role == "woman":
        out.append((back, 0.050 * big, _shifted(head, 0.0, -0.05, -0.030), 0.040, wear.hair, 0.03))
    return out


def _carried(person: Person, body: Body, wear: Wardrobe, flutter: float) -> list[Cone]:
    hand = body.wrist[1]
    if person.carries == "cane":
        return [(hand, 0.008, (hand[0] + 0.01, 0.008, hand[2] + 0.05), 0.007, wear.shoes, 0.0)]
    if person.carries == "case":
        low = _shifted(hand, 0.0, -0.10, 0.0)
        return [(_shifted(low, 0.0, 0.0, -0.07), 0.045, _shifted(low, 0.0, 0.0, 0.07), 0.045, wear.prop, 0.02)]
    if person.carries == "lantern":
        low = _shifted(hand, 0.0, -0.07, 0.01)
        return [(low, 0.026, low, 0.026, yuv("#ffe0a0"), 0.02)]
    if person.carries == "ball":
        top = _shifted(body.shoulder[1], 0.10 + 0.02 * math.sin(flutter * 0.6), 0.50, -0.10)
        return [
            (hand, 0.003, _shifted(top, 0.0, -0.10, 0.0), 0.003, wear.shoes, 0.0),
            (_shifted(top, 0.0, -0.03, 0.0), 0.070, top, 0.088, wear.prop, 0.02),
        ]
    if person.carries == "umbrella":
        tip = (body.neck[0] + 0.04, body.head[1] + 0.21, body.neck[2] + 0.05)
        out: list[Cone] = [(hand, 0.006, tip, 0.006, wear.shoes, 0.0)]
        for k in range(9):
            a = math.pi * (k / 8.0)
            rim = (tip[0] + 0.29 * math.cos(a), tip[1] - 0.115, tip[2] + 0.29 * math.sin(a) - 0.14)
            out.append((_shifted(tip, 0.0, -0.035, 0.0), 0.034, rim, 0.020, wear.prop, 0.05))
        return out
    return []


def _holding(bodies: list[Body], places: list[float], sizes: list[float]) -> list[Body]:
    """Neighbours hold hands: the inner arms reach for the point between them."""
    for i in range(len(bodies) - 1):
        left, right = bodies[i], bodies[i + 1]
        middle = 0.5 * (places[i] + places[i + 1])
        height = 0.5 * (left.wrist[1][1] * sizes[i] + right.wrist[0][1] * sizes[i + 1])
        forward = 0.5 * (left.wrist[1][2] * sizes[i] + right.wrist[0][2] * sizes[i + 1]) * 0.4
        a = reach(left.shoulder[1], ((middle - places[i]) / sizes[i], height / sizes[i], forward / sizes[i]))
        b = reach(
            right.shoulder[0], ((middle - places[i + 1]) / sizes[i + 1], height / sizes[i + 1], forward / sizes[i + 1])
        )
        bodies[i] = replace(left, elbow=(left.elbow[0], a[0]), wrist=(left.wrist[0], a[1]))
        bodies[i + 1] = replace(right, elbow=(b[0], right.elbow[1]), wrist=(b[1], right.wrist[1]))
    return bodies


def _waltzing(bodies: list[Body], sizes: list[float]) -> list[Body]:
    """Face to face: hands joined to one side, the others about the partner's back."""
    height = 0.5 * (bodies[0].shoulder[0][1] * sizes[0] + bodies[1].shoulder[1][1] * sizes[1]) + 0.04
    out = []
    for i, body in enumerate(bodies):
        joined, held = i, 1 - i
        side = -1.0 if i == 0 else 1.0
        a = reach(body.shoulder[joined], (side * 0.46 / sizes[i], height / sizes[i], 0.19 / sizes[i]))
        b = reach(
            body.shoulder[held],
            (-side * 0.12 / sizes[i], (0.66 if i == 0 else 0.80) * 1.68 / sizes[i], 0.30 / sizes[i]),
        )
        elbows, wrists = [a[0], b[0]], [a[1], b[1]]
        if joined == 1:
            elbows, wrists = elbows[::-1], wrists[::-1]
        out.append(replace(body, elbow=(elbows[0], elbows[1]), wrist=(wrists[0], wrists[1])))
    return out


class Company:
    """The people of a shot: they walk together, in step with the beat."""

    def __init__(self, people: Sequence[Person], palette: Palette, action: str, haze: float = 0.0) -> None:
        self.people, self.action, self.palette = tuple(people), action, palette
        self.sizes = [stature_m(p) for p in people]
        self.wear = [wardrobe_for(p, i, palette, haze) for i, p in enumerate(people)]
        self.gaits = [gait_for(action, p.age) for p in people]
        gap = 0.62 if action != "run" else 0.85
        self.waltz = action == "dance" and len(self.people) == 2
        self.places = [gap * (i - 0.5 * (len(people) - 1)) for i in range(len(people))]
        slowest = min((g.stride for g in self.gaits), default=0.0)
        self.gaits = [replace(g, stride=min(g.stride, slowest * 1.25 + 0.02)) for g in self.gaits]
        #: metres that one step carries the company
        self.step_m = (
            2.0 * math.sin(slowest) * 0.48 * min(self.sizes, default=1.7) if action in ("walk", "run") else 0.0
        )
        self.rim = mix(palette.halo, palette.sun, 0.5)

    def _bodies(self, now: Moment) -> list[Body]:
        broad = [0.100 if p.role == "man" else 0.082 for p in self.people]
        bodies = [pose(g, now.steps + (0.12 * i if self.action == "run" else 0.0), self.action, now.sway * (1 - 2 * (i % 2)), b)
                  for i, (g, b) in enumerate(zip(self.gaits, broad, strict=True))]  # fmt: skip
        if self.waltz:
            return _waltzing(bodies, self.sizes)
        if (
            len(bodies) == 2
            and self.action in ("walk", "stand", "run")
            and not any(p.carries in ("cane", "case") for p in self.people[:1])
        ):
            bodies = _holding(bodies, self.places, self.sizes)
        return bodies

    def _standing(self, yaw: float) -> list[tuple[float, float, float]]:
        """(metres to the right, metres away, own yaw) of everyone."""
        c, s = math.cos(yaw), math.sin(yaw)
        if self.waltz:
            return [(-0.19 * s, -0.19 * c, yaw), (0.19 * s, 0.19 * c, yaw + math.pi)]
        # Seen from the side they walk a little staggered, so that neither hides the other.
        return [(p * c + 0.75 * p * s * abs(s), -p * s + 0.75 * p * abs(s) * c, yaw) for p in self.places]

    def paint(
        self,
        canvas: Canvas,
        now: Moment,
        view: View,
        x_m: float,
        depth_m: float,
        yaw: float,
        light_side: float,
        shadow: float,
    ) -> None:
        """Paint the company standing at (``x_m``, ``depth_m``), facing ``yaw`` (0 away from the viewer, pi/2 to the
        right). ``shadow`` is the length of its shadows per body height, 0 for none."""
        if shadow:
            canvas.mid.cones(self.shadow(now, view, x_m, depth_m, yaw, light_side, shadow))
        rims, bodies = self.cones(now, view, x_m, depth_m, yaw, light_side)
        if canvas.shallow:  # all rims at once, softly, behind everybody
            canvas.mid.cones(np.concatenate(rims))
            canvas.focus()
            canvas.full.cones(np.concatenate(bodies))
        else:
            canvas.focus()
            canvas.full.cones(np.concatenate([t for pair in zip(rims, bodies, strict=True) for t in pair]))

    def cones(
        self, now: Moment, view: View, x_m: float, depth_m: float, yaw: float, light_side: float
    ) -> tuple[list[Table], list[Table]]:
        """Cones of the lit edges and of the bodies, one table per person, the farthest first."""
        rims, tables = [], []
        bodies, places = self._bodies(now), self._standing(yaw)
        for i in sorted(range(len(self.people)), key=lambda i: -places[i][1]):
            size, depth = self.sizes[i], max(depth_m + places[i][1], 0.3)
            c, s = math.cos(places[i][2]), math.sin(places[i][2])
            pixels = view.focal / depth * size
            left, foot = view.x(x_m + places[i][0], depth), view.y(0.0, depth)
            parts = dressed(self.people[i], bodies[i], self.wear[i], 2.1 * now.flow + 1.7 * i)
            rim, own = self._table(parts, left, foot, pixels, c, s, light_side)
            rims.append(rim)
            tables.append(own)
        return rims, tables

    def _table(
        self, parts: list[Cone], left: float, foot: float, pixels: float, c: float, s: float, light_side: float
    ) -> tuple[Table, Table]:
        """Cones on the screen: all of them first in the light's colour, then again a little smaller and away from the
        light, so that a lit edge stays only where the outline faces it."""
        shape = np.array([(*a, ra, *b, rb, nearer) for a, ra, b, rb, _, nearer in parts])
        tones = np.array([colour for _, _, _, _, colour, _ in parts], np.float32)
        away = 0.5 * ((shape[:, 2] + shape[:, 6]) * c - (shape[:, 0] + shape[:, 4]) * s) - shape[:, 8]
        order = np.argsort(-away, kind="stable")
        shape, tones = shape[order], tones[order]
        table = np.empty((2, len(parts), 11), np.float32)
        for column, (x, y, z, r) in ((0, (0, 1, 2, 3)), (3, (4, 5, 6, 7))):
            table[:, :, column] = left + (shape[:, x] * c + shape[:, z] * s) * pixels
            table[:, :, column + 1] = foot - shape[:, y] * pixels
            table[:, :, column + 2] = shape[:, r] * pixels
        edge = min(max(0.010 * pixels, 0.7), 2.2 + 0.002 * pixels)
        table[1, :, (0, 3)] -= light_side * edge * 0.8
        table[1, :, (1, 4)] += edge * 0.55
        table[1, :, (2, 5)] = np.maximum(table[1, :, (2, 5)] - edge * 0.35, 0.2)
        table[:, :, 6:8] = 1.0
        table[1, :, 8:] = tones
        table[0, :, 8:] = tones + (self.rim - tones) * np.float32(0.62)
        return table[0][shape[:, 8] != _INNER], table[1]

    def shadow(
        self, now: Moment, view: View, x_m: float, depth_m: float, yaw: float, light_side: float, length: float
    ) -> Table:
        """Shadows on the ground, falling towards the viewer and away from the light; ``length`` per body height."""
        rows: list[tuple[float, ...]] = []
        tone, places = self.palette.near, self._standing(yaw)
        for i, body in enumerate(self._bodies(now)):
            c, s = math.cos(places[i][2]), math.sin(places[i][2])
            size, depth = self.sizes[i], max(depth_m + places[i][1], 0.3)
            parts = [
                (body.ankle[0], 0.03, body.hip[0], 0.05),
                (body.ankle[1], 0.03, body.hip[1], 0.05),
                (body.pelvis, 0.07, body.chest, 0.07),
                (body.head, 0.05, body.head, 0.05),
            ]
            for a, ra, b, rb in parts:
                ends = []
                for point, radius in ((a, ra), (b, rb)):
                    h = point[1] * size
                    z = max(depth - h * length, 0.35)
                    x = x_m + places[i][0] + (point[0] * c + point[2] * s) * size - light_side * h * length * 0.45
                    ends.append((view.x(x, z), view.y(0.0, z), radius * size * view.focal / z))
                soft = 0.5 * (ends[0][2] + ends[1][2])
                rows.append((*ends[0], *ends[1], soft, 0.34, *tone))
        return np.array(rows, np.float32)
