"""A backend that asks for everything that a backend may ask of a run: its own folder, whom to tell, room on a card."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from flat_backend import FlatBackend

from musicvid.errors import InputError
from musicvid.rendering.backend import Capabilities, IdentityChanged, RenderCost
from musicvid.schema.progress import Progress


@dataclass
class SlowBackend(FlatBackend):
    """Flat pictures on a made-up card. ``rung`` is part of its identity; a shot that ``needs`` a higher one makes it go
    up by one and raise, as often as it takes. With ``lies`` it raises and stays where it is."""

    name: str = "slow"
    conditions: frozenset[str] = frozenset()
    most_workers: int = 0
    rung: int = 0
    needs: dict[str, int] = field(default_factory=dict)
    lies: bool = False
    steps: int = 0
    item_s: float | None = None
    events: list[str] = field(default_factory=list)
    asked: list[object] = field(default_factory=list)
    forbidden: str = ""
    cost_s: float | None = None
    tell: object = None

    def capabilities(self) -> Capabilities:
        return Capabilities(parallel=self.parallel, conditions=self.conditions, most_workers=self.most_workers)

    def keep_in(self, folder: Path) -> None:
        self.events.append(f"keep in {folder.name}")

    def prepare(self, requests) -> None:
        super().prepare(requests)
        self.asked = list(requests)
        self.events.append("prepare")

    def warm_up(self, requests) -> None:
        self.events.append(f"warm up {len(requests)}")

    def report_to(self, on_progress) -> None:
        self.tell = on_progress
        self.events.append("report" if on_progress else "be silent")

    def check_release(self, release) -> None:
        if self.forbidden and self.forbidden in release.territories:
            raise InputError(f"slow may not be used in {self.forbidden}")

    def estimate(self, requests, pending) -> RenderCost | None:
        self.asked = list(pending)
        return None if self.cost_s is None else RenderCost(self.cost_s * len(self.asked), "measured here")

    def close(self) -> None:
        self.events.append("close")

    def identity(self, request):
        return {"rung": self.rung}

    def render(self, request):
        self.events.append(f"render {request.shot_id} {request.take}")
        for step in range(1, self.steps + 1):
            if self.tell:
                self.tell(Progress("render", 0, 0, request.shot_id, step=step, steps=self.steps, item_s=self.item_s))
        frames = super().render(request)
        yield next(frames)
        if self.rung < self.needs.get(request.shot_id, 0):
            self.rung += not self.lies
            raise IdentityChanged(f"no room on rung {self.rung}", where=request.shot_id)
        yield from frames
