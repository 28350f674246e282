"""Clips of every kind and condition, each with the call that a person would write by hand with stock diffusers.

The calls are written from the pipelines' own documentation, not from ``musicvid.diffusion.calls``: they are what the
engine is measured against. Guidance and the like are literals of the models' makers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from PIL import Image

from musicvid.diffusion.clip import ClipSpec
from musicvid.diffusion.engine import Engine
from musicvid.diffusion.folder import recognise
from musicvid.diffusion.memory import MemoryPlan
from musicvid.diffusion.settings import Settings
from musicvid.schema.frames import FrameRate, FrameSize

RESIDENT, GROUPS = MemoryPlan(), MemoryPlan("group-offload")
PROMPT, AVOID, SEED = "a street at night", "text", 11
PROMPTS = ("a street at night", "a harbour at dawn")
SMALL, LTX_SIZE, SQUARE = FrameSize(48, 32), FrameSize(64, 32), FrameSize(32, 32)
RATES = {"ltx": 30, "ltx2": 24, "wan22-ti2v": 24, "helios": 24, "skyreels-df": 24}
LTX_CALLS = {"decode_timestep": 0.05, "decode_noise_scale": 0.025, "frame_rate": 30.0}
LTX2_CALLS = {"use_cross_timestep": False, "spatio_temporal_guidance_blocks": [1], "frame_rate": 24.0}


def picture(size: FrameSize, seed: int) -> np.ndarray:
    """RGB noise, uint8 ``(height, width, 3)``."""
    return np.random.default_rng(seed).integers(0, 256, (size.height, size.width, 3), np.uint8)


def clip(size: FrameSize, frames: int, seed: int = 3) -> np.ndarray:
    return np.stack([picture(size, seed * 100 + frame) for frame in range(frames)])


def pil(array: np.ndarray) -> Any:
    return [Image.fromarray(one) for one in array] if array.ndim == 4 else Image.fromarray(array)


@dataclass(frozen=True)
class Case:
    """``given`` are fields of the :class:`ClipSpec`, ``stock`` arguments of the pipeline made from the same arrays.
    ``whole`` makes the clip from the stock frames where they are not all of it.
    ``plain`` false: the pipeline takes neither a negative prompt, guidance nor a number of steps."""

    kind: str
    pipeline: str
    size: FrameSize
    frames: int
    guidance: float
    given: dict[str, Any] = field(default_factory=dict)
    stock: Callable[[ClipSpec], dict[str, Any]] = lambda spec: {}
    whole: Callable[[ClipSpec, torch.Tensor], torch.Tensor] = lambda spec, frames: frames
    plain: bool = True
    steps_told: int = 2


def _ltx_conditions(spec: ClipSpec) -> dict[str, Any]:
    from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition

    conditions = []
    if spec.before is not None:
        conditions.append(LTXVideoCondition(video=pil(spec.before), frame_index=0))
    if spec.first is not None:
        conditions.append(LTXVideoCondition(image=pil(spec.first), frame_index=0))
    if spec.last is not None:
        conditions.append(LTXVideoCondition(image=pil(spec.last), frame_index=spec.frame_count - 1))
    return LTX_CALLS | {"conditions": conditions, "image_cond_noise_scale": 0.025}


def _ltx2_conditions(spec: ClipSpec) -> dict[str, Any]:
    from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition

    conditions = []
    if spec.before is not None:
        conditions.append(LTX2VideoCondition(frames=pil(spec.before), index=0))
    if spec.first is not None:
        conditions.append(LTX2VideoCondition(frames=pil(spec.first), index=0, crf=0))
    if spec.last is not None:
        conditions.append(LTX2VideoCondition(frames=pil(spec.last), index=-1, crf=0))
    return {"conditions": conditions}


def _vace(known: Callable[[ClipSpec], dict[int, np.ndarray]]) -> Callable[[ClipSpec], dict[str, Any]]:
    """Known frames shown under a black mask, all others grey under a white one."""

    def call(spec: ClipSpec) -> dict[str, Any]:
        size, shown = (spec.size.width, spec.size.height), known(spec)
        grey, black, white = Image.new("RGB", size, (128, 128, 128)), Image.new("L", size, 0), Image.new("L", size, 255)
        return {
            "video": [pil(shown[at]) if at in shown else grey for at in range(spec.frame_count)],
            "mask": [black if at in shown else white for at in range(spec.frame_count)],
        }

    return call


def _two_prompts(spec: ClipSpec) -> dict[str, Any]:
    """97 frames are 13 latents: windows of 10 that share 3, so two of them. Their last step ends without noise."""
    start = {} if spec.first is None else {"cond_image": pil(spec.first), "cond_strength": 1.0}
    return start | LTX_CALLS | {
        "prompt": " | ".join(spec.prompts), "seed": None, "decode_horizontal_tiles": 1, "decode_vertical_tiles": 1,
        "sigmas": [1.0, 0.5, 0.0], "output_type": "np",
    }  # fmt: skip


def _frozen_sound(spec: ClipSpec) -> dict[str, Any]:
    """What LTX2DFRPipeline is told for a song: its latents, kept as they are, and no slots (they are for LTX-2.5)."""
    return {"freeze_audio": True, "generate_slots": False, "use_cross_timestep": False}


def sound(frames: int) -> np.ndarray:
    """A beating tone in stereo at 16 kHz, as long as ``frames`` at 24 a second."""
    time_s = np.arange(round(frames / 24 * 16_000)) / 16_000
    tone = np.sin(2 * np.pi * 220 * time_s) * np.sin(2 * np.pi * 4 * time_s)
    return np.stack([tone, 0.5 * tone]).astype(np.float32)


WAN = "WanPipeline"
I2V = "WanImageToVideoPipeline"
VACE = "WanVACEPipeline"
CONDITION = "LTXConditionPipeline"
DF = "SkyReelsV2DiffusionForcing"

CASES = {
    "wan-t2v": Case("wan-t2v", WAN, SMALL, 5, 5.0),
    "wan22-a14b": Case("wan22-a14b", WAN, SMALL, 5, 4.0, stock=lambda spec: {"guidance_scale_2": 3.0}),
    "wan22-ti2v plain": Case("wan22-ti2v", WAN, LTX_SIZE, 5, 5.0),
    "wan22-ti2v first": Case(
        "wan22-ti2v", I2V, LTX_SIZE, 5, 5.0, {"first": picture(LTX_SIZE, 1)}, lambda spec: {"image": pil(spec.first)}
    ),
    "wan22-i2v first": Case(
        "wan22-i2v", I2V, SMALL, 5, 3.5, {"first": picture(SMALL, 1)},
        lambda spec: {"image": pil(spec.first), "guidance_scale_2": 3.5},
    ),
    "wan22-i2v first and last": Case(
        "wan22-i2v", I2V, SMALL, 5, 3.5, {"first": picture(SMALL, 1), "last": picture(SMALL, 2)},
        lambda spec: {"image": pil(spec.first), "last_image": pil(spec.last), "guidance_scale_2": 3.5},
    ),
    "wan21-i2v": Case(
        "wan21-i2v", I2V, SMALL, 5, 5.0, {"first": picture(SMALL, 1)}, lambda spec: {"image": pil(spec.first)}
    ),
    "wan21-flf2v": Case(
        "wan21-flf2v", I2V, SMALL, 5, 5.5, {"first": picture(SMALL, 1), "last": picture(SMALL, 2)},
        lambda spec: {"image": pil(spec.first), "last_image": pil(spec.last)},
    ),
    "wan-vace plain": Case("wan-vace", VACE, SMALL, 5, 5.0),
    "wan-vace first and last": Case(
        "wan-vace", VACE, SMALL, 9, 5.0, {"first": picture(SMALL, 1), "last": picture(SMALL, 2)},
        _vace(lambda spec: {0: spec.first, 8: spec.last}),
    ),
    "wan-vace extend": Case(
        "wan-vace", VACE, SMALL, 9, 5.0, {"before": clip(SMALL, 5)}, _vace(lambda spec: dict(enumerate(spec.before)))
    ),
    "wan-vace references": Case(
        "wan-vace", VACE, SMALL, 5, 5.0, {"references": (picture(SMALL, 4), picture(SMALL, 5))},
        lambda spec: {"reference_images": [pil(one) for one in spec.references]},
    ),
    "ltx plain": Case("ltx", "LTXPipeline", LTX_SIZE, 9, 3.0, stock=lambda spec: LTX_CALLS),
    "ltx first": Case("ltx", CONDITION, LTX_SIZE, 9, 3.0, {"first": picture(LTX_SIZE, 1)}, _ltx_conditions),
    "ltx last": Case("ltx", CONDITION, LTX_SIZE, 17, 3.0, {"last": picture(LTX_SIZE, 2)}, _ltx_conditions),
    "ltx extend": Case("ltx", CONDITION, LTX_SIZE, 17, 3.0, {"before": clip(LTX_SIZE, 9)}, _ltx_conditions),
    "ltx many prompts": Case(
        "ltx", "LTXI2VLongMultiPromptPipeline", LTX_SIZE, 97, 3.0, {"prompts": PROMPTS}, _two_prompts, steps_told=4
    ),
    "ltx many prompts first": Case(
        "ltx", "LTXI2VLongMultiPromptPipeline", LTX_SIZE, 97, 3.0,
        {"prompts": PROMPTS, "first": picture(LTX_SIZE, 1)}, _two_prompts, steps_told=4,
    ),
    "ltx2 plain": Case("ltx2", "LTX2Pipeline", SQUARE, 9, 3.0),
    "ltx2 first and last": Case(
        "ltx2", "LTX2ConditionPipeline", SQUARE, 9, 3.0, {"first": picture(SQUARE, 1), "last": picture(SQUARE, 2)},
        _ltx2_conditions,
    ),
    "ltx2 extend": Case(
        "ltx2", "LTX2ConditionPipeline", SQUARE, 9, 3.0, {"before": clip(SQUARE, 3)}, _ltx2_conditions
    ),
    "ltx2 frozen sound": Case(
        "ltx2", "LTX2DFRPipeline", SQUARE, 17, 0.0, {"sound": sound(17)}, _frozen_sound, plain=False, steps_told=8
    ),
    "helios plain": Case("helios", "HeliosPipeline", SQUARE, 33, 5.0),
    "helios two chunks": Case("helios", "HeliosPipeline", SQUARE, 65, 5.0, steps_told=4),
    "helios first": Case(
        "helios", "HeliosPipeline", SQUARE, 33, 5.0, {"first": picture(SQUARE, 1)},
        lambda spec: {"image": pil(spec.first)},
    ),
    "helios extend": Case(
        "helios", "HeliosPipeline", SQUARE, 65, 5.0, {"before": clip(SQUARE, 33)},
        lambda spec: {"video": pil(spec.before), "num_frames": 32},
        lambda spec, frames: torch.cat([torch.from_numpy(spec.before).permute(0, 3, 1, 2) / 255, frames[:32]]),
    ),
    "skyreels-df": Case("skyreels-df", f"{DF}Pipeline", SMALL, 5, 6.0, stock=lambda spec: {"base_num_frames": 21}),
    "skyreels-df long": Case(
        "skyreels-df", f"{DF}Pipeline", SMALL, 101, 6.0,
        stock=lambda spec: {"base_num_frames": 97, "overlap_history": 17, "addnoise_condition": 20}, steps_told=4,
    ),
    "skyreels-df first and last": Case(
        "skyreels-df", f"{DF}ImageToVideoPipeline", SMALL, 9, 6.0,
        {"first": picture(SMALL, 1), "last": picture(SMALL, 2)},
        lambda spec: {"image": pil(spec.first), "last_image": pil(spec.last), "base_num_frames": 21},
    ),
    "skyreels-df extend": Case(
        "skyreels-df", f"{DF}VideoToVideoPipeline", SMALL, 9, 6.0, {"before": clip(SMALL, 5)},
        lambda spec: {
            "video": pil(spec.before), "base_num_frames": 21, "overlap_history": 5, "addnoise_condition": 20,
        },
        lambda spec, frames: frames[5:],
    ),
}  # fmt: skip


def spec_of(case: Case, **more: Any) -> ClipSpec:
    wanted = {
        "prompts": (PROMPT,),
        "avoid": AVOID,
        "frame_count": case.frames,
        "rate": FrameRate(Fraction(RATES.get(case.kind, 16))),
        "size": case.size,
        "seed": SEED,
    }
    return ClipSpec(**wanted | case.given | more)


def cpu(**more: Any) -> Settings:
    return Settings(**{"device": "cpu", "dtype": "fp32", "vae_dtype": "fp32", "steps": 2} | more)


def engine_of(folder: Any, settings: Settings | None = None, **more: Any) -> Engine:
    return Engine(recognise(folder), folder, settings or cpu(), **{"identity": "tiny"} | more)


def stock_pipe(folder: Any, pipeline: str) -> Any:
    """All of it, the text encoder too, as a person loads it."""
    import diffusers

    pipe = getattr(diffusers, pipeline).from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def stock_frames(pipe: Any, case: Case, spec: ClipSpec, **more: Any) -> torch.Tensor:
    """Frames of the stock pipeline, called by hand."""
    if case.pipeline == "LTXI2VLongMultiPromptPipeline":
        from diffusers import LTXEulerAncestralRFScheduler

        pipe.scheduler = LTXEulerAncestralRFScheduler.from_config(pipe.scheduler.config)  # as its documentation says
    asked = {
        "prompt": spec.prompts[0],
        "height": spec.size.height,
        "width": spec.size.width,
        "num_frames": spec.frame_count,
        "generator": torch.Generator("cpu").manual_seed(spec.seed),
        "output_type": "pt",
    }
    if case.plain:
        asked |= {
            "negative_prompt": spec.avoid or None,
            "num_inference_steps": 2,
            "guidance_scale": case.guidance,
        }
    if case.pipeline == "LTX2DFRPipeline":
        from musicvid.diffusion.song_latents import audio_latents

        heard = audio_latents(
            spec.sound, spec.sound_hz, pipe.audio_vae, frame_count=spec.frame_count, frame_rate=spec.rate,
            device="cpu", temporal_ratio=2,
        )  # fmt: skip
        asked |= {"audio_latents": heard, "frame_rate": 24.0}
    elif case.kind == "ltx2":
        asked |= LTX2_CALLS
    torch.manual_seed(spec.seed)  # SkyReels draws some of its noise from the global generator
    made = pipe(**asked | case.stock(spec) | more).frames[0]
    made = torch.from_numpy(made).permute(0, 3, 1, 2) if isinstance(made, np.ndarray) else made
    return case.whole(spec, made)
