"""One clip to make: the noun that a call to a model is built from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from musicvid.diffusion.models import Condition
from musicvid.schema.frames import FrameRate, FrameSize

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ClipSpec:
    """``frame_count``, ``rate`` and ``size`` are legal for the model. Pictures are uint8 ``(height, width, 3)`` RGB.

    ``first`` and ``last`` are the clip's first and last frame. ``before`` is the end of an earlier clip, uint8
    ``(frames, height, width, 3)``: the clip's first ``len(before)`` frames repeat it. ``references`` show what must
    look the same. ``sound`` is float32 ``(2, samples)`` at ``sound_hz``, as long as the clip. ``prompts`` with more
    than one entry are told one after the other, each for an equal part of the clip; ``prompts[0]`` alone is the rule.
    """

    prompts: tuple[str, ...]
    avoid: str
    frame_count: int
    rate: FrameRate
    size: FrameSize
    seed: int
    first: NDArray[np.uint8] | None = None
    last: NDArray[np.uint8] | None = None
    before: NDArray[np.uint8] | None = None
    references: tuple[NDArray[np.uint8], ...] = ()
    sound: NDArray[np.float32] | None = None
    sound_hz: int = 16_000

    @property
    def prompt(self) -> str:
        return self.prompts[0]

    @property
    def conditions(self) -> frozenset[Condition]:
        """What the model must be able to take."""
        given: dict[Condition, bool] = {
            "first": self.first is not None,
            "last": self.last is not None,
            "extend": self.before is not None,
            "references": bool(self.references),
            "sound": self.sound is not None,
            "prompts": len(self.prompts) > 1,
        }
        return frozenset(name for name, there in given.items() if there)


@dataclass(frozen=True, slots=True, eq=False)
class MadeClip:
    """``pictures`` are uint8 ``(frames, height * 3 // 2, width)``, planar 4:2:0 BT.709. ``finite`` is false when the
    model gave numbers that are none. ``stages_s`` are seconds by stage, ``peak_bytes`` of the card (0 on a CPU)."""

    pictures: NDArray[np.uint8]
    finite: bool
    stages_s: dict[str, float]
    peak_bytes: int = 0
