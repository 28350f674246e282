"""adaLN-single's three ops against torch's norms in float64, the models' own norms and formulas, and laws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from musicvid_kernels.modulate import (
    gate_add,
    gate_add_modulate,
    gate_add_modulate_reference,
    gate_add_reference,
    modulate,
    modulate_reference,
)

F = torch.nn.functional
SIZES = st.tuples(st.integers(1, 2), st.integers(1, 6), st.integers(1, 20))


@pytest.fixture(params=["reference", "triton"])
def chosen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "triton":
        pytest.importorskip("triton")
    monkeypatch.setenv("MUSICVID_KERNELS", request.param)
    return request.param


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed + sum(shape)))


@pytest.mark.usefixtures("chosen")
def test_layer_norm_is_torchs_in_float64():
    x, scale, shift = normal(2, 5, 37) * 3 + 1, normal(37, seed=1), normal(37, seed=2)
    wanted = F.layer_norm(x.double(), (37,), eps=1e-3) * (1 + scale.double()) + shift.double()
    torch.testing.assert_close(modulate(x, scale, shift, eps=1e-3).double(), wanted, rtol=1e-5, atol=2e-6)


@pytest.mark.usefixtures("chosen")
def test_rms_norm_is_torchs_in_float64():
    x, scale = normal(2, 5, 37) * 3 + 1, normal(37, seed=1)
    wanted = F.rms_norm(x.double(), (37,), eps=1e-3) * (1 + scale.double())
    torch.testing.assert_close(modulate(x, scale, eps=1e-3, norm="rms").double(), wanted, rtol=1e-5, atol=2e-6)


@pytest.mark.usefixtures("chosen")
def test_weight_and_bias_of_the_norm_of_wan():
    from diffusers.models.normalization import FP32LayerNorm

    stock = FP32LayerNorm(24, eps=1e-6, elementwise_affine=True)
    torch.nn.init.normal_(stock.weight)
    torch.nn.init.normal_(stock.bias)
    x = normal(1, 4, 24)
    with torch.no_grad():
        ours = modulate(x, stock.weight, stock.bias, eps=1e-6, plus_one=False)
        torch.testing.assert_close(ours, stock(x), rtol=1e-5, atol=2e-6)


@pytest.mark.usefixtures("chosen")
def test_wans_formulas_with_its_table_and_a_row_for_each_token():
    """``WanTransformerBlock.forward`` of ``TI2V-5B``, between its layers."""
    from diffusers.models.normalization import FP32LayerNorm

    x, y, table, temb = normal(2, 5, 16), normal(2, 5, 16, seed=1), normal(1, 6, 16), normal(2, 5, 6, 16)
    _, _, gate, shift, scale, _ = (table.unsqueeze(0) + temb.float()).chunk(6, dim=2)
    hidden = (x.float() + y * gate.squeeze(2)).type_as(x)
    normed = FP32LayerNorm(16, 1e-6, elementwise_affine=False)(hidden.float())
    normed = (normed * (1 + scale.squeeze(2)) + shift.squeeze(2)).type_as(x)
    h, z = gate_add_modulate(
        x, y, table[0, 4], table[0, 3], temb[:, :, 4], temb[:, :, 3], table[0, 2], temb[:, :, 2], eps=1e-6
    )
    torch.testing.assert_close(h, hidden, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(z, normed, rtol=1e-5, atol=4e-6)


@pytest.mark.usefixtures("chosen")
def test_ltx_formulas_with_its_table_and_one_row():
    """``LTXVideoTransformerBlock.forward``, between its layers."""
    from diffusers.models.normalization import RMSNorm

    x, table, temb = normal(2, 5, 16), normal(6, 16), normal(2, 1, 6 * 16)
    ada = table[None, None] + temb.reshape(2, temb.size(1), 6, -1)
    shift, scale, gate, *_ = ada.unbind(dim=2)
    normed = RMSNorm(16, eps=1e-6, elementwise_affine=False)(x) * (1 + scale) + shift
    rows = temb.unflatten(2, (6, -1))
    ours = modulate(x, table[1], table[0], rows[:, :, 1], rows[:, :, 0], eps=1e-6, norm="rms")
    torch.testing.assert_close(ours, normed, rtol=1e-5, atol=2e-6)
    added = gate_add(x, normed, table[2], rows[:, :, 2])
    torch.testing.assert_close(added, x + normed * gate, rtol=1e-6, atol=2e-6)


@pytest.mark.usefixtures("chosen")
def test_the_sum_is_rounded_before_it_is_normed():
    """To bfloat16, 256 and 256.5 are one number: nothing is left to norm."""
    x = torch.full((1, 2, 64), 256.0, dtype=torch.bfloat16)
    y = torch.zeros_like(x)
    y[..., ::2] = 0.5
    h, z = gate_add_modulate(x, y)
    assert (h == 256).all()
    assert (z == 0).all()


@pytest.mark.usefixtures("chosen")
def test_without_a_gate_it_is_a_sum():
    x, y = normal(2, 3, 10), normal(2, 3, 10, seed=1)
    assert torch.equal(gate_add(x, y), x + y)


@pytest.mark.usefixtures("chosen")
@settings(max_examples=15)
@given(size=SIZES, seed=st.integers(0, 99))
def test_a_gate_of_zero_leaves_x(size, seed):
    x, y = normal(*size, seed=seed), normal(*size, seed=seed + 1)
    assert torch.equal(gate_add(x, y, torch.zeros(size[2])), x)
    base = normal(size[2], seed=seed)
    assert torch.equal(gate_add(x, y, base, -base.expand(size[0], 1, -1)), x)


@pytest.mark.usefixtures("chosen")
@settings(max_examples=15)
@given(size=SIZES, norm=st.sampled_from(["layer", "rms"]), seed=st.integers(0, 99))
def test_a_scale_of_minus_one_leaves_the_shift(size, norm, seed):
    x, shift = normal(*size, seed=seed), normal(size[0], 1, size[2], seed=seed)
    z = modulate(x, None, None, -torch.ones(size[0], 1, size[2]), shift, norm=norm)
    assert torch.equal(z, shift.expand(size))


@pytest.mark.usefixtures("chosen")
@settings(max_examples=15)
@given(width=st.integers(3, 20), scale=st.floats(0.01, 100.0), offset=st.floats(-10.0, 10.0), seed=st.integers(0, 99))
def test_layer_norm_knows_neither_scale_nor_offset_of_its_row(width, scale, offset, seed):
    x = normal(1, 3, width, seed=seed) * 5
    there = modulate(x * scale + offset, eps=1e-12)
    torch.testing.assert_close(there, modulate(x, eps=1e-12), rtol=1e-3, atol=1e-3)


def _joined(x: torch.Tensor, y: torch.Tensor, rows: torch.Tensor, **more: Any) -> torch.Tensor:
    """``h`` and ``z`` of the largest op, stacked; ``rows`` are (B, G, 3, D)."""
    scale, shift, gate = rows.unbind(2)
    return torch.stack(gate_add_modulate(x, y, None, None, scale, shift, None, gate, **more))


@pytest.mark.usefixtures("chosen")
@settings(max_examples=10)
@given(size=SIZES, seed=st.integers(0, 99))
def test_a_row_for_each_token_is_a_call_for_each_token(size, seed):
    x, y, rows = normal(*size, seed=seed), normal(*size, seed=seed + 1), normal(*size[:2], 3, size[2], seed=seed)
    single = [_joined(x[:, i : i + 1], y[:, i : i + 1], rows[:, i : i + 1]) for i in range(size[1])]
    torch.testing.assert_close(_joined(x, y, rows), torch.cat(single, 2), rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("chosen")
@settings(max_examples=15)
@given(size=SIZES, split=st.integers(0, 8), seed=st.integers(0, 99))
def test_two_times_are_a_row_for_each_token(size, split, seed):
    x, y, two = normal(*size, seed=seed), normal(*size, seed=seed + 1), normal(size[0], 2, 3, size[2], seed=seed)
    each = two[:, [int(token >= split) for token in range(size[1])]]
    torch.testing.assert_close(_joined(x, y, two, split=split), _joined(x, y, each), rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("chosen")
@settings(max_examples=10)
@given(size=SIZES, norm=st.sampled_from(["layer", "rms"]), plus_one=st.booleans(), seed=st.integers(0, 99))
def test_the_joined_op_is_one_after_the_other(size, norm, plus_one, seed):
    x, y, table = normal(*size, seed=seed), normal(*size, seed=seed + 1), normal(3, size[2], seed=seed)
    how = {"norm": norm, "plus_one": plus_one}
    h, z = gate_add_modulate(x, y, table[0], table[1], gate_base=table[2], **how)
    first = gate_add(x, y, table[2])
    assert torch.equal(h, first)
    torch.testing.assert_close(z, modulate(first, table[0], table[1], **how), rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("chosen")
def test_one_row_beside_a_row_for_each_token():
    x, y = normal(1, 3, 8), normal(1, 3, 8, seed=1)
    own, one = normal(1, 3, 8, seed=2), normal(1, 1, 8, seed=3)
    h, z = gate_add_modulate(x, y, scale=own, shift=one, gate=one)
    torch.testing.assert_close(h, x + y * one)
    torch.testing.assert_close(z, F.layer_norm(h, (8,), eps=1e-6) * (1 + own) + one, rtol=1e-5, atol=1e-5)


def test_programs_before_the_split_write_nothing_after_it(monkeypatch):
    """On a card they run in no order: what another overwrites here, it may have written there."""
    pytest.importorskip("triton")
    from musicvid_kernels.modulate import kernel as triton_kernel

    real = triton_kernel._gate_add_modulate_kernel

    class OnlyTheFirstTwo:
        def __getitem__(self, grid: tuple[int, int]) -> Any:
            assert grid == (4, 1)
            return real[(2, 1)]

    monkeypatch.setattr(triton_kernel, "_gate_add_modulate_kernel", OnlyTheFirstTwo())
    x, two = normal(1, 7, 8), normal(1, 2, 8)
    torch.use_deterministic_algorithms(True, warn_only=True)  # fills with NaN
    try:
        h = triton_kernel.gate_add_triton(x, x, None, two, split=3)
    finally:
        torch.use_deterministic_algorithms(False)
    torch.testing.assert_close(h[:, :3], x[:, :3] * (1 + two[:, :1]))
    assert h[:, 3:].isnan().all()


@pytest.mark.parametrize(
    ("op", "call", "launcher"),
    [
        (modulate, lambda f: f(normal(1, 2, 4)), "modulate"),
        (gate_add, lambda f: f(normal(1, 2, 4), normal(1, 2, 4)), "gate_add"),
        (gate_add_modulate, lambda f: f(normal(1, 2, 4), normal(1, 2, 4)), "gate_add_modulate"),
    ],
)
def test_the_variable_decides_who_works(
    op: Callable[..., Any], call: Callable[..., Any], launcher: str, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("triton")
    from musicvid_kernels.modulate import kernel as triton_kernel

    launched = []
    real = getattr(triton_kernel, f"{launcher}_triton")
    monkeypatch.setattr(triton_kernel, f"{launcher}_triton", lambda *a, **k: launched.append(1) or real(*a, **k))
    for word, count in (("reference", 0), ("auto", 0), ("triton", 1)):
        monkeypatch.setenv("MUSICVID_KERNELS", word)
        call(op)
        assert len(launched) == count


def test_float64_stays_float64():
    x = normal(1, 2, 5).double()
    assert modulate_reference(x).dtype == torch.float64
    assert gate_add_reference(x, x).dtype == torch.float64
    assert [part.dtype for part in gate_add_modulate_reference(x, x)] == [torch.float64] * 2


X, D = torch.zeros(2, 5, 8), torch.zeros(8)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: modulate(X[0]), r"x is \(5, 8\): \(batch, tokens, width\)"),
        (lambda: modulate(X.int()), "x is torch.int32: floats"),
        (lambda: modulate(X.transpose(1, 2)), r"x has strides \(40, 1, 8\): the last must be 1"),
        (lambda: modulate(X, norm="batch"), "norm is 'batch': say layer or rms"),
        (lambda: modulate(X, D[:7]), r"scale_base is \(7,\), x is \(2, 5, 8\): \(8,\)"),
        (lambda: modulate(X, None, X[0]), r"shift_base is \(5, 8\)"),
        (lambda: modulate(X, torch.zeros(16)[::2]), r"scale_base has strides \(2,\)"),
        (lambda: modulate(X, None, None, X[:, :3]), r"scale is \(2, 3, 8\).* groups 1 or 5 \(one a token\)"),
        (lambda: modulate(X, None, None, X[:1, :1]), r"scale is \(1, 1, 8\).*: \(2, groups, 8\)"),
        (lambda: modulate(X, None, None, X[:, :1], split=2), r"split is 2: .* groups 2 \(before and from the split\)"),
        (lambda: modulate(X, None, None, None, X[:, :1].long()), "shift is torch.int64"),
        (lambda: modulate(X, None, None, None, torch.zeros(2, 8, 5).mT), r"shift has strides \(40, 1, 5\)"),
        (lambda: gate_add(X, X[:, :4]), r"y is \(2, 4, 8\), x is \(2, 5, 8\): they must be alike"),
        (lambda: gate_add(X, X.long()), "y is torch.int64"),
        (lambda: gate_add(X, X, None, D), r"gate is \(8,\)"),
        (lambda: gate_add_modulate(X, X[:1]), r"y is \(1, 5, 8\)"),
        (lambda: gate_add_modulate(X, X, norm=""), "norm is ''"),
        (lambda: gate_add_modulate(X, X, gate_base=D[1:]), r"gate_base is \(7,\)"),
    ],
)
def test_what_does_not_fit_says_so(call: Callable[[], object], said: str):
    with pytest.raises(ValueError, match=said):
        call()


def test_more_batches_than_a_grid_has_programs(monkeypatch):
    kernel = pytest.importorskip("musicvid_kernels.modulate.kernel")
    monkeypatch.setattr(kernel, "_MOST_BATCH", 2)
    generator = torch.Generator().manual_seed(0)
    x, y, rows = (torch.randn(5, count, 8, generator=generator) for count in (3, 3, 1))
    base = torch.randn(8, generator=generator)
    found = kernel.gate_add_modulate_triton(x, y, base, None, rows, rows, base, rows)
    wanted = gate_add_modulate_reference(x, y, base, None, rows, rows, base, rows)
    for here, there in zip(found, wanted, strict=True):
        torch.testing.assert_close(here, there)
