"""Made-up requests and pictures to try a backend with, small enough to render many."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from musicvid.rendering.backend import RenderRequest
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.shots import Motion


def make_request(**changes: Any) -> RenderRequest:
    """A small request like those of a real run (7 frames of 64 by 64 at 24 fps); ``changes`` are fields of it."""
    count = changes.get("frame_count", 7)
    return RenderRequest(
        **{
            "shot_id": "verse-1/01",
            "index": 0,
            "take": 1,
            "prompt": "a small yellow paper boat on a canal at dawn",
            "avoid": "text",
            "frame_count": count,
            "head_frames": 0,
            "rate": FrameRate.parse("24"),
            "size": FrameSize.parse("64x64"),
            "seed": 7,
            "motion": motion_of(count),
            "look": ("verse", "ann"),
            "camera": "slow push in",
            "energy": 0.6,
            **changes,
        }
    )


def write_picture(path: Path, colour: str) -> None:
    """A picture of one colour (a name of CSS), 96 by 64."""
    from PIL import Image

    Image.new("RGB", (96, 64), colour).save(path)


def motion_of(frame_count: int, pulse_frames: int = 12) -> Motion:
    """Made-up music: a beat every ``pulse_frames`` frames, four to the bar, and curves that move with it."""
    rows = []
    for k in range(frame_count):
        phase = k % pulse_frames / pulse_frames
        swell = 0.5 + 0.5 * math.sin(k / 9)
        bar, beat = k // (4 * pulse_frames) + 1, k // pulse_frames % 4 + 1
        row = (swell, 1 - phase, 0.5 * swell, float(phase == 0), phase, (beat - 1 + phase) / 4, bar, beat)
        rows.append(row)
    return Motion.of(rows)
