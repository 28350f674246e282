"""Progress of a run: finished takes counted, a backend's steps completed, and how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from threading import RLock

from musicvid.rendering.backend import RenderRequest
from musicvid.schema.progress import OnProgress, Progress

Clock = Callable[[], float]


class Telling:
    """What a run tells its caller. ``clock`` gives seconds.

    The time that is left is told where takes are made one after another, from the seconds per frame up to the take that
    the backend is at. That may be one ahead of the take that is being written. Any thread may call.
    """

    def __init__(self, on_progress: OnProgress | None, clock: Clock = time.monotonic) -> None:
        self._tell = on_progress or (lambda progress: None)
        self._clock = clock
        self._done = self._total = 0
        self._queue: list[RenderRequest] = []
        self._places: dict[str, int] = {}
        self._found: set[int] = set()
        self._stepped: set[int] = set()
        self._spent_s: dict[int, float] = {}
        self._tells_steps = False
        self._at = -1
        self._began_s = 0.0
        self._lock = RLock()

    def expect(self, total: int) -> None:
        self._total = total

    def note(self, note: str) -> None:
        with self._lock:
            self._tell(Progress("render", self._done, self._total, note=note))

    def queue(self, requests: Iterable[RenderRequest], *, tells_steps: bool = False) -> None:
        """These are to be made, one after another. With ``tells_steps`` only takes whose steps are told count for the
        pace: the backend has what the others are made of, and their time tells nothing."""
        with self._lock:
            self._queue, self._tells_steps = list(requests), tells_steps
            self._places = {name_of(request): k for k, request in enumerate(self._queue)}
            self._found.clear()
            self._stepped.clear()
            self._spent_s.clear()
            self._at = -1

    def start(self, request: RenderRequest) -> None:
        """Its turn has come in this process."""
        with self._lock:
            self._move(self._places[name_of(request)])

    def found(self, request: RenderRequest) -> None:
        """It needed not be made after all: its time tells nothing of the others'."""
        with self._lock:
            self._found.add(self._places[name_of(request)])

    def finish(self, request: RenderRequest, *, kept: bool) -> None:
        with self._lock:
            self._done += 1
            name = name_of(request)
            left_s = self._after_s(0.0 if self._places.get(name) == self._at else None) if self._later_frames else None
            self._tell(Progress("render", self._done, self._total, name, kept, all_s=left_s))

    def step(self, event: Progress) -> None:
        """A backend's event, passed on with what only the run knows."""
        with self._lock:
            item = event.item
            if event.steps:
                place = self._places.get(item, self._at)
                self._move(place)
                self._stepped.add(place)
                item = item or (name_of(self._queue[self._at]) if self._at >= 0 else "")
            all_s = self._after_s(event.item_s) if event.steps else None
            self._tell(replace(event, stage="render", done=self._done, total=self._total, item=item, all_s=all_s))

    def _move(self, place: int) -> None:
        if place <= self._at:
            return
        now_s = self._clock()
        if self._counts(self._at):
            self._spent_s[self._at] = now_s - self._began_s
        self._at, self._began_s = place, now_s

    def _counts(self, place: int) -> bool:
        """Whether the time of that take tells something of the others'."""
        return place >= 0 and place not in self._found and (not self._tells_steps or place in self._stepped)

    @property
    def _later_frames(self) -> int:
        return sum(request.frame_count for request in self._queue[self._at + 1 :]) if self._at >= 0 else 0

    def _after_s(self, item_s: float | None) -> float | None:
        """Seconds until all is made, ``item_s`` of them for the take in work. None while nothing tells."""
        if self._at < 0:
            return None
        spent_s = {place: seconds for place, seconds in self._spent_s.items() if self._counts(place)}
        gone_s = self._clock() - self._began_s
        if item_s is not None and self._counts(self._at):
            spent_s[self._at] = gone_s + item_s
        if not spent_s:
            return None
        pace = sum(spent_s.values()) / sum(self._queue[place].frame_count for place in spent_s)
        if item_s is None:
            mine = 0 if self._at in self._found else self._queue[self._at].frame_count
            item_s = max(0.0, pace * mine - gone_s)
        return item_s + pace * self._later_frames


def name_of(request: RenderRequest) -> str:
    return request.shot_id if request.take == 1 else f"{request.shot_id} take {request.take}"
