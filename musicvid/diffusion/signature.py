"""What a pipeline class of diffusers takes, read off the signature of its call."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from musicvid.diffusion.models import Condition, Road
from musicvid.errors import InputError

FRAME_ARGUMENTS = ("num_frames", "frames", "video_length")
"""What families call the number of frames."""
_RATE_ARGUMENTS = ("frame_rate", "fps")
_ASKED = {"prompt", "image"}
"""Arguments without a default that a request can fill."""


@dataclass(frozen=True, slots=True)
class Call:
    """Defaults of a call's arguments; None where the class has no such argument or leaves it open."""

    pipeline: str
    road: Road
    frames_argument: str
    frame_count: int | None
    width_px: int | None
    height_px: int | None
    rate_fps: float | None
    steps: int | None
    guidance: float | None
    negative_prompt: bool


def read_call(cls: type[Any]) -> Call:
    """The call of ``cls``, with the one road that is certain: ``image`` is the first frame, ``last_image`` the last.

    What ``video`` means (to go on from, to redraw, to move like) differs between classes, so it makes no road. Raises
    :class:`InputError` for a class that makes no videos, or needs what a film cannot give it.
    """
    name = cls.__name__
    takes = {p.name: p for p in inspect.signature(cls.__call__).parameters.values() if p.name != "self"}
    frames = next((word for word in FRAME_ARGUMENTS if word in takes), "")
    if not frames:
        raise InputError(
            f"{name} makes no videos: it cannot be told a number of frames",
            hint="name a text-to-video or image-to-video model, see musicvid models",
        )
    if "prompt" not in takes:
        raise InputError(f"{name} takes no prompt: what shots say would be ignored", hint="see musicvid models")
    needed = {word for word, p in takes.items() if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD}
    if foreign := sorted(needed - _ASKED):
        raise InputError(f"{name} needs {', '.join(foreign)}, which no shot has", hint="see musicvid models")
    default = {word: None if p.default is p.empty else p.default for word, p in takes.items()}
    rate = next((default[word] for word in _RATE_ARGUMENTS if default.get(word)), None)
    return Call(
        pipeline=name,
        road=_road(name, set(takes), needed),
        frames_argument=frames,
        frame_count=default[frames],
        width_px=default.get("width"),
        height_px=default.get("height"),
        rate_fps=rate,
        steps=default.get("num_inference_steps"),
        guidance=default.get("guidance_scale"),
        negative_prompt="negative_prompt" in takes,
    )


def _road(name: str, takes: set[str], needed: set[str]) -> Road:
    found: dict[str, Condition] = {"image": "first", "last_image": "last"}
    conditions = frozenset(condition for word, condition in found.items() if word in takes)
    if "last" in conditions and "first" not in conditions:
        conditions = frozenset[Condition]()
    return Road(name, conditions, frozenset({found["image"]}) if "image" in needed else frozenset())
