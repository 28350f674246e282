"""Calls to test and calls as published models make them."""

from __future__ import annotations

from collections.abc import Callable

import torch

from musicvid_kernels.case import FLOATS, ROUNDING, Arguments, Case, Maker, Op, Real
from musicvid_kernels.qk_norm_rope import qk_norm_rope_, qk_norm_rope_reference_

TWICE = {name: 2 * ROUNDING[name] for name in FLOATS}
"""The norm is rounded before it is turned, and the turned again."""
Build = Callable[[Maker], Arguments]


def _call(make: Maker, batch: int, tokens: int, width: int, pairs: int, *, one_batch: bool = True) -> Arguments:
    return {
        "q": make.normal(batch, tokens, width),
        "k": make.normal(batch, tokens, width),
        "q_weight": make.normal(width),
        "k_weight": make.normal(width),
    } | _angles(make, 1 if one_batch else batch, tokens, pairs)


def _angles(make: Maker, batch: int, tokens: int, pairs: int) -> Arguments:
    angle = make.uniform(batch, tokens, pairs, low=-4.0, high=4.0, dtype=torch.float32)
    return {"cos": angle.cos(), "sin": angle.sin()}


def _fused(make: Maker, batch: int, tokens: int, width: int) -> Arguments:
    q, k, _ = make.normal(batch, tokens, 3 * width).chunk(3, dim=-1)
    return {"q": q, "k": k}


def _strided(make: Maker) -> Arguments:
    """Batches inside tokens, rows off any alignment, angles as a view of a longer and wider table."""
    call = {"q": make.normal(5, 2, 24)[1:4].transpose(0, 1)[..., 3:15], "k": make.normal(2, 3, 2, 12)[:, :, 1]}
    angle = make.uniform(2, 7, 9, low=-4.0, high=4.0, dtype=torch.float32)[:, 2:5, 1:4]
    return call | {"q_weight": make.normal(14)[2:], "cos": angle.cos(), "sin": angle.sin()}


def _from_head_major(make: Maker) -> Arguments:
    """Angles as LTX-2 makes them: ``(B, H, L, r)`` as a view of ``(B, L, H, r)``."""
    angle = make.uniform(2, 3, 4, 5, low=-4.0, high=4.0, dtype=torch.float32)
    return _call(make, 2, 3, 40, 20) | {"cos": angle.cos().flatten(2), "sin": angle.sin().flatten(2),
                                        "pairing": "halves", "heads": 4}  # fmt: skip


CASES: tuple[tuple[str, Build], ...] = (
    ("one-pair", lambda m: _call(m, 1, 1, 2, 1)),
    ("all-heads-alike", lambda m: _call(m, 2, 5, 48, 8)),
    ("each-pair-its-own", lambda m: _call(m, 2, 3, 34, 17, one_batch=False)),
    ("fused-projection", lambda m: _fused(m, 2, 5, 24) | _angles(m, 1, 5, 4) | {"q_weight": m.normal(24)}),
    ("strided", _strided),
    ("angles-rounded", lambda m: _call(m, 1, 3, 32, 8) | {"cos": m.uniform(1, 3, 8), "sin": m.uniform(1, 3, 8)}),
    ("no-weights", lambda m: {k: v for k, v in _call(m, 1, 3, 12, 3).items() if "weight" not in k} | {"eps": 0.5}),
    ("halves-one-head", lambda m: _call(m, 1, 3, 22, 11) | {"pairing": "halves"}),
    ("halves-all-heads-alike", lambda m: _call(m, 2, 3, 48, 6) | {"pairing": "halves", "heads": 4}),
    ("halves-from-head-major", _from_head_major),
    ("halves-no-weights", lambda m: _fused(m, 1, 3, 24) | _angles(m, 1, 3, 4) | {"pairing": "halves", "heads": 3}),
    ("no-angles", lambda m: {k: v for k, v in _call(m, 2, 4, 21, 1).items() if k not in ("cos", "sin")}),
    ("no-angles-one-wide", lambda m: {"q": m.normal(1, 2, 1), "k": m.normal(1, 2, 1)}),
    ("other-lengths", lambda m: {"q": m.normal(2, 5, 19), "k": m.normal(2, 2, 19), "k_weight": m.normal(19)}),
    ("empty-k", lambda m: {"q": m.normal(2, 3, 8), "k": m.normal(2, 0, 8)}),
)


def _real(
    tokens: int, width: int, pairs: int, *, fused: bool = False, **more: object
) -> Callable[[Maker, bool], Arguments]:
    def build(make: Maker, full: bool) -> Arguments:
        count = tokens if full else 3
        call = _call(make, 1, count, width, pairs)
        return call | (_fused(make, 1, count, width) if fused else {}) | more

    return build


def _cross(make: Maker, full: bool) -> Arguments:
    return {"q": make.normal(1, 32760 if full else 3, 1536), "k": make.normal(1, 512 if full else 2, 1536),
            "q_weight": make.normal(1536), "k_weight": make.normal(1536)}  # fmt: skip


REALS = (
    Real("wan-1.3b", _real(32760, 1536, 64)),
    Real("wan-1.3b-fused", _real(32760, 1536, 64, fused=True)),
    Real("wan-1.3b-cross", _cross),
    Real("wan-5b", _real(27280, 3072, 64)),
    Real("wan-5b-fused", _real(27280, 3072, 64, fused=True)),
    Real("wan-14b", _real(32760, 5120, 64)),
    Real("wan-14b-fused", _real(32760, 5120, 64, fused=True)),
    Real("ltx-2b", _real(13376, 2048, 1024)),
    Real("ltx-2b-fused", _real(13376, 2048, 1024, fused=True)),
    Real("ltx-2-19b", _real(13376, 4096, 2048, pairing="halves", heads=32)),
)
"""Tokens of 81 frames 480x832 (Wan 2.1), 121 frames 704x1280 (Wan 2.2 5B), 121 frames 704x1216 (LTX-Video, LTX-2)."""

OPS = (
    Op("qk_norm_rope_", qk_norm_rope_, qk_norm_rope_reference_,
       "musicvid_kernels.qk_norm_rope.kernel:qk_norm_rope_triton_",
       tuple(Case(name, build, tolerance=TWICE) for name, build in CASES), REALS, mutates=("q", "k")),
)  # fmt: skip
