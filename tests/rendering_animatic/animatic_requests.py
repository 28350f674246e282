"""Requests to try the animatic with, and ways to look at its pictures. Music is made up from a beat that is known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from musicvid.rendering.backend import RenderRequest
from musicvid.rendering.backends.animatic import Animatic
from musicvid.rendering.specimens import make_request
from musicvid.schema.frames import FrameSize
from musicvid.schema.shots import Motion

FAMILIES = {
    "landscape": "a couple walks on a mountain road at dawn",
    "water": "fireworks over the harbour, a sailing boat",
    "canal": "a couple runs along a canal, autumn leaves",
    "city": "a neon city street in the rain at night, forward",
    "promenade": "a woman walks before the skyline at dusk, pan right",
    "forest": "an old man in a pine forest, mist, forward",
    "clearing": "a child runs through birch woods, day, pan left",
    "corridor": "a school corridor in the morning",
    "tunnel": "a subway tunnel",
    "hall": "a rock concert on stage, crowd",
    "ballroom": "two lovers dance a waltz in a ballroom",
    "room": "a woman waits at the bedroom window, rain",
    "cosmos": "outer space, a planet, stars",
    "silk": "an abstract dream of ink",
    "bokeh": "bokeh, fairy lights, close-up of a man",
    "snow": "a red car on a winter road, snow, a house",
}
"""A prompt for every scene family and most of what can stand in them."""


def music(frame_count: int, bpm: float = 112.0, fps: float = 24.0, level: float = 0.6) -> Motion:
    """A steady beat, four to the bar, with curves that follow it."""
    rows = []
    for k in range(frame_count):
        beat = k / fps * bpm / 60
        phase = beat % 1
        swell = level * (0.8 + 0.2 * math.sin(k / 9))
        rows.append((swell, level * math.exp(-4 * phase), 0.5, math.exp(-8 * (2 * beat % 1)), phase, beat / 4 % 1,
                     int(beat / 4) + 1, int(beat) % 4 + 1))  # fmt: skip
    return Motion.of(rows)


def request(prompt: str, size: str = "160x90", frame_count: int = 1, **changes: Any) -> RenderRequest:
    changes.setdefault("motion", music(frame_count))
    plain = {"look": ("verse",), "camera": "", "size": FrameSize.parse(size)}
    return make_request(**{"prompt": prompt, "frame_count": frame_count, **plain, **changes})


def frames(wanted: RenderRequest, **options: Any) -> list[np.ndarray]:
    """All frames, copied."""
    backend = Animatic(options)
    backend.prepare([wanted])
    return [frame.copy() for frame in backend.render(wanted)]


def planes(frame: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y, U, V of a planar 4:2:0 picture."""
    height, width = frame.shape[0] * 2 // 3, frame.shape[1]
    chroma = frame[height:].reshape(-1)
    half = (height // 2) * (width // 2)
    shape = (height // 2, width // 2)
    return frame[:height], chroma[:half].reshape(shape), chroma[half:].reshape(shape)


def thumb(frame: np.ndarray, columns: int = 32, rows: int = 18) -> np.ndarray:
    """Luma means of a grid, float64 (rows, columns)."""
    luma = planes(frame)[0].astype(float)
    down = np.array_split(np.arange(luma.shape[0]), rows)
    across = np.array_split(np.arange(luma.shape[1]), columns)
    return np.array([[luma[np.ix_(a, b)].mean() for b in across] for a in down])
