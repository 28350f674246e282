"""For people who script: a moviepy clip, a function that draws pictures, or an effect on another backend, as takes.

Pass an instance to :func:`musicvid.render`, usually with ``only`` naming the shots it is for::

    fire = ClipBackend(moviepy.VideoFileClip("fire.mov").with_effects([vfx.MirrorX()]))
    takes += musicvid.render(shots, fire, into="work", only=["chorus-1/01"])

moviepy is sampled at frame centres: at frame starts, float rounding makes it show the wrong frame at about every
fiftieth cut. The pictures are encoded by us, never by moviepy.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import RenderError
from musicvid.media.colour import picture_of, rgb_of
from musicvid.media.pictures import Picture, conform
from musicvid.rendering.backend import Backend, Capabilities, RenderRequest
from musicvid.schema.frames import FrameRate

if TYPE_CHECKING:
    from moviepy import Effect, VideoClip

RgbPicture = NDArray[np.uint8]
_HALF = Fraction(1, 2)
_REMEMBERED = 16


class ClipBackend:
    """A moviepy clip, or a function from seconds to an RGB picture, as the take of whatever shot it is rendered for.

    Time 0 is the take's first frame (the first of the dissolve into the shot, if there is one). A clip is asked for the
    middles of frames; a function gets their starts, ``k / fps``. Pictures of another size are scaled to fill and
    cropped. A clip that is too short holds its last picture, and says so in its notes.

    What the pictures are cannot be told without making them, so every new instance renders anew. Give a ``key`` (any
    text that you change with the source) to have finished takes found again in later runs.
    """

    name = "clip"
    version = "1"
    model = ""

    def __init__(self, source: VideoClip | Callable[[float], RgbPicture], *, key: str = "") -> None:
        self.source = source
        self.key = key or f"unnamed {uuid.uuid4().hex}"
        self._moviepy = _is_moviepy(source)

    def capabilities(self) -> Capabilities:
        # A moviepy clip holds an open pipe to a decoder, which cannot be sent to another process.
        return Capabilities(parallel=not self._moviepy)

    def prepare(self, requests: Sequence[RenderRequest]) -> None:
        if not self._moviepy and not callable(self.source):
            raise RenderError(f"a moviepy clip or a function was expected, this is a {type(self.source).__name__}")

    def identity(self, request: RenderRequest) -> Mapping[str, object]:
        return {"key": self.key}

    def notes(self, request: RenderRequest) -> tuple[str, ...]:
        have_s = getattr(self.source, "duration", None) if self._moviepy else None
        need = request.frame_count / request.rate.fps
        if have_s is None or Fraction(have_s) >= need - _HALF / request.rate.fps:
            return ()
        return (f"{request.shot_id}: the clip lasts {have_s:.1f} s of {float(need):.1f} s: its last picture is held",)

    def render(self, request: RenderRequest) -> Iterator[Picture]:
        for k in range(request.frame_count):
            if self._moviepy:
                picture = _sampled(self.source, k, request.rate)
            else:
                picture = self.source(float(request.rate.seconds_at(k)))
            yield _checked(picture, request, f"frame {k}")


class EffectBackend:
    """An effect on every picture of another backend.

    ``effect`` is a function ``(picture, t_s) -> picture`` of RGB arrays, or a moviepy ``Effect``, which may also change
    the times (mirror, speed, …). ``key`` as for :class:`ClipBackend`.
    """

    name = "effect"
    version = "1"

    def __init__(
        self, effect: Effect | Callable[[RgbPicture, float], RgbPicture], on: Backend, *, key: str = ""
    ) -> None:
        self.effect, self.on = effect, on
        self.key = key or f"unnamed {uuid.uuid4().hex}"
        self.model = on.model

    def capabilities(self) -> Capabilities:
        inner = self.on.capabilities()
        return Capabilities(
            exact=inner.exact,
            parallel=inner.parallel,
            conditions=inner.conditions,
            needs=inner.needs,
            cpu_s_per_frame_720p=inner.cpu_s_per_frame_720p + 0.02,
        )

    def prepare(self, requests: Sequence[RenderRequest]) -> None:
        self.on.prepare(requests)

    def identity(self, request: RenderRequest) -> Mapping[str, object]:
        inner = {"name": self.on.name, "version": self.on.version, "identity": dict(self.on.identity(request))}
        return {"key": self.key, "on": inner}

    def notes(self, request: RenderRequest) -> tuple[str, ...]:
        return tuple(self.on.notes(request))

    def render(self, request: RenderRequest) -> Iterator[Picture]:
        if hasattr(self.effect, "apply"):
            return self._by_moviepy(request)
        return self._by_function(request)

    def _by_function(self, request: RenderRequest) -> Iterator[Picture]:
        for k, picture in enumerate(_rgb_frames(self.on, request)):
            # A copy: an effect may draw into what it is given, a backend may show the same array again.
            changed = self.effect(np.array(picture), float(request.rate.seconds_at(k)))
            yield _checked(changed, request, f"frame {k} of the effect")

    def _by_moviepy(self, request: RenderRequest) -> Iterator[Picture]:
        from moviepy import VideoClip

        frames = _Rewindable(self.on, request)
        plain = VideoClip(frames.at, duration=float(request.frame_count / request.rate.fps))
        clip = plain.with_fps(float(request.rate.fps)).with_effects([self.effect])
        for k in range(request.frame_count):
            yield _checked(_sampled(clip, k, request.rate), request, f"frame {k} of the effect")


class _Rewindable:
    """The frames of a take at any time: the latest are remembered; going further back renders it again."""

    def __init__(self, backend: Backend, request: RenderRequest) -> None:
        self._backend, self._request = backend, request
        self._restart()

    def at(self, t_s: float) -> RgbPicture:
        """The RGB frame shown at ``t_s`` seconds, the first or last one outside the take."""
        number = int(t_s * self._request.rate.fps + 1e-6)
        number = min(max(number, 0), self._request.frame_count - 1)
        if number < self._next - len(self._latest):
            self._restart()
        while self._next <= number:
            self._latest.append(np.array(next(self._frames)))
            self._next += 1
        return self._latest[number - self._next].copy()

    def _restart(self) -> None:
        self._frames = _rgb_frames(self._backend, self._request)
        self._latest: deque[RgbPicture] = deque(maxlen=_REMEMBERED)
        self._next = 0


def _rgb_frames(backend: Backend, request: RenderRequest) -> Iterator[RgbPicture]:
    frames = backend.render(request)
    return frames if backend.capabilities().pixel_format == "rgb24" else map(rgb_of, frames)


def _sampled(clip: VideoClip, k: int, rate: FrameRate) -> object:
    """moviepy's picture in the middle of frame ``k``; past the clip's end, that in the middle of its last frame."""
    centre = (k + _HALF) / rate.fps
    if clip.duration is not None:
        centre = max(min(centre, Fraction(clip.duration) - _HALF / rate.fps), Fraction(0))
    return clip.get_frame(float(centre))


def _is_moviepy(source: object) -> bool:
    return hasattr(source, "get_frame") and hasattr(source, "duration")


def _checked(picture: object, request: RenderRequest, what: str) -> Picture:
    """A picture from a stranger's code as a yuv420p picture of the take's size. moviepy's own effects give floats."""
    array = np.asarray(picture)
    if array.ndim != 3 or array.shape[2] not in (3, 4) or min(array.shape) < 2 or array.dtype.kind not in "uif":
        raise RenderError(
            f"{what} is {array.dtype} {array.shape}, a picture (height, width, 3) was expected", where=request.shot_id
        )
    if array.dtype != np.uint8:
        array = np.clip(np.rint(array), 0, 255).astype(np.uint8)
    return conform(picture_of(array[..., :3]), request.size)
