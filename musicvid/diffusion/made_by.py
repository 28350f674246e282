"""What determines the pixels of every clip of a run alike: the part of a clip's name that its prompt is not."""

from __future__ import annotations

from collections.abc import Sequence

from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.prompts import changed_length
from musicvid.diffusion.settings import Settings

ENGINE_VERSION = "2"
"""Raise when the same request and settings give other pixels."""


def made_by(
    identity: str, model: VideoModel, settings: Settings, loras: Sequence[str], *, inexact_attention: str = ""
) -> dict[str, object]:
    """JSON values. ``identity`` names the weights, ``loras`` the adapters' contents in the order of ``settings.loras``.

    Neither the device nor an exact attention backend is in it: noise is drawn on the CPU, and what cards differ by is
    rounding. Compilation, offloading and previews do not change what is computed either.
    """
    return {
        "engine": ENGINE_VERSION,
        "weights": identity,
        "roads": [road.pipeline for road in model.roads],
        "calls": _as_lists(model.calls),
        "calls_without_guidance": _as_lists(model.calls_without_guidance),
        "dtype": settings.dtype,
        "vae_dtype": settings.vae_dtype,
        "steps": settings.steps if settings.steps is not None else model.steps,
        "guidance": settings.guidance if settings.guidance is not None else model.guidance,
        "guidance_2": settings.guidance_2,
        "shift": settings.shift,
        "sigmas": list(settings.sigmas),
        "scheduler": settings.scheduler,
        "loras": [[name, lora.weight, lora.expert] for name, lora in zip(loras, settings.loras, strict=True)],
        "cache": [settings.cache, settings.cache_threshold, *settings.cache_ratios] if settings.cache else [],
        "attention": inexact_attention,
        "text_tokens": changed_length(model, settings.text_tokens),
    }


def _as_lists(calls: Sequence[tuple[str, object]]) -> list[list[object]]:
    return [[name, list(value) if isinstance(value, tuple) else value] for name, value in calls]
