"""A glance at a clip in the making: one frame of its latents through the model's own VAE, at half size.

Nothing of the clip may change by it: the random number generators are put back as they were, and the VAE works on
caches of its own.
"""

from __future__ import annotations

import contextlib
import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import MusicvidError, RenderError, StorageError
from musicvid.schema.frames import FrameSize

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline

_WAN = "AutoencoderKLWan"
_LTX = ("AutoencoderKLLTXVideo", "AutoencoderKLLTX2Video")
_CLEAN_ENOUGH = 0.05
"""The noise level that LTX's VAE is told to expect, as its pipelines do by default."""


def why_no_preview(pipe: DiffusionPipeline) -> str:
    """Why this pipeline's clips cannot be looked at while they are made; empty when they can."""
    vae = getattr(pipe, "vae", None)
    kind = type(vae).__name__
    if kind not in (_WAN, *_LTX):
        return f"no previews: the latents of {kind} are not known here"
    if type(pipe).__name__ == "LTXI2VLongMultiPromptPipeline":
        return "no previews: LTXI2VLongMultiPromptPipeline does not show the latents it works on"
    if hasattr(vae, "_hf_hook"):
        return "no previews: with model offload each would push the denoiser off the card"
    return ""


def preview(
    pipe: DiffusionPipeline, latents: torch.Tensor, *, frame_count: int, size: FrameSize
) -> NDArray[np.uint8] | None:
    """The middle frame of a step's latents as uint8 ``(height, width, 3)`` at half the clip's size; None where
    :func:`why_no_preview` says why.

    ``latents`` are what the pipeline's step callback gets: ``(batch, channels, time, height, width)``, or with LTX
    packed ``(batch, tokens, channels)``, for which ``frame_count`` and ``size`` of the clip are needed. Raises
    :class:`RenderError` for latents that do not fit them.
    """
    import torch

    if why_no_preview(pipe):
        return None
    with torch.no_grad(), _same_dice(latents.device):
        whole = latents if latents.ndim == 5 else _unpacked(pipe, latents, frame_count, size)
        frame = _denormalised(pipe, whole[:1, :, whole.shape[2] // 2, None].float())
        small = torch.nn.functional.avg_pool3d(frame, (1, 2, 2), ceil_mode=True)
        vae = _apart(pipe.vae)
        decoded = vae.decode(small.to(vae.dtype), *_told(vae, small), return_dict=False)[0]
        picture = ((decoded[0, :, 0].float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(picture.permute(1, 2, 0).cpu().numpy())


class Previews:
    """Writes a preview to ``path`` after every ``every`` steps of a clip, each over the last.

    What stands in their way (a family without previews, a full disk, too little memory) is told once through ``tell``,
    and no more are tried: no clip is lost for the sake of its preview.
    """

    def __init__(
        self,
        pipe: DiffusionPipeline,
        path: Path,
        *,
        every: int,
        frame_count: int,
        size: FrameSize,
        tell: Callable[[str], None],
    ) -> None:
        self._pipe, self._path, self._every, self._tell = pipe, path, every, tell
        self._frame_count, self._size = frame_count, size
        if every and (reason := why_no_preview(pipe)):
            self._stop(reason)

    def after(self, step: int, latents: torch.Tensor) -> None:
        """To be called after each step, counted from 0."""
        import torch

        if not self._every or (step + 1) % self._every:
            return
        try:
            picture = preview(self._pipe, latents, frame_count=self._frame_count, size=self._size)
            if picture is not None:
                write_preview(self._path, picture)
        except torch.OutOfMemoryError:
            self._stop("no more previews: too little memory is free")
        except MusicvidError as error:
            self._stop(f"no more previews: {error}")

    def _stop(self, reason: str) -> None:
        self._every = 0
        self._tell(reason)


def write_preview(path: str | os.PathLike[str], picture: NDArray[np.uint8]) -> None:
    """Write ``picture`` as a JPEG; whoever looks at ``path`` meanwhile sees a whole picture, the old or the new.

    Missing folders are made. Raises :class:`StorageError`.
    """
    from PIL import Image

    target = Path(path)
    part = target.with_name(f".{target.stem}.part-{os.getpid()}-0{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(part, format="JPEG", quality=85)
        os.replace(part, target)
    except OSError as error:
        with contextlib.suppress(OSError):  # the same trouble that is being reported
            part.unlink(missing_ok=True)
        raise StorageError(f"the preview cannot be written: {error.strerror or error}", where=str(target)) from error


def _unpacked(pipe: DiffusionPipeline, latents: torch.Tensor, frame_count: int, size: FrameSize) -> torch.Tensor:
    """LTX's tokens as ``(batch, channels, time, height, width)``, without those of conditions that stand beside."""
    if type(pipe).__name__.startswith("LTX2DFR"):
        from musicvid.diffusion.song_latents import canvas_frames

        frame_count = canvas_frames(frame_count, pipe.vae_temporal_compression_ratio)
    depth = (frame_count - 1) // pipe.vae_temporal_compression_ratio + 1
    height, width = (side // pipe.vae_spatial_compression_ratio for side in (size.height, size.width))
    space, time = pipe.transformer_spatial_patch_size, pipe.transformer_temporal_patch_size
    tokens = depth * height * width // (space * space * time)
    if latents.shape[1] < tokens:
        raise RenderError(
            f"{latents.shape[1]} tokens are no clip of {frame_count} frames at {size}: {tokens} are needed"
        )
    in_front = type(pipe).__name__ == "LTXConditionPipeline"  # the others append their conditions
    own = latents[:, -tokens:] if in_front else latents[:, :tokens]
    return pipe._unpack_latents(own, depth, height, width, space, time)


def _denormalised(pipe: DiffusionPipeline, latents: torch.Tensor) -> torch.Tensor:
    vae = pipe.vae
    if type(vae).__name__ in _LTX:
        return pipe._denormalize_latents(latents, vae.latents_mean, vae.latents_std, vae.config.scaling_factor)
    mean, spread = (
        latents.new_tensor(values).view(1, -1, 1, 1, 1) for values in (vae.config.latents_mean, vae.config.latents_std)
    )
    return latents * spread + mean


def _told(vae: torch.nn.Module, latents: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """The noise level, for a VAE that wants to know it."""
    wants = getattr(vae.config, "timestep_conditioning", False)
    return (latents.new_tensor([_CLEAN_ENOUGH]).to(vae.dtype),) if wants else ()


def _apart(vae: torch.nn.Module) -> torch.nn.Module:
    """The same weights with caches and switches of their own; a picture this small needs no tiles."""
    twin = copy.copy(vae)
    twin.use_tiling = twin.use_slicing = False
    return twin


@contextlib.contextmanager
def _same_dice(device: torch.device) -> Iterator[None]:
    """Put the global random number generators back as they were: some VAEs draw noise from them."""
    import torch

    apple = torch.mps.get_rng_state() if device.type == "mps" else None
    try:
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            yield
    finally:
        if apple is not None:
            torch.mps.set_rng_state(apple)
