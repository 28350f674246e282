"""LTX-Video: frames pinned at places, and one long take with prompts that follow each other."""

from __future__ import annotations

from typing import Any

from musicvid.diffusion.calls.plain import cannot, picture, pictures
from musicvid.diffusion.clip import ClipSpec
from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.schedules import sigmas_to_zero
from musicvid.diffusion.windows import shares, window_starts


def from_conditions(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition

    if spec.sound is not None or spec.references or len(spec.prompts) > 1:
        raise cannot(pipe, "references, sound or several prompts")
    conditions = []
    if spec.before is not None:
        conditions.append(LTXVideoCondition(video=pictures(spec.before), frame_index=0))
    elif spec.first is not None:
        conditions.append(LTXVideoCondition(image=picture(spec.first), frame_index=0))
    if spec.last is not None:
        conditions.append(LTXVideoCondition(image=picture(spec.last), frame_index=spec.frame_count - 1))
    return {**arguments, "conditions": conditions}


def from_many_prompts(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    """Prompts are given to the model's windows in equal parts: where there are as many of both, each has its own. The
    pipeline's seed is switched off: it would draw the noise on the card, and another card would make another film."""
    if spec.sound is not None or spec.references or spec.last is not None or spec.before is not None:
        raise cannot(pipe, "anything but a first frame and prompts")
    windows = window_count(pipe, spec.frame_count)
    segments = [
        {"start_window": start, "end_window": stop - 1, "text": text}
        for text, start, stop in shares(spec.prompts, windows)
    ]
    small = min(spec.size.width, spec.size.height) < 256
    tiles = {"decode_horizontal_tiles": 1, "decode_vertical_tiles": 1} if small else {}
    start = {"cond_image": picture(spec.first), "cond_strength": 1.0} if spec.first is not None else {}
    sigmas = sigmas_to_zero(pipe, arguments.get("num_inference_steps"), arguments.get("sigmas", ()))
    return {**arguments, **start, **tiles, "prompt_segments": segments, "seed": None, "sigmas": sigmas}


def window_count(pipe: Any, frame_count: int) -> int:
    """Into how many windows in time the pipeline will cut so many frames."""
    return len(window_starts(frame_count, pipe.vae_temporal_compression_ratio))
