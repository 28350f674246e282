"""How a company moves through a cycle of four steps: posed once per process, played back at any pace."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Table
from musicvid.rendering.backends.animatic.cast import Person
from musicvid.rendering.backends.animatic.clothes import dressed, stature_m
from musicvid.rendering.backends.animatic.skeleton import Body, gait_for, pose, reach

_STEPS, _POSES = 4, 96


class Movement:
    """Dressed bodies of ``people`` doing ``action``. Everything repeats after four steps, so poses are kept in a table
    of 96 and what lies between is mixed; which frame asks first makes no difference."""

    def __init__(self, people: tuple[Person, ...], action: str) -> None:
        self.people, self.action = people, action
        self.sizes = [stature_m(p) for p in people]
        gap = 0.85 if action == "run" else 0.62
        #: metres to the right of the middle
        self.places = [gap * (i - 0.5 * (len(people) - 1)) for i in range(len(people))]
        self.waltz = action == "dance" and len(people) == 2
        gaits = [gait_for(action, p.age) for p in people]
        slowest = min(g.stride for g in gaits)
        self._gaits = [replace(g, stride=min(g.stride, slowest * 1.25 + 0.02)) for g in gaits]
        walking = action in ("walk", "run")
        #: metres that a step carries the company
        self.step_m = 2.0 * math.sin(slowest) * 0.48 * min(self.sizes) if walking else 0.0
        self.materials = [np.array([c.material for c in cones]) for cones, _ in self._posed(0)]
        self._kept: dict[int, list[tuple[Table, Table]]] = {}

    def at(self, steps: float) -> list[tuple[Table, Table]]:
        """Per person: cones float32 (n, 9) as (a, ra, b, rb, nearer), and the four big bones (4, 8) that cast its
        shadow, both in body heights."""
        place = steps / _STEPS % 1.0 * _POSES
        low = int(place) % _POSES
        t = np.float32(place - math.floor(place))
        first, second = self._pose(low), self._pose((low + 1) % _POSES)
        return [(a + (c - a) * t, b + (d - b) * t) for (a, b), (c, d) in zip(first, second, strict=True)]

    def _pose(self, number: int) -> list[tuple[Table, Table]]:
        if number not in self._kept:
            self._kept[number] = [
                (np.array([(*c.a, c.ra, *c.b, c.rb, c.nearer) for c in cones], np.float32), _bones(body))
                for cones, body in self._posed(number)
            ]
        return self._kept[number]

    def _posed(self, number: int) -> list[tuple[list, Body]]:
        steps = number * _STEPS / _POSES
        sway, flutter = math.sin(0.5 * math.pi * steps), 1.5 * math.pi * steps
        bodies = []
        for i, (person, gait) in enumerate(zip(self.people, self._gaits, strict=True)):
            late = 0.12 * i if self.action == "run" else 0.0
            broad = 0.100 if person.role == "man" else 0.082
            bodies.append(pose(gait, steps + late, self.action, sway * (1 - 2 * (i % 2)), broad))
        if self.waltz:
            bodies = _waltzing(bodies, self.sizes)
        elif len(bodies) == 2 and self.action != "dance" and self.people[0].carries not in ("cane", "case"):
            bodies = _holding(bodies, self.places, self.sizes)
        return [(dressed(p, b, flutter + 1.7 * i), b) for i, (p, b) in enumerate(zip(self.people, bodies, strict=True))]


@lru_cache(maxsize=48)
def movement(people: tuple[Person, ...], action: str) -> Movement:
    """The movement of ``people``, whatever the colours they wear."""
    return Movement(people, action)


def colourless(person: Person) -> Person:
    """What decides how a person moves and is cut."""
    return replace(person, hair="", colour="", scarf="x" if person.scarf else "")


def _bones(body: Body) -> Table:
    bones = [
        (*body.ankle[0], 0.03, *body.hip[0], 0.05),
        (*body.ankle[1], 0.03, *body.hip[1], 0.05),
        (*body.pelvis, 0.07, *body.chest, 0.07),
        (*body.head, 0.05, *body.head, 0.05),
    ]
    return np.array(bones, np.float32)


def _holding(bodies: list[Body], places: list[float], sizes: list[float]) -> list[Body]:
    """Neighbours hold hands: the inner arms reach for the point between them."""
    left, right = bodies
    middle = 0.5 * (places[0] + places[1])
    height = 0.5 * (left.wrist[1][1] * sizes[0] + right.wrist[0][1] * sizes[1])
    forward = 0.2 * (left.wrist[1][2] * sizes[0] + right.wrist[0][2] * sizes[1])
    a = reach(left.shoulder[1], ((middle - places[0]) / sizes[0], height / sizes[0], forward / sizes[0]))
    b = reach(right.shoulder[0], ((middle - places[1]) / sizes[1], height / sizes[1], forward / sizes[1]))
    return [
        replace(left, elbow=(left.elbow[0], a[0]), wrist=(left.wrist[0], a[1])),
        replace(right, elbow=(b[0], right.elbow[1]), wrist=(b[1], right.wrist[1])),
    ]


def _waltzing(bodies: list[Body], sizes: list[float]) -> list[Body]:
    """Face to face: hands joined to one side, the others about the partner's back."""
    height = 0.5 * (bodies[0].shoulder[0][1] * sizes[0] + bodies[1].shoulder[1][1] * sizes[1]) + 0.04
    out = []
    for i, (body, size) in enumerate(zip(bodies, sizes, strict=True)):
        side = -1.0 if i == 0 else 1.0
        back = (0.66 if i == 0 else 0.80) * 1.68
        joined = reach(body.shoulder[i], (side * 0.46 / size, height / size, 0.19 / size))
        held = reach(body.shoulder[1 - i], (-side * 0.12 / size, back / size, 0.30 / size))
        arms = (joined, held) if i == 0 else (held, joined)
        out.append(replace(body, elbow=(arms[0][0], arms[1][0]), wrist=(arms[0][1], arms[1][1])))
    return out
