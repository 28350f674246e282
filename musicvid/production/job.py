"""One film to make: what the command line, Python and a batch file all boil down to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.errors import InputError
from musicvid.media.files import path_as_given
from musicvid.production.workspace import Workspace
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.grid import Corrections
from musicvid.schema.storyboard import Storyboard

if TYPE_CHECKING:
    from musicvid.media.encode import EncodeSettings


@dataclass(frozen=True, slots=True)
class Encoding:
    """``preset`` empty: ultrafast for drafts, veryfast for finals. ``settings`` checks the values."""

    codec: str = "h264"
    preset: str = ""
    crf: int = 20
    draft: bool = False
    lossless_sound: bool = False

    @property
    def settings(self) -> EncodeSettings:
        from musicvid.media.encode import EncodeSettings

        preset = self.preset or ("ultrafast" if self.draft else "veryfast")
        return EncodeSettings(codec=self.codec, preset=preset, crf=self.crf)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line says over the storyboard; empty or None: as the storyboard says."""

    renderer: str = ""
    model: str = ""
    takes: int | None = None
    size: str = ""
    fps: str = ""
    seed: int | None = None
    options: tuple[tuple[str, str | int | float | bool], ...] = ()

    def applied(self, story: Storyboard) -> Storyboard:
        """The storyboard with these wishes. Another renderer starts without the storyboard's options for its own."""
        if self.takes is not None and self.takes < 1:
            raise InputError(f"takes {self.takes}: at least 1 is needed")
        video = replace(
            story.video,
            size=FrameSize.parse(self.size) if self.size else story.video.size,
            rate=FrameRate.parse(self.fps) if self.fps else story.video.rate,
        )
        old = story.renderer
        same = self.renderer in ("", old.name)
        renderer = replace(
            old,
            name=self.renderer or old.name,
            model=self.model or (old.model if same else ""),
            takes=old.takes if self.takes is None else self.takes,
            seed=old.seed if self.seed is None else self.seed,
            options=tuple(sorted({**(dict(old.options) if same else {}), **dict(self.options)}.items())),
        )
        return replace(story, video=video, renderer=renderer)


@dataclass(frozen=True, slots=True)
class Job:
    """``song`` empty: the storyboard names it. ``work`` empty: the workspace stands beside the film.

    ``corrections`` go over the storyboard's.
    """

    storyboard: str
    to: str
    song: str = ""
    work: str = ""
    wishes: Wishes = Wishes()
    corrections: Corrections = Corrections()
    encoding: Encoding = Encoding()
    only: tuple[str, ...] = ()
    workers: int | None = None
    budget_s: float | None = None

    @property
    def film(self) -> Path:
        return path_as_given(self.to)

    @property
    def workspace(self) -> Workspace:
        return Workspace(path_as_given(self.work)) if self.work else Workspace.beside(self.film)
