"""The Wan family: pictures at the ends (I2V, FLF2V, TI2V-5B), and VACE's known frames under a mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from musicvid.diffusion.calls.plain import cannot, picture, pictures, with_picture
from musicvid.diffusion.clip import ClipSpec
from musicvid.diffusion.models import VideoModel

_UNKNOWN_GREY = 128
_KEEP, _MAKE = 0, 255


def from_pictures(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    """TI2V-5B takes ``last_image`` and ignores it, in silence: it is refused here."""
    if spec.last is not None and pipe.config.expand_timesteps:
        raise cannot(pipe, "a last frame with this model (it would be ignored)")
    if spec.first is None:
        raise cannot(pipe, "a clip without its first frame")
    return with_picture(pipe, model, spec, arguments)


def from_known_frames(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    """VACE is shown every frame: the known ones, grey elsewhere, and a mask that says which to make."""
    if spec.sound is not None or len(spec.prompts) > 1:
        raise cannot(pipe, "sound or several prompts")
    shape = (spec.frame_count, spec.size.height, spec.size.width)
    video = np.full((*shape, 3), _UNKNOWN_GREY, np.uint8)
    mask = np.full(shape, _MAKE, np.uint8)
    for at, frames in _known(spec):
        video[at : at + len(frames)] = frames
        mask[at : at + len(frames)] = _KEEP
    if not (mask == _MAKE).all():
        arguments |= {"video": pictures(video), "mask": [picture(one) for one in mask]}
    if spec.references:
        arguments["reference_images"] = [picture(one) for one in spec.references]
    return arguments


def _known(spec: ClipSpec) -> list[tuple[int, np.ndarray]]:
    known = []
    if spec.before is not None:
        known.append((0, spec.before))
    if spec.first is not None:
        known.append((0, spec.first[None]))
    if spec.last is not None:
        known.append((spec.frame_count - 1, spec.last[None]))
    return known
