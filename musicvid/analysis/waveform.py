"""The outline of a waveform, for drawing."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.media.sound import sound_blocks

Floats = NDArray[np.float64]

COLUMNS = 2400


@dataclass(frozen=True, slots=True)
class Waveform:
    """Lowest, highest and root mean square sample, ``(columns,)`` each, of equal stretches of the song."""

    low: Floats
    high: Floats
    rms: Floats


def measure_waveform(path: str | os.PathLike[str], rate_hz: int, sample_count: int, columns: int = COLUMNS) -> Waveform:
    """Outline of the mono mix, streamed. Never more columns than samples."""
    columns = max(1, min(columns, sample_count))
    low, high, square = np.full(columns, np.inf), np.full(columns, -np.inf), np.zeros(columns)
    position = 0
    for block in sound_blocks(path):
        sound = np.nan_to_num(block)
        column = (np.arange(position, position + len(sound)) * columns) // sample_count
        column = np.minimum(column, columns - 1)
        starts = np.flatnonzero(np.diff(column, prepend=-1))
        if len(starts):
            here = column[starts]
            low[here] = np.minimum(low[here], np.minimum.reduceat(sound, starts))
            high[here] = np.maximum(high[here], np.maximum.reduceat(sound, starts))
            square[here] += np.add.reduceat(sound.astype(np.float64) ** 2, starts)
        position += len(sound)
    heard = np.isfinite(low)
    rms = np.sqrt(square * columns / max(position, 1))
    return Waveform(np.where(heard, low, 0.0), np.where(heard, high, 0.0), rms)
