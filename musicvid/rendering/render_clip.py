"""One clip from one prompt, without a song, a storyboard or a plan: to try a model, or for whoever scripts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.errors import InputError
from musicvid.media.encode import EncodeSettings
from musicvid.media.files import part_file, path_as_given
from musicvid.rendering.registry import load_backend
from musicvid.rendering.render import render
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.progress import OnProgress
from musicvid.schema.shots import CutCause, Motion, Reference, Shot, ShotList
from musicvid.schema.storyboard import OptionValue
from musicvid.schema.take import Take

if TYPE_CHECKING:
    from musicvid.diffusion.models import VideoModel

_SECONDS = 4
_SIZE = FrameSize(1280, 720)


def render_clip(
    prompt: str,
    to: str | os.PathLike[str] = "clip.mp4",
    *,
    model: str = "",
    backend: str = "diffusion",
    seconds: float | None = None,
    size: str = "",
    fps: str | float = "",
    avoid: str = "",
    seed: int = 0,
    first_frame: str | os.PathLike[str] = "",
    last_frame: str | os.PathLike[str] = "",
    references: Sequence[str | os.PathLike[str]] = (),
    into: str | os.PathLike[str] = "",
    options: Mapping[str, OptionValue] | None = None,
    settings: EncodeSettings | None = None,
    on_progress: OnProgress | None = None,
) -> Take:
    """Render ``prompt`` to the movie ``to`` (no sound) and return the take.

    What is not given is the model's own: its usual length, size and rate. ``options`` are the renderer's (``steps``,
    ``guidance``, ``lora``, …). ``into`` is the workspace that keeps clips (empty: beside ``to``); the same call again
    finds them there. ``a | b`` in the prompt is told over time, or refused.

    Raises our errors: an unknown model or option, a size or condition that the model does not take.
    """
    target = path_as_given(to)
    if target.suffix.lower() != ".mp4":
        raise InputError(f"a clip cannot be a {target.suffix or 'file without suffix'}", where=str(to), hint="use .mp4")
    usual = _row(model, backend)
    rate = FrameRate.parse(str(fps)) if fps else FrameRate(usual.rate_fps if usual else Fraction(24))
    frame_size = FrameSize.parse(size) if size else (usual.sizes[0] if usual and usual.sizes else _SIZE)
    count = _frame_count(seconds, rate, usual)
    shot = Shot(
        id="clip/01",
        span=FrameSpan(0, count),
        section="clip",
        label="clip",
        prompt=" ".join(prompt.split()),
        avoid=avoid,
        seed=seed,
        cut_on=CutCause("start", 0.0),
        references=tuple(Reference(Path(one).stem, str(path_as_given(one))) for one in references),
        first_frame=str(path_as_given(first_frame)) if os.fspath(first_frame) else "",
        last_frame=str(path_as_given(last_frame)) if os.fspath(last_frame) else "",
    )
    shots = ShotList(target.stem, rate, frame_size, count, (shot,), Motion.of([[0.0] * 8] * count))
    renderer = load_backend(backend, dict(options or {}), model=model, base=Path.cwd())
    work = path_as_given(into) if os.fspath(into) else target.with_suffix(".musicvid")
    (take,) = render(shots, renderer, into=work, settings=settings, workers=1, on_progress=on_progress)
    with part_file(target) as part:
        shutil.copyfile(take.path, part)
    return take


def _row(model: str, backend: str) -> VideoModel | None:
    if backend != "diffusion":
        return None
    from musicvid.rendering.backends.diffusion.where import row_of

    return row_of(model, Path.cwd())


def _frame_count(seconds: float | None, rate: FrameRate, usual: VideoModel | None) -> int:
    if seconds is None:
        own_s = Fraction(usual.default_frames) / usual.rate_fps if usual else Fraction(_SECONDS)
    elif seconds > 0:
        own_s = Fraction(str(seconds))
    else:
        raise InputError(f"a clip of {seconds} s was asked for: it must last longer than nothing")
    return max(1, round(own_s * rate.fps))
