"""Folders of diffusers with the architecture sizes of the published models and random weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

WAN_VAE = {
    "base_dim": 96,
    "z_dim": 16,
    "dim_mult": [1, 2, 4, 4],
    "num_res_blocks": 2,
    "temperal_downsample": [False, True, True],
}
WAN22_VAE = {
    "base_dim": 160,
    "decoder_base_dim": 256,
    "z_dim": 48,
    "dim_mult": [1, 2, 4, 4],
    "num_res_blocks": 2,
    "temperal_downsample": [False, True, True],
    "is_residual": True,
    "in_channels": 12,
    "out_channels": 12,
    "patch_size": 2,
    "scale_factor_spatial": 16,
    "scale_factor_temporal": 4,
    "latents_mean": [0.0] * 48,
    "latents_std": [1.0] * 48,
}
_UMT5_XXL = {
    "vocab_size": 256_384,
    "d_model": 4096,
    "d_kv": 64,
    "d_ff": 10_240,
    "num_layers": 24,
    "num_heads": 64,
    "feed_forward_proj": "gated-gelu",
    "dropout_rate": 0.0,
    "is_encoder_decoder": False,
    "use_cache": False,
}
_T5_XXL = {**_UMT5_XXL, "vocab_size": 32_128}


def wan_dit(heads: int, channels: int, ffn: int, layers: int) -> dict[str, Any]:
    return {
        "num_attention_heads": heads,
        "attention_head_dim": 128,
        "in_channels": channels,
        "out_channels": channels,
        "text_dim": 4096,
        "freq_dim": 256,
        "ffn_dim": ffn,
        "num_layers": layers,
        "cross_attn_norm": True,
    }


def build(kind: str, root: Path, device: str) -> Path:
    """The folder of ``kind`` (see ``KINDS``) under ``root``. Encoders that models share are linked."""
    folder = root / kind
    if not folder.exists():
        KINDS[kind](folder, root, device)
    return folder


def _wan(heads: int, channels: int, ffn: int, layers: int, vae: dict[str, Any], *, expand: bool) -> Callable[..., None]:
    def write(folder: Path, root: Path, device: str) -> None:
        from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel

        encoder, tokenizer = _encoder(root, "umt5", device)
        pipe = WanPipeline(
            tokenizer=tokenizer,
            text_encoder=None,
            vae=_made(AutoencoderKLWan, device, **vae),
            scheduler=UniPCMultistepScheduler(
                prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0 if expand else 3.0
            ),
            transformer=_made(WanTransformer3DModel, device, **wan_dit(heads, channels, ffn, layers)),
            expand_timesteps=expand,
        )
        _save(pipe, folder, encoder, "UMT5EncoderModel")

    return write


def _ltx(folder: Path, root: Path, device: str) -> None:
    from diffusers import (
        AutoencoderKLLTXVideo,
        FlowMatchEulerDiscreteScheduler,
        LTXPipeline,
        LTXVideoTransformer3DModel,
    )

    encoder, tokenizer = _encoder(root, "t5", device)
    pipe = LTXPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_made(AutoencoderKLLTXVideo, device),
        text_encoder=None,
        tokenizer=tokenizer,
        transformer=_made(LTXVideoTransformer3DModel, device),
    )
    _save(pipe, folder, encoder, "T5EncoderModel")


def _made(cls: type[Any], device: str, **config: Any) -> Any:
    """A module with random weights in bfloat16, made on the device: seconds instead of minutes."""
    old = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            return cls(**config).eval()
    finally:
        torch.set_default_dtype(old)


def _encoder(root: Path, kind: str, device: str) -> tuple[Path, Any]:
    """The folder of the text encoder, written once, and a tokenizer of characters."""
    import transformers

    from tests.diffusion.tiny_models import tiny_t5_tokenizer

    folder = root / kind
    if not folder.exists():
        config, model = {
            "umt5": (transformers.UMT5Config(**_UMT5_XXL), transformers.UMT5EncoderModel),
            "t5": (transformers.T5Config(**_T5_XXL), transformers.T5EncoderModel),
        }[kind]
        old = torch.get_default_dtype()
        torch.set_default_dtype(torch.bfloat16)
        try:
            with torch.device(device):
                encoder = model(config).eval()
        finally:
            torch.set_default_dtype(old)
        encoder.save_pretrained(folder, max_shard_size="20GB")
        del encoder
        _emptied(device)
    return folder, tiny_t5_tokenizer()


def _save(pipe: Any, folder: Path, encoder: Path, encoder_class: str) -> None:
    import json

    pipe.save_pretrained(folder, safe_serialization=True, max_shard_size="20GB")
    (folder / "text_encoder").symlink_to(encoder)
    index = json.loads((folder / "model_index.json").read_text())
    index["text_encoder"] = ["transformers", encoder_class]
    (folder / "model_index.json").write_text(json.dumps(index, indent=1))


def _emptied(device: str) -> None:
    import gc

    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


KINDS: dict[str, Callable[..., None]] = {
    "wan-1.3b": _wan(12, 16, 8960, 30, WAN_VAE, expand=False),
    "wan-5b": _wan(24, 48, 14_336, 30, WAN22_VAE, expand=True),
    "ltx-2b": _ltx,
}
