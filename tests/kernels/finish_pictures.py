"""What the tests of ``finish`` show it, and how they read what comes out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from musicvid_kernels.finish import COLUMNS, finish_reference, neutral
from musicvid_kernels.finish.processor import finish_processor

BOTH = pytest.mark.parametrize("run", [finish_reference, finish_processor], ids=["reference", "processor"])


def distance(one: torch.Tensor, other: torch.Tensor) -> int:
    """In levels."""
    return int((one.int() - other.int()).abs().max())


def picture(frames: int = 2, height: int = 18, width: int = 26, seed: int = 0) -> torch.Tensor:
    return torch.rand(frames, 3, height, width, generator=torch.Generator().manual_seed(seed))


def smooth(height: int, width: int) -> np.ndarray:
    """uint8 RGB without edges, so that filters of different lengths agree."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([255 * x / width, 255 * y / height, 255 - 90 * x / width - 90 * y / height], -1).astype(np.uint8)


def table_of(frames: int, **columns: float) -> torch.Tensor:
    table = neutral(frames)
    for name, value in columns.items():
        table[:, COLUMNS.index(name)] = value
    return table


def parts(planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    frames, rows, width = planes.shape
    height = rows * 2 // 3
    flat, luma = planes.reshape(frames, -1), height * width
    half = (frames, height // 2, width // 2)
    return (flat[:, :luma].reshape(frames, height, width), flat[:, luma : luma * 5 // 4].reshape(half),
            flat[:, luma * 5 // 4 :].reshape(half))  # fmt: skip
