"""Which row of the table a folder is like, told from its class and settings alone."""

from __future__ import annotations

from collections.abc import Callable

from musicvid.diffusion.folder_facts import Facts
from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.registry import known_models

_SAME_WEIGHTS = {
    "WanVideoToVideoPipeline": "WanPipeline",
    "LTXImageToVideoPipeline": "LTXPipeline",
    "LTX2ImageToVideoPipeline": "LTX2Pipeline",
    "LTX2InContextPipeline": "LTX2Pipeline",
    "CogVideoXVideoToVideoPipeline": "CogVideoXPipeline",
}
"""Classes that no row names, and the one that loads the same weights."""
_PICTURE_CHANNELS, _PLAIN_CHANNELS = 36, 16
_LAYERS_OF_1B3, _LAYERS_OF_LTX_2B = 30, 28


def row_like(facts: Facts) -> VideoModel | None:
    """The row whose kind the folder is of; None for a kind that is in no row."""
    name = _SAME_WEIGHTS.get(facts.pipeline, facts.pipeline)
    rows = {model.key: model for model in known_models() if name in (road.pipeline for road in model.roads)}
    if not rows:
        return None
    tell = _TELL.get(name)
    key = tell(facts) if tell is not None else next(iter(rows))
    return next((model for model in known_models() if model.key == key), None)


def _wan(facts: Facts) -> str:
    """The Wan models share classes: channels, experts and the picture encoder tell them apart."""
    if facts.index.get("expand_timesteps"):
        return "wan2.2-ti2v-5b"
    channels, paired = _number(facts, "in_channels", _PLAIN_CHANNELS), "transformer_2" in facts.parts
    if channels == _PICTURE_CHANNELS:
        if "image_encoder" not in facts.parts:
            return "wan2.2-i2v-a14b" if paired else ""
        both = facts.settings("transformer").get("pos_embed_seq_len")
        return "wan2.1-flf2v-14b" if both else "wan2.1-i2v-14b"
    if channels != _PLAIN_CHANNELS:
        return ""
    if paired:
        return "wan2.2-t2v-a14b"
    return "wan2.1-t2v-1.3b" if _number(facts, "num_layers", 40) <= _LAYERS_OF_1B3 else "wan2.1-t2v-14b"


def _vace(facts: Facts) -> str:
    return "wan2.1-vace-1.3b" if _number(facts, "num_layers", 40) <= _LAYERS_OF_1B3 else "wan2.1-vace-14b"


def _ltx(facts: Facts) -> str:
    """Weights of 13B that decode with a timestep are taken for the distilled ones; a folder does not say."""
    late = facts.settings("vae").get("timestep_conditioning") and _number(facts, "num_layers", 28) > _LAYERS_OF_LTX_2B
    return "ltx-video-0.9.8" if late else "ltx-video"


def _ltx2(facts: Facts) -> str:
    denoiser = facts.settings("transformer")
    newer = denoiser.get("cross_attn_mod") or denoiser.get("use_keyframes_abs_pos_embedding")
    return "ltx-2.3" if newer else "ltx-2"


def _pyramid(facts: Facts) -> str:
    return "helios-distilled" if facts.index.get("is_distilled") else "helios-mid"


def _number(facts: Facts, setting: str, default: int) -> int:
    value = facts.settings("transformer").get(setting, default)
    return value if isinstance(value, int) else default


_TELL: dict[str, Callable[[Facts], str]] = {
    "WanPipeline": _wan,
    "WanImageToVideoPipeline": _wan,
    "WanVACEPipeline": _vace,
    "LTXPipeline": _ltx,
    "LTXConditionPipeline": _ltx,
    "LTXI2VLongMultiPromptPipeline": _ltx,
    "LTX2Pipeline": _ltx2,
    "LTX2ConditionPipeline": _ltx2,
    "LTX2DFRPipeline": _ltx2,
    "HeliosPyramidPipeline": _pyramid,
}
