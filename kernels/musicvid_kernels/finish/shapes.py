"""What ``finish`` takes, said where it is not met."""

from __future__ import annotations

from typing import NamedTuple

import torch

from musicvid_kernels.finish.table import COLUMNS

FRAMES = (torch.uint8, torch.float16, torch.bfloat16, torch.float32, torch.float64)
NUMBERS = (torch.float32, torch.float64)


class Size(NamedTuple):
    height: int
    width: int


def size_of(frames: torch.Tensor, height: int, width: int) -> Size:
    """The output's: ``height`` and ``width``, or where they are 0 those of the frames."""
    return Size(height or frames.shape[2], width or frames.shape[3])


def checked(
    frames: torch.Tensor,
    table: torch.Tensor | None,
    lut: torch.Tensor | None,
    *,
    height: int,
    width: int,
    low: float,
    high: float,
) -> Size:
    """The output's size. Raises ValueError for other shapes, types, devices and ranges than ``finish`` documents."""
    if frames.ndim != 4 or frames.shape[1] != 3 or 0 in frames.shape[2:]:
        raise ValueError(f"frames are {tuple(frames.shape)}: (frames, 3, height, width) is needed")
    if frames.dtype not in FRAMES:
        raise ValueError(f"frames are {frames.dtype}: uint8 or floats are needed")
    size = size_of(frames, height, width)
    if size.height <= 0 or size.width <= 0 or size.height % 2 or size.width % 2:
        raise ValueError(f"pictures of {size.width}x{size.height} have no 4:2:0 planes: even sides are needed")
    if not low < high:
        raise ValueError(f"black is {low} and white is {high}: low below high is needed")
    rows, columns = len(frames), len(COLUMNS)
    if table is not None and table.shape != (rows, columns):
        raise ValueError(f"the table is {tuple(table.shape)}: {(rows, columns)} is needed, a row a frame")
    sides = () if lut is None else tuple(lut.shape)
    if lut is not None and (len(sides) != 4 or len({*sides[:3]}) != 1 or sides[0] < 2 or sides[3] != 3):
        raise ValueError(f"the look-up table is {sides}: (n, n, n, 3) with n from 2 is needed")
    for name, given in (("table", table), ("look-up table", lut)):
        if given is not None and given.dtype not in NUMBERS:
            raise ValueError(f"the {name} is {given.dtype}: float32 is needed")
        if given is not None and given.device != frames.device:
            raise ValueError(f"the {name} is on {given.device}, the frames are on {frames.device}")
    return size
