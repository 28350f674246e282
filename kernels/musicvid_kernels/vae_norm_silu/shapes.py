"""What ``vae_norm_silu`` takes, what it says to something else, and what it gives."""

from __future__ import annotations

import torch

from musicvid_kernels.devices import check_devices


def check_video(x: torch.Tensor) -> None:
    """Raise ValueError unless ``x`` is what lies between two convolutions of a video decoder."""
    if x.ndim != 5 or not x.is_floating_point():
        raise ValueError(f"x is {x.dtype} {tuple(x.shape)}: floats (batch, channels, frames, height, width) are needed")


def check(x: torch.Tensor, gamma: torch.Tensor, cache: torch.Tensor | None, front: int, border: int) -> None:
    """Raise ValueError unless the arguments fit each other."""
    check_video(x)
    check_devices(x=x, gamma=gamma, cache=cache)
    if gamma.numel() != x.shape[1] or not gamma.is_floating_point():
        raise ValueError(f"gamma is {gamma.dtype} {tuple(gamma.shape)}, x is {tuple(x.shape)}: "
                         f"{x.shape[1]} floats are needed")  # fmt: skip
    if front < 0 or border < 0:
        raise ValueError(f"front is {front} and border is {border}: neither can be below 0")
    if cache is None:
        return
    alike = cache.ndim == 5 and cache.shape[:2] == x.shape[:2] and cache.shape[3:] == x.shape[3:]
    if not alike or cache.dtype != x.dtype:
        raise ValueError(
            f"cache is {cache.dtype} {tuple(cache.shape)}, x is {x.dtype} {tuple(x.shape)}: "
            "only their frames may differ"
        )
    if cache.shape[2] > front:
        raise ValueError(f"cache has {cache.shape[2]} frames, front has room for {front}")


def room_for(x: torch.Tensor, front: int, border: int) -> torch.Tensor:
    """The output, not written yet: channels last where ``x`` is, else contiguous."""
    last = not x.is_contiguous() and x.is_contiguous(memory_format=torch.channels_last_3d)
    batch, channels, frames, height, width = x.shape
    return torch.empty(
        (batch, channels, front + frames, height + 2 * border, width + 2 * border),
        dtype=x.dtype,
        device=x.device,
        memory_format=torch.channels_last_3d if last else torch.contiguous_format,
    )
