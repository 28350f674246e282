"""What the music does to pictures after they are made, a row a frame: the table that ``musicvid_kernels.finish`` takes.

    table = finish_table(shots.motion, shot.span, shots.rate, zoom=0.06, shake=0.004, flash=0.25, colour=0.15)
    planes = finish(torch.from_numpy(frames).permute(0, 3, 1, 2), torch.from_numpy(table))

``frames`` are the shot's, uint8 RGB ``(len(shot.span), height, width, 3)``; ``planes`` go to
:class:`musicvid.media.encode.SegmentWriter` one by one. On a card, move both to it first.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import InputError
from musicvid.schema.frames import FrameRate, FrameSpan
from musicvid.schema.shots import MOTION_CHANNELS, Motion

COLUMNS = ("zoom", "shift_x", "shift_y", "gain", "lift", "saturation", "lut", "flash")
NEUTRAL = (1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0)
FLASHES_A_SECOND = 3
"""No more than three flashes in any second: W3C, Web Content Accessibility Guidelines 2.2, success criterion 2.3.1."""
_A_HIT = 0.5
_FLASH_S = 0.15

Rows = NDArray[np.float32]


def finish_table(
    motion: Motion,
    span: FrameSpan,
    rate: FrameRate,
    *,
    zoom: float = 0.0,
    shake: float = 0.0,
    flash: float = 0.0,
    colour: float = 0.0,
    seed: int = 0,
) -> Rows:
    """Float32 ``(len(span), len(COLUMNS))``; ``motion`` is the whole film's, ``span`` the shot's frames in it.

    ``zoom``: by how much the picture is larger on a downbeat (0.06: 6 %), falling back until the next one. ``shake``:
    how far it is thrown on a beat with full bass, as a share of its sides, in a direction that belongs to ``seed`` and
    frame; it is enlarged by twice that throughout, so that no edge shows. ``flash``: how far a hit goes to white (a
    peak of the onset curve, the strongest first, at most three a second). ``colour``: by how much saturation rises in
    the loudest and falls in the quietest parts. All 0 to 1, shake to 0.25; all 0 changes nothing. Frames past the end
    of ``motion`` repeat its last row. Raises :class:`InputError` for other numbers and a motion without rows.
    """
    for name, value, most in (("zoom", zoom, 1), ("shake", shake, 0.25), ("flash", flash, 1), ("colour", colour, 1)):
        if not 0 <= value <= most:
            raise InputError(f"{name} {value} is outside 0 to {most}", hint="0 is none")
    if not len(motion):
        raise InputError("the motion has no rows, so there is nothing to follow")
    channels = np.frombuffer(motion.data, "<f4").reshape(len(motion), -1)
    of = {name: channels[:, k] for k, name in enumerate(MOTION_CHANNELS)}
    frames = np.arange(len(motion))
    table = np.tile(np.float32(NEUTRAL), (len(motion), 1))
    table[:, COLUMNS.index("zoom")] = (1 + zoom * (1 - of["bar_phase"]) ** 2) * (1 + 2 * shake)
    thrown = shake * of["bass"] * (1 - of["beat_phase"]) ** 2
    table[:, COLUMNS.index("shift_x")] = thrown * _noise(frames, 2 * seed)
    table[:, COLUMNS.index("shift_y")] = thrown * _noise(frames, 2 * seed + 1)
    table[:, COLUMNS.index("saturation")] = 1 + colour * (2 * of["loudness"] - 1)
    table[:, COLUMNS.index("flash")] = flash * _flashes(of["onset"], rate)
    return table[np.minimum(np.arange(span.start, span.stop), len(motion) - 1)]


def _flashes(onset: Rows, rate: FrameRate) -> Rows:
    """Each hit as bright as it is strong, gone after ``_FLASH_S``."""
    before, after = np.append(np.float32(0), onset[:-1]), np.append(onset[1:], np.float32(0))
    peaks = np.flatnonzero((onset >= _A_HIT) & (onset > before) & (onset >= after))
    apart, length = math.ceil(rate.fps / FLASHES_A_SECOND), rate.frames_covering(_FLASH_S)
    free, bright = np.ones(len(onset), bool), np.zeros(len(onset), np.float32)
    for hit in sorted(peaks.tolist(), key=lambda frame: (-onset[frame], frame)):
        if free[hit]:
            free[max(hit - apart + 1, 0) : hit + apart] = False
            fading = bright[hit : hit + length]
            fading[:] = onset[hit] * (1 - np.arange(len(fading), dtype=np.float32) / length)
    return bright


def _noise(frames: NDArray[np.int64], seed: int) -> Rows:
    """-1 to 1, the same for the same frame and seed everywhere: SplitMix64's mixer (Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        z = frames.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.float32) / np.float32(2**23)) - np.float32(1)
