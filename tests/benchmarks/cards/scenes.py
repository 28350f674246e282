"""Shots of equal length for a model, as a shot list that the backend renders, and as calls of stock diffusers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.shots import CutCause, Motion, Shot, ShotList

PROMPTS = (
    "Ann runs along a canal in the morning, a yellow paper boat keeps up with her, 16 mm film",
    "An empty dance hall at night, red light, dust in the air, slow push in",
    "Fireworks over the harbour, people on a quay look up, warm grain",
    "A school corridor in 1983, light through high windows, the camera glides forward",
    "Two old people dance alone in a kitchen, lamp light, handheld",
    "A bridge in the snow, somebody crosses it towards us, blue hour",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A model as it is measured: its folder, what a clip is, and how it is made."""

    name: str
    folder: Path
    frame_count: int
    rate: str
    size: str
    steps: int
    guidance: float
    pipeline: str

    @property
    def frame_size(self) -> FrameSize:
        return FrameSize.parse(self.size)

    def options(self, **more: object) -> dict[str, object]:
        return {"steps": self.steps, "guidance": self.guidance, "render_size": self.size, "retries": 0, **more}

    def shots(self, count: int) -> ShotList:
        """``count`` shots whose clips are exactly ``frame_count`` frames."""
        rate = FrameRate.parse(self.rate)
        spans = [FrameSpan(k * self.frame_count, (k + 1) * self.frame_count) for k in range(count)]
        shots = tuple(
            Shot(
                id=f"verse-1/{k + 1:02d}",
                span=span,
                section="verse 1",
                label="verse",
                prompt=PROMPTS[k % len(PROMPTS)],
                avoid="text, watermark",
                seed=100 + k,
                cut_on=CutCause("grid", float(span.start / rate.fps)),
            )
            for k, span in enumerate(spans)
        )
        frames = count * self.frame_count
        return ShotList("bench", rate, self.frame_size, frames, shots, Motion.of([[0.0] * 8] * frames))
