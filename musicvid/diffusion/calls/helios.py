"""Helios: chunk after chunk, from a picture or from the end of a clip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from musicvid.diffusion.calls.plain import cannot, picture, pictures
from musicvid.diffusion.clip import ClipSpec
from musicvid.diffusion.models import VideoModel
from musicvid.errors import RenderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK_FRAMES = 33


def from_a_start(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    if spec.last is not None or spec.references or spec.sound is not None or len(spec.prompts) > 1:
        raise cannot(pipe, "a last frame, references, sound or several prompts")
    if "sigmas" in arguments:
        import numpy as np

        arguments["sigmas"] = np.asarray(arguments["sigmas"])  # a list stops its schedule
    if spec.before is not None:
        if len(spec.before) < CHUNK_FRAMES:
            raise RenderError(
                f"{type(pipe).__name__} goes on from at least {CHUNK_FRAMES} frames, {len(spec.before)} are there",
                hint="make the shot before longer, or give this one `continues: false`",
            )
        return {**arguments, "video": pictures(spec.before), "num_frames": spec.frame_count - len(spec.before)}
    return {**arguments, "image": picture(spec.first)} if spec.first is not None else arguments


def after(before: NDArray[np.uint8], made: Any, black: float = 0.0) -> Any:
    """Helios gives the new frames alone: what it went on from is put in front, so that a clip begins with it."""
    import torch

    shown = torch.from_numpy(before).to(made.device).permute(0, 3, 1, 2).to(made.dtype) / 255
    return torch.cat([black + (1.0 - black) * shown, made])


def chunk_count(arguments: dict[str, Any]) -> int:
    return -(-arguments["num_frames"] // CHUNK_FRAMES)
