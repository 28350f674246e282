"""What the network hears in a song, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.spectrum import FRAME_HZ, Features

if TYPE_CHECKING:
    from musicvid.analysis.network import Network

Array = NDArray[np.float32]

_CHUNK_S, _CONTEXT_S = 480, 48
"""A song is heard in pieces, with so much music on both sides that the pieces do not show."""
QUICK_HZ, SLOW_PER_QUICK = 50, 4
_UNIT = 8
"""Frames of 10 ms in one slow frame of the network."""


@dataclass(frozen=True, slots=True)
class Activations:
    """Probabilities. ``beat`` and ``downbeat`` (n,) at 50 Hz; at 12.5 Hz: ``tempo`` (m, 32) and ``metre`` (m, 6) over
    the classes of :mod:`musicvid.analysis.network`, ``boundary`` (m,), ``function`` (m, 4)."""

    beat: Array
    downbeat: Array
    tempo: Array
    metre: Array
    boundary: Array
    function: Array
    metres: tuple[int, ...]
    """Beats per bar of the classes of ``metre``."""


_heard: WeakKeyDictionary[Features, Activations] = WeakKeyDictionary()
"""A song is heard once, whoever asks."""


def heard_in(features: Features) -> Activations:
    """What the shipped network hears; kept as long as ``features`` are."""
    if features not in _heard:
        _heard[features] = hear(features)
    return _heard[features]


def hear(features: Features, network: Network | None = None) -> Activations:
    """Run the shipped network, or another, over a song; flat in memory, the same on every run."""
    import torch

    from musicvid.analysis.network import METRES, TEMPI_BPM, shipped

    network = network or shipped()
    count = -(-features.frame_count // _UNIT) * _UNIT
    quick, slow = [], []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            for start in range(0, count, _CHUNK_S * FRAME_HZ):
                stop = min(start + _CHUNK_S * FRAME_HZ, count)
                low, high = max(0, start - _CONTEXT_S * FRAME_HZ), min(count, stop + _CONTEXT_S * FRAME_HZ)
                mel = _piece(features.mel, low, high)
                tones = _piece(features.tones, low // 4, high // 4)
                beats, form = network(torch.from_numpy(mel), torch.from_numpy(tones))
                quick.append(beats[0, :, (start - low) // 2 : (stop - low) // 2].sigmoid().numpy())
                slow.append(form[0, :, (start - low) // _UNIT : (stop - low) // _UNIT].numpy())
    finally:
        torch.set_num_threads(threads)
    beat, downbeat = np.concatenate(quick, axis=1)
    form = np.concatenate(slow, axis=1).T
    cuts = np.cumsum([len(TEMPI_BPM), len(METRES), 1])
    tempo, metre, boundary, function = np.split(form, cuts, axis=1)
    return Activations(beat, downbeat, _softmax(tempo), _softmax(metre), _sigmoid(boundary[:, 0]), _softmax(function),
                       METRES)  # fmt: skip


def _piece(rows: NDArray[np.float16], low: int, high: int) -> Array:
    """``(1, channels, high - low)``; silence after the end."""
    part = rows[low:high].astype(np.float32)
    missing = high - low - len(part)
    return np.pad(part, ((0, missing), (0, 0))).T[None]


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _sigmoid(logits: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-logits))
