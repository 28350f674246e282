"""SkyReels V2 with diffusion forcing: a window that slides over long clips."""

from __future__ import annotations

import inspect
from typing import Any

from musicvid.diffusion.calls.plain import cannot, with_picture
from musicvid.diffusion.clip import ClipSpec
from musicvid.diffusion.models import VideoModel

OVERLAP_FRAMES = 17
"""Frames of the window before that each window is made from, as the pipelines recommend."""
_NOISE_ON_HISTORY = 20


def windows(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    """Clips longer than one window need the overlap named, or the pipeline raises."""
    if "base_num_frames" not in arguments:
        default = inspect.signature(type(pipe).__call__).parameters["base_num_frames"].default
        arguments["base_num_frames"] = min(int(default), max(spec.frame_count, OVERLAP_FRAMES + 4))
    if spec.frame_count > arguments["base_num_frames"]:
        arguments.setdefault("overlap_history", OVERLAP_FRAMES)
        arguments.setdefault("addnoise_condition", _NOISE_ON_HISTORY)
    arguments["fps"] = round(spec.rate.fps)
    return with_picture(pipe, model, spec, arguments)


def from_pictures(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    if spec.first is None:
        raise cannot(pipe, "a clip without its first frame")
    return windows(pipe, model, spec, arguments)


def from_video(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    if spec.before is None:
        raise cannot(pipe, "a clip that nothing goes before")
    wanted = {"overlap_history": len(spec.before), "addnoise_condition": _NOISE_ON_HISTORY}
    return windows(pipe, model, spec, {**arguments, **wanted})


def window_count(arguments: dict[str, Any]) -> int:
    """As the pipelines count, in latent frames of four."""
    whole, window, overlap = (
        (arguments.get(name, 1) - 1) // 4 + 1 for name in ("num_frames", "base_num_frames", "overlap_history")
    )
    return 1 if whole <= window else 2 + (whole - window - 1) // (window - overlap)
