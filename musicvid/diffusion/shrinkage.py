"""How a folder's VAE and denoiser shrink a clip, and so which numbers of frames and which sizes are whole."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from musicvid.diffusion.folder_facts import Facts
from musicvid.diffusion.models import FrameRule
from musicvid.errors import InputError

_PICTURE_VAES = {"AutoencoderKL", "AutoencoderKLTemporalDecoder", "AsymmetricAutoencoderKL", "AutoencoderTiny"}
"""VAEs that take a clip frame by frame."""


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """A patch of the denoiser covers so many frames and pixels (both sides alike)."""

    frames: int
    pixels: int


def shrinkage_of(facts: Facts) -> Shrinkage | None:
    """None when the VAE does not say by how much it shrinks time. Loads no weights, but torch and diffusers."""
    vae = _empty_vae(facts)
    frames = _of(vae, "scale_factor_temporal", "temporal_compression_ratio")
    if frames is None and type(vae).__name__ in _PICTURE_VAES:
        frames = 1
    pixels = _of(vae, "scale_factor_spatial", "spatial_compression_ratio")
    if pixels is None and getattr(vae.config, "block_out_channels", None):
        pixels = 2 ** (len(vae.config.block_out_channels) - 1)
    if frames is None or pixels is None:
        return None
    patch = _patch(facts.settings("transformer"))
    return Shrinkage(frames * patch.frames, pixels * patch.pixels)


def frame_rule(shrinkage: Shrinkage, cls: type[Any]) -> FrameRule:
    """A first frame and whole patches; whole chunks for pipelines that go on chunk by chunk (Helios)."""
    chunk = inspect.signature(cls.__call__).parameters.get("num_latent_frames_per_chunk")
    if chunk is not None:
        return FrameRule((int(chunk.default) - 1) * shrinkage.frames + 1, 0, cut=shrinkage.frames)
    return FrameRule(shrinkage.frames, 1 if shrinkage.frames > 1 else 0)


def _empty_vae(facts: Facts) -> Any:
    """The VAE without its weights."""
    import diffusers
    import torch

    library, name = facts.parts.get("vae", ("", ""))
    cls = getattr(diffusers, name, None) if library == "diffusers" else None
    if cls is None:
        raise InputError(
            f"its VAE is {name or 'missing'}, which is no class of diffusers {diffusers.__version__}",
            where=str(facts.folder),
            hint="upgrade diffusers, or take another model",
        )
    try:
        with torch.device("meta"):
            return cls.from_config(facts.settings("vae"))
    except Exception as error:  # somebody's settings may fail anywhere in it
        raise InputError(
            f"its VAE cannot be made: {' '.join(str(error).split())}", where=str(facts.folder / "vae" / "config.json")
        ) from error


def _of(vae: Any, setting: str, attribute: str) -> int | None:
    """What the pipelines of diffusers read: a setting of the VAE, or an attribute that it works out itself."""
    for name, holder in ((setting, vae.config), (attribute, vae.config), (attribute, vae)):
        value = holder.get(name) if holder is vae.config else vars(holder).get(name)
        if isinstance(value, int):
            return value
    return None


def _patch(transformer: dict[str, Any]) -> Shrinkage:
    size, in_time = transformer.get("patch_size") or 1, transformer.get("patch_size_t") or 1
    if isinstance(size, list):
        return Shrinkage(int(size[0]) if len(size) == 3 else int(in_time), int(size[-1]))
    return Shrinkage(int(in_time), int(size))
