"""All ops, for tests and benchmarks that are written once over all of them."""

from __future__ import annotations

import importlib

from musicvid_kernels.case import Op

FOLDERS: tuple[str, ...] = (
    "finish",
    "modulate",
    "motion_energy",
    "qk_norm_rope",
    "timewarp",
    "vae_norm_silu",
    "vae_rms_silu",
)


def ops() -> tuple[Op, ...]:
    """Every op of every folder."""
    return tuple(op for name in FOLDERS for op in importlib.import_module(f"musicvid_kernels.{name}.cases").OPS)
