"""A clip to make → the arguments of a pipeline's call. One file per family of models; the rest by signature."""

from __future__ import annotations

from typing import Any

from musicvid.diffusion.calls import helios, ltx, ltx2, skyreels, wan
from musicvid.diffusion.calls.plain import plain_call, with_picture
from musicvid.diffusion.clip import ClipSpec
from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.settings import Settings

_CONDITIONS = {
    "WanImageToVideoPipeline": wan.from_pictures,
    "WanVACEPipeline": wan.from_known_frames,
    "LTXConditionPipeline": ltx.from_conditions,
    "LTXI2VLongMultiPromptPipeline": ltx.from_many_prompts,
    "LTX2ConditionPipeline": ltx2.from_conditions,
    "LTX2DFRPipeline": ltx2.from_sound,
    "HeliosPipeline": helios.from_a_start,
    "HeliosPyramidPipeline": helios.from_a_start,
    "SkyReelsV2DiffusionForcingPipeline": skyreels.windows,
    "SkyReelsV2DiffusionForcingImageToVideoPipeline": skyreels.from_pictures,
    "SkyReelsV2DiffusionForcingVideoToVideoPipeline": skyreels.from_video,
}


def call_of(pipe: Any, model: VideoModel, spec: ClipSpec, settings: Settings) -> dict[str, Any]:
    """Keyword arguments for ``pipe``: stock where ``spec`` and ``settings`` say nothing else.

    Raises :class:`RenderError` for a condition that this pipeline would ignore.
    """
    arguments = plain_call(pipe, model, spec, settings)
    shape = _CONDITIONS.get(type(pipe).__name__, with_picture)
    return shape(pipe, model, spec, arguments)


def rounds_of(pipe: Any, arguments: dict[str, Any]) -> int:
    """How often the pipeline goes through its schedule in this call: once for each chunk or window of a long clip."""
    counts = {"Helios": helios.chunk_count, "SkyReelsV2DiffusionForcing": skyreels.window_count}
    count = next((count for name, count in counts.items() if type(pipe).__name__.startswith(name)), None)
    return count(arguments) if count is not None else 1
