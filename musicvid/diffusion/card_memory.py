"""A card's memory: how much is free, how much may be used, and whether it was too small. Its functions load torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from musicvid.diffusion.memory import GIB
from musicvid.errors import RenderError

_OUT_OF_MEMORY = (
    "out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",
    "DefaultCPUAllocator: can't allocate memory",
)
_MPS_FRACTION = 1.7  # PyTorch's own, where PYTORCH_MPS_HIGH_WATERMARK_RATIO says nothing else
_limited: set[str] = set()
"""Devices that this process limited: only there is a limit taken away."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the device's memory was too small, in whichever library that showed."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error) for word in _OUT_OF_MEMORY)


@contextmanager
def on_card(device: str) -> Iterator[None]:
    """Whatever is opened inside without naming a card, as libraries do with streams, is opened on ``device``."""
    import torch

    if not device.startswith("cuda"):
        yield
        return
    with torch.cuda.device(device):
        yield


def clear(device: str) -> None:
    """Give back what is no longer used, so that others and the next attempt find it free."""
    import gc

    import torch

    gc.collect()
    if device.startswith("cuda"):
        with on_card(device):  # emptied from another card, that one is opened too
            torch.cuda.empty_cache()
    elif device.startswith("mps"):
        torch.mps.empty_cache()


def free_bytes(device: str) -> int:
    """What this process can still take on ``device``: free memory and what PyTorch holds in reserve."""
    import torch

    if device.startswith("cuda"):
        free, _ = torch.cuda.mem_get_info(device)
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    if device.startswith("mps"):
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    import psutil

    return int(psutil.virtual_memory().available)


def held_bytes(device: str) -> int:
    """What tensors of this process take on a CUDA card. Elsewhere nobody counts: 0."""
    import torch

    return int(torch.cuda.memory_allocated(device)) if device.startswith("cuda") else 0


def limit_to(device: str, limit_bytes: int | None) -> None:
    """Make ``device`` behave like a card of ``limit_bytes``: beyond it, PyTorch reports that memory ran out.

    The limit holds for this process until another one is set; None takes it away. A CPU has no such limit: there the
    plan alone heeds it. Raises :class:`RenderError` for more than the card has.
    """
    import torch

    if device.startswith("cpu"):
        return
    if limit_bytes is None:
        if device in _limited:
            _allow(device, 1.0 if device.startswith("cuda") else _MPS_FRACTION)
            _limited.remove(device)
        return
    whole = torch.cuda.mem_get_info(device)[1] if device.startswith("cuda") else torch.mps.recommended_max_memory()
    if limit_bytes > whole:
        raise RenderError(
            f"--memory asks for {limit_bytes / GIB:.1f} GiB, {card_name(device)} has {whole / GIB:.1f}",
            hint=f"use --memory {int(whole / GIB)}GiB or leave it out",
        )
    _allow(device, limit_bytes / whole)
    _limited.add(device)


def _allow(device: str, fraction: float) -> None:
    import torch

    if device.startswith("cuda"):
        torch.cuda.set_per_process_memory_fraction(fraction, device)
    else:
        torch.mps.set_per_process_memory_fraction(fraction)


def card_name(device: str) -> str:
    import torch

    if device.startswith("cuda"):
        return str(torch.cuda.get_device_name(device))
    return "Apple GPU" if device.startswith("mps") else "CPU"


def fp8_possible(device: str) -> bool:
    """Whether ``device`` can store weights in eight bits (they are computed with in the wider type)."""
    return not device.startswith("mps")
