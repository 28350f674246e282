"""How cut-outs are drawn: one function per kind of tree or shrub, from random numbers of its own."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
HEIGHT, WIDTH = 512, 420


def _limb(picture: Mask, x: float, y: float, angle: float, length: float, width: float) -> tuple[float, float]:
    ex, ey = x + length * math.sin(angle), y - length * math.cos(angle)
    nx, ny = math.cos(angle), math.sin(angle)
    w0, w1 = width * 0.5, width * 0.36
    shape = np.array(
        [
            [x - nx * w0, y - ny * w0],
            [x + nx * w0, y + ny * w0],
            [ex + nx * w1, ey + ny * w1],
            [ex - nx * w1, ey - ny * w1],
        ]
    )
    cv2.fillConvexPoly(picture, np.round(shape * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    return ex, ey


def _leafage(
    picture: Mask, rng: np.random.Generator, x: float, y: float, reach: float, count: int, size: float
) -> None:
    spots = np.clip(rng.normal(0.0, reach, (count, 2)), -1.7 * reach, 1.7 * reach)
    for (dx, dy), r in zip(spots, rng.uniform(0.5, 1.2, count) * size, strict=True):
        cv2.circle(picture, (round((x + dx) * 16), round((y + 0.75 * dy) * 16)), round(r * 16), 255, -1, cv2.LINE_AA, 4)


def _branches(picture: Mask, rng: np.random.Generator, leaves: float, spread: float, levels: int = 6) -> None:
    """A tree by branching: each limb forks into two or three, shorter, thinner, further out."""
    stack = [(WIDTH / 2, HEIGHT - 1.0, rng.normal(0, 0.03), 118.0, 21.0, 0)]
    while stack:
        x, y, angle, length, width, level = stack.pop()
        ex, ey = _limb(picture, x, y, angle, length, width)
        if level >= levels - 1:
            continue
        if leaves and level >= 2:
            _leafage(picture, rng, ex, ey, 15.0 * leaves, 9, 8.5 * leaves)
        for fork in range(2 + (rng.random() < 0.45)):
            turn = spread * (fork - 0.5 if fork < 2 else rng.uniform(-0.3, 0.3)) * rng.uniform(0.6, 1.35)
            stack.append((ex, ey, angle * 0.86 + turn, length * rng.uniform(0.62, 0.82), width * 0.66, level + 1))


def _oak(picture: Mask, rng: np.random.Generator) -> None:
    _branches(picture, rng, 1.0, 0.95)


def _bare(picture: Mask, rng: np.random.Generator) -> None:
    _branches(picture, rng, 0.0, 0.85, 8)


def _pine(picture: Mask, rng: np.random.Generator) -> None:
    middle = WIDTH / 2
    _limb(picture, middle, HEIGHT - 1.0, 0.0, 480.0, 13.0)
    tiers = 17
    for n in range(tiers):
        y = 14 + (n / tiers) ** 1.12 * 440
        wide = (10 + 104 * (n / tiers) ** 0.85) * rng.uniform(0.82, 1.12)
        for side in (-1, 1):
            reach = wide * rng.uniform(0.8, 1.12)
            tip = y + 0.36 * reach + rng.uniform(2, 12)
            shape = np.array(
                [
                    [middle, y - 12],
                    [middle + side * reach, tip],
                    [middle + side * reach * 0.55, tip - 2],
                    [middle, y + 30],
                ]
            )
            cv2.fillPoly(picture, [np.round(shape * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)


def _poplar(picture: Mask, rng: np.random.Generator) -> None:
    middle = WIDTH / 2
    _limb(picture, middle, HEIGHT - 1.0, 0.0, 300.0, 11.0)
    for n in range(90):
        t = n / 90
        wide = 40 * math.sin(math.pi * (0.04 + 0.93 * t**0.75)) ** 0.8 + 2
        _leafage(picture, rng, middle, 16 + t * 440, wide * 0.42, 26, 3.6)


def _cactus(picture: Mask, rng: np.random.Generator) -> None:
    middle = WIDTH // 2
    cv2.line(picture, (middle, 40), (middle, HEIGHT), 255, 46, cv2.LINE_AA)
    for side in (-1, 1):
        y, out, up = int(rng.uniform(190, 300)), int(rng.uniform(72, 100)), int(rng.uniform(70, 140))
        cv2.line(picture, (middle, y), (middle + side * out, y), 255, 34, cv2.LINE_AA)
        cv2.line(picture, (middle + side * out, y), (middle + side * out, y - up), 255, 34, cv2.LINE_AA)


def _birch(picture: Mask, rng: np.random.Generator) -> None:
    lean = rng.normal(0, 0.03)
    x, y = _limb(picture, WIDTH / 2, HEIGHT - 1.0, lean, 360.0, 9.0)
    _limb(picture, x, y, lean, 110.0, 4.0)
    for n in range(22):
        t = rng.uniform(0.30, 1.0)
        bx, by = WIDTH / 2 + (x - WIDTH / 2) * t, HEIGHT - t * 420
        side = 1 if n % 2 else -1
        ex, ey = _limb(picture, bx, by, side * rng.uniform(0.6, 1.05), rng.uniform(40, 90) * (1.25 - 0.7 * t), 3.0)
        _leafage(picture, rng, ex, ey + 10, 16.0, 16, 4.6)


def _bush(picture: Mask, rng: np.random.Generator) -> None:
    """A broad shrub: clumps of small leaves, densest at the ground."""
    for _ in range(260):
        a, r = rng.uniform(-1.45, 1.45), 300 * math.sqrt(rng.random())
        x, y = WIDTH / 2 + math.sin(a) * r * 0.60, HEIGHT - 8 - math.cos(a) * r * 0.66
        _leafage(picture, rng, x, y, 15.0, 18, 4.6)


def _crown(picture: Mask, rng: np.random.Generator) -> None:
    """Foliage seen from below: a loose mass, ragged at its lower edge."""
    for _ in range(150):
        x, y = WIDTH / 2 + rng.normal(0, 82), 190 + rng.normal(0, 62)
        _leafage(picture, rng, x, y, 17.0, 8, 9.0)
    for _ in range(50):
        x, y = WIDTH / 2 + rng.normal(0, 110), 300 + rng.normal(0, 50)
        _leafage(picture, rng, x, y, 12.0, 5, 6.0)


def _reeds(picture: Mask, rng: np.random.Generator) -> None:
    for _ in range(60):
        x = WIDTH / 2 + rng.normal(0, 85)
        height, bend = rng.uniform(150, 500), rng.normal(0, 46)
        t = np.linspace(0, 1, 12)
        line = np.stack([x + bend * t**2, HEIGHT - height * t], 1)
        edge = np.stack([line[:, 0] + 3.4 * (1 - t), line[:, 1]], 1)
        shape = np.concatenate([np.stack([line[:, 0] - 3.4 * (1 - t), line[:, 1]], 1), edge[::-1]])
        cv2.fillPoly(picture, [np.round(shape * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        if rng.random() < 0.16:
            tip = (round(line[-1, 0] * 16), round((line[-1, 1] + 22) * 16))
            cv2.ellipse(
                picture, (tip[0] // 16, tip[1] // 16), (5, 24), float(rng.normal(0, 6)), 0, 360, 255, -1, cv2.LINE_AA
            )


def _palm(picture: Mask, rng: np.random.Generator) -> None:
    x, y, lean = WIDTH / 2, HEIGHT - 1.0, rng.uniform(-0.12, 0.12)
    for n in range(8):
        x, y = _limb(picture, x, y, lean + 0.02 * n * np.sign(lean), 48.0, 15.0 - 0.9 * n)
    for n in range(15):
        a = -1.9 + 3.8 * n / 14 + rng.normal(0, 0.08)
        t = np.linspace(0, 1, 14)
        reach = rng.uniform(110, 160)
        spine = np.stack([x + math.sin(a) * reach * t, y - math.cos(a) * reach * t * 0.7 + 95 * t**2.2], 1)
        wide = 15 * np.sin(np.pi * np.clip(t * 0.92 + 0.08, 0, 1)) * np.where(np.arange(14) % 2, 0.55, 1.0)
        shape = np.concatenate([spine - [0, 2], (spine + np.stack([np.zeros(14), wide], 1))[::-1]])
        cv2.fillPoly(picture, [np.round(shape * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)


KINDS = {
    "oak": _oak,
    "bare": _bare,
    "pine": _pine,
    "poplar": _poplar,
    "birch": _birch,
    "bush": _bush,
    "crown": _crown,
    "reeds": _reeds,
    "palm": _palm,
    "cactus": _cactus,
}
