"""The table of parameters: a row a frame, these columns, float32."""

from __future__ import annotations

import torch

COLUMNS = ("zoom", "shift_x", "shift_y", "gain", "lift", "saturation", "lut", "flash")
"""zoom above 0, larger than 1 enlarges; shifts are fractions of the output's width and height, to the right and down;
gain multiplies and lift is added after it, in units of white (a contrast of c is gain c and lift (1 - c) / 2);
saturation 0 is grey, 1 as it was; lut is the strength of the look-up table, 0 to 1; flash 0 to 1 towards white."""
ZOOM, SHIFT_X, SHIFT_Y, GAIN, LIFT, SATURATION, LUT, FLASH = range(len(COLUMNS))
NEUTRAL = (1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0)
"""The row that changes nothing; the look-up table, where there is one, counts in full."""


def neutral(frames: int, device: torch.device | str = "cpu") -> torch.Tensor:
    """A table for ``frames`` that changes nothing yet, float32 ``(frames, len(COLUMNS))``."""
    return torch.tensor(NEUTRAL, dtype=torch.float32, device=device).repeat(frames, 1)
