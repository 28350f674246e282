"""How shots begin: the length of a dissolve in frames, within what its neighbours can spare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from musicvid.planning.grid import Grid
from musicvid.planning.lengths import length_s
from musicvid.schema.frames import FrameRate, FrameSpan
from musicvid.schema.storyboard import Transition

_OWN_FRAMES = 4
"""Every shot shows at least this many frames of its own between two dissolves."""


@dataclass(frozen=True, slots=True)
class Dissolves:
    """The dissolve into each shot, in frames (even; 0 is a plain cut)."""

    frames: tuple[int, ...]
    notes: tuple[str, ...]


def dissolves(
    wanted: Sequence[Transition], spans: Sequence[FrameSpan], ids: Sequence[str], grid: Grid, rate: FrameRate
) -> Dissolves:
    """Turn what is ``wanted`` for the start of each shot into frames.

    A dissolve is centred on the shot's first frame, so half of it lies in each neighbour. It may take half of what a
    neighbour has beyond four frames of its own; the other half is kept for the dissolve at that shot's other end.
    """
    frames, notes = [], []
    for k, transition in enumerate(wanted):
        if transition.kind == "cut" or transition.length is None:
            frames.append(0)
        elif k == 0:
            frames.append(0)
            notes.append(f"{ids[k]} is the first shot: there is nothing to dissolve from")
        else:
            asked_s = length_s(transition.length, grid, rate, at_s=float(rate.seconds_at(spans[k].start)))
            asked = max(2 * round(asked_s * float(rate.fps) / 2), 2)
            spare = max((min(len(spans[k - 1]), len(spans[k])) - _OWN_FRAMES) // 2, 0)
            frames.append(min(asked, 2 * spare))
            if frames[k] < asked:
                made = f"lasts {frames[k]} frames instead of {asked}" if frames[k] else "becomes a plain cut"
                notes.append(f"the dissolve into {ids[k]} {made}: its neighbours are short")
    return Dissolves(tuple(frames), tuple(notes))
