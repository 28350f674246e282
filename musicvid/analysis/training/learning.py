"""The training loop: from a seed always the same on the processor, resumable, also on a graphics card."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from musicvid.analysis.network import Network
from musicvid.analysis.training.examples import draw_batch
from musicvid.analysis.training.losses import TASKS, task_losses
from musicvid.analysis.training.song_files import Song
from musicvid.errors import InputError

SIZES = {
    "small": {"width": 32, "wide": 64, "quick": 5, "slow": 7},
    "medium": {"width": 48, "wide": 96, "quick": 5, "slow": 7},
    "large": {"width": 64, "wide": 128, "quick": 5, "slow": 7},
}
"""Shapes of :class:`Network`."""
CHECKPOINT, LOG, NETWORK = "checkpoint.pt", "log.jsonl", "network.safetensors"
"""Files of a run."""
EVERY = 100
"""Steps from one line of the log and checkpoint to the next."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``steps`` of ``batch`` looks of ``span_s`` seconds; one cycle of the learning rate up to ``peak_rate``.

    ``start``: a network file to begin with instead of chance. ``hard``: much of the sound is hidden, more weights are
    dropped; a second run that keeps the network from knowing its songs by heart.
    """

    size: str
    steps: int
    seed: int = 1
    batch: int = 10
    span_s: float = 32.0
    peak_rate: float = 3e-3
    device: str = "cpu"
    start: str = ""
    hard: bool = False


def train(plan: Plan, songs: list[Song], folder: Path) -> Network:
    """Train, or go on where a run of the same plan was cut off; the weights do not depend on where it was cut.

    Writes ``CHECKPOINT``, ``LOG`` and, in the end, ``NETWORK``: the average of the weights along the way, which is also
    returned. InputError where the checkpoint belongs to another plan.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(plan)
    first = run.resume(folder / CHECKPOINT)
    began, sums, summed = time.monotonic(), np.zeros(len(TASKS)), 0
    for step in range(first, plan.steps):
        sums += run.step(songs, step)
        summed += 1
        if (step + 1) % EVERY == 0 or step + 1 == plan.steps:
            _tell(folder / LOG, plan, step + 1, sums / summed, time.monotonic() - began)
            sums, summed = np.zeros(len(TASKS)), 0
            run.save(folder / CHECKPOINT, step + 1)
    write_network(run.average.module, plan, folder / NETWORK)
    return run.average.module


def write_network(network: Network, plan: Plan, path: Path) -> None:
    """Half-precision weights with the shape of the network beside them, whole or not at all."""
    from safetensors.torch import save_file

    weights = {name: value.half() for name, value in network.state_dict().items() if value.is_floating_point()}
    part = path.with_suffix(".part")
    save_file(weights, str(part), metadata={key: str(value) for key, value in SIZES[plan.size].items()})
    os.replace(part, path)


class _Run:
    """Everything that changes from step to step."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        torch.manual_seed(plan.seed)
        # On a graphics card torch has no cross-entropy of classes that is the same on every run: it warns and goes on.
        torch.use_deterministic_algorithms(True, warn_only=plan.device != "cpu")
        self.network = Network(**SIZES[plan.size], dropout=0.2 if plan.hard else 0.1).to(plan.device)
        if plan.start:
            self.network.load_state_dict(_kept_weights(plan.start), strict=False)
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(0.998), use_buffers=True)
        self.optimizer = AdamW(self.network.parameters(), lr=plan.peak_rate, weight_decay=5e-2 if plan.hard else 1e-2)
        self.schedule = OneCycleLR(self.optimizer, plan.peak_rate, total_steps=plan.steps, pct_start=0.15)
        self.weights: Tensor = torch.tensor(list(TASKS.values()), device=plan.device)

    def step(self, songs: list[Song], number: int) -> np.ndarray:
        """Learn from batch ``number``; returns the losses by task before that."""
        plan = self.plan
        self.network.train()
        batch = draw_batch(songs, plan.batch, plan.span_s, np.random.default_rng([plan.seed, number]),
                           hard=plan.hard)  # fmt: skip
        losses = task_losses(self.network, batch, plan.device)
        self.optimizer.zero_grad()
        (losses @ self.weights).backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.network)
        return losses.detach().cpu().numpy()

    def save(self, path: Path, step: int) -> None:
        kept: dict[str, Any] = {name: part.state_dict() for name, part in self._parts().items()}
        kept |= {"plan": str(self.plan), "step": step, "chance": torch.get_rng_state()}
        if self.plan.device != "cpu":
            kept["chance_there"] = torch.cuda.get_rng_state(self.plan.device)
        part = path.with_suffix(".part")
        torch.save(kept, part)
        os.replace(part, path)

    def resume(self, path: Path) -> int:
        """The step to go on with; 0 where nothing is kept."""
        if not path.exists():
            return 0
        kept = torch.load(path, weights_only=True)
        if kept["plan"] != str(self.plan):
            raise InputError(f"a run of another plan: {kept['plan']}, not {self.plan}", where=str(path),
                             hint="choose another folder")  # fmt: skip
        for name, part in self._parts().items():
            part.load_state_dict(kept[name])
        torch.set_rng_state(kept["chance"])
        if self.plan.device != "cpu":
            torch.cuda.set_rng_state(kept["chance_there"], self.plan.device)
        return int(kept["step"])

    def _parts(self) -> dict[str, Any]:
        return {"network": self.network, "average": self.average, "optimizer": self.optimizer,
                "schedule": self.schedule}  # fmt: skip


def _kept_weights(path: str) -> dict[str, Tensor]:
    """Of a network file; only the count of batches seen is not kept there."""
    from safetensors.torch import load_file

    return {name: value.float() for name, value in load_file(path).items()}


def _tell(log: Path, plan: Plan, step: int, losses: np.ndarray, spent_s: float) -> None:
    by_task = {name: round(float(loss), 4) for name, loss in zip(TASKS, losses, strict=True)}
    row = json.dumps({"step": step, **by_task, "spent_s": round(spent_s)})
    with log.open("a") as file:
        file.write(row + "\n")
    print(plan.size, row, flush=True)
