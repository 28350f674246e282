"""Figures: a skeleton that walks, runs, stands or dances, dressed in round cones.

Body coordinates are in body heights: x to the figure's right, y up from the ground, z the way it faces.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Gait:
    """How a body moves: ``stride`` is the hip's swing in radians, ``knee`` its lift, ``lean`` and ``stoop`` the trunk's
    tilt forward below and above the waist, ``elbow`` its bend, ``sway`` how the hips roll."""

    stride: float
    knee: float
    lean: float
    stoop: float
    elbow: float
    sway: float


def gait_for(action: str, age: float) -> Gait:
    """Strides shorten and the back bends with age; children skip."""
    old = min(max((age - 48.0) / 32.0, 0.0), 1.0)
    young = min(max((14.0 - age) / 8.0, 0.0), 1.0)
    stoop = 0.34 * old
    if action == "run":
        return Gait(0.64 - 0.26 * old, 1.5 - 0.6 * old, 0.20, stoop, 1.85, 0.02)
    if action in ("stand", "dance"):
        return Gait(0.03, 0.05, 0.0, stoop, 0.22, 0.02)
    return Gait(0.40 + 0.06 * young - 0.17 * old, 0.78 - 0.34 * old, 0.03 + 0.05 * old, stoop, 0.30 + 0.1 * old, 0.016)


@dataclass(frozen=True, slots=True)
class Body:
    """Joints in body coordinates. Pairs are (left, right); ``toe`` is the tip of the foot."""

    pelvis: Point
    waist: Point
    chest: Point
    neck: Point
    head: Point
    hip: tuple[Point, Point]
    knee: tuple[Point, Point]
    ankle: tuple[Point, Point]
    toe: tuple[Point, Point]
    shoulder: tuple[Point, Point]
    elbow: tuple[Point, Point]
    wrist: tuple[Point, Point]


def _leg(hip: Point, swing: float, flex: float) -> tuple[Point, Point, Point]:
    knee = (hip[0], hip[1] - 0.245 * math.cos(swing), hip[2] + 0.245 * math.sin(swing))
    shin = swing - flex
    ankle = (hip[0], knee[1] - 0.235 * math.cos(shin), knee[2] + 0.235 * math.sin(shin))
    pitch = 0.75 * shin if shin < 0 else 0.5 * shin
    return knee, ankle, (hip[0], ankle[1] - 0.018 + 0.095 * math.sin(pitch), ankle[2] + 0.095 * math.cos(pitch))


def _arm(shoulder: Point, swing: float, bend: float, out: float) -> tuple[Point, Point]:
    elbow = (shoulder[0] + 0.165 * math.sin(out), shoulder[1] - 0.165 * math.cos(swing) * math.cos(out),
             shoulder[2] + 0.165 * math.sin(swing))  # fmt: skip
    fore = swing + bend
    return elbow, (elbow[0] + 0.02 * math.sin(out), elbow[1] - 0.15 * math.cos(fore), elbow[2] + 0.15 * math.sin(fore))


def pose(gait: Gait, steps: float, action: str, sway: float, broad: float) -> Body:
    """The body after ``steps`` steps (two make a cycle). ``sway`` -1..1 moves those who stand or dance, ``broad`` is
    half the width of the shoulders."""
    phase = math.pi * steps
    c, s = math.cos(phase), math.sin(phase)
    bounce = 0.0
    if action == "dance":
        bounce = 0.022 * abs(math.sin(phase))
    hips, knees, ankles, toes = [], [], [], []
    for side, turn in ((-1.0, 0.0), (1.0, math.pi)):
        a = phase + turn
        # Almost a zigzag: a foot on the ground must go back as steadily as the body goes forward.
        swing = gait.stride * (math.asin(0.97 * math.cos(a)) / math.asin(0.97) + 0.04)
        flex = 0.10 * min(gait.stride * 3.0, 1.0) + gait.knee * max(0.0, -math.sin(a + 0.35)) ** 1.4
        if action == "dance":
            swing, flex = 0.10 + 0.16 * max(0.0, math.sin(a)), 0.20 + 0.55 * max(0.0, math.sin(a))
        hip = (side * 0.052 + gait.sway * s, 0.0, 0.012 * side * c)
        knee, ankle, toe = _leg(hip, swing, flex)
        hips.append(hip)
        knees.append(knee)
        ankles.append(ankle)
        toes.append(toe)
    floor = min(min(a[1] - 0.036 for a in ankles), min(t[1] - 0.014 for t in toes))
    lift = -floor + bounce - (0.012 if action == "run" else 0.0) * abs(s)
    side_lean = 0.03 * sway if action in ("stand", "dance") else 0.0
    up = lift
    z1, z2 = math.sin(gait.lean), math.sin(gait.lean + gait.stoop)
    pelvis = (gait.sway * s, up + 0.01, 0.0)
    waist = (side_lean * 0.4, up + 0.115 * math.cos(gait.lean), 0.115 * z1)
    chest = (side_lean, waist[1] + 0.125 * math.cos(gait.lean + gait.stoop), waist[2] + 0.125 * z2)
    neck = (side_lean * 1.3, chest[1] + 0.075 * math.cos(gait.lean + gait.stoop), chest[2] + 0.075 * z2)
    nod = 0.5 * (gait.lean + gait.stoop)
    head = (side_lean * 1.5, neck[1] + 0.082 * math.cos(nod), neck[2] + 0.082 * math.sin(nod) + 0.012)
    twist = 0.25 * gait.stride * c
    shoulders, elbows, wrists = [], [], []
    for side, turn in ((-1.0, math.pi), (1.0, 0.0)):
        swing = 0.75 * gait.stride * math.cos(phase + turn) - 0.05
        out = 0.05
        shoulder = (chest[0] + side * broad, chest[1] + 0.030, chest[2] + side * twist * 0.25)
        bend = gait.elbow * (1.0 + 0.25 * math.cos(phase + turn))
        if action == "dance":
            swing, out, bend = (
                0.9 + 0.7 * math.sin(0.5 * phase + 1.4 * side),
                0.75 + 0.3 * math.sin(0.5 * phase + side),
                0.55,
            )
        elbow, wrist = _arm((0.0, shoulder[1], shoulder[2]), swing, bend, out)
        shoulders.append(shoulder)
        elbows.append((shoulder[0] + side * abs(elbow[0]), elbow[1], elbow[2]))
        wrists.append((shoulder[0] + side * abs(wrist[0]), wrist[1], wrist[2]))

    def raised(points: list[Point]) -> tuple[Point, Point]:
        (a, b) = ((p[0], p[1] + lift, p[2]) for p in points)
        return a, b

    return Body(pelvis, waist, chest, neck, head, raised(hips), raised(knees), raised(ankles), raised(toes),
                (shoulders[0], shoulders[1]), (elbows[0], elbows[1]), (wrists[0], wrists[1]))  # fmt: skip


def reach(shoulder: Point, wrist: Point, upper: float = 0.165, fore: float = 0.155) -> tuple[Point, Point]:
    """Elbow and wrist of an arm that reaches for ``wrist``; stretched out when it is too far. The elbow hangs."""
    dx, dy, dz = (wrist[i] - shoulder[i] for i in range(3))
    length = max(math.sqrt(dx * dx + dy * dy + dz * dz), 1e-6)
    span = min(length, 0.999 * (upper + fore))
    along = (upper * upper - fore * fore + span * span) / (2 * span)
    sag = math.sqrt(max(upper * upper - along * along, 0.0))
    ux, uy, uz = dx / length, dy / length, dz / length
    # Down, made perpendicular to the arm.
    px, py, pz = uy * ux, uy * uy - 1.0, uy * uz
    norm = max(math.sqrt(px * px + py * py + pz * pz), 1e-6)
    elbow = (shoulder[0] + ux * along + px / norm * sag, shoulder[1] + uy * along + py / norm * sag,
             shoulder[2] + uz * along + pz / norm * sag)  # fmt: skip
    return elbow, (shoulder[0] + ux * span, shoulder[1] + uy * span, shoulder[2] + uz * span)
