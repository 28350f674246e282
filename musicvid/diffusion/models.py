"""The nouns of the table of models: what a video model makes, takes, needs and allows. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from musicvid.schema.frames import FrameSize

Condition = Literal["first", "last", "extend", "references", "sound", "prompts"]
"""What a clip can be made from besides its prompt: a first frame, a last frame, the end of an earlier clip, pictures of
what must look the same, the song's sound, several prompts over time."""


@dataclass(frozen=True, slots=True)
class FrameRule:
    """A model makes ``step * k + offset`` frames, ``k`` at least 1. Wan: 4k+1; LTX: 8k+1.

    ``cut``: of these it gives only as many as fit ``cut * j + 1`` (0: all). Helios makes chunks of 33 and cuts to 4j+1:
    33, 65, 97 … A legal count is what comes out; asked for, it comes out exactly.
    """

    step: int
    offset: int
    cut: int = 0

    def count_of(self, k: int) -> int:
        """The ``k``-th legal count, from 1."""
        made = self.step * k + self.offset
        return made - (made - 1) % self.cut if self.cut else made

    def index_at_least(self, count: int) -> int:
        """The smallest ``k`` whose count is not below ``count``."""
        k = max(1, -((self.offset - count) // self.step))
        return k if self.count_of(k) >= count else k + 1

    def at_least(self, count: int) -> int:
        """The smallest legal number of frames that is not below ``count``.

        Computed here because the libraries round differently: LTX, HunyuanVideo and Mochi round down, Wan up or down.
        """
        return self.count_of(self.index_at_least(count))

    def at_most(self, count: int) -> int:
        """The largest legal number that is not above ``count`` (or the smallest there is)."""
        k = self.index_at_least(count)
        return self.count_of(k) if self.count_of(k) == count else self.count_of(max(1, k - 1))

    def allows(self, count: int) -> bool:
        return self.at_least(count) == count


@dataclass(frozen=True, slots=True)
class Licence:
    """What the weights' licence says. ``checked`` tells where that was read; empty: nobody has, look yourself.

    ``excluded`` are territories in which neither the model nor what it makes may be used: ISO 3166-1 alpha-2 codes and
    ``EU``. ``commercial``: ``yes``, ``no``, or ``unknown``. ``paid_from_usd``: from this yearly revenue on a paid
    licence is needed (None: never).
    """

    name: str
    url: str = ""
    checked: str = ""
    excluded: tuple[str, ...] = ()
    commercial: Literal["yes", "no", "unknown"] = "unknown"
    paid_from_usd: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Road:
    """A pipeline class of diffusers and the conditions that it takes, all of them at once if wanted. The first road
    that takes all is used. ``needs`` are conditions without which the class cannot be called."""

    pipeline: str
    takes: frozenset[Condition] = frozenset()
    needs: frozenset[Condition] = frozenset()


@dataclass(frozen=True, slots=True)
class FewStep:
    """A way to fewer steps that the model's makers or others published: a LoRA, other weights or a schedule.

    ``settings`` are options of the renderer that go with it (``steps``, ``guidance``, ``lora`` …).
    """

    name: str
    note: str
    source: str = ""
    settings: tuple[tuple[str, str | int | float | bool], ...] = ()


@dataclass(frozen=True, slots=True)
class VideoModel:
    """One row of the table. ``repo`` is a hub name, ``also`` are others of the same kind under the same licence.
    Frames and sizes are what it was trained for (``sizes`` empty: nobody knows).

    ``rate_fps``: frames per second of what it makes; ``rates_fps``: lowest and highest that it can be asked for (None:
    only that one). ``size_multiple``: both sides are multiples of it. ``guidance`` and ``calls`` are arguments of the
    pipeline that differ from its own defaults; ``calls_without_guidance`` those that switch every guidance off;
    of all these a road leaves out what its class does not have. ``flow_shift`` is what its makers advise at the usual
    sizes (the scheduler that comes with the weights has one of its own, which stands unless another is asked for).
    ``weights_gib`` by component in bfloat16. ``memory`` and ``speed`` are published words with their source.
    """

    key: str
    repo: str
    roads: tuple[Road, ...]
    frames: FrameRule
    default_frames: int
    max_frames: int
    rate_fps: Fraction
    size_multiple: int
    sizes: tuple[FrameSize, ...]
    licence: Licence
    tier: int = 3
    family: str = ""
    rates_fps: tuple[Fraction, Fraction] | None = None
    steps: int | None = None
    guidance: float | None = None
    flow_shift: float | None = None
    calls: tuple[tuple[str, object], ...] = ()
    calls_without_guidance: tuple[tuple[str, object], ...] = ()
    negative_prompt: bool = True
    few_step: tuple[FewStep, ...] = ()
    weights_gib: tuple[tuple[str, float], ...] = ()
    memory: str = ""
    speed: str = ""
    source: str = ""
    also: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def conditions(self) -> frozenset[Condition]:
        return frozenset().union(*(road.takes for road in self.roads))

    @property
    def needs(self) -> frozenset[Condition]:
        """Conditions without which it makes nothing at all: an image-to-video model needs a first frame."""
        first, *others = (road.needs for road in self.roads)
        return first.intersection(*others)

    def road_for(self, wanted: frozenset[Condition]) -> Road | None:
        """The first road that takes everything in ``wanted`` and has what it needs; None when there is none."""
        return next((road for road in self.roads if road.needs <= wanted <= road.takes), None)
