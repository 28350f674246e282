"""The training loop: deterministic from a seed, resumable, on the processor or a graphics card."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from musicvid.analysis.network import FUNCTIONS, METRES, TEMPI_BPM, Network
from musicvid.analysis.training.examples import Batch, Song, draw_batch

SIZES = {
    "small": {"width": 32, "wide": 64, "quick": 5, "slow": 7},
    "medium": {"width": 48, "wide": 96, "quick": 5, "slow": 7},
    "large": {"width": 64, "wide": 128, "quick": 5, "slow": 7},
}
_EVERY = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """``steps`` of ``batch`` looks of ``span_s`` seconds; one cycle of the learning rate up to ``peak_rate``."""

    size: str
    steps: int
    seed: int = 1
    batch: int = 10
    span_s: float = 32.0
    peak_rate: float = 3e-3
    device: str = "cpu"


def train(plan: Plan, songs: list[Song], folder: Path) -> Network:
    """Train, or go on where a run of the same plan was cut off; writes ``checkpoint.pt``, ``log.jsonl``, and in the end
    ``network.safetensors`` (the average of the weights along the way)."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(plan.seed)
    torch.use_deterministic_algorithms(True)
    network = Network(**SIZES[plan.size]).to(plan.device)
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.peak_rate, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, plan.peak_rate, total_steps=plan.steps, pct_start=0.15)
    state = {"network": network, "average": average, "optimizer": optimizer, "schedule": schedule}
    first = _resume(state, folder / "checkpoint.pt", plan)
    began, sums = time.time(), np.zeros(6)
    for step in range(first, plan.steps):
        network.train()
        batch = draw_batch(songs, plan.batch, plan.span_s, np.random.default_rng([plan.seed, step]))
        losses = _losses(network, batch, plan.device)
        loss = losses @ torch.tensor([1.0, 1.0, 0.1, 0.1, 0.5, 0.05], device=plan.device)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        average.update_parameters(network)
        sums += losses.detach().cpu().numpy()
        if (step + 1) % _EVERY == 0 or step + 1 == plan.steps:
            _tell(
                folder, plan, step + 1, sums / ((step - first) % _EVERY + 1 if step - first < _EVERY else _EVERY), began
            )
            sums[:] = 0
            _save(state, folder / "checkpoint.pt", plan, step + 1)
    write_network(average.module, plan, folder / "network.safetensors")
    return average.module


def _losses(network: Network, batch: Batch, device: str) -> Tensor:
    """Beat, downbeat, tempo, metre, boundary, function; what is unknown does not count."""
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


def write_network(network: Network, plan: Plan, path: Path) -> None:
    """Half-precision weights with the shape of the network beside them."""
    from safetensors.torch import save_file

    weights = {k: v.half() if v.is_floating_point() else v for k, v in network.state_dict().items()
               if not k.endswith("num_batches_tracked")}  # fmt: skip
    part = path.with_suffix(".part")
    save_file(weights, str(part), metadata={key: str(value) for key, value in SIZES[plan.size].items()})
    os.replace(part, path)


def _resume(state: dict[str, object], path: Path, plan: Plan) -> int:
    if not path.exists():
        return 0
    kept = torch.load(path, weights_only=True)
    if kept["plan"] != str(plan):
        raise SystemExit(f"{path} belongs to another plan: {kept['plan']}")
    for name, part in state.items():
        part.load_state_dict(kept[name])  # type: ignore[attr-defined]
    return int(kept["step"])


def _save(state: dict[str, object], path: Path, plan: Plan, step: int) -> None:
    part = path.with_suffix(".part")
    kept = {name: each.state_dict() for name, each in state.items()}  # type: ignore[attr-defined]
    torch.save({**kept, "plan": str(plan), "step": step}, part)
    os.replace(part, path)


def _tell(folder: Path, plan: Plan, step: int, losses: np.ndarray, began: float) -> None:
    names = ("beat", "downbeat", "tempo", "metre", "boundary", "function")
    row = {"step": step, **{name: round(float(v), 4) for name, v in zip(names, losses, strict=True)},
           "spent_s": round(time.time() - began)}  # fmt: skip
    with (folder / "log.jsonl").open("a") as log:
        log.write(json.dumps(row) + "\n")
    print(plan.size, json.dumps(row), flush=True)
