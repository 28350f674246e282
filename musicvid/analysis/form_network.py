"""A small network that sees where the parts of a song begin, in how its bars resemble each other.

Its picture is the lag matrix (Serrà et al. 2014): one row per bar, one column per distance. A repeat is a stripe along
the rows that begins and ends with the parts, a part of its own kind is a block near distance 0, and both are local:
two-dimensional convolutions see them (Ullrich, Schlüter & Grill 2014 on spectrograms), pooling over distance only, and
dilated convolutions along the bars weigh what is round about, lengths of parts included.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import numpy as np
import torch
from torch import Tensor, nn

from musicvid.analysis.barwise import REACH, Bars, Floats, lag_band

QUALITIES, LEVELS = 4, 10
_PIECE, _CONTEXT = 1024, 64
"""Bars heard at once and on both sides of them: more than a row of the output can see."""


class Along(nn.Module):
    """A residual step along the bars."""

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.a = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.b = nn.Conv1d(width, width, 1)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        step: Tensor = self.b(self.drop(nn.functional.relu(self.a(x))))
        return x + step


class FormNetwork(nn.Module):
    """About 55 000 weights."""

    def __init__(self, widths: tuple[int, int, int] = (8, 12, 16), wide: int = 48, dropout: float = 0.2) -> None:
        super().__init__()
        self.a = nn.Conv2d(QUALITIES, widths[0], (5, 3), padding=(2, 1))
        self.b = nn.Conv2d(widths[0], widths[1], (5, 3), padding=(2, 1))
        self.c = nn.Conv2d(widths[1], widths[2], (3, 3), padding=(1, 1))
        self.f = nn.Conv1d(widths[2] * (2 * REACH // 8), wide, 1)
        self.e = nn.Conv1d(LEVELS, wide, 3, padding=1)
        self.t = nn.Sequential(*(Along(wide, 2**k, dropout) for k in range(4)))
        self.o = nn.Conv1d(wide, 1, 1)
        self.drop = nn.Dropout(dropout)

    def forward(self, band: Tensor, levels: Tensor) -> Tensor:
        """``band`` (batch, 4, n, 128) and ``levels`` (batch, 10, n) to logits (batch, n) that a part begins here."""
        x = band
        for step in (self.a, self.b, self.c):
            x = nn.functional.relu(nn.functional.max_pool2d(step(x), (1, 2)))
        x = self.f(self.drop(x.transpose(2, 3).flatten(1, 2))) + self.e(levels)
        logits: Tensor = self.o(nn.functional.relu(self.t(nn.functional.relu(x))))[:, 0]
        return logits


@dataclass(frozen=True, slots=True)
class Learned:
    """``alike`` (12,): weights of the signs of :class:`musicvid.analysis.form.Pairs`, then a constant, that give the
    log-odds of two parts being the same material. ``trust`` (2,): slope and level of the boundaries' F measure over
    what the odds let expect."""

    network: FormNetwork
    alike: Floats
    trust: Floats


def load(path: str) -> Learned:
    """What a safetensors file holds: the network in half precision under ``network.``, and the rest."""
    from safetensors.torch import load_file

    kept = load_file(path)
    network = FormNetwork()
    network.load_state_dict({n.removeprefix(_PREFIX): w.float() for n, w in kept.items() if n.startswith(_PREFIX)})
    alike, trust = (kept[name].double().numpy() for name in ("alike", "trust"))
    return Learned(network.eval().requires_grad_(False), alike, trust)


_PREFIX = "network."


@cache
def shipped() -> Learned:
    """What this release has learned."""
    with as_file(files("musicvid.analysis") / "form.safetensors") as path:
        return load(str(path))


def boundary_odds(bars: Bars, network: FormNetwork) -> Floats:
    """``(n,)`` log-odds that a part begins with each bar. Piece by piece, on one thread, the same on every run."""
    band = torch.from_numpy(lag_band(bars))[None]
    levels = torch.from_numpy(np.ascontiguousarray(bars.levels.T))[None]
    count = len(bars)
    odds = []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            for first in range(0, count, _PIECE):
                last = min(first + _PIECE, count)
                low, high = max(0, first - _CONTEXT), min(count, last + _CONTEXT)
                heard = network(band[:, :, low:high], levels[:, :, low:high])[0]
                odds.append(heard[first - low : last - low].numpy())
    finally:
        torch.set_num_threads(threads)
    return np.concatenate(odds).astype(np.float64)
