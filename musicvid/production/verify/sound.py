"""Is the film's sound where the song's is? Cross-correlation at both ends, to a fraction of a sample."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from musicvid.media.sound import measure_sound, read_sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_S = 6.0
SEARCH_S = 0.4
REACH_S = 20.0
"""The loudest window is taken from the first and the last ``REACH_S`` seconds, so that a fade does not blind us."""


@dataclass(frozen=True, slots=True)
class SoundOffsets:
    """Milliseconds that the film's sound is late (positive) near its start and its end; None where all is silence."""

    start_ms: float | None
    end_ms: float | None


def sound_offsets(film: Path | str, song: Path | str) -> SoundOffsets:
    """Compare the sound of ``film`` (placed by its timestamps) with the ``song`` (counted in samples)."""
    info = measure_sound(song)
    reach = min(int(REACH_S * info.sample_rate_hz), info.sample_count)
    return SoundOffsets(
        _offset_ms(film, song, info.sample_rate_hz, 0, reach),
        _offset_ms(film, song, info.sample_rate_hz, info.sample_count - reach, info.sample_count),
    )


def _offset_ms(film: Path | str, song: Path | str, rate_hz: int, start: int, stop: int) -> float | None:
    """Offset over the loudest window of the song's samples ``[start, stop)``."""
    source = read_sound(song, rate_hz=rate_hz, start_s=start / rate_hz, stop_s=stop / rate_hz)
    window = min(len(source), int(WINDOW_S * rate_hz))
    first = _loudest(source, window)
    piece = source[first : first + window]
    if not len(piece) or float(np.abs(piece).max()) < 1e-4:
        return None
    margin = int(SEARCH_S * rate_hz)
    low, high = start + first - margin, start + first + window + margin
    wide = read_sound(film, rate_hz=rate_hz, start_s=max(0, low) / rate_hz, stop_s=high / rate_hz, by_timestamps=True)
    wide = np.concatenate([np.zeros(max(0, -low), np.float32), wide])
    wide = np.pad(wide, (0, max(0, high - low - len(wide))))[: high - low]
    return lag_samples(piece, wide, margin) / rate_hz * 1000.0


def _loudest(samples: NDArray[np.float32], window: int) -> int:
    """First sample of the loudest stretch of ``window`` samples."""
    if len(samples) <= window:
        return 0
    power = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    return int(np.argmax(power[window:] - power[:-window]))


def lag_samples(piece: NDArray[np.float32], wide: NDArray[np.float32], margin: int) -> float:
    """How many samples later than expected ``piece`` stands in ``wide``, where it is expected at ``margin``.

    ``wide`` has ``len(piece) + 2 * margin`` samples. Both are differentiated first (a flat spectrum gives a sharp
    peak); a parabola through the three highest values gives the fraction of a sample.
    """
    a = np.diff(piece.astype(np.float64), prepend=0.0)
    b = np.diff(wide.astype(np.float64), prepend=0.0)
    size = 1 << int(np.ceil(np.log2(len(a) + len(b))))
    match = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)[: 2 * margin + 1]
    top = int(np.argmax(match))
    fraction = 0.0
    if 0 < top < 2 * margin:
        left, middle, right = match[top - 1 : top + 2]
        bend = left - 2 * middle + right
        fraction = 0.5 * (left - right) / bend if bend else 0.0
    return top + fraction - margin
