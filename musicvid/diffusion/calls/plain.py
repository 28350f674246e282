"""What every pipeline is told: prompt, size, frames, steps, guidance, noise. Pictures for those that take an image."""

from __future__ import annotations

import inspect
from functools import cache
from typing import TYPE_CHECKING, Any

from musicvid.diffusion.clip import ClipSpec
from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.settings import Settings
from musicvid.errors import RenderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

FRAME_ARGUMENTS = ("num_frames", "frames", "video_length", "segment_frame_length")
"""What families call the number of frames: Sana says ``frames``, Latte ``video_length``."""


def plain_call(pipe: Any, model: VideoModel, spec: ClipSpec, settings: Settings) -> dict[str, Any]:
    """The arguments without conditions. The noise comes from a generator on the CPU, so that a seed means the same
    film on every card. Raises :class:`RenderError` for a schedule that the pipeline cannot be given."""
    import torch

    taken = arguments_of(pipe)
    guidance = settings.guidance if settings.guidance is not None else model.guidance
    steps = settings.steps if settings.steps is not None else model.steps
    wanted: dict[str, Any] = {
        "prompt": spec.prompt,
        "negative_prompt": spec.avoid or None,
        "height": spec.size.height,
        "width": spec.size.width,
        "num_inference_steps": steps,
        "guidance_scale": guidance,
        "guidance_scale_2": settings.guidance_2,
        "frame_rate": float(spec.rate.fps),
        "sigmas": list(settings.sigmas) or None,
        "max_sequence_length": settings.text_tokens,
        "generator": torch.Generator("cpu").manual_seed(spec.seed),
        "output_type": "pt",
        frames_argument(pipe): spec.frame_count,
    }
    rows = dict(model.calls) | (dict(model.calls_without_guidance) if without_guidance(guidance) else {})
    chosen = {**rows, **{name: value for name, value in wanted.items() if value is not None}, **dict(settings.calls)}
    if settings.sigmas and "sigmas" not in taken:
        raise RenderError(
            f"{type(pipe).__name__} takes a number of steps, no sigmas", hint="leave `sigmas` out and set `steps`"
        )
    if chosen.get("sigmas") is not None:
        chosen.pop("num_inference_steps", None)
    return {name: value for name, value in chosen.items() if name in taken}


def without_guidance(guidance: float | None) -> bool:
    """Whether classifier-free guidance is off: then a negative prompt is not heard, and steps cost half."""
    return guidance is not None and guidance <= 1.0


def with_picture(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    """For any pipeline with the usual names: ``image`` is the first frame, ``last_image`` the last, ``video`` what goes
    before."""
    taken = arguments_of(pipe)
    given = {
        "image": picture(spec.first),
        "last_image": picture(spec.last),
        "video": pictures(spec.before),
    }
    for name, value in given.items():
        if value is not None:
            if name not in taken:
                raise cannot(pipe, name)
            arguments[name] = value
    if spec.references or spec.sound is not None or len(spec.prompts) > 1:
        raise cannot(pipe, "references, sound or several prompts")
    return arguments


def frames_argument(pipe: Any) -> str:
    """The name under which this pipeline wants the number of frames. Raises :class:`RenderError` if it has none."""
    name = next((name for name in FRAME_ARGUMENTS if name in arguments_of(pipe)), None)
    if name is None:
        raise RenderError(f"{type(pipe).__name__} makes no clips of a wanted length", hint="use another model")
    return name


def arguments_of(pipe: Any) -> frozenset[str]:
    return _arguments_of(type(pipe))


@cache
def _arguments_of(cls: type[Any]) -> frozenset[str]:
    return frozenset(inspect.signature(cls.__call__).parameters) - {"self"}


def picture(array: NDArray[np.uint8] | None) -> Image | None:
    """An array, RGB or grey, as the PIL image that pipelines take."""
    if array is None:
        return None
    from PIL import Image

    return Image.fromarray(array)


def pictures(clip: NDArray[np.uint8] | None) -> list[Image] | None:
    return None if clip is None else [one for frame in clip if (one := picture(frame)) is not None]


def cannot(pipe: Any, what: str) -> RenderError:
    return RenderError(f"{type(pipe).__name__} does not take {what}", hint="see: musicvid models show")
