"""Norm and rotary positions against complex numbers in float64, three models' own attention, and laws."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from musicvid_kernels.qk_norm_rope import qk_norm_rope_

RMS = torch.nn.functional.rms_norm


@pytest.fixture(params=["reference", "triton"])
def chosen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "triton":
        pytest.importorskip("triton")
    monkeypatch.setenv("MUSICVID_KERNELS", request.param)
    return request.param


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed + sum(shape)))


def turned(x: torch.Tensor, angle: torch.Tensor) -> torch.Tensor:
    """Neighbours in ``x`` (B, L, heads, 2 pairs) as complex numbers, times ``exp(i angle)`` (B, L, heads, pairs)."""
    numbers = torch.view_as_complex(x.double().unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(numbers * torch.polar(torch.ones_like(angle.double()), angle.double())).flatten(-2)


@pytest.mark.usefixtures("chosen")
@pytest.mark.parametrize("angles", [(1, 1), (2, 1), (2, 3), (1, 3)], ids=str)
def test_pairs_are_complex_numbers_that_turn(angles):
    """``angles``: how many batches and heads have angles of their own."""
    q, k, weight = normal(2, 4, 30), normal(2, 4, 30, seed=1), normal(30)
    angle = normal(angles[0], 4, angles[1], 5)
    wanted = [turned(RMS(x.double(), (30,), w, 1e-5).unflatten(2, (3, 10)), angle.expand(2, 4, 3, 5)).flatten(2)
              for x, w in ((q, weight.double()), (k, None))]  # fmt: skip
    qk_norm_rope_(q, k, weight, None, angle.cos().flatten(2), angle.sin().flatten(2), eps=1e-5)
    torch.testing.assert_close(q.double(), wanted[0], rtol=1e-5, atol=2e-6)
    torch.testing.assert_close(k.double(), wanted[1], rtol=1e-5, atol=2e-6)


@pytest.mark.usefixtures("chosen")
def test_halves_are_the_same_numbers_laid_out_otherwise():
    q, k, angle = normal(2, 4, 24), normal(2, 4, 24, seed=1), normal(2, 4, 3, 4)
    cos, sin = angle.cos().flatten(2), angle.sin().flatten(2)

    def halved(x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(2, (3, 4, 2)).transpose(3, 4).flatten(2).contiguous()

    halves = halved(q), halved(k)
    qk_norm_rope_(*halves, None, None, cos, sin, pairing="halves", heads=3)
    qk_norm_rope_(q, k, None, None, cos, sin)
    torch.testing.assert_close(halves[0], halved(q), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(halves[1], halved(k), rtol=1e-6, atol=1e-6)


def _attended(module: ModuleType, monkeypatch: pytest.MonkeyPatch, attend: Callable[[], object]) -> list[torch.Tensor]:
    """Queries and keys as stock code hands them to attention, (B, L, D)."""
    handed: list[torch.Tensor] = []

    def dispatch(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **_: Any) -> torch.Tensor:
        handed.extend((query.flatten(2), key.flatten(2)))
        return value

    monkeypatch.setattr(module, "dispatch_attention_fn", dispatch)
    with torch.no_grad():
        attend()
    return handed


def _ours(attention: Any, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, **more: Any) -> list[torch.Tensor]:
    """The same from the module's linear layers and weights."""
    for norm in (attention.norm_q, attention.norm_k):
        torch.nn.init.normal_(norm.weight)
    with torch.no_grad():
        q, k = attention.to_q(x), attention.to_k(x)
        qk_norm_rope_(
            q, k, attention.norm_q.weight, attention.norm_k.weight, cos, sin, eps=attention.norm_q.eps, **more
        )
    return [q, k]


def _agree(ours: list[torch.Tensor], stock: list[torch.Tensor]) -> None:
    for here, there in zip(ours, stock, strict=True):
        torch.testing.assert_close(here, there, rtol=1e-5, atol=4e-6)


@pytest.mark.usefixtures("chosen")
def test_queries_and_keys_of_wan(monkeypatch):
    from diffusers.models.transformers import transformer_wan as stock

    attention = stock.WanAttention(24, heads=2, dim_head=12, eps=1e-6, processor=stock.WanAttnProcessor())
    x = normal(2, 12, 24)
    cos, sin = stock.WanRotaryPosEmbed(12, (1, 2, 2), 32)(torch.zeros(1, 4, 3, 4, 4))
    ours = _ours(attention, x, cos[0, None, :, 0, 0::2].contiguous(), sin[0, None, :, 0, 1::2].contiguous())
    _agree(ours, _attended(stock, monkeypatch, lambda: attention(x, None, None, (cos, sin))))


@pytest.mark.usefixtures("chosen")
def test_queries_and_keys_of_ltx(monkeypatch):
    from diffusers.models.transformers import transformer_ltx as stock

    attention = stock.LTXAttention(32, heads=2, kv_heads=2, dim_head=16)
    x = normal(2, 12, 32)
    cos, sin = stock.LTXVideoRotaryPosEmbed(32)(x, 3, 2, 2, (0.3, 32, 32))
    ours = _ours(attention, x, cos[..., 0::2].contiguous(), sin[..., 1::2].contiguous())
    _agree(ours, _attended(stock, monkeypatch, lambda: attention(x, image_rotary_emb=(cos, sin))))


@pytest.mark.usefixtures("chosen")
def test_queries_and_keys_of_ltx_2_whose_halves_turn(monkeypatch):
    from diffusers.models.transformers import transformer_ltx2 as stock

    attention = stock.LTX2Attention(32, heads=2, kv_heads=2, dim_head=16, rope_type="split")
    x = normal(2, 12, 32)
    rotary = stock.LTX2AudioVideoRotaryPosEmbed(32, rope_type="split", num_attention_heads=2)
    cos, sin = rotary(rotary.prepare_video_coords(2, 3, 2, 2, x.device))
    ours = _ours(attention, x, cos.swapaxes(1, 2).flatten(2), sin.swapaxes(1, 2).flatten(2), pairing="halves", heads=2)
    _agree(ours, _attended(stock, monkeypatch, lambda: attention(x, query_rotary_emb=(cos, sin))))


@pytest.mark.usefixtures("chosen")
@settings(max_examples=15)
@given(heads=st.integers(1, 3), half=st.integers(1, 5), halves=st.booleans(), alike=st.booleans(),
       seed=st.integers(0, 99))  # fmt: skip
def test_turning_keeps_the_length_of_every_pair(heads, half, halves, alike, seed):
    width = 2 * heads * half
    q, k = normal(1, 2, width, seed=seed), normal(1, 2, width, seed=seed + 1)
    angle = normal(1, 2, half if alike else heads * half, seed=seed)
    still = q.clone(), k.clone()
    qk_norm_rope_(*still)
    pairing = "halves" if halves else "interleaved"
    qk_norm_rope_(q, k, None, None, angle.cos(), angle.sin(), pairing=pairing, heads=heads)
    for before, after in zip(still, (q, k), strict=True):
        lengths = [x.unflatten(2, (heads, 2, half) if halves else (heads, half, 2)).norm(dim=3 if halves else 4)
                   for x in (before, after)]  # fmt: skip
        torch.testing.assert_close(*lengths, rtol=1e-5, atol=1e-6)


@pytest.mark.usefixtures("chosen")
@settings(max_examples=15)
@given(width=st.integers(1, 40), tokens=st.tuples(st.integers(1, 3), st.integers(1, 3)), seed=st.integers(0, 99))
def test_the_mean_square_becomes_one(width, tokens, seed):
    q, k = normal(1, tokens[0], width, seed=seed), normal(1, tokens[1], width, seed=seed + 1)
    qk_norm_rope_(q, k, eps=0.0)
    for x in (q, k):
        torch.testing.assert_close(x.square().mean(-1), torch.ones(x.shape[:2]), rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("chosen")
@settings(max_examples=15)
@given(seed=st.integers(0, 99), moved=st.floats(-50.0, 50.0))
def test_products_know_only_how_far_apart_two_tokens_are(seed, moved):
    """What rotary positions are for: all angles moved alike change no product of a query with a key."""
    q, k, rates = normal(1, 4, 12, seed=seed), normal(1, 4, 12, seed=seed + 1), normal(3, seed=seed)
    products = []
    for begin in (0.0, moved):
        a, b, angle = q.clone(), k.clone(), (torch.arange(4.0)[:, None] + begin) * rates
        qk_norm_rope_(a, b, None, None, angle.cos()[None], angle.sin()[None])
        products.append(a @ b.mT)
    torch.testing.assert_close(*products, rtol=1e-4, atol=1e-4)


@pytest.mark.usefixtures("chosen")
def test_an_angle_of_nothing_leaves_the_norm():
    q, k = normal(1, 3, 12), normal(1, 3, 12, seed=1)
    still = q.clone(), k.clone()
    qk_norm_rope_(*still, normal(12), normal(12, seed=2))
    qk_norm_rope_(q, k, normal(12), normal(12, seed=2), torch.ones(1, 3, 6), torch.zeros(1, 3, 6))
    assert torch.equal(q, still[0])
    assert torch.equal(k, still[1])


@pytest.mark.usefixtures("chosen")
@pytest.mark.parametrize("halves", [False, True], ids=["interleaved", "halves"])
def test_the_norm_is_rounded_before_it_turns(halves):
    """As stock does, whose norm and rotation are two modules. In float16: the interpreter rounds it as cards do."""
    q, k, angle = normal(1, 5, 64).half(), normal(1, 5, 64, seed=1).half(), normal(1, 5, 32)
    still, pairs, axis = (q.clone(), k.clone()), ((2, -1) if halves else (-1, 2)), (2 if halves else 3)
    qk_norm_rope_(*still)
    qk_norm_rope_(q, k, None, None, angle.cos(), angle.sin(), pairing="halves" if halves else "interleaved")
    for before, after in zip(still, (q, k), strict=True):
        a, b = before.float().unflatten(2, pairs).unbind(axis)
        twice = torch.stack([a * angle.cos() - b * angle.sin(), a * angle.sin() + b * angle.cos()], axis).flatten(2)
        assert torch.equal(after, twice.half())


@pytest.mark.usefixtures("chosen")
def test_slices_of_one_projection_are_written_and_the_values_beside_them_are_not():
    fused = normal(2, 3, 36)
    q, k, v = (part.clone() for part in fused.chunk(3, dim=-1))
    angle = normal(1, 3, 6)
    qk_norm_rope_(*fused.chunk(3, dim=-1)[:2], None, None, angle.cos(), angle.sin())
    qk_norm_rope_(q, k, None, None, angle.cos(), angle.sin())
    assert torch.equal(fused, torch.cat([q, k, v], -1))


def test_compiled_code_writes_slices_of_one_projection_too():
    angle = normal(1, 3, 6)

    def attend(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        q, k, v = (x @ weight).chunk(3, dim=-1)
        qk_norm_rope_(q, k, None, None, angle.cos(), angle.sin())
        return torch.cat([q, k, v], -1)

    x, weight = normal(2, 3, 8), normal(8, 36)
    torch._dynamo.reset()
    whole = torch.compile(attend, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(whole(x, weight), attend(x, weight))


def test_the_variable_decides_who_works(monkeypatch):
    pytest.importorskip("triton")
    from musicvid_kernels.qk_norm_rope import kernel as triton_kernel

    launched = []
    real = triton_kernel.qk_norm_rope_triton_
    monkeypatch.setattr(triton_kernel, "qk_norm_rope_triton_", lambda *a, **k: launched.append(1) or real(*a, **k))
    for word, count in (("reference", 0), ("auto", 0), ("triton", 1)):
        monkeypatch.setenv("MUSICVID_KERNELS", word)
        qk_norm_rope_(normal(1, 2, 4), normal(1, 2, 4))
        assert len(launched) == count


Q, ONE = torch.zeros(2, 5, 12), torch.zeros(1, 5, 6)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: qk_norm_rope_(Q[0], Q[0]), r"q is \(5, 12\), k is \(5, 12\): \(batch, tokens, width\)"),
        (lambda: qk_norm_rope_(Q, Q[:1].clone()), r"k is \(1, 5, 12\).* batch and width alike"),
        (lambda: qk_norm_rope_(Q, torch.zeros(2, 5, 10)), r"k is \(2, 5, 10\)"),
        (lambda: qk_norm_rope_(Q, Q.int()), "k is torch.int32: floats"),
        (lambda: qk_norm_rope_(torch.zeros(2, 12, 5).mT, Q.clone()), r"q has strides \(60, 1, 5\): the last must be 1"),
        (lambda: qk_norm_rope_(Q, Q[:, :1].expand(2, 5, 12)), r"k has strides \(60, 0, 1\).*cannot be written"),
        (lambda: qk_norm_rope_(Q, Q.clone(), ONE[0, 0]), r"q_weight is \(6,\), q is \(2, 5, 12\): \(12,\)"),
        (lambda: qk_norm_rope_(Q, Q.clone(), None, torch.zeros(24)[::2]), r"k_weight has strides \(2,\)"),
        (lambda: qk_norm_rope_(Q, Q.clone(), pairing="thirds"), "pairing is 'thirds': say interleaved or halves"),
        (lambda: qk_norm_rope_(Q, Q.clone(), cos=ONE), "sin is missing"),
        (lambda: qk_norm_rope_(Q, Q.clone(), sin=ONE), "cos is missing"),
        (lambda: qk_norm_rope_(Q, Q[:, :4].clone(), cos=ONE, sin=ONE), "q has 5 tokens, k has 4"),
        (lambda: qk_norm_rope_(Q[..., :5].clone(), Q[..., :5].clone(), cos=ONE, sin=ONE), "an even width"),
        (lambda: qk_norm_rope_(Q, Q.clone(), cos=ONE[:, :4], sin=ONE), r"cos is \(1, 4, 6\).*\(1 or 2, 5, pairs\)"),
        (lambda: qk_norm_rope_(Q, Q.clone(), cos=ONE, sin=ONE[..., :4]), r"sin is \(1, 5, 4\).*a divisor of 6"),
        (lambda: qk_norm_rope_(Q, Q.clone(), cos=ONE, sin=ONE[..., :3]), "cos has 6 columns, sin 3"),
        (lambda: qk_norm_rope_(Q, Q.clone(), cos=ONE.long(), sin=ONE), "cos is torch.int64"),
        (lambda: qk_norm_rope_(Q, Q.clone(), cos=ONE, sin=torch.zeros(1, 6, 5).mT), "sin has strides"),
        (lambda: qk_norm_rope_(Q, Q.clone(), cos=ONE, sin=ONE, pairing="halves", heads=4), "heads is 4"),
        (lambda: qk_norm_rope_(Q, Q.clone(), cos=ONE, sin=ONE, pairing="halves", heads=0), "heads is 0"),
    ],
)
def test_what_does_not_fit_says_so(call: Callable[[], object], said: str):
    with pytest.raises(ValueError, match=said):
        call()


def test_what_would_be_written_twice_is_refused():
    q = torch.zeros(1, 4, 8)
    with pytest.raises(ValueError, match="must lie apart"):
        qk_norm_rope_(q, q)
    with pytest.raises(ValueError, match="its rows overlap"):
        qk_norm_rope_(torch.zeros(64).as_strided((1, 4, 8), (32, 4, 1)), torch.zeros(1, 4, 8))
