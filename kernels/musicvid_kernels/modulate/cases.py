"""Calls to test and calls as published models make them, for the three ops of adaLN-single."""

from __future__ import annotations

from collections.abc import Callable

import torch

from musicvid_kernels.case import ROUNDING, Arguments, Case, Maker, Op, Real
from musicvid_kernels.modulate import (
    gate_add,
    gate_add_modulate,
    gate_add_modulate_reference,
    gate_add_reference,
    modulate,
    modulate_reference,
)

Build = Callable[[Maker], Arguments]
KERNEL = "musicvid_kernels.modulate.kernel:{}_triton"


def _parts(
    make: Maker, batch: int, tokens: int, width: int, groups: int, *, rows: torch.dtype | None = None
) -> Arguments:
    """All that the largest of the three ops takes, the rows as views of one ``(B, G, 6, D)`` of the timestep."""
    table, given = make.normal(6, width, dtype=rows), make.normal(batch, groups, 6, width, dtype=rows)
    names = ("shift", "scale", "gate")
    return (
        {"x": make.normal(batch, tokens, width), "y": make.normal(batch, tokens, width)}
        | {f"{name}_base": table[i] for i, name in enumerate(names)}
        | {name: given[:, :, i] for i, name in enumerate(names)}
    )


def _only(arguments: Arguments, *names: str, **more: object) -> Arguments:
    return {name: arguments[name] for name in names} | more


def _strided(make: Maker) -> Arguments:
    """Tokens of every kind of view, and rows expanded over batch and groups."""
    x = make.normal(7, 2, 50).transpose(0, 1)[:, 1:6, 3:40]
    y = make.normal(2, 5, 3, 37)[:, :, 1]
    one = make.normal(1, 1, 37)
    return {"x": x, "y": y, "scale": one.expand(2, 1, 37), "shift": make.normal(2, 11, 6, 37)[:, 4:9, 3],
            "gate": make.normal(1, 5, 37).expand(2, 5, 37)}  # fmt: skip


def _far_from_zero(make: Maker) -> Arguments:
    """A mean of thirty deviations: variance as a difference of squares would lose its digits. Cards divide by the width
    to within two units of the last place, and of the mean these are thirty times what they are of a deviation."""
    return {"x": make.normal(1, 3, 96) + 30.0, "scale_base": make.normal(96)}


MOD = ("x", "scale_base", "shift_base", "scale", "shift")
ADD = ("x", "y", "gate_base", "gate")
ALL = (*MOD, *ADD[1:])


def _cases(names: tuple[str, ...], *extra: Case, plain: Build) -> tuple[Case, ...]:
    small = (
        ("one", lambda m: _only(_parts(m, 1, 1, 1, 1), *names)),
        ("shared", lambda m: _only(_parts(m, 2, 6, 48, 1, rows=torch.float32), *names)),
        ("own", lambda m: _only(_parts(m, 2, 5, 31, 5), *names)),
        ("two-times", lambda m: _only(_parts(m, 2, 11, 24, 2, rows=torch.float32), *names, split=5)),
        ("all-before", lambda m: _only(_parts(m, 1, 3, 17, 2), *names, split=9)),
        ("all-after", lambda m: _only(_parts(m, 1, 5, 17, 2), *names, split=0)),
        ("bases", lambda m: _only(_parts(m, 1, 5, 129, 1), *(n for n in names if n in "xy" or n.endswith("_base")))),
        ("strided", lambda m: {n: v for n, v in _strided(m).items() if n in names}),
        ("plain", plain),
        ("empty", lambda m: {n: m.normal(2, 0, 8) for n in names if n in "xy"}),
    )
    # rows off any alignment need an address for each of their elements, and these are long
    wide = Case("wide", lambda m: _only(_parts(m, 1, 9, 4100, 1), *names), spilled_bytes=640)
    return (*(Case(name, build) for name, build in small), wide, *extra)


_NORMS = (
    Case("rms", lambda m: _only(_parts(m, 1, 5, 40, 1), *MOD, norm="rms", eps=1e-3)),
    Case("weight-and-bias", lambda m: _only(_parts(m, 1, 5, 40, 1), *MOD[:3], plus_one=False, eps=1e-2)),
    Case("scale-without-shift", lambda m: _only(_parts(m, 1, 2, 40, 1), "x", "scale")),
    Case("far-from-zero", _far_from_zero, tolerance=ROUNDING | {"float32": 1e-5}),
)
_JOINED = (
    Case("joined-rms", lambda m: _only(_parts(m, 1, 5, 40, 1), *ALL, norm="rms", plus_one=False, eps=1e-3)),
    Case("joined-without-gate", lambda m: _only(_parts(m, 2, 5, 40, 5), "x", "y", "scale", "shift")),
    Case("y-more-exact", lambda m: _parts(m, 1, 3, 40, 1) | {"y": m.normal(1, 3, 40, dtype=torch.float32)}),
)


def _real(
    names: tuple[str, ...], tokens: int, width: int, rows: torch.dtype, groups: int = 1, norm: str = ""
) -> Callable[[Maker, bool], Arguments]:
    """``groups`` 0: a row for each token."""

    def build(make: Maker, full: bool) -> Arguments:
        count = tokens if full else 9
        call = _only(_parts(make, 1, count, width, groups or count, rows=rows), *names)
        return call | ({"norm": norm} if norm else {}) | ({"split": 880 if full else 4} if groups == 2 else {})

    return build


def _reals(names: tuple[str, ...]) -> tuple[Real, ...]:
    """Wan: LayerNorm, rows in float32; LTX-Video: RMSNorm, all in bfloat16. Token counts of 81 frames 480x832 (Wan 2.1
    1.3B and 14B), 121 frames 704x1280 (Wan 2.2 5B, whose first frame has 880) and 121 frames 704x1216 (LTX)."""
    rms = "rms" if "scale" in names else ""
    return (
        Real("wan-1.3b", _real(names, 32760, 1536, torch.float32)),
        Real("wan-5b", _real(names, 27280, 3072, torch.float32)),
        Real("wan-5b-two-times", _real(names, 27280, 3072, torch.float32, 2)),
        Real("wan-5b-own", _real(names, 27280, 3072, torch.float32, 0)),
        Real("wan-14b", _real(names, 32760, 5120, torch.float32)),
        Real("ltx-2b", _real(names, 13376, 2048, torch.bfloat16, 1, rms)),
        Real("ltx-13b", _real(names, 13376, 4096, torch.bfloat16, 1, rms)),
    )


OPS = (
    Op("modulate", modulate, modulate_reference, KERNEL.format("modulate"),
       _cases(MOD, *_NORMS, plain=lambda m: {"x": m.normal(1, 3, 20)}), _reals(MOD)),
    Op("gate_add", gate_add, gate_add_reference, KERNEL.format("gate_add"),
       _cases(ADD, plain=lambda m: {"x": m.normal(1, 3, 20), "y": m.normal(1, 3, 20)}), _reals(ADD)),
    Op("gate_add_modulate", gate_add_modulate, gate_add_modulate_reference, KERNEL.format("gate_add_modulate"),
       _cases(ALL, *_JOINED, plain=lambda m: {"x": m.normal(1, 3, 20), "y": m.normal(1, 3, 20)}),
       _reals(ALL)),
)  # fmt: skip
