"""The animatic backend: prompts into procedural moving pictures, on the beat, with no model and no GPU."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import InputError, RenderError, nearest
from musicvid.rendering.backend import Capabilities, RenderRequest
from musicvid.rendering.backends.animatic.brief import read_brief
from musicvid.schema.frames import FrameSize
from musicvid.schema.storyboard import OptionValue

_OPTIONS = ("slate",)


class Animatic:
    """Layered, stylised scenes for pre-visualisation, drawn from the words of the prompt and the seed.

    Option ``slate`` (true or false): burn in shot id, bar and beat, timecode and prompt.
    """

    name = "animatic"
    version = "1"
    model = ""
    summary = "moving pictures drawn from the prompt's words on the beat; needs no GPU and no model"

    def __init__(self, options: Mapping[str, OptionValue], *, model: str = "", base: Path = Path()) -> None:
        if model:
            raise InputError(f"animatic has no models, {model!r} was asked for", hint="remove `model:`")
        for key in options:
            if key not in _OPTIONS:
                raise InputError(f"unknown option {key!r} of renderer animatic{nearest(key, _OPTIONS)}")
        slate = options.get("slate", False)
        if not isinstance(slate, bool):
            raise InputError(f"option slate of renderer animatic is {slate!r}: write true or false")
        self.slate = slate

    def capabilities(self) -> Capabilities:
        heeds = frozenset(("prompt", "seed", "motion", "camera", "energy"))
        return Capabilities(pixel_format="yuv420p", conditions=heeds, cpu_s_per_frame_720p=0.003)

    def prepare(self, requests: Sequence[RenderRequest]) -> None:
        """Nothing to look up: every take follows from its request alone."""

    def warm_up(self, requests: Sequence[RenderRequest]) -> None:
        """Compile the brushes that ``requests`` need, so that worker processes only load them from the disk."""
        seen: set[tuple[object, ...]] = set()
        for request in requests:
            brief = read_brief(request)
            key = (brief.family, brief.heading, brief.weather, bool(brief.people))
            if key not in seen:
                seen.add(key)
                small = replace(request, size=FrameSize(640, 360), frame_count=1, head_frames=0)
                for _ in self.render(small):
                    pass

    def identity(self, request: RenderRequest) -> Mapping[str, object]:
        if not self.slate:
            return {"slate": False}
        return {"slate": True, "shot": request.shot_id, "timecode": request.first_timecode_frame}

    def render(self, request: RenderRequest) -> Iterator[NDArray[np.uint8]]:
        from musicvid.rendering.backends.animatic.canvas import Canvas
        from musicvid.rendering.backends.animatic.scenes import scene_for
        from musicvid.rendering.backends.animatic.slate import Slate
        from musicvid.rendering.backends.animatic.stage import Stage

        if len(request.motion) < request.frame_count:
            raise RenderError(
                f"{request.shot_id}: {len(request.motion)} rows of motion for {request.frame_count} frames"
            )
        stage = Stage(request, read_brief(request))
        scene = scene_for(stage)
        canvas = Canvas(request.size.width, request.size.height, shallow=stage.brief.framing == "close")
        slate = Slate(request) if self.slate else None
        # A lift of 5 to 9 % after each beat, for the louder the more: felt, never a flash.
        lift = 0.05 + 0.04 * stage.brief.energy
        for frame in range(request.frame_count):
            now = stage.clock.at(frame)
            canvas.begin(1.0 + lift * now.pulse)
            scene.paint(canvas, now)
            picture = canvas.finish()
            if slate is not None:
                slate.burn(canvas.full, now)
            yield picture

    def notes(self, request: RenderRequest) -> tuple[str, ...]:
        from musicvid.rendering.backends.animatic.slate import undrawable

        missing = undrawable(request) if self.slate else ""
        return (f"{request.shot_id}: the slate's font cannot draw {missing}",) if missing else ()
