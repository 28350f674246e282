"""What a model needs: weights against pipelines that were really loaded, activations against live tensors counted on
PyTorch's meta device, which runs the real configurations without memory."""

from __future__ import annotations

import json
import weakref
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from musicvid.diffusion.models import FrameRule, Licence, Road, VideoModel
from musicvid.diffusion.needs import needs_of
from musicvid.diffusion.settings import Settings
from musicvid.errors import InputError
from musicvid.schema.frames import FrameSize

torch.set_num_threads(1)


def video_model(family, guidance=None):
    return VideoModel(
        "test",
        "",
        (Road("WanPipeline"),),
        FrameRule(4, 1),
        81,
        81,
        Fraction(16),
        16,
        (FrameSize(832, 480),),
        Licence("test"),
        family=family,
        guidance=guidance,
    )


def settings(dtype="bf16", vae_dtype="bf16"):
    return Settings("cpu", dtype, vae_dtype)


@pytest.mark.parametrize("kind", ["wan-t2v", "wan22-a14b", "wan22-ti2v", "ltx", "ltx2", "wan-vace"])
@pytest.mark.parametrize("dtypes", [("bf16", "fp32"), ("fp32", "fp32")])
def test_weights_are_counted_as_they_are_loaded(tiny_model, kind, dtypes):
    from diffusers import DiffusionPipeline

    kinds = {"bf16": torch.bfloat16, "fp32": torch.float32}
    pipe = DiffusionPipeline.from_pretrained(
        tiny_model(kind), dtype={"default": kinds[dtypes[0]], "vae": kinds[dtypes[1]]}, local_files_only=True
    )
    loaded = {}
    for name, part in pipe.components.items():
        if isinstance(part, torch.nn.Module):
            tensors = {t.data_ptr(): t.numel() * t.element_size() for t in part.state_dict().values()}
            loaded[name] = sum(tensors.values())
    counted = needs_of(tiny_model(kind), video_model(kind[:3]), 9, FrameSize(64, 64), settings(*dtypes))
    assert counted.weights_bytes == loaded
    for name in counted.denoisers:
        blocks = pipe.components[name]
        listed = [
            getattr(blocks, many) for many in ("blocks", "transformer_blocks", "vace_blocks") if hasattr(blocks, many)
        ]
        largest = max(sum(p.numel() * p.element_size() for p in b.parameters()) for many in listed for b in many)
        inside = sum(p.numel() * p.element_size() for many in listed for p in many.parameters())
        assert counted.largest_block_bytes[name] == largest
        assert counted.outside_blocks_bytes[name] == loaded[name] - inside


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx"])
def test_eight_bit_weights_save_what_was_counted(tiny_model, kind):
    from diffusers import DiffusionPipeline

    pipe = DiffusionPipeline.from_pretrained(tiny_model(kind), dtype=torch.bfloat16, local_files_only=True)
    blocks = getattr(pipe.transformer, "blocks", None) or pipe.transformer.transformer_blocks

    def stored():
        return sum(p.numel() * p.element_size() for p in blocks.parameters())

    before = stored()
    pipe.transformer.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=torch.bfloat16)
    saved = before - stored()
    counted = needs_of(tiny_model(kind), video_model(kind[:3]), 9, FrameSize(64, 64), settings())
    assert 0.9 * saved <= counted.fp8_saves_bytes["transformer"] <= saved  # biases are cast too, and not counted


class Live(TorchDispatchMode):
    """The most bytes of tensors alive at once, those of ``module`` aside."""

    def __init__(self, module):
        super().__init__()
        self.live = self.peak = 0
        self.own = [t.untyped_storage() for t in (*module.parameters(), *module.buffers())]
        self.seen = {s._cdata for s in self.own}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for t in tree_leaves(out):
            storage = t.untyped_storage() if isinstance(t, torch.Tensor) else None
            if storage is not None and storage._cdata not in self.seen:
                self.seen.add(storage._cdata)
                self.live += storage.nbytes()
                self.peak = max(self.peak, self.live)
                weakref.finalize(storage, self.gone, storage._cdata, storage.nbytes())
        return out

    def gone(self, name, size):
        self.seen.discard(name)
        self.live -= size


class FusedAttention(TorchFunctionMode):
    """Attention as the fused kernels do it: no matrix of all pairs."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is F.scaled_dot_product_attention:
            query, value = (args[0], args[2]) if len(args) > 2 else (kwargs["query"], kwargs["value"])
            return torch.empty((*query.shape[:-1], value.shape[-1]), dtype=query.dtype, device=query.device)
        return func(*args, **(kwargs or {}))


def peak_of(module, run):
    live = Live(module)
    with torch.no_grad(), live, FusedAttention():
        run()
    return live.peak


def on_meta(cls, dtype=torch.bfloat16, **config):
    with torch.device("meta"):
        module = cls(**config).eval().to(dtype)
    for name, parameter in module.named_parameters():
        if set(name.split(".")) & set(module._keep_in_fp32_modules or ()):
            parameter.data = parameter.data.float()
    return module


def folder_with(path, transformer, vae, **index):
    """A model's folder as it would be, its weights declared but not there: the header, then a hole."""
    listed = {"transformer": ["diffusers", type(transformer).__name__], "vae": ["diffusers", type(vae).__name__]}
    path.mkdir(exist_ok=True)
    (path / "model_index.json").write_text(json.dumps({"_class_name": "WanPipeline", **listed, **index}))
    for name, module in (("transformer", transformer), ("vae", vae)):
        part = path / name
        part.mkdir()
        module.save_config(part)
        header, at = {}, 0
        for key, tensor in module.state_dict().items():
            size = tensor.numel() * 4
            header[key] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + size]}
            at += size
        text = json.dumps(header).encode()
        with (part / "diffusion_pytorch_model.safetensors").open("wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
    return path


WAN = {
    "in_channels": 16,
    "out_channels": 16,
    "attention_head_dim": 128,
    "text_dim": 4096,
    "freq_dim": 256,
    "num_layers": 2,
    "cross_attn_norm": True,
}
WAN21_VAE = {"base_dim": 96, "z_dim": 16, "dim_mult": [1, 2, 4, 4], "temperal_downsample": [False, True, True]}
WAN22_VAE = {
    "base_dim": 160,
    "decoder_base_dim": 256,
    "z_dim": 48,
    "dim_mult": [1, 2, 4, 4],
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


@pytest.mark.parametrize(
    ("heads", "ffn", "channels", "expand", "size", "frames"),
    [
        (12, 8960, 16, False, FrameSize(832, 480), 81),  # Wan 2.1 1.3B
        (40, 13824, 16, False, FrameSize(1280, 720), 81),  # 14B
        (24, 14336, 48, False, FrameSize(1280, 704), 121),  # TI2V-5B
        (24, 14336, 48, True, FrameSize(1280, 704), 121),  # as its pipeline runs it
    ],
)
def test_denoising_wan_takes_what_is_estimated(tmp_path, heads, ffn, channels, expand, size, frames):
    from diffusers import AutoencoderKLWan, WanTransformer3DModel

    config = {**WAN, "num_attention_heads": heads, "ffn_dim": ffn, "in_channels": channels, "out_channels": channels}
    wan = on_meta(WanTransformer3DModel, **config)
    px = 16 if channels == 48 else 8
    vae = on_meta(AutoencoderKLWan, **(WAN22_VAE if channels == 48 else WAN21_VAE))
    shape = ((frames - 1) // 4 + 1, size.height // px, size.width // px)
    tokens = shape[0] * (shape[1] // 2) * (shape[2] // 2)
    latents = torch.empty(1, channels, *shape, dtype=torch.bfloat16, device="meta")
    time = torch.empty((1, tokens) if expand else (1,), device="meta")
    text = torch.empty(1, 512, 4096, dtype=torch.bfloat16, device="meta")
    measured = peak_of(wan, lambda: wan(latents, time, text, return_dict=False))
    folder = folder_with(tmp_path / "model", wan, vae, expand_timesteps=expand)
    needs = needs_of(folder, video_model("wan"), frames, size, settings())
    assert measured <= needs.denoise_bytes <= 1.25 * measured
    assert needs.weights_bytes["transformer"] == sum(p.numel() * p.element_size() for p in wan.parameters())


def test_denoising_ltx_takes_what_is_estimated_twice_with_guidance(tmp_path):
    from diffusers import AutoencoderKLLTXVideo, LTXVideoTransformer3DModel

    ltx = on_meta(LTXVideoTransformer3DModel, num_layers=2)
    vae = on_meta(AutoencoderKLLTXVideo)
    frames, height, width = 16, 22, 38  # 121x704x1216
    latents = torch.empty(1, frames * height * width, 128, dtype=torch.bfloat16, device="meta")
    text = torch.empty(1, 128, 4096, dtype=torch.bfloat16, device="meta")
    mask = torch.empty(1, 128, dtype=torch.bfloat16, device="meta")
    time = torch.empty(1, dtype=torch.bfloat16, device="meta")
    measured = peak_of(ltx, lambda: ltx(latents, text, time, mask, frames, height, width, (0.3, 32, 32)))
    folder, size = folder_with(tmp_path / "model", ltx, vae), FrameSize(1216, 704)
    needs = needs_of(folder, video_model("ltx", guidance=1.0), 121, size, settings())
    assert measured <= needs.denoise_bytes <= 1.25 * measured
    guided = needs_of(folder, video_model("ltx", guidance=3.0), 121, size, settings())
    assert guided.denoise_bytes == pytest.approx(2 * needs.denoise_bytes, abs=2)


@pytest.mark.parametrize("kind", ["wan2.1", "wan2.2", "ltx"])
@pytest.mark.parametrize("dtype", ["bf16", "fp32"])
def test_decoding_and_encoding_take_what_is_estimated(tmp_path, kind, dtype):
    from diffusers import AutoencoderKLLTXVideo, AutoencoderKLWan, LTXVideoTransformer3DModel, WanTransformer3DModel

    exact = {"bf16": torch.bfloat16, "fp32": torch.float32}[dtype]
    size, frames = FrameSize(832, 480), 9
    if kind == "ltx":
        vae, dit, times, px = (
            on_meta(AutoencoderKLLTXVideo, exact),
            on_meta(LTXVideoTransformer3DModel, num_layers=1),
            8,
            32,
        )
    else:
        config = WAN21_VAE if kind == "wan2.1" else WAN22_VAE
        dit = on_meta(WanTransformer3DModel, **WAN, num_attention_heads=2)
        vae, times, px = on_meta(AutoencoderKLWan, exact, **config), 4, 16 if kind == "wan2.2" else 8
    channels = vae.config.latent_channels if kind == "ltx" else vae.config.z_dim
    shape = (1, channels, (frames - 1) // times + 1, size.height // px, size.width // px)
    latents = torch.empty(shape, dtype=exact, device="meta")
    film = torch.empty(1, 3, frames, size.height, size.width, dtype=exact, device="meta")
    decode = peak_of(vae, lambda: vae.decode(latents, return_dict=False))
    encode = peak_of(vae, lambda: vae.encode(film, return_dict=False))
    folder = folder_with(tmp_path / "model", dit, vae)
    needs = needs_of(folder, video_model(kind[:3]), frames, size, settings("bf16", dtype))
    most = 1.3 if dtype == "bf16" else 1.5  # fewer casts in float32: twice bf16's is on the safe side
    assert decode <= needs.decode_bytes <= most * decode
    assert encode <= needs.encode_bytes <= most * encode
    assert needs.tiled_decode_bytes < needs.decode_bytes
    if dtype == "bf16":
        vae.enable_tiling()
        tiled = peak_of(vae, lambda: vae.decode(latents, return_dict=False))
        assert tiled <= needs.tiled_decode_bytes <= 1.6 * tiled


def test_a_weights_file_that_is_not_whole_is_an_error_with_its_name(tmp_path, tiny_model):
    import shutil

    folder = shutil.copytree(tiny_model("wan-t2v"), tmp_path / "model")
    file = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(InputError, match=r"diffusion_pytorch_model\.safetensors.*not whole"):
        needs_of(folder, video_model("wan"), 9, FrameSize(64, 64), settings())
    file.unlink()
    with pytest.raises(InputError, match="no weights of a denoiser"):
        needs_of(folder, video_model("wan"), 9, FrameSize(64, 64), settings())


def test_shards_are_counted_once_and_variants_not_at_all(tmp_path, tiny_model):
    import shutil

    from diffusers import WanTransformer3DModel

    whole = needs_of(tiny_model("wan-t2v"), video_model("wan"), 9, FrameSize(64, 64), settings())
    folder = shutil.copytree(tiny_model("wan-t2v"), tmp_path / "model")
    part = folder / "transformer"
    shutil.copy(part / "diffusion_pytorch_model.safetensors", part / "diffusion_pytorch_model.fp16.safetensors")
    assert needs_of(folder, video_model("wan"), 9, FrameSize(64, 64), settings()).weights_bytes == whole.weights_bytes
    model = WanTransformer3DModel.from_pretrained(part, local_files_only=True)
    shutil.rmtree(part)
    model.save_pretrained(part, max_shard_size="20KB")
    assert len(list(part.glob("*.safetensors"))) > 1
    assert needs_of(folder, video_model("wan"), 9, FrameSize(64, 64), settings()).weights_bytes == whole.weights_bytes
