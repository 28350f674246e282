"""Helios: chunk after chunk, from a picture or from the end of a clip."""

from __future__ import annotations

from typing import Any

from musicvid.diffusion.calls.plain import cannot, picture, pictures
from musicvid.diffusion.clip import ClipSpec
from musicvid.diffusion.models import VideoModel

CHUNK_FRAMES = 33


def from_a_start(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    if spec.last is not None or spec.references or spec.sound is not None or len(spec.prompts) > 1:
        raise cannot(pipe, "a last frame, references, sound or several prompts")
    if spec.before is not None:
        return {**arguments, "video": pictures(spec.before)}
    return {**arguments, "image": picture(spec.first)} if spec.first is not None else arguments


def chunk_count(arguments: dict[str, Any]) -> int:
    return -(-arguments["num_frames"] // CHUNK_FRAMES)
