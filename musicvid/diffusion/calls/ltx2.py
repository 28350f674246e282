"""LTX-2: frames pinned at latent places, and pictures that follow a song whose latents are frozen."""

from __future__ import annotations

from typing import Any

from musicvid.diffusion.calls.plain import cannot, picture, pictures
from musicvid.diffusion.clip import ClipSpec
from musicvid.diffusion.models import VideoModel

_LAST = -1


def from_conditions(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    if spec.sound is not None or spec.references or len(spec.prompts) > 1:
        raise cannot(pipe, "references, sound or several prompts")
    return {**arguments, "conditions": _pinned(spec)}


def from_sound(pipe: Any, model: VideoModel, spec: ClipSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    """The song's latents are given and kept as they are; only the picture is made. This pipeline knows no guidance and
    no negative prompt, and takes a schedule instead of a number of steps."""
    from musicvid.diffusion.song_latents import audio_latents

    if spec.references or spec.before is not None or len(spec.prompts) > 1:
        raise cannot(pipe, "references, an earlier clip or several prompts")
    if spec.sound is None:
        raise cannot(pipe, "a clip without its sound")
    latents = audio_latents(
        spec.sound,
        spec.sound_hz,
        pipe.audio_vae,
        frame_count=spec.frame_count,
        frame_rate=spec.rate,
        device=pipe._execution_device,
        temporal_ratio=pipe.vae_temporal_compression_ratio,
    )
    conditions = _pinned(spec)
    return {
        **arguments,
        "audio_latents": latents,
        "freeze_audio": True,
        "generate_slots": False,
        "use_cross_timestep": bool(getattr(pipe.transformer.config, "use_keyframes_abs_pos_embedding", False)),
        **({"conditions": conditions} if conditions else {}),
    }


def _pinned(spec: ClipSpec) -> list[Any]:
    """Pictures are given as they are (``crf=0``): the model's own compression of them would be lost on a frame that
    must continue the last shot."""
    from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition

    pinned = []
    if spec.before is not None:
        pinned.append(LTX2VideoCondition(frames=pictures(spec.before), index=0))
    elif spec.first is not None:
        pinned.append(LTX2VideoCondition(frames=picture(spec.first), index=0, crf=0))
    if spec.last is not None:
        pinned.append(LTX2VideoCondition(frames=picture(spec.last), index=_LAST, crf=0))
    return pinned
