"""LTX-Video's norm, modulation and SiLU against diffusers' own block in float64, and what wrong arguments are told."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from musicvid_kernels.vae_rms_silu import vae_rms_silu, vae_rms_silu_reference


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_it_is_what_the_stock_block_computes_before_its_convolution(causal, frames):
    from diffusers.models.autoencoders.autoencoder_kl_ltx import LTXVideoResnetBlock3d

    torch.manual_seed(0)
    block = LTXVideoResnetBlock3d(8, 8, is_causal=causal, timestep_conditioning=True).double().eval()
    read = []
    block.conv1.conv.register_forward_pre_hook(lambda module, args: read.append(args[0]))
    x, temb = normal(2, 8, frames, 3, 5), normal(2, 32, 1, 1, 1, seed=1)
    with torch.no_grad():
        block(x, temb)
    shift, scale = (temb.reshape(2, 4, 8) + block.scale_shift_table)[:, :2].unbind(1)
    around = {"front": 2} if causal else {"front": 1, "back": 1}
    torch.testing.assert_close(vae_rms_silu(x, scale, shift, **around), read[0], rtol=1e-6, atol=1e-6)


@given(st.integers(0, 3), st.integers(0, 3), st.integers(1, 4))
def test_frames_at_both_ends_are_repeated(front, back, frames):
    x = normal(1, 4, frames, 2, 3)
    alone, out = vae_rms_silu(x), vae_rms_silu(x, front=front, back=back)
    shown = [min(max(k - front, 0), frames - 1) for k in range(front + frames + back)]
    assert torch.equal(out, alone[:, :, shown])


@given(st.floats(1e-3, 1e3))
def test_brightness_goes_away_and_zero_stays(factor):
    x = normal(1, 6, 1, 2, 2)
    torch.testing.assert_close(vae_rms_silu(x * factor, eps=0.0), vae_rms_silu(x, eps=0.0))
    assert not vae_rms_silu(torch.zeros(1, 3, 1, 1, 1)).any()


def test_both_implementations_agree(monkeypatch):
    pytest.importorskip("triton")
    x, rows = normal(2, 5, 2, 3, 4, dtype=torch.float32), normal(2, 5, dtype=torch.float32)
    monkeypatch.setenv("MUSICVID_KERNELS", "reference")
    plain = vae_rms_silu(x, rows, rows, front=1)
    assert torch.equal(plain, vae_rms_silu_reference(x, rows, rows, front=1))
    monkeypatch.setenv("MUSICVID_KERNELS", "triton")
    torch.testing.assert_close(vae_rms_silu(x, rows, rows, front=1), plain)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"x": torch.zeros(1, 2, 3, 4)}, r"\(1, 2, 3, 4\)"),
        ({"x": torch.zeros(1, 2, 1, 1, 1, dtype=torch.int32)}, "int32"),
        ({"scale": torch.zeros(1, 3)}, r"scale is torch.float32 \(1, 3\)"),
        ({"shift": torch.zeros(2)}, r"floats \(1, 2\) are needed"),
        ({"front": -1}, "front is -1"),
        ({"x": torch.zeros(1, 2, 0, 1, 1), "back": 1}, "no frame"),
    ],
)
def test_wrong_arguments_say_so(arguments, words):
    with pytest.raises(ValueError, match=words):
        vae_rms_silu(**{"x": torch.zeros(1, 2, 1, 1, 1), **arguments})
