"""The op against diffusers' own modules in float64, and what holds whatever the numbers are."""

from __future__ import annotations

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import WanRMS_norm
from hypothesis import given, settings
from hypothesis import strategies as st
from musicvid_kernels.case import relative_error
from musicvid_kernels.vae_norm_silu import vae_norm_silu
from torch.nn.functional import pad, silu

CHOICES = ["reference", "triton"]


@pytest.fixture(params=CHOICES)
def choice(request, monkeypatch):
    if request.param == "triton":
        pytest.importorskip("triton")
    monkeypatch.setenv("MUSICVID_KERNELS", request.param)
    return request.param


def randn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def stock(x, gamma, cache, front, border):
    """What ``WanResidualBlock`` and ``WanCausalConv3d`` do one after the other, in float64."""
    norm = WanRMS_norm(x.shape[1], images=False).double()
    norm.gamma.data.copy_(gamma)
    y = silu(norm(x.double())).detach()
    joined = torch.cat([cache.double(), y], 2)
    return pad(joined, (border, border, border, border, front - cache.shape[2], 0))


@pytest.mark.parametrize("cached", [0, 1, 2])
@pytest.mark.parametrize("border", [0, 1])
def test_it_is_what_diffusers_does_in_five_steps(choice, cached, border):
    x, gamma, cache = randn(2, 6, 2, 3, 4), 1 + randn(6, 1, 1, 1), randn(2, 6, cached, 3, 4, seed=1)
    found = vae_norm_silu(x, gamma, cache if cached else None, front=2, border=border)
    assert relative_error(found, stock(x, gamma, cache, 2, border)) < 1e-6
    inner = found[..., border : border + 3, border : border + 4]
    assert torch.equal(inner[:, :, 2 - cached : 2], cache)
    assert not inner[:, :, : 2 - cached].any()
    inner.zero_()
    assert not found.any()


def test_a_film_in_chunks_is_the_film_at_once(choice):
    x, gamma = randn(1, 4, 5, 2, 3), torch.ones(4)
    whole = vae_norm_silu(x, gamma, front=2)
    cache = None
    for start, end in ((0, 1), (1, 2), (2, 5)):
        chunk = vae_norm_silu(x[:, :, start:end], gamma, cache, front=2)
        torch.testing.assert_close(chunk, whole[:, :, start : end + 2])
        cache = chunk[:, :, -2:]


@settings(max_examples=12)
@given(
    shape=st.tuples(st.integers(1, 2), st.integers(1, 9), *[st.integers(1, 3)] * 3),
    power=st.integers(-20, 20),
    border=st.integers(0, 1),
)
@pytest.mark.parametrize("implementation", CHOICES)
def test_brightness_and_order_in_memory_do_not_matter(implementation, shape, power, border):
    pytest.importorskip("triton")
    x, gamma = randn(*shape), randn(shape[1], seed=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUSICVID_KERNELS", implementation)
        found = vae_norm_silu(x, gamma, front=1, border=border)
        last = vae_norm_silu(x.contiguous(memory_format=torch.channels_last_3d), gamma, front=1, border=border)
        scaled = vae_norm_silu(x * 2.0**power, gamma, front=1, border=border)
    torch.testing.assert_close(last, found, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(scaled, found, rtol=1e-5, atol=1e-6)


def test_channels_last_stay_so_and_all_else_becomes_contiguous(choice):
    gamma, x = torch.ones(3), randn(1, 3, 2, 4, 5)
    last = x.contiguous(memory_format=torch.channels_last_3d)
    assert vae_norm_silu(last, gamma, front=1).is_contiguous(memory_format=torch.channels_last_3d)
    for view in (x, x.transpose(3, 4), last[..., 1:], x[:, :, ::2]):
        assert vae_norm_silu(view, gamma).is_contiguous()


def test_the_type_of_the_picture_is_kept_whatever_that_of_gamma_is(choice):
    x = randn(1, 3, 1, 2, 2).half()
    assert vae_norm_silu(x, torch.ones(3, dtype=torch.float64)).dtype == torch.float16


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": torch.zeros(3, 1, 2, 2)}, r"x is torch.float32 \(3, 1, 2, 2\)"),
        ({"x": torch.zeros(1, 3, 1, 2, 2, dtype=torch.uint8)}, "x is torch.uint8"),
        ({"gamma": torch.ones(4)}, r"gamma is torch.float32 \(4,\).* 3 floats"),
        ({"gamma": torch.ones(3, dtype=torch.long)}, "gamma is torch.int64"),
        ({"front": -1}, "front is -1"),
        ({"border": -2}, "border is -2"),
        ({"cache": torch.zeros(1, 3, 1, 2, 3), "front": 1}, r"cache is torch.float32 \(1, 3, 1, 2, 3\)"),
        ({"cache": torch.zeros(1, 3, 1, 2, 2, dtype=torch.half), "front": 1}, "cache is torch.float16"),
        ({"cache": torch.zeros(1, 3, 2, 2, 2), "front": 1}, "cache has 2 frames, front has room for 1"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_values(change, words):
    arguments = {"x": torch.zeros(1, 3, 1, 2, 2), "gamma": torch.ones(3), **change}
    with pytest.raises(ValueError, match=words):
        vae_norm_silu(**arguments)
