"""Tiny video pipelines with random weights, built offline and saved as ordinary diffusers folders.

Nothing is downloaded: every folder is then loaded through the genuine ``from_pretrained``. Sizes follow the real models
where that matters: Wan's VAE shrinks 8x and 4x in time, LTX's 32x and 8x.
"""

from __future__ import annotations

import os
import string
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a tiny folder must never reach for the network
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch

TEXT_WIDTH = 32
"""Hidden size of the toy text encoder: text_dim (Wan), caption_channels (LTX)."""


def tiny_t5_tokenizer():
    """A character-level T5 tokenizer: ids 0/1/2 are pad/eos/unk as T5 requires."""
    from transformers import T5Tokenizer

    chars = string.ascii_letters + string.digits + string.punctuation
    vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("\u2581", -2.0)]
    vocab += [(c, -3.0) for c in chars]
    return T5Tokenizer(vocab=vocab, extra_ids=0)


def tiny_umt5(vocab_size):
    from transformers import UMT5Config, UMT5EncoderModel

    torch.manual_seed(0)
    cfg = UMT5Config(
        vocab_size=vocab_size,
        d_model=TEXT_WIDTH,
        d_kv=8,
        d_ff=64,
        num_layers=1,
        num_heads=4,
        dropout_rate=0.0,
        feed_forward_proj="gated-gelu",
        is_encoder_decoder=False,
        use_cache=False,
    )
    return UMT5EncoderModel(cfg).eval()


def tiny_t5(vocab_size):
    from transformers import T5Config, T5EncoderModel

    torch.manual_seed(0)
    cfg = T5Config(
        vocab_size=vocab_size,
        d_model=TEXT_WIDTH,
        d_kv=8,
        d_ff=64,
        num_layers=1,
        num_heads=4,
        dropout_rate=0.0,
        feed_forward_proj="gated-gelu",
        is_encoder_decoder=False,
        use_cache=False,
    )
    return T5EncoderModel(cfg).eval()


def wan_vae(z_dim=16):
    """Wan 2.1 VAE shape: 8x spatial, 4x temporal."""
    from diffusers import AutoencoderKLWan

    torch.manual_seed(0)
    return AutoencoderKLWan(
        base_dim=4, z_dim=z_dim, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
    ).eval()


def wan22_vae():
    """Wan 2.2 TI2V-5B VAE shape: 16x spatial (8x conv + 2x patchify), 4x temporal, 48 channels."""
    from diffusers import AutoencoderKLWan

    torch.manual_seed(0)
    z = 48
    return AutoencoderKLWan(
        base_dim=4,
        decoder_base_dim=4,
        z_dim=z,
        dim_mult=[2, 2, 2, 2],
        num_res_blocks=1,
        latents_mean=[0.0] * z,
        latents_std=[1.0] * z,
        is_residual=True,
        in_channels=12,
        out_channels=12,
        patch_size=2,
        scale_factor_spatial=16,
        scale_factor_temporal=4,
        temperal_downsample=[False, True, True],
    ).eval()


def wan_dit(cls=None, in_channels=16, out_channels=16, seed=0, **kw):
    from diffusers import WanTransformer3DModel

    torch.manual_seed(seed)
    cls = cls or WanTransformer3DModel
    rope = kw.pop("rope_max_seq_len", 64)
    if rope is not None:
        kw["rope_max_seq_len"] = rope
    return cls(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=in_channels,
        out_channels=out_channels,
        text_dim=TEXT_WIDTH,
        freq_dim=32,
        ffn_dim=32,
        num_layers=2,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        **kw,
    ).eval()


def wan_scheduler():
    from diffusers import UniPCMultistepScheduler

    return UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)


def _wan_text():
    tok = tiny_t5_tokenizer()
    return tok, tiny_umt5(len(tok))


def build_wan_t2v(path):
    from diffusers import WanPipeline

    tok, te = _wan_text()
    WanPipeline(
        tokenizer=tok, text_encoder=te, vae=wan_vae(), scheduler=wan_scheduler(), transformer=wan_dit()
    ).save_pretrained(path, safe_serialization=True)


def build_wan22_a14b(path):
    """Two experts (high/low noise) as in Wan 2.2 T2V-A14B."""
    from diffusers import WanPipeline

    tok, te = _wan_text()
    WanPipeline(
        tokenizer=tok,
        text_encoder=te,
        vae=wan_vae(),
        scheduler=wan_scheduler(),
        transformer=wan_dit(seed=0),
        transformer_2=wan_dit(seed=1),
        boundary_ratio=0.875,
    ).save_pretrained(path, safe_serialization=True)


def build_wan22_ti2v(path):
    """Wan 2.2 TI2V-5B shape: expand_timesteps, 48-channel VAE with patch_size 2, no second expert."""
    from diffusers import WanPipeline

    tok, te = _wan_text()
    WanPipeline(
        tokenizer=tok,
        text_encoder=te,
        vae=wan22_vae(),
        scheduler=wan_scheduler(),
        transformer=wan_dit(in_channels=48, out_channels=48),
        transformer_2=None,
        expand_timesteps=True,
    ).save_pretrained(path, safe_serialization=True)


def build_wan22_i2v(path):
    """Wan 2.2 I2V-A14B shape: 36 input channels, NO image encoder."""
    from diffusers import WanImageToVideoPipeline

    tok, te = _wan_text()
    WanImageToVideoPipeline(
        tokenizer=tok,
        text_encoder=te,
        image_encoder=None,
        image_processor=None,
        vae=wan_vae(),
        scheduler=wan_scheduler(),
        transformer=wan_dit(in_channels=36, seed=0),
        transformer_2=wan_dit(in_channels=36, seed=1),
        boundary_ratio=0.9,
    ).save_pretrained(path, safe_serialization=True)


def build_wan21_i2v(path, flf2v=False):
    """Wan 2.1 I2V-14B shape (CLIP image encoder, image_dim); flf2v=True adds pos_embed_seq_len."""
    from diffusers import WanImageToVideoPipeline
    from transformers import CLIPVisionConfig, CLIPVisionModel

    try:  # torchvision-free image processor
        from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil as Proc
    except ImportError:
        from transformers import CLIPImageProcessor as Proc

    tok, te = _wan_text()
    torch.manual_seed(0)
    clip = CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=8,
            projection_dim=8,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=32,
            intermediate_size=16,
            patch_size=8,
        )
    ).eval()
    n_tok = (32 // 8) ** 2 + 1
    WanImageToVideoPipeline(
        tokenizer=tok,
        text_encoder=te,
        image_encoder=clip,
        image_processor=Proc(size=32, crop_size=32),
        vae=wan_vae(),
        scheduler=wan_scheduler(),
        transformer=wan_dit(
            in_channels=36, image_dim=8, added_kv_proj_dim=24, pos_embed_seq_len=(2 * n_tok if flf2v else None)
        ),
        transformer_2=None,
    ).save_pretrained(path, safe_serialization=True)


def build_wan_vace(path):
    from diffusers import WanVACEPipeline, WanVACETransformer3DModel

    tok, te = _wan_text()
    WanVACEPipeline(
        tokenizer=tok,
        text_encoder=te,
        vae=wan_vae(),
        scheduler=wan_scheduler(),
        transformer=wan_dit(WanVACETransformer3DModel, vace_layers=[0], vace_in_channels=96),
        transformer_2=None,
    ).save_pretrained(path, safe_serialization=True)


def build_ltx(path):
    from diffusers import (
        AutoencoderKLLTXVideo,
        FlowMatchEulerDiscreteScheduler,
        LTXPipeline,
        LTXVideoTransformer3DModel,
    )

    tok = tiny_t5_tokenizer()
    torch.manual_seed(0)
    dit = LTXVideoTransformer3DModel(
        in_channels=8,
        out_channels=8,
        patch_size=1,
        patch_size_t=1,
        num_attention_heads=4,
        attention_head_dim=8,
        cross_attention_dim=32,
        num_layers=2,
        caption_channels=TEXT_WIDTH,
    ).eval()
    torch.manual_seed(0)
    # 3 spatio-temporal halvings and patch_size 4 -> the real 32x spatial, 8x temporal compression
    vae = AutoencoderKLLTXVideo(
        in_channels=3,
        out_channels=3,
        latent_channels=8,
        block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1, 1),
        spatio_temporal_scaling=(True, True, True, False),
        decoder_spatio_temporal_scaling=(True, True, True, False),
        decoder_inject_noise=(False,) * 5,
        upsample_residual=(False,) * 4,
        upsample_factor=(1,) * 4,
        timestep_conditioning=False,
        patch_size=4,
        patch_size_t=1,
        encoder_causal=True,
        decoder_causal=False,
    ).eval()
    # No use_dynamic_shifting here: LTXPipeline passes `mu`, LTXConditionPipeline does not, and one folder serves both.
    LTXPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae,
        text_encoder=tiny_t5(len(tok)),
        tokenizer=tok,
        transformer=dit,
    ).save_pretrained(path, safe_serialization=True)


def tiny_gemma3():
    """Toy Gemma-3 (text part used by LTX-2) and a tokenizer, both offline."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, PreTrainedTokenizerFast

    chars = ["<pad>", "<eos>", "<bos>", "<unk>", *list(string.ascii_letters + string.digits + string.punctuation + " ")]
    t = Tokenizer(models.WordLevel({c: i for i, c in enumerate(chars)}, unk_token="<unk>"))
    t.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    t.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    tok = PreTrainedTokenizerFast(
        tokenizer_object=t,
        pad_token="<pad>",
        eos_token="<eos>",
        bos_token="<bos>",
        unk_token="<unk>",
        padding_side="left",
    )
    torch.manual_seed(0)
    cfg = Gemma3Config(
        text_config={
            "vocab_size": len(tok),
            "hidden_size": TEXT_WIDTH,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "sliding_window": 64,
            "max_position_embeddings": 2048,
            "layer_types": ["sliding_attention", "full_attention"],
        },
        vision_config={
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": 28,
            "patch_size": 14,
        },
        mm_tokens_per_image=4,
    )
    return tok, Gemma3ForConditionalGeneration(cfg).eval()


def build_ltx2(path):
    from diffusers import (
        AutoencoderKLLTX2Audio,
        AutoencoderKLLTX2Video,
        FlowMatchEulerDiscreteScheduler,
        LTX2Pipeline,
        LTX2VideoTransformer3DModel,
    )
    from diffusers.pipelines.ltx2 import LTX2TextConnectors, LTX2Vocoder

    tok, te = tiny_gemma3()
    torch.manual_seed(0)
    dit = LTX2VideoTransformer3DModel(
        in_channels=4,
        out_channels=4,
        patch_size=1,
        patch_size_t=1,
        num_attention_heads=2,
        attention_head_dim=8,
        cross_attention_dim=16,
        audio_in_channels=4,
        audio_out_channels=4,
        audio_num_attention_heads=2,
        audio_attention_head_dim=4,
        audio_cross_attention_dim=8,
        num_layers=2,
        qk_norm="rms_norm_across_heads",
        caption_channels=TEXT_WIDTH,
        rope_double_precision=False,
        rope_type="split",
    ).eval()
    torch.manual_seed(0)
    conn = LTX2TextConnectors(
        caption_channels=TEXT_WIDTH,
        text_proj_in_factor=te.config.text_config.num_hidden_layers + 1,
        video_connector_num_attention_heads=4,
        video_connector_attention_head_dim=8,
        video_connector_num_layers=1,
        video_connector_num_learnable_registers=None,
        audio_connector_num_attention_heads=4,
        audio_connector_attention_head_dim=8,
        audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=None,
        connector_rope_base_seq_len=32,
        rope_theta=10000.0,
        rope_double_precision=False,
        causal_temporal_positioning=False,
        rope_type="split",
    ).eval()
    torch.manual_seed(0)
    vae = AutoencoderKLLTX2Video(
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        block_out_channels=(8,),
        decoder_block_out_channels=(8,),
        layers_per_block=(1,),
        decoder_layers_per_block=(1, 1),
        spatio_temporal_scaling=(True,),
        decoder_spatio_temporal_scaling=(True,),
        decoder_inject_noise=(False, False),
        downsample_type=("spatial",),
        upsample_residual=(False,),
        upsample_factor=(1,),
        timestep_conditioning=False,
        patch_size=1,
        patch_size_t=1,
        encoder_causal=True,
        decoder_causal=False,
    ).eval()
    torch.manual_seed(0)
    audio_vae = AutoencoderKLLTX2Audio(
        base_channels=4,
        output_channels=2,
        ch_mult=(1, 1, 1),
        num_res_blocks=1,
        attn_resolutions=None,
        in_channels=2,
        resolution=32,
        latent_channels=2,
        norm_type="pixel",
        causality_axis="height",
        dropout=0.0,
        mid_block_add_attention=False,
        sample_rate=16000,
        mel_hop_length=160,
        is_causal=True,
        mel_bins=8,
    ).eval()
    torch.manual_seed(0)
    vocoder = LTX2Vocoder(
        in_channels=2 * 8,
        hidden_channels=32,
        out_channels=2,
        upsample_kernel_sizes=[4, 4],
        upsample_factors=[2, 2],
        resnet_kernel_sizes=[3],
        resnet_dilations=[[1, 3, 5]],
        leaky_relu_negative_slope=0.1,
        output_sampling_rate=16000,
    ).eval()
    LTX2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae,
        audio_vae=audio_vae,
        text_encoder=te,
        tokenizer=tok,
        connectors=conn,
        transformer=dit,
        vocoder=vocoder,
        processor=None,
        prompt_enhancer=None,
        duration_head=None,
    ).save_pretrained(path, safe_serialization=True)


def build_helios(path):
    """Helios: chunks of 33 frames, text-only, picture or video start."""
    from diffusers import HeliosPipeline, HeliosScheduler, HeliosTransformer3DModel

    tok, te = _wan_text()
    dit = wan_dit(
        HeliosTransformer3DModel,
        rope_max_seq_len=None,
        rope_dim=(4, 4, 4),
        has_multi_term_memory_patch=True,
        guidance_cross_attn=True,
        zero_history_timestep=True,
        is_amplify_history=False,
    )
    HeliosPipeline(
        tokenizer=tok,
        text_encoder=te,
        vae=wan_vae(),
        transformer=dit,
        scheduler=HeliosScheduler(stage_range=[0, 1], stages=1, use_dynamic_shifting=True),
    ).save_pretrained(path, safe_serialization=True)


def build_skyreels_df(path):
    """SkyReels-V2 diffusion forcing: sliding window with overlap_history."""
    from diffusers import SkyReelsV2DiffusionForcingPipeline, SkyReelsV2Transformer3DModel, UniPCMultistepScheduler

    tok, te = _wan_text()
    SkyReelsV2DiffusionForcingPipeline(
        tokenizer=tok,
        text_encoder=te,
        vae=wan_vae(),
        transformer=wan_dit(SkyReelsV2Transformer3DModel),
        scheduler=UniPCMultistepScheduler(flow_shift=8.0, use_flow_sigmas=True),
    ).save_pretrained(path, safe_serialization=True)


BUILDERS: dict[str, Callable[[str], None]] = {
    "wan-t2v": build_wan_t2v,
    "wan22-a14b": build_wan22_a14b,
    "wan22-ti2v": build_wan22_ti2v,
    "wan22-i2v": build_wan22_i2v,
    "wan21-i2v": build_wan21_i2v,
    "wan21-flf2v": lambda p: build_wan21_i2v(p, flf2v=True),
    "wan-vace": build_wan_vace,
    "ltx": build_ltx,
    "ltx2": build_ltx2,
    "helios": build_helios,
    "skyreels-df": build_skyreels_df,
}


def build(kind: str, folder: Path) -> Path:
    """Build the pipeline called ``kind`` (see ``BUILDERS``) into ``folder`` and return it."""
    torch.set_num_threads(1)
    BUILDERS[kind](str(folder))
    return folder
