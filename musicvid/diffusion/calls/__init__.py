"""A clip to make → the arguments of a pipeline's call. One file per family of models; the rest by signature."""

from __future__ import annotations

from typing import Any

from musicvid.diffusion.calls import helios, ltx, ltx2, skyreels, wan
from musicvid.diffusion.calls.plain import plain_call, with_picture
from musicvid.diffusion.clip import ClipSpec
from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.settings import Settings

_LONG = "LTXI2VLongMultiPromptPipeline"
_CONDITIONS = {
    "WanImageToVideoPipeline": wan.from_pictures,
    "WanVACEPipeline": wan.from_known_frames,
    "LTXConditionPipeline": ltx.from_conditions,
    _LONG: ltx.from_many_prompts,
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
    name = type(pipe).__name__
    if name.startswith("Helios"):
        return helios.chunk_count(arguments)
    if name.startswith("SkyReelsV2DiffusionForcing"):
        return skyreels.window_count(arguments)
    return ltx.window_count(pipe, arguments["num_frames"]) if name == _LONG else 1


def frames_of(pipe: Any, answer: Any, spec: ClipSpec, black: float = 0.0) -> Any:
    """The first video that the call gave: floats ``(frames, 3, height, width)`` from ``black`` to 1, from
    ``spec.before`` on."""
    name = type(pipe).__name__
    if name == _LONG:  # its tensors are the decoder's own: channels first, from -1 to 1
        return pipe.video_processor.postprocess_video(answer.frames, output_type="pt")[0]
    frames = answer.frames[0]
    if spec.before is not None and name.startswith("Helios"):
        return helios.after(spec.before, frames, black)
    if spec.before is not None and name == "SkyReelsV2DiffusionForcingVideoToVideoPipeline":
        return frames[len(spec.before) :]  # it shows the whole video it was given before what it made from its end
    return frames
