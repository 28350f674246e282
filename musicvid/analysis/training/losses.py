"""How wrong a network is: one number for each thing that it hears."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from musicvid.analysis.network import FUNCTIONS, METRES, TEMPI_BPM, Network
from musicvid.analysis.training.examples import Batch

TASKS = {"beat": 1.0, "downbeat": 1.0, "tempo": 0.1, "metre": 0.1, "boundary": 0.5, "function": 0.05}
"""What is learned, and how much it weighs in the whole."""


def task_losses(network: Network, batch: Batch, device: str) -> Tensor:
    """Cross-entropy of each of ``TASKS``, in their order; what is unknown does not count."""
    mel, tones, beats, tempo, metre, boundary, function = (
        torch.from_numpy(getattr(batch, name)).to(device) for name in Batch.__slots__
    )
    heard, form = network(mel, tones)
    cuts = [len(TEMPI_BPM), len(METRES), 1, len(FUNCTIONS)]
    tempi, metres, boundaries, functions = form.split(cuts, dim=1)
    cross = nn.functional.cross_entropy
    spoken = tempo.sum(dim=1) > 0
    by_tempo = -(tempo * tempi.log_softmax(dim=1)).sum(dim=1)
    return torch.stack([
        _binary(heard[:, 0], beats[:, 0], 3.0),
        _binary(heard[:, 1], beats[:, 1], 6.0),
        (by_tempo * spoken).sum() / spoken.sum().clamp(min=1),
        cross(metres, metre, ignore_index=-1, reduction="sum") / (metre >= 0).sum().clamp(min=1),
        _binary(boundaries[:, 0], boundary, 8.0),
        cross(functions, function, ignore_index=-1, reduction="sum") / (function >= 0).sum().clamp(min=1),
    ])  # fmt: skip


def _binary(logits: Tensor, target: Tensor, weight: float) -> Tensor:
    """Cross-entropy, hits weighing ``weight`` times as much as silence."""
    known = target >= 0
    loss = nn.functional.binary_cross_entropy_with_logits(
        logits, target.clamp(min=0), pos_weight=torch.tensor(weight, device=logits.device), reduction="none"
    )
    return (loss * known).sum() / known.sum().clamp(min=1)
