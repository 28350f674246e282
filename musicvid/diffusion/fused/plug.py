"""One door for all: ``fuse`` what there are kernels for, ``unfuse`` it bit by bit as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from musicvid_kernels.choice import Choice, KernelChoiceError, choose

from musicvid.diffusion.fused.forwards import is_replaced
from musicvid.errors import RenderError


def kernels_for(device: str) -> Choice:
    """Which implementation runs on ``device`` and why. Raises :class:`RenderError` when ``MUSICVID_KERNELS`` asks for
    one that cannot run there."""
    try:
        return choose(device)
    except KernelChoiceError as error:
        raise RenderError(str(error), hint="say MUSICVID_KERNELS=auto, or leave it out") from error


def fuse_pipeline(pipe: Any, kernels: Choice) -> list[str]:
    """Plug them into whatever of a pipeline there are kernels for, where Triton runs them. Returns notes for the
    person: a card that goes without is told of, unless that was asked for."""
    if kernels.name == "triton":
        for name in ("transformer", "transformer_2", "vae"):
            if (part := pipe.components.get(name)) is not None:
                fuse(part)
    return [f"slower than it could be: {kernels.why}"] if kernels.obstacle else []


def fuse(module: Any) -> int:
    """Plug our kernels into a denoiser or a video decoder, with or without hooks (offloading, caches). Returns how many
    of its modules changed: 0 when it is of a kind that there are no kernels for.

    The mathematics stays as it is, results differ by rounding. While gradients are asked for, stock code runs.
    Raises :class:`RenderError`, and leaves it as it was, when something else replaced one of its modules' forwards.
    """
    change, undo = _kind(module)
    before = any(is_replaced(part) for part in module.modules())
    try:
        return change(module)
    except RenderError:
        if not before:
            undo(module)
        raise


def unfuse(module: Any) -> int:
    """Undo :func:`fuse`: bit-identical to a module that never was fused. Returns how many modules changed back."""
    _, undo = _kind(module)
    return undo(module)


def _kind(module: Any) -> tuple[Callable[[Any], int], Callable[[Any], int]]:
    """What changes a module of this class, and what changes it back. Imported when met: each is a part of diffusers."""
    match type(module).__name__:
        case "WanTransformer3DModel" | "WanVACETransformer3DModel":
            from musicvid.diffusion.fused import wan

            return wan.fuse_wan, wan.unfuse_wan
        case "LTXVideoTransformer3DModel":
            from musicvid.diffusion.fused import ltx

            return ltx.fuse_ltx, ltx.unfuse_ltx
        case "LTX2VideoTransformer3DModel":
            from musicvid.diffusion.fused import ltx2

            return ltx2.fuse_ltx2, ltx2.unfuse_ltx2
        case "AutoencoderKLWan":
            from musicvid.diffusion.fused import wan_vae

            return wan_vae.fuse_wan_vae, wan_vae.unfuse_wan_vae
        case "AutoencoderKLLTXVideo" | "AutoencoderKLLTX2Video":
            from musicvid.diffusion.fused import ltx_vae

            return ltx_vae.fuse_ltx_vae, ltx_vae.unfuse_ltx_vae
        case _:
            return _nothing, _nothing


def _nothing(module: Any) -> int:
    return 0
