"""What ``vae_rms_silu`` takes, what it says to something else, and what it gives."""

from __future__ import annotations

import torch

from musicvid_kernels.devices import check_devices
from musicvid_kernels.vae_norm_silu import shapes


def check(x: torch.Tensor, scale: torch.Tensor | None, shift: torch.Tensor | None, front: int, back: int) -> None:
    """Raise ValueError unless the arguments fit each other."""
    shapes.check_video(x)
    check_devices(x=x, scale=scale, shift=shift)
    for name, rows in (("scale", scale), ("shift", shift)):
        if rows is not None and (rows.shape != x.shape[:2] or not rows.is_floating_point()):
            raise ValueError(f"{name} is {rows.dtype} {tuple(rows.shape)}, x is {tuple(x.shape)}: "
                             f"floats {tuple(x.shape[:2])} are needed")  # fmt: skip
    if front < 0 or back < 0:
        raise ValueError(f"front is {front} and back is {back}: neither can be below 0")
    if front + back and not x.shape[2]:
        raise ValueError("x has no frame that could be repeated")


def room_for(x: torch.Tensor, front: int, back: int) -> torch.Tensor:
    """The output, not written yet: channels last where ``x`` is, else contiguous."""
    return shapes.room_for(x, front + back, border=0)
