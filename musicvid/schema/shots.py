"""The shot list: timed prompts on the frame grid. No float time below this line except as a remark."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from musicvid.errors import InputError
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.lyrics import LyricLine
from musicvid.schema.release import Release
from musicvid.schema.storyboard import CaptionSpec, RendererSpec

CutKind = Literal["start", "downbeat", "beat", "section", "time", "line", "grid"]

MOTION_CHANNELS = ("loudness", "bass", "brightness", "onset", "beat_phase", "bar_phase", "bar", "beat")
"""What :class:`Motion` carries per frame. The first four are 0 to 1 relative to the song; the phases run 0 to 1 from
one beat (downbeat) to the next; ``bar`` and ``beat`` are whole numbers from 1 (0 before the first downbeat)."""


@dataclass(frozen=True, slots=True)
class Motion:
    """The song's movement per frame, all that a renderer learns of the music.

    ``data`` is little-endian float32 of shape ``(frame_count, len(MOTION_CHANNELS))``, sampled at frame starts.
    """

    data: bytes

    @classmethod
    def of(cls, rows: Iterable[Iterable[float]]) -> Motion:
        return cls(array("f", (value for row in rows for value in row)).tobytes())

    def __len__(self) -> int:
        return len(self.data) // (4 * len(MOTION_CHANNELS))

    def row(self, frame: int) -> tuple[float, ...]:
        width = len(MOTION_CHANNELS)
        return tuple(memoryview(self.data).cast("f")[frame * width : (frame + 1) * width])

    def cut(self, span: FrameSpan) -> Motion:
        """The rows of ``span``; frames past the end repeat the last row."""
        width = 4 * len(MOTION_CHANNELS)
        rows = self.data[span.start * width : span.stop * width]
        missing = len(span) - len(rows) // width
        return Motion(rows + self.data[-width:] * missing)


@dataclass(frozen=True, slots=True)
class CutCause:
    """Why a shot begins where it does: the event and its measured time."""

    kind: CutKind
    time_s: float


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture of a cast member, by absolute path."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot of the movie.

    ``dissolve_frames`` is the length of the dissolve into this shot, centred on its first frame (0: a plain cut; always
    even). ``chosen_take`` counts from 1; None leaves the choice to the first take. ``hold`` freezes the first frame.

    ``continues`` is the id of the earlier shot that this one goes on from without a visible cut (empty: it begins
    anew). ``first_frame`` and ``last_frame`` are absolute paths of the pictures it begins and ends with.
    """

    id: str
    span: FrameSpan
    section: str
    label: str
    prompt: str
    avoid: str
    seed: int
    cut_on: CutCause
    energy: float = 0.5
    cast: tuple[str, ...] = ()
    note: str = ""
    camera: str = ""
    references: tuple[Reference, ...] = ()
    lines: tuple[LyricLine, ...] = ()
    dissolve_frames: int = 0
    chosen_take: int | None = None
    hold: bool = False
    scene: int | None = None
    continues: str = ""
    first_frame: str = ""
    last_frame: str = ""


@dataclass(frozen=True, slots=True)
class ShotList:
    """Shots tile ``[0, frame_count)``. ``notes`` report what was not covered, estimated or moved."""

    title: str
    rate: FrameRate
    size: FrameSize
    frame_count: int
    shots: tuple[Shot, ...]
    motion: Motion
    renderer: RendererSpec = RendererSpec()
    captions: CaptionSpec = CaptionSpec()
    notes: tuple[str, ...] = ()
    release: Release = Release()

    def __post_init__(self) -> None:
        edge, seen = 0, set()
        for shot in self.shots:
            if shot.span.start != edge:
                raise InputError(
                    f"shot {shot.id} starts at frame {shot.span.start}, {edge} was expected: shots must tile"
                )
            if shot.id in seen:
                raise InputError(f"shot id {shot.id} stands twice")
            if shot.continues and shot.continues not in seen:
                raise InputError(f"shot {shot.id} goes on from {shot.continues}, which does not come before it")
            if shot.continues and shot.first_frame:
                raise InputError(f"shot {shot.id} goes on from {shot.continues}, and has a first frame of its own")
            seen.add(shot.id)
            edge = shot.span.stop
        if edge != self.frame_count:
            raise InputError(f"shots end at frame {edge}, the movie has {self.frame_count}")
        if len(self.motion) != self.frame_count:
            raise InputError(f"motion has {len(self.motion)} rows for {self.frame_count} frames")

    def find(self, shot_id: str) -> Shot | None:
        return next((s for s in self.shots if s.id == shot_id), None)

    def handles(self, index: int) -> tuple[int, int]:
        """Extra frames before and after shot ``index`` that dissolves with its neighbours need: (head, tail)."""
        head = self.shots[index].dissolve_frames // 2
        tail = self.shots[index + 1].dissolve_frames // 2 if index + 1 < len(self.shots) else 0
        return head, tail
