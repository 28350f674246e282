"""How much frames differ, and where their blocks went: sums in whole numbers, the same on every machine."""

from __future__ import annotations

import torch

from musicvid_kernels.choice import on_triton
from musicvid_kernels.motion_energy.reference import block_motion_reference, frame_difference_reference
from musicvid_kernels.motion_energy.shapes import check_frames, check_luma, grid

__all__ = ["block_motion", "block_motion_reference", "frame_difference", "frame_difference_reference"]


@torch.library.custom_op("musicvid::frame_difference", mutates_args=())
def frame_difference(frames: torch.Tensor) -> torch.Tensor:
    """The sum of ``|frames[t + 1] - frames[t]|`` over all samples, int64 ``(F - 1,)``.

    ``frames`` is ``(F, ...)`` uint8; any strides, but pictures whose samples do not lie in a row (each picture for
    itself: the luma rows of planar pictures do) are copied first. Raises ValueError for other shapes and types.
    """
    check_frames(frames)
    if on_triton(frames):
        from musicvid_kernels.motion_energy.kernel import frame_difference_triton as run
    else:
        run = frame_difference_reference
    return run(frames)


@frame_difference.register_fake
def _(frames: torch.Tensor) -> torch.Tensor:
    check_frames(frames)
    return frames.new_empty(frames.shape[0] - 1, dtype=torch.int64)


@torch.library.custom_op("musicvid::block_motion", mutates_args=())
def block_motion(
    frames: torch.Tensor, *, block: int = 16, radius: int = 7
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Where each block of a frame lies in the next one: vectors, their sums of differences, and those of no movement.

    ``frames`` is luma ``(F, H, W)`` uint8, any strides. Blocks are ``block`` px square (1 to 64), the last of a row or
    column as large as what is left of the picture. All whole vectors to ``radius`` px (0 to 32) each way are tried
    that keep the block within the picture. The least sum of ``|after - before|`` wins; ties go to the shortest vector,
    then to the one furthest up, then furthest left.

    Gives int32 vectors ``(F - 1, rows, columns, 2)`` as ``(dx, dy)`` in px, their sums ``(F - 1, rows, columns)``, and
    the sums of the vector (0, 0), which over all blocks are the luma's :func:`frame_difference`. Raises ValueError for
    other shapes, types and sizes.
    """
    check_luma(frames, block, radius)
    if on_triton(frames):
        from musicvid_kernels.motion_energy.kernel import block_motion_triton as run
    else:
        run = block_motion_reference
    return run(frames, block=block, radius=radius)


@block_motion.register_fake
def _(
    frames: torch.Tensor, *, block: int = 16, radius: int = 7
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    check_luma(frames, block, radius)
    blocks = grid(frames, block)
    made = [frames.new_empty(shape, dtype=torch.int32) for shape in ((*blocks, 2), blocks, blocks)]
    return made[0], made[1], made[2]
