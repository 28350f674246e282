"""What a model needs of a card's memory, read off its folder before anything is loaded.

Weights are counted exactly (:mod:`musicvid.diffusion.weight_files`). Activations are estimated from
the shape of the clip with the constants of :data:`DENOISERS` and :data:`VAES`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from musicvid.diffusion.folder_facts import check_whole, read_facts
from musicvid.diffusion.loading import TEXT_PARTS
from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.settings import Settings
from musicvid.diffusion.weight_files import ITEM_BYTES, tensors_of
from musicvid.errors import InputError
from musicvid.schema.frames import FrameSize


class DenoiserCost(NamedTuple):
    """Peak bytes per token of one forward at two bytes a number: ``max(attention * width, rest * width + ffn * inner
    width)``; the attention or the feed-forward half of a block is at its peak. ``per_token_times`` replaces
    ``attention`` where every token has its own timestep. ``batched``: with guidance both prompts go in one batch."""

    attention: float
    rest: float = 0.0
    ffn: float = 0.0
    per_token_times: float = 0.0
    batched: bool = False


class VaeCost(NamedTuple):
    """Peak bytes at two bytes a number, per pixel: ``once`` (per channel of the first level) for what is computed at a
    time, and ``each`` for every frame of the clip. ``tile_px``: side of the tiles that the class makes by default."""

    decode_once: float
    decode_each: float
    encode_once: float
    encode_each: float
    tile_px: int
    encoded_frames: int = 0


# Counted, not guessed: live tensors of the real configurations run on PyTorch's meta device, fused attention. Wan at
# 480x832x81: 1.3B 1.49 GiB, 14B 3.47; 5B at 704x1280x121 2.10, with a timestep per token 5.07; LTX 13B at 704x1216x121
# 1.64; LTX-2 2.18. A card reserves more than that (see memory.MARGIN): on an H200 the peaks of Wan 1.3B, 5B and LTX 2B
# were 7.4, 21.4 and 14.2 GiB where 7.0, 20.6 and 14.3 were counted, and no rung took over a tenth more than counted.
DENOISERS: Mapping[str, DenoiserCost] = {
    "wan": DenoiserCost(22.5, 8.6, 4.0, per_token_times=65.0),
    "ltx": DenoiserCost(32.5, batched=True),
    "ltx2": DenoiserCost(43.0, batched=True),
}
_LIKE_WAN = ("wan-vace", "skyreels", "helios", "anyflow")
_ANY_DENOISER = DenoiserCost(65.0, batched=True)  # the most that any known family takes

# Wan's VAE computes one latent frame (four frames) at a time; LTX's the whole clip at once. ``once`` of Wan scales with
# the channels of the first level: base_dim 96 (2.1), decoder_base_dim 256 at half the resolution (2.2).
VAES: Mapping[str, VaeCost] = {
    "wan2.1": VaeCost(108.0, 7.0, 80.0, 7.0, 256),
    "wan2.2": VaeCost(43.0, 7.0, 26.0, 13.0, 256),
    "AutoencoderKLLTXVideo": VaeCost(0.0, 103.0, 0.0, 119.0, 512, encoded_frames=33),
    "AutoencoderKLLTX2Video": VaeCost(0.0, 89.0, 0.0, 89.0, 512, encoded_frames=33),
}
_ANY_VAE = VaeCost(0.0, 120.0, 0.0, 120.0, 512)
_TILES_KEPT_BYTES = 12.0
"""Per pixel and frame: finished tiles and the picture they are blended into."""
_FRAMES_OUT_BYTES = 24.0
"""Per pixel and frame: the decoder's tensor on its way to frames in 0 to 1, in float32."""


@dataclass(frozen=True, slots=True)
class Needs:
    """All in bytes. ``weights_bytes`` by component as loaded. By denoiser: its largest repeated block, what is outside
    of blocks, and how much eight-bit storage saves. ``largest_other_tensor_bytes`` is what group offload brings of
    parts without blocks. ``text_stays``: text encoders stay beside the denoiser. The rest is what a clip computes."""

    weights_bytes: Mapping[str, int]
    largest_block_bytes: Mapping[str, int]
    denoise_bytes: int
    decode_bytes: int
    encode_bytes: int
    tiled_decode_bytes: int = 0
    tiled_encode_bytes: int = 0
    outside_blocks_bytes: Mapping[str, int] = field(default_factory=dict)
    fp8_saves_bytes: Mapping[str, int] = field(default_factory=dict)
    largest_other_tensor_bytes: int = 0
    text_stays: bool = False

    @property
    def denoisers(self) -> tuple[str, ...]:
        return tuple(name for name in self.weights_bytes if is_denoiser(name))

    @property
    def text_bytes(self) -> int:
        """Of the text encoders, which are alone on the card while they work."""
        return sum(size for name, size in self.weights_bytes.items() if name in TEXT_PARTS)

    @property
    def vae_bytes(self) -> int:
        return sum(size for name, size in self.weights_bytes.items() if is_vae(name))

    @property
    def others_bytes(self) -> tuple[int, ...]:
        """Of each part that is neither VAE nor denoiser: connectors, image encoder, text encoders that stay."""
        return tuple(size for name, size in self.weights_bytes.items() if _is_other(name, self.text_stays))


def is_denoiser(name: str) -> bool:
    return name.startswith(("transformer", "unet"))


def is_vae(name: str) -> bool:
    return "vae" in name


def _is_other(name: str, text_stays: bool) -> bool:
    return not is_vae(name) and not is_denoiser(name) and (text_stays or name not in TEXT_PARTS)


def needs_of(
    folder: Path,
    model: VideoModel,
    frame_count: int,
    size: FrameSize,
    settings: Settings,
    *,
    text_stays: bool = False,
) -> Needs:
    """What one clip of ``model`` takes. ``text_stays``: its prompts are encoded within the call, text encoders wait
    beside the denoiser. Raises :class:`InputError` for a folder or weights file that is not whole."""
    facts = read_facts(folder)
    parts = facts.parts
    check_whole(facts, ["vae", *filter(is_denoiser, parts)])
    weights: dict[str, int] = {}
    block: dict[str, int] = {}
    outside: dict[str, int] = {}
    saves: dict[str, int] = {}
    largest_other = 0
    for name, (library, cls) in parts.items():
        kind = settings.vae_dtype if name == "vae" else settings.dtype
        tensors = [*tensors_of(folder / name, library, cls, kind)]
        if not tensors:
            continue
        weights[name] = sum(t.size_bytes for t in tensors)
        if _is_other(name, text_stays):
            largest_other = max(largest_other, *(t.size_bytes for t in tensors))
        if is_denoiser(name):
            blocks: dict[str, int] = {}
            for t in tensors:
                blocks[t.block] = blocks.get(t.block, 0) + t.size_bytes
            outside[name] = blocks.pop("", 0)
            block[name] = max(blocks.values(), default=weights[name])
            saves[name] = sum(t.size_bytes - t.count for t in tensors if t.block and t.castable)
    if not any(map(is_denoiser, weights)):
        raise InputError("this model has no weights of a denoiser", where=str(folder), hint="download it again")
    return Needs(
        weights,
        block,
        _denoise_bytes(folder, model, frame_count, size, settings),
        *_decoding(folder, parts, frame_count, size, settings),
        outside,
        saves,
        largest_other,
        text_stays,
    )


def _config(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name / "config.json"
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise InputError(f"the configuration cannot be read: {error}", where=str(path)) from error


def _denoise_bytes(folder: Path, model: VideoModel, frame_count: int, size: FrameSize, settings: Settings) -> int:
    config, vae = _config(folder, "transformer"), _config(folder, "vae")
    family = "wan" if model.family in _LIKE_WAN else model.family
    cost = DENOISERS.get(family, _ANY_DENOISER)
    shrinks_px, shrinks_frames = _compression(vae)
    patch = config.get("patch_size", 1)
    patch_t, patch_h, patch_w = patch if isinstance(patch, list) else (config.get("patch_size_t", 1), patch, patch)
    frames = -(-((frame_count - 1) // shrinks_frames + 1) // patch_t)
    tokens = frames * (size.height // shrinks_px // patch_h) * (size.width // shrinks_px // patch_w)
    width = config.get("num_attention_heads", 24) * config.get("attention_head_dim", 128)
    inner = config.get("ffn_dim", 4 * width)
    index = json.loads((folder / "model_index.json").read_text("utf-8"))
    attention = cost.per_token_times if cost.per_token_times and index.get("expand_timesteps") else cost.attention
    per_token = max(attention * width, cost.rest * width + cost.ffn * inner)
    per_token += 2.0 * width * len(config.get("vace_layers") or ())  # hints of VACE wait for their blocks
    guidance = settings.guidance if settings.guidance is not None else model.guidance
    batch = 2 if cost.batched and (guidance is None or guidance > 1) else 1
    return int(tokens * per_token * batch * ITEM_BYTES[settings.dtype] / 2)


def _compression(vae: Mapping[str, Any]) -> tuple[int, int]:
    """Pixels per latent in each direction, and frames per latent frame. Wan says so; LTX by its halvings."""
    if "scale_factor_spatial" in vae:
        return int(vae["scale_factor_spatial"]), int(vae["scale_factor_temporal"])
    if "spatio_temporal_scaling" in vae:
        halvings = sum(map(bool, vae["spatio_temporal_scaling"]))
        return int(vae.get("patch_size", 1)) * 2**halvings, int(vae.get("patch_size_t", 1)) * 2**halvings
    return 8, 4


class _Decoding(NamedTuple):
    decode_bytes: int
    encode_bytes: int
    tiled_decode_bytes: int
    tiled_encode_bytes: int


def _decoding(
    folder: Path, parts: Mapping[str, tuple[str, str]], frame_count: int, size: FrameSize, settings: Settings
) -> _Decoding:
    config, cls = _config(folder, "vae"), parts["vae"][1]
    residual = bool(config.get("is_residual"))
    cost = VAES.get(("wan2.2" if residual else "wan2.1") if cls == "AutoencoderKLWan" else cls, _ANY_VAE)
    encoder_dim = config.get("base_dim", 0)
    decoder_dim = config.get("decoder_base_dim") or encoder_dim
    pixels = size.width * size.height
    tile = min(size.width, cost.tile_px) * min(size.height, cost.tile_px)
    encoded = min(frame_count, cost.encoded_frames or frame_count)
    scale = ITEM_BYTES[settings.vae_dtype] / 2

    def peak(once: float, each: float, frames: int, tiled: bool) -> int:
        if not tiled:
            return int((once + each * frames) * pixels * scale)
        whole_clip_at_once = each if not once else 0.0  # else the frames so far are kept, which are among the tiles
        return int(((once + whole_clip_at_once * frames) * tile + _TILES_KEPT_BYTES * frames * pixels) * scale)

    def decoded(tiled: bool) -> int:
        out = int(_FRAMES_OUT_BYTES * frame_count * pixels)
        return max(out, peak(cost.decode_once * decoder_dim, cost.decode_each, frame_count, tiled))

    def encode(tiled: bool) -> int:
        return peak(cost.encode_once * encoder_dim, cost.encode_each, encoded, tiled)

    return _Decoding(decoded(False), encode(False), decoded(True), encode(True))
