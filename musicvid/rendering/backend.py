"""The seam between musicvid and whatever makes pictures.

A backend sees a :class:`RenderRequest` and yields frames. It never sees a song, a file of ours or the movie's edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from musicvid.errors import RenderError
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.progress import OnProgress
from musicvid.schema.release import Release
from musicvid.schema.shots import Motion, Reference
from musicvid.schema.storyboard import OptionValue

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TakeRef:
    """A take of a shot by its id and number."""

    shot_id: str
    take: int


@dataclass(frozen=True, slots=True)
class SoundSlice:
    """The song as it sounds during a take: from movie frame ``first_frame`` on (may be negative: silence), for as long
    as the take lasts. ``path`` is the audio file."""

    path: str
    first_frame: int


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """One take to make.

    ``frame_count`` includes the handles; ``head_frames`` of them come before the shot's first frame. ``look`` pins what
    must stay the same between shots (section label, then cast names). ``motion`` has ``frame_count`` rows.
    ``first_timecode_frame`` is the movie frame of the first frame rendered (may be before the shot; never below 0).

    Conditions, each only for backends that name it in :attr:`Capabilities.conditions`: ``first_frame`` and
    ``last_frame`` are paths of pictures, ``continues`` is the take that this one goes on from without a visible cut,
    ``sound`` is given to those that ask for ``sound``.
    """

    shot_id: str
    index: int
    take: int
    prompt: str
    avoid: str
    frame_count: int
    head_frames: int
    rate: FrameRate
    size: FrameSize
    seed: int
    motion: Motion
    look: tuple[str, ...] = ()
    camera: str = ""
    energy: float = 0.5
    first_timecode_frame: int = 0
    references: tuple[Reference, ...] = ()
    first_frame: str = ""
    last_frame: str = ""
    continues: TakeRef | None = None
    sound: SoundSlice | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend takes. ``exact``: any frame count, rate and size, cheap to render again: takes are made straight
    in the movie's final form. ``parallel``: takes may be made in several processes at once.

    ``conditions`` are the fields of the request that it heeds (prompt, seed, motion, camera, energy, references,
    first_frame, last_frame, continues, sound), and ``prompts`` where it tells ``a | b`` one after the other;
    ``refused`` those it wants to see because it raises for them by name (others are left out, and that is noted).
    ``most_workers`` bounds the processes (0: one per processor): a renderer on graphics cards takes one for each.
    ``cpu_s_per_frame_720p`` is a rough cost for estimates (0: unknown).
    """

    pixel_format: Literal["yuv420p", "rgb24"] = "yuv420p"
    exact: bool = True
    parallel: bool = True
    conditions: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    most_workers: int = 0
    cpu_s_per_frame_720p: float = 0.0


@runtime_checkable
class Backend(Protocol):
    """A renderer. Instances are pickled into worker processes after :meth:`prepare`, so hold no open files.

    ``version`` changes whenever the same request may give other pixels; it is part of every take's key.
    """

    name: str
    version: str
    model: str

    def capabilities(self) -> Capabilities: ...

    def prepare(self, requests: Sequence[RenderRequest]) -> None:
        """Called once with every request of the run, in shot order, before any is rendered. Raises our errors.

        Cheap: it also runs when every take is kept. See :class:`WarmsUp` for what is not.
        """

    def identity(self, request: RenderRequest) -> Mapping[str, object]:
        """What else determines the pixels (options, content hashes of files used), as JSON values."""

    def render(self, request: RenderRequest) -> Iterator[NDArray[np.uint8]]:
        """Yield exactly ``request.frame_count`` frames.

        ``yuv420p``: uint8 of shape ``(height * 3 // 2, width)``, planes Y, U, V in a row, BT.709 limited range.
        ``rgb24``: uint8 ``(height, width, 3)``, sRGB. A yielded array may be reused for the next frame.
        """

    def notes(self, request: RenderRequest) -> tuple[str, ...]:
        """What the person should know about this take (held, looped, …)."""


@runtime_checkable
class WarmsUp(Protocol):
    """A backend with something to load or compile before its first frame."""

    def warm_up(self, requests: Sequence[RenderRequest]) -> None:
        """Called once, in the caller's process, with the requests that really are to be rendered; never when every
        take is kept. Worker processes start afterwards."""


@runtime_checkable
class KeepsClips(Protocol):
    """A backend with costly intermediate works that should outlive the run, whatever becomes of the take."""

    def keep_in(self, folder: Path) -> None:
        """Called before :meth:`Backend.prepare` with a folder of the workspace that is the backend's own."""


@runtime_checkable
class ReportsSteps(Protocol):
    """A backend whose takes last long enough to tell of their steps."""

    def report_to(self, on_progress: OnProgress | None) -> None:
        """Called before :meth:`Backend.prepare`, and with None when nobody listens any more. Events carry
        ``stage="render"``, and ``note``, or the step fields and as ``item`` the shot's id (``ID take N`` from the
        second take on); ``done``, ``total`` and ``all_s`` are filled in by the caller. Any thread may tell."""


@runtime_checkable
class ChecksRelease(Protocol):
    """A backend whose use may be forbidden somewhere or to some."""

    def check_release(self, release: Release) -> None:
        """Raises :class:`InputError` with one line when the film may not be released like that."""


@runtime_checkable
class Closes(Protocol):
    """A backend that holds what others may want (memory of a graphics card, a server) while it renders."""

    def close(self) -> None:
        """Called when a run ends, however it ends. Another run with the same instance loads anew."""


@dataclass(frozen=True, slots=True)
class RenderCost:
    """Seconds of work on one of the devices that make the takes, and in words how sure that is (measured here,
    published for another card)."""

    device_s: float
    how_sure: str = ""


@runtime_checkable
class EstimatesCost(Protocol):
    """A backend that can tell what takes cost before one is rendered."""

    def estimate(self, requests: Sequence[RenderRequest], pending: Sequence[RenderRequest]) -> RenderCost | None:
        """The cost of ``pending``, those of the film's ``requests`` that are to be made; None where it cannot be known.

        Cheap; loads and downloads nothing. Where :meth:`KeepsClips.keep_in` was called before, what is kept there
        costs nothing. Raises our errors for what cannot be made at all."""


@runtime_checkable
class ExplainsFit(Protocol):
    """A backend that can say how the shots become what its model makes, before any work."""

    def explain(self, requests: Sequence[RenderRequest]) -> tuple[str, ...]:
        """Lines for a person about the film's ``requests``. Cheap; loads and downloads nothing. What cannot be made is
        said in a line as well, not raised."""


class IdentityChanged(RenderError):
    """Raised by :meth:`Backend.render` when what determines its pixels had to change meanwhile (less memory was free
    than planned): :meth:`Backend.identity` now says otherwise, and the take is asked for again under its new name."""


class BackendFactory(Protocol):
    """What an entry point of group ``musicvid.backends`` names.

    ``options`` are the storyboard's, already known to be scalars; unknown ones raise :class:`InputError` naming the
    known ones. ``base`` is the folder relative paths start from. ``summary`` is one line for ``musicvid backends``.
    """

    summary: str

    def __call__(self, options: Mapping[str, OptionValue], *, model: str, base: Path) -> Backend: ...
