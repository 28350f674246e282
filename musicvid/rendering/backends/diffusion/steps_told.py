"""The steps of a clip as they are made: told with the time that is left, previewed, and stopped when nobody waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicvid.diffusion.steps import Cancelled
from musicvid.rendering.backends.diffusion.briefs import Brief
from musicvid.schema.progress import OnProgress, Progress

if TYPE_CHECKING:
    from musicvid.diffusion.engine import OnStep


class StepsTold:
    """``progress()`` is whom to tell (None: nobody); ``cancelled()`` whether the clip is still wanted."""

    def __init__(
        self,
        previews: Path,
        *,
        every: int,
        progress: Callable[[], OnProgress | None],
        cancelled: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._previews, self._every = previews, every
        self._progress, self._cancelled, self._clock = progress, cancelled, clock
        self._rest_s = 0.0  # what followed the last step of the clip before: decoding and writing
        self._last_step_s: float | None = None
        self._coming: Sequence[Brief] = ()

    def expect(self, coming: Sequence[Brief]) -> None:
        """These clips of the same take are to come after the next one."""
        self._coming = coming

    def watch(self, brief: Brief, pipe: Any) -> OnStep:
        """The callback for one clip that ``pipe`` makes. It raises :class:`Cancelled`."""
        began_s = self._clock()
        if self._last_step_s is not None:
            self._rest_s = began_s - self._last_step_s
        preview = self._preview(brief, pipe)
        more = sum(_work(one) for one in self._coming) / _work(brief)

        def seen(step: int, steps: int, latents: Any) -> None:
            if self._cancelled():
                raise Cancelled(f"{brief.name}: stopped after step {step + 1} of {steps}")
            self._last_step_s = self._clock()
            pace_s = (self._last_step_s - began_s) / (step + 1)
            left_s = pace_s * (steps - step - 1) + self._rest_s + more * (pace_s * steps + self._rest_s)
            self._tell(Progress("render", 0, 0, brief.name, step=step + 1, steps=steps, item_s=left_s))
            if preview is not None and latents is not None:
                preview(step, latents)

        return seen

    def _preview(self, brief: Brief, pipe: Any) -> Callable[[int, Any], None] | None:
        if not self._every:
            return None
        from musicvid.diffusion.previews import Previews

        name = f"{brief.name.replace('/', '_').replace(' ', '_')}.jpg"
        previews = Previews(
            pipe,
            self._previews / name,
            every=self._every,
            frame_count=brief.frame_count,
            size=brief.size,
            tell=lambda note: self._tell(Progress("render", 0, 0, brief.name, note=note)),
        )
        return previews.after

    def _tell(self, event: Progress) -> None:
        tell = self._progress()
        if tell is not None:
            tell(event)


def _work(brief: Brief) -> int:
    """Time goes with the pixels of a clip."""
    return brief.frame_count * brief.size.width * brief.size.height
