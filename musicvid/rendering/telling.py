"""Progress of a run: finished takes counted, a backend's steps completed, and how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from musicvid.rendering.backend import RenderRequest
from musicvid.schema.progress import OnProgress, Progress

Clock = Callable[[], float]


class Telling:
    """What a run tells its caller. ``clock`` gives seconds.

    The time that is left is told where takes are made one after another, from the seconds per frame up to the take that
    the backend is at. That may be one ahead of the take that is being written.
    """

    def __init__(self, on_progress: OnProgress | None, clock: Clock = time.monotonic) -> None:
        self._tell = on_progress or (lambda progress: None)
        self._clock = clock
        self._done = self._total = 0
        self._queue: list[RenderRequest] = []
        self._places: dict[str, int] = {}
        self._found: set[int] = set()
        self._at = -1
        self._first_s = self._began_s = self._lost_s = 0.0

    def expect(self, total: int) -> None:
        self._total = total

    def note(self, note: str) -> None:
        self._tell(Progress("render", self._done, self._total, note=note))

    def queue(self, requests: Iterable[RenderRequest]) -> None:
        """These are to be made, one after another."""
        self._queue = list(requests)
        self._places = {name_of(request): k for k, request in enumerate(self._queue)}
        self._found.clear()
        self._at, self._lost_s = -1, 0.0

    def start(self, request: RenderRequest) -> None:
        """Its turn has come in this process."""
        self._move(self._places[name_of(request)])

    def found(self, request: RenderRequest) -> None:
        """It needed not be made after all: its time tells nothing of the others'."""
        place = self._places[name_of(request)]
        self._found.add(place)
        if place == self._at:
            self._lost_s += self._clock() - self._began_s

    def finish(self, request: RenderRequest, *, kept: bool) -> None:
        self._done += 1
        name = name_of(request)
        left_s = self._after_s(0.0 if self._places.get(name) == self._at else None) if self._later_frames else None
        self._tell(Progress("render", self._done, self._total, name, kept, all_s=left_s))

    def step(self, event: Progress) -> None:
        """A backend's event, passed on with what only the run knows."""
        item = event.item
        if event.steps:
            self._move(self._places.get(item, self._at))
            item = item or (name_of(self._queue[self._at]) if self._at >= 0 else "")
        all_s = self._after_s(event.item_s) if event.steps else None
        self._tell(replace(event, stage="render", done=self._done, total=self._total, item=item, all_s=all_s))

    def _move(self, place: int) -> None:
        if place <= self._at:
            return
        if self._at < 0:
            self._first_s = self._clock()
        self._at, self._began_s = place, self._clock()

    @property
    def _later_frames(self) -> int:
        return sum(request.frame_count for request in self._queue[self._at + 1 :]) if self._at >= 0 else 0

    def _after_s(self, item_s: float | None) -> float | None:
        """Seconds until all is made, ``item_s`` of them for the take in work. None while nothing tells."""
        if self._at < 0:
            return None
        before = sum(one.frame_count for k, one in enumerate(self._queue[: self._at]) if k not in self._found)
        mine = 0 if self._at in self._found else self._queue[self._at].frame_count
        now_s = self._clock()
        frames, seconds = (before, self._began_s) if item_s is None else (before + mine, now_s + item_s)
        if not frames:
            return None
        pace = (seconds - self._first_s - self._lost_s) / frames
        if item_s is None:
            item_s = max(0.0, pace * mine - (now_s - self._began_s))
        return item_s + pace * self._later_frames


def name_of(request: RenderRequest) -> str:
    return request.shot_id if request.take == 1 else f"{request.shot_id} take {request.take}"
