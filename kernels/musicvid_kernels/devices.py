"""One question that all ops ask of their arguments."""

from __future__ import annotations

import torch


def check_devices(**tensors: torch.Tensor | None) -> None:
    """Raise ValueError unless all of ``tensors`` are on one device; None is on any."""
    there = {name: tensor.device for name, tensor in tensors.items() if tensor is not None}
    if len(set(there.values())) > 1:
        raise ValueError(f"{', '.join(f'{name} is on {device}' for name, device in there.items())}: one is needed")
