"""How a clip moves: how much its pictures change, where they go as a whole, and how much of them moves at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

MOST_WIDTH_PX = 320
"""Blocks are followed in pictures made this narrow: nothing finer is needed, and they are followed further."""
BLOCK_PX, RADIUS_PX = 16, 7
"""In the narrow picture: movement to a fiftieth of the width from one frame to the next is found."""
TEXTURE_LEVELS = 4.0
"""Standard deviation from which a block that stays where it is counts as standing still. A smoother one may be going
anywhere."""
BETTER_SHARE, BETTER_LEVELS = 0.25, 0.5
"""A block moves when that leaves a quarter less of the difference than standing still, and half a level a sample less.
The best of 225 tries in film grain leaves an eighth less."""

_CHUNK_FRAMES = 8


@dataclass(frozen=True, slots=True)
class Shift:
    """Where what is seen went, in px of the picture: right and down are positive. The camera went the other way."""

    x_px: float
    y_px: float


@dataclass(frozen=True, slots=True)
class Movement:
    """From one frame to the next.

    ``energy_levels`` is the mean difference of luma, in 8-bit levels. ``shift`` is the median of how blocks moved, to
    a whole px of the narrow picture (the camera's pan or shake); None where no block has anything to follow.
    ``moving_share`` is the share of blocks that moved, of those that can tell (0 where none can).
    """

    energy_levels: float
    shift: Shift | None
    moving_share: float


def movements(pictures: Iterable[NDArray[np.uint8]]) -> Iterator[Movement]:
    """Between each two neighbours of a clip's pictures: uint8 yuv420p ``(height * 3 // 2, width)``, all of one size.

    They are read as they come, and an array may be used again for the next one. Few are held at a time.
    """
    import torch

    held: NDArray[np.uint8] | None = None
    count = 0
    for picture in pictures:
        if held is None:
            held = np.empty((_CHUNK_FRAMES + 1, *picture.shape), np.uint8)
        held[count] = picture
        count += 1
        if count == len(held):
            yield from movements_between(torch.from_numpy(held))
            held[0], count = held[-1], 1
    if held is not None:
        yield from movements_between(torch.from_numpy(held[:count]))


def movements_between(frames: torch.Tensor) -> list[Movement]:
    """The same for pictures that are there at once, ``(F, height * 3 // 2, width)`` uint8 on any device: F - 1 of
    them."""
    import torch
    from musicvid_kernels.motion_energy import block_motion, frame_difference

    luma = frames[:, : frames.shape[1] * 2 // 3]
    if len(frames) < 2:
        return []
    energies = frame_difference(luma).double() / luma[0].numel()
    step = -(-luma.shape[2] // MOST_WIDTH_PX)
    narrow = torch.nn.functional.avg_pool2d(luma.float(), step).round().to(torch.uint8) if step > 1 else luma
    rows, columns = (length // BLOCK_PX for length in narrow.shape[1:])
    if not rows or not columns:
        return [Movement(energy, None, 0.0) for energy in energies.tolist()]
    whole = narrow[:, : rows * BLOCK_PX, : columns * BLOCK_PX]
    vectors, sads, still = block_motion(whole, block=BLOCK_PX, radius=RADIUS_PX)
    moved = still - sads >= BETTER_SHARE * still + BETTER_LEVELS * BLOCK_PX**2
    deviations = whole[:-1].float().reshape(-1, rows, BLOCK_PX, columns, BLOCK_PX).std((2, 4))
    tell = moved | (deviations >= TEXTURE_LEVELS)
    vectors = (torch.where(moved[..., None], vectors, 0) * step).cpu().numpy()
    return [
        Movement(energy, _median(vectors[t][votes]), float(moved[t].sum()) / max(1, int(votes.sum())))
        for t, (energy, votes) in enumerate(zip(energies.tolist(), tell.cpu().numpy(), strict=True))
    ]


def _median(vectors: NDArray[np.int32]) -> Shift | None:
    return Shift(*np.median(vectors, axis=0).tolist()) if len(vectors) else None
