"""The generic adapter: any local folder of diffusers → a model with its rules, roads and licence.

Loads torch and diffusers when called, never any weights.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

from musicvid.diffusion.fingerprint import fingerprint
from musicvid.diffusion.folder_facts import Facts, read_facts, weights_gib
from musicvid.diffusion.folder_licence import licence_of
from musicvid.diffusion.loading import pipeline_class
from musicvid.diffusion.models import FrameRule, VideoModel
from musicvid.diffusion.recognition import row_like
from musicvid.diffusion.shrinkage import Shrinkage, frame_rule, shrinkage_of
from musicvid.diffusion.signature import Call, read_call
from musicvid.errors import InputError
from musicvid.schema.frames import FrameSize

__all__ = ["fingerprint", "recognise"]

_SAFE_MULTIPLE = 16
"""Most pipelines check their sizes against 8 or 16, whatever their VAE does."""
_LEAST_PUBLISHED_GIB = 0.25
"""In bfloat16; the smallest video model of the table has 2.6."""
_USUAL_SIZE, _USUAL_FRAMES, _USUAL_FPS = FrameSize(832, 480), 49, 24


def recognise(folder: Path) -> VideoModel:
    """The model in ``folder``, a local one or a downloaded snapshot.

    Where class and settings match a row of the table, roads, guidance and rates are that row's; the rules of frames and
    sizes are those of the folder's own VAE and denoiser, and its weights are counted. Any other class is read by its
    signature (family ``generic``). A denoiser that is smaller than any published one has no usual sizes. The licence is
    the folder's own, see :func:`licence_of`.

    Raises :class:`InputError` for what is no folder of a video pipeline, :class:`RenderError` for a class that the
    installed diffusers lacks.
    """
    facts = read_facts(folder)
    cls = pipeline_class(facts.pipeline)
    row = row_like(facts)
    shrinkage = shrinkage_of(facts)
    if row is None:
        model = _generic(facts, _call(cls, facts), cls, shrinkage)
    elif shrinkage is None:
        model = row
    else:
        model = _fitted(row, frame_rule(shrinkage, cls), lcm(_checked_multiple(row), shrinkage.pixels))
    weights = weights_gib(facts)
    return replace(
        model,
        repo="",
        also=(),
        calls=_calls_within(model, facts),
        sizes=model.sizes if _is_large(weights) else (),
        weights_gib=weights,
        licence=licence_of(folder, row.licence if row is not None else None),
    )


def _is_large(weights: tuple[tuple[str, float], ...]) -> bool:
    """Whether the denoiser could be one that was published. A smaller one is somebody's own: in which sizes it was
    trained nobody knows, so clips are made in the movie's."""
    return sum(gib for name, gib in weights if name.startswith(("transformer", "unet"))) >= _LEAST_PUBLISHED_GIB


def _call(cls: type[Any], facts: Facts) -> Call:
    try:
        return read_call(cls)
    except InputError as error:
        raise InputError(error.message, where=str(facts.folder), hint=error.hint) from error


def _fitted(row: VideoModel, frames: FrameRule, multiple: int) -> VideoModel:
    """The row under other rules: counts and sizes become legal again."""
    return replace(
        row,
        frames=frames,
        default_frames=frames.at_most(row.default_frames),
        max_frames=frames.at_most(row.max_frames),
        size_multiple=multiple,
        sizes=tuple(dict.fromkeys(_whole(size, multiple) for size in row.sizes)),
    )


def _checked_multiple(row: VideoModel) -> int:
    """What the row's pipelines check, whatever the VAE: 32 for LTX, 16 for those that grew out of Wan."""
    return 32 if row.size_multiple == 32 and row.family != "wan" else _SAFE_MULTIPLE


def _generic(facts: Facts, call: Call, cls: type[Any], shrinkage: Shrinkage | None) -> VideoModel:
    if shrinkage is None:
        raise InputError(
            f"its VAE, {facts.parts['vae'][1]}, does not say how it shrinks time: legal numbers of frames are unknown",
            where=str(facts.folder),
            hint="take another model, see musicvid models",
        )
    frames, multiple = frame_rule(shrinkage, cls), lcm(_SAFE_MULTIPLE, shrinkage.pixels)
    usual = frames.at_least(call.frame_count or _USUAL_FRAMES)
    given = call.width_px and call.height_px
    size = FrameSize(call.width_px, call.height_px) if call.width_px and call.height_px else _USUAL_SIZE
    guesses = {"rate": (call.rate_fps, f"{_USUAL_FPS} fps"), "size": (given, str(_whole(size, multiple))),
               "number of frames": (call.frame_count, str(usual))}  # fmt: skip
    return VideoModel(
        key=call.pipeline,
        repo="",
        family="generic",
        roads=(call.road,),
        frames=frames,
        default_frames=usual,
        max_frames=usual,
        rate_fps=Fraction(call.rate_fps or _USUAL_FPS),
        size_multiple=multiple,
        sizes=(_whole(size, multiple),),
        steps=call.steps,
        guidance=call.guidance if isinstance(call.guidance, int | float) else None,
        negative_prompt=call.negative_prompt,
        licence=licence_of(facts.folder, None),
        source="the signature of its pipeline and the settings in the folder",
        notes=tuple(
            f"its usual {what} is not said anywhere: {guess} is a guess" for what, (said, guess) in guesses.items()
            if not said
        ),
    )  # fmt: skip


def _calls_within(model: VideoModel, facts: Facts) -> tuple[tuple[str, object], ...]:
    """Blocks of the denoiser named in a call must exist: a smaller one than the row's has fewer."""
    layers = facts.settings("transformer").get("num_layers")
    calls = dict(model.calls)
    blocks = calls.get("spatio_temporal_guidance_blocks")
    if isinstance(blocks, list) and isinstance(layers, int):
        calls["spatio_temporal_guidance_blocks"] = sorted({min(block, layers - 1) for block in blocks})
    return tuple(calls.items())


def _whole(size: FrameSize, multiple: int) -> FrameSize:
    """The largest legal size within ``size``."""
    return FrameSize(*(max(multiple, side // multiple * multiple) for side in (size.width, size.height)))
