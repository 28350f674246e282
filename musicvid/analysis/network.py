"""The network that hears beats, downbeats, tempo, metre and parts: shape and weights.

A temporal convolutional network (Davies & Böck, EUSIPCO 2019; several tasks from one trunk as in Böck & Davies, ISMIR
2020), with a waist: dilated convolutions at 50 frames a second hear what sounds, and others at 12.5, with a context of
some tens of seconds, hear in which bar and part; what they found is given back to the quick frames. How it was
trained, on what, and what it cannot do: ``training/MODEL_CARD.md``. Imported only when a song is analysed.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from musicvid.analysis.spectrum import FRAME_HZ

MELS, TONES = 80, 24
QUICK_HZ, SLOW_HZ = 50.0, 12.5
WAIST = 4
"""Quick frames per slow frame."""
TEMPI_BPM: NDArray[np.float64] = 40.0 * 2.0 ** (np.arange(32) / 12)
"""The tempo classes: twelve to the octave, 40 to 240 bpm."""
METRES = (2, 3, 4, 5, 6, 7)
FUNCTIONS = ("sung", "instrumental", "intro", "outro")
_KERNEL = 5
_CENTRE, _SCALE = 1.5, 0.8
"""Decades above -80 dB, to be about 0 with deviation 1."""


class Block(nn.Module):
    """A dilated convolution and a 1x1 convolution beside a straight line."""

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        reach = dilation * (_KERNEL // 2)
        self.spread = nn.Conv1d(width, width, _KERNEL, padding=reach, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(width)
        self.mix = nn.Conv1d(width, width, 1)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.mix(nn.functional.relu(self.norm(self.spread(x))))
        return x + self.dropout(out)


class Network(nn.Module):
    """``width`` channels at 50 Hz and ``wide`` at 12.5 Hz; ``quick`` and ``slow`` blocks of dilation 1, 2, 4 …"""

    def __init__(self, width: int = 48, wide: int = 96, quick: int = 5, slow: int = 7, dropout: float = 0.1) -> None:
        super().__init__()
        self.front = nn.Conv1d(MELS, width, 6, stride=2, padding=2)
        self.quick = nn.Sequential(*(Block(width, 2**k, dropout) for k in range(quick)))
        self.down = nn.Conv1d(width, wide, WAIST, stride=WAIST)
        self.harmony = nn.Conv1d(TONES, wide, _KERNEL, padding=_KERNEL // 2)
        self.slow = nn.Sequential(*(Block(wide, 2**k, dropout) for k in range(slow)))
        self.up = nn.Conv1d(wide, width, 1)
        self.join = nn.Sequential(*(Block(width, 2**k, dropout) for k in range(2)))
        self.beats = nn.Conv1d(width, 2, 1)
        self.form = nn.Conv1d(wide, len(TEMPI_BPM) + len(METRES) + 1 + len(FUNCTIONS), 1)

    def forward(self, mel: Tensor, tones: Tensor) -> tuple[Tensor, Tensor]:
        """``mel`` (batch, 80, 8 m) at 100 Hz and ``tones`` (batch, 24, 2 m) at 25 Hz to logits: (batch, 2, 4 m) of beat
        and downbeat at 50 Hz, and (batch, 43, m) at 12.5 Hz: tempo, metre, boundary, function."""
        here = self.quick(nn.functional.relu(self.front((mel - _CENTRE) / _SCALE)))
        there = self.down(here) + self.harmony(nn.functional.avg_pool1d(tones, 2))
        there = self.slow(nn.functional.relu(there))
        back = nn.functional.interpolate(self.up(there), scale_factor=float(WAIST), mode="nearest")
        return self.beats(self.join(nn.functional.relu(here + back))), self.form(nn.functional.relu(there))


def load(path: str) -> Network:
    """The network in a safetensors file, its shape read from the file's metadata, ready to hear.

    Convolution and normalisation are joined into one, which is what a trained network is at rest.
    """
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        shape = {key: int(value) for key, value in (file.metadata() or {}).items() if key in _SHAPE}
        weights = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118  (not a dict)
    network = Network(**shape)
    network.load_state_dict(weights)
    network.eval()
    for block in network.modules():
        if isinstance(block, Block):
            block.spread = nn.utils.fusion.fuse_conv_bn_eval(block.spread, block.norm)
            block.norm = nn.Identity()
    return network.requires_grad_(False)


_SHAPE = ("width", "wide", "quick", "slow")


@cache
def shipped() -> Network:
    """The network of this release."""
    with as_file(files("musicvid.analysis") / "network.safetensors") as path:
        return load(str(path))


assert FRAME_HZ == 2 * QUICK_HZ
