"""Shapes, types and tolerances that every implementation of ``yuv420`` is held to."""

from __future__ import annotations

SHAPES = [(3, 2, 2), (3, 16, 2), (3, 2, 34), (1, 3, 18, 22), (2, 3, 90, 160), (2, 2, 3, 6, 10)]
DTYPES = ["float64", "float32", "bfloat16", "float16"]
TOLERANCE_LEVELS = {"float64": 0, "float32": 1, "bfloat16": 2, "float16": 1}
"""Largest distance from the float64 definition in 8-bit levels, for input that the type holds exactly."""
