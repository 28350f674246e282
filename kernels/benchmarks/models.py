"""Denoisers and decoders with the sizes of published models and random weights, made on the device, without a folder.

Speed does not depend on what the weights are. On the ``meta`` device the same modules are counted, see :mod:`.work`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

_WAN_TEXT_TOKENS, _LTX_TEXT_TOKENS = 512, 128


@dataclass(frozen=True, slots=True)
class Clip:
    """``frames`` of ``height`` x ``width`` pixels."""

    height: int
    width: int
    frames: int

    def __str__(self) -> str:
        return f"{self.height}x{self.width}x{self.frames}"

    def latents(self, spatial: int, temporal: int) -> tuple[int, int, int]:
        return (self.frames - 1) // temporal + 1, self.height // spatial, self.width // spatial


@dataclass(frozen=True, slots=True)
class Denoiser:
    """``call()`` is one forward as the pipeline makes it; ``attention`` names its self-attentions."""

    module: Any
    call: Callable[[], torch.Tensor]
    clip: Clip
    tokens: int

    @property
    def blocks(self) -> Any:
        return self.module.blocks if hasattr(self.module, "blocks") else self.module.transformer_blocks


def denoiser(
    kind: str,
    device: str,
    *,
    tiny: bool = False,
    layers: int | None = None,
    frames: int | None = None,
    own_times: bool = True,
) -> Denoiser:
    """``kind`` is ``wan-1.3b``, ``wan-5b`` or ``ltx-2b``; ``layers`` and ``frames`` instead of the published ones.

    TI2V-5B's pipeline gives every token its own time, also when all are equal; without ``own_times`` it is one.
    """
    config, clip = (TINY if tiny else REAL)[kind]
    clip = clip if frames is None else Clip(clip.height, clip.width, frames)
    config = config() if layers is None else {**config(), "num_layers": layers}
    dtype = torch.float32 if tiny else torch.bfloat16
    if kind.startswith("ltx"):
        return _ltx(config, clip, device, dtype)
    return _wan(config, clip, device, dtype, 16 if kind == "wan-5b" else 8, own_times and kind == "wan-5b")


def _wan(
    config: dict[str, Any], clip: Clip, device: str, dtype: torch.dtype, shrinks: int, own_times: bool
) -> Denoiser:
    from diffusers import WanTransformer3DModel

    module = made(WanTransformer3DModel, device, dtype, **config)
    latents = clip.latents(shrinks, 4)
    tokens = latents[0] * (latents[1] // 2) * (latents[2] // 2)
    noise = _normal(device, dtype, 1, config["in_channels"], *latents)
    text = _normal(device, dtype, 1, _WAN_TEXT_TOKENS, config["text_dim"])
    time = torch.full((1, tokens) if own_times else (1,), 500.0, device=device)
    return Denoiser(module, lambda: module(noise, time, text, return_dict=False)[0], clip, tokens)


def _ltx(config: dict[str, Any], clip: Clip, device: str, dtype: torch.dtype) -> Denoiser:
    from diffusers import LTXVideoTransformer3DModel

    module = made(LTXVideoTransformer3DModel, device, dtype, **config)
    frames, height, width = clip.latents(32, 8)
    tokens = frames * height * width
    noise = _normal(device, dtype, 1, tokens, config.get("in_channels", 128))
    text = _normal(device, dtype, 1, _LTX_TEXT_TOKENS, config.get("caption_channels", 4096))
    mask = torch.ones(1, _LTX_TEXT_TOKENS, dtype=dtype, device=device)
    time = torch.full((1,), 500.0, device=device)
    scale = (8 / 25, 32, 32)

    def call() -> torch.Tensor:
        return module(noise, text, time, mask, num_frames=frames, height=height, width=width,
                      rope_interpolation_scale=scale, return_dict=False)[0]  # fmt: skip

    return Denoiser(module, call, clip, tokens)


@dataclass(frozen=True, slots=True)
class Decoder:
    """A VAE and latents as a denoiser leaves them, in float32."""

    module: Any
    latents: torch.Tensor
    clip: Clip

    def decode(self) -> torch.Tensor:
        dtype = next(self.module.parameters()).dtype
        return self.module.decode(self.latents.to(dtype), return_dict=False)[0]


def decoder(kind: str, device: str, *, tiny: bool = False, dtype: torch.dtype = torch.float32) -> Decoder:
    """``kind`` is ``wan-2.1``, ``wan-2.2`` or ``ltx``. Weights are those of bfloat16 in every type."""
    import diffusers

    config, clip = (TINY_VAES if tiny else REAL_VAES)[kind]
    cls = diffusers.AutoencoderKLLTXVideo if kind == "ltx" else diffusers.AutoencoderKLWan
    module = made(cls, device, torch.bfloat16, **config()).to(dtype)
    channels = module.config.latent_channels if kind == "ltx" else module.config.z_dim
    shrinks = {"wan-2.1": (8, 4), "wan-2.2": (16, 4), "ltx": (32, 8)}[kind]
    return Decoder(module, _normal(device, torch.float32, 1, channels, *clip.latents(*shrinks)), clip)


def made(cls: type[Any], device: str, dtype: torch.dtype, **config: Any) -> Any:
    """A module as ``from_pretrained(dtype=...)`` leaves it: what the class keeps in float32 is in float32. The same
    weights every time."""
    torch.manual_seed(0)
    old = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            module = cls(**config).eval().requires_grad_(False)
    finally:
        torch.set_default_dtype(old)
    kept = set(module._keep_in_fp32_modules or ())
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        if kept.intersection(name.split(".")) and tensor.is_floating_point():
            tensor.data = tensor.data.float()
    return module


def _normal(device: str, dtype: torch.dtype, *shape: int) -> torch.Tensor:
    """The same numbers every time; never zeros, which cards are faster with."""
    if device == "meta":
        return torch.empty(shape, dtype=dtype, device=device)
    return torch.randn(shape, generator=torch.Generator(device).manual_seed(sum(shape)), device=device, dtype=dtype)


def _published(name: str) -> Callable[[], dict[str, Any]]:
    """A configuration of the card benchmark's, which lies outside of this package."""

    def config() -> dict[str, Any]:
        from tests.benchmarks.cards import real_models

        return {
            "wan-1.3b": lambda: real_models.wan_dit(12, 16, 8960, 30),
            "wan-5b": lambda: real_models.wan_dit(24, 48, 14_336, 30),
            "wan-2.1": lambda: real_models.WAN_VAE,
            "wan-2.2": lambda: real_models.WAN22_VAE,
        }[name]()

    return config


REAL = {
    "wan-1.3b": (_published("wan-1.3b"), Clip(480, 832, 81)),
    "wan-5b": (_published("wan-5b"), Clip(704, 1280, 121)),
    "ltx-2b": (dict, Clip(704, 1216, 121)),
}
REAL_VAES = {
    "wan-2.1": (_published("wan-2.1"), Clip(480, 832, 81)),
    "wan-2.2": (_published("wan-2.2"), Clip(704, 1280, 121)),
    "ltx": (dict, Clip(704, 1216, 121)),
}
_TINY_WAN = {
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "text_dim": 32,
    "freq_dim": 32,
    "ffn_dim": 32,
    "num_layers": 1,
    "cross_attn_norm": True,
    "rope_max_seq_len": 64,
}
_TINY_LTX = {
    "in_channels": 16,
    "out_channels": 16,
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "cross_attention_dim": 24,
    "num_layers": 1,
    "caption_channels": 32,
}
TINY = {
    "wan-1.3b": (lambda: {**_TINY_WAN, "in_channels": 16, "out_channels": 16}, Clip(32, 48, 5)),
    "wan-5b": (lambda: {**_TINY_WAN, "in_channels": 48, "out_channels": 48}, Clip(64, 96, 5)),
    "ltx-2b": (lambda: dict(_TINY_LTX), Clip(64, 96, 17)),
}
_TINY_VAE = {"base_dim": 4, "z_dim": 16, "dim_mult": [1, 1, 1, 1], "num_res_blocks": 1,
             "temperal_downsample": [False, True, True]}  # fmt: skip
_TINY_VAE22 = {**_TINY_VAE, "z_dim": 48, "dim_mult": [2, 2, 2, 2], "is_residual": True, "in_channels": 12,
               "out_channels": 12, "patch_size": 2, "scale_factor_spatial": 16,
               "latents_mean": [0.0] * 48, "latents_std": [1.0] * 48}  # fmt: skip
_TINY_LTX_VAE = {"latent_channels": 16, "block_out_channels": (8, 8, 8, 8), "decoder_block_out_channels": (8, 8, 8, 8),
                 "layers_per_block": (1, 1, 1, 1, 1), "decoder_layers_per_block": (1, 1, 1, 1, 1)}  # fmt: skip
TINY_VAES = {
    "wan-2.1": (lambda: dict(_TINY_VAE), Clip(32, 48, 5)),
    "wan-2.2": (lambda: dict(_TINY_VAE22), Clip(32, 64, 5)),
    "ltx": (lambda: dict(_TINY_LTX_VAE), Clip(32, 64, 9)),
}
