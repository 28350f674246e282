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

    The time that is left is told where takes are made one after another: from the seconds per frame of those that were
    made in this run, and from what the backend says about the one in work.
    """

    def __init__(self, on_progress: OnProgress | None, clock: Clock = time.monotonic) -> None:
        self._tell = on_progress or (lambda progress: None)
        self._clock = clock
        self._done = self._total = 0
        self._waiting_frames = 0
        self._made_frames, self._made_s = 0, 0.0
        self._now: RenderRequest | None = None
        self._since_s = 0.0

    def expect(self, total: int) -> None:
        self._total = total

    def note(self, note: str) -> None:
        self._tell(Progress("render", self._done, self._total, note=note))

    def queue(self, requests: Iterable[RenderRequest]) -> None:
        """These are to be made, one after another."""
        self._waiting_frames = sum(request.frame_count for request in requests)

    def start(self, request: RenderRequest) -> None:
        self._now, self._since_s = request, self._clock()
        self._waiting_frames -= request.frame_count

    def stop(self, *, made: bool) -> None:
        """The take in work has ended; ``made`` says that its time tells of others'."""
        if made and self._now:
            self._made_frames += self._now.frame_count
            self._made_s += self._clock() - self._since_s
        self._now = None

    def finish(self, request: RenderRequest, *, kept: bool) -> None:
        self._done += 1
        left_s = self._pace(None) * self._waiting_frames if self._made_frames and self._waiting_frames else None
        self._tell(Progress("render", self._done, self._total, name_of(request), kept, all_s=left_s))

    def step(self, event: Progress) -> None:
        """A backend's event, passed on with what only the run knows."""
        item = event.item or (name_of(self._now) if self._now else "")
        self._tell(
            replace(
                event, stage="render", done=self._done, total=self._total, item=item, all_s=self._all_s(event.item_s)
            )
        )

    def _all_s(self, item_s: float | None) -> float | None:
        """Seconds until all is made; None while nothing tells."""
        if self._now is None or (item_s is None and not self._made_frames):
            return None
        pace = self._pace(item_s)
        if item_s is None:
            item_s = max(0.0, pace * self._now.frame_count - (self._clock() - self._since_s))
        return item_s + pace * self._waiting_frames

    def _pace(self, item_s: float | None) -> float:
        """Seconds per frame, of the takes made and of the one in work where its end is known."""
        seconds, frames = self._made_s, self._made_frames
        if item_s is not None and self._now:
            seconds += self._clock() - self._since_s + item_s
            frames += self._now.frame_count
        return seconds / frames


def name_of(request: RenderRequest) -> str:
    return request.shot_id if request.take == 1 else f"{request.shot_id} take {request.take}"
