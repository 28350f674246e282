"""The animatic backend: prompts into procedural moving pictures, on the beat, with no model and no GPU."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import InputError, RenderError, nearest
from musicvid.rendering.backend import Capabilities, RenderRequest
from musicvid.rendering.backends.animatic.brief import Brief, read_brief
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
        self._scenes: dict[tuple[str, int], str] = {}

    def capabilities(self) -> Capabilities:
        heeds = frozenset(("prompt", "seed", "motion", "camera", "energy"))
        return Capabilities(pixel_format="yuv420p", conditions=heeds, cpu_s_per_frame_720p=0.003)

    def prepare(self, requests: Sequence[RenderRequest]) -> None:
        """Find out which shots belong to one scene: neighbours that begin with the same sentence. Each of them tells a
        part of what is seen; the hour and how old people are hold for all."""
        self._scenes = {}
        for _, group in groupby(requests, key=lambda r: (r.look[:1], _first_sentence(r.prompt))):
            shots = list(group)
            told = " ".join(dict.fromkeys(r.prompt for r in shots))
            self._scenes.update({(r.shot_id, r.take): told for r in shots})

    def _brief(self, request: RenderRequest) -> Brief:
        return read_brief(request, self._scenes.get((request.shot_id, request.take), ""))

    def warm_up(self, requests: Sequence[RenderRequest]) -> None:
        """Compile the brushes that ``requests`` need, so that worker processes only load them from the disk."""
        seen: set[tuple[object, ...]] = set()
        for request in requests:
            brief = self._brief(request)
            key = (brief.family, brief.heading, brief.weather, bool(brief.people))
            if key not in seen:
                seen.add(key)
                small = replace(request, size=FrameSize(640, 360), frame_count=1, head_frames=0)
                for _ in self.render(small):
                    pass

    def identity(self, request: RenderRequest) -> Mapping[str, object]:
        own: dict[str, object] = {"slate": self.slate, "read": self._brief(request).resolved()}
        if self.slate:
            own |= {"shot": request.shot_id, "timecode": request.first_timecode_frame}
        return own

    def render(self, request: RenderRequest) -> Iterator[NDArray[np.uint8]]:
        from musicvid.rendering.backends.animatic.canvas import Canvas
        from musicvid.rendering.backends.animatic.scenes import scene_for
        from musicvid.rendering.backends.animatic.slate import Slate
        from musicvid.rendering.backends.animatic.stage import Stage

        if len(request.motion) < request.frame_count:
            raise RenderError(
                f"{request.shot_id}: {len(request.motion)} rows of motion for {request.frame_count} frames"
            )
        stage = Stage(request, self._brief(request))
        scene = scene_for(stage)
        canvas = Canvas(
            request.size.width,
            request.size.height,
            shallow=stage.brief.framing == "close",
            grey="mono" in stage.brief.moods,
        )
        slate = Slate(request) if self.slate else None
        # A lift of 4 to 8 % after each beat, the more the livelier: felt, never a flash.
        lift = 0.04 + 0.04 * stage.brief.energy
        for frame in range(request.frame_count):
            now = stage.clock.at(frame)
            canvas.begin(stage.key * (1.0 + lift * now.pulse))
            scene.paint(canvas, now)
            picture = canvas.finish()
            if slate is not None:
                slate.burn(canvas.full, now)
            yield picture

    def notes(self, request: RenderRequest) -> tuple[str, ...]:
        from musicvid.rendering.backends.animatic.slate import undrawable

        missing = undrawable(request) if self.slate else ""
        return (f"{request.shot_id}: the slate's font cannot draw {missing}",) if missing else ()


def _first_sentence(prompt: str) -> str:
    return prompt.partition(". ")[0]
