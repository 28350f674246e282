"""One door for all: ``fuse`` what there are kernels for, ``unfuse`` it bit by bit as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from musicvid_kernels.choice import Choice, KernelChoiceError, choose

from musicvid.errors import RenderError


def kernels_for(device: str) -> Choice:
    """Which implementation runs on ``device`` and why. Raises :class:`RenderError` when ``MUSICVID_KERNELS`` asks for
    one that cannot run there."""
    try:
        return choose(device)
    except KernelChoiceError as error:
        raise RenderError(str(error), hint="say MUSICVID_KERNELS=auto, or leave it out") from error


def fuse(module: Any) -> int:
    """Plug our kernels into a denoiser or a video decoder, before it has hooks (offloading, caches). Returns how many
    of its modules changed: 0 when it is of a kind that there are no kernels for.

    The mathematics stays as it is, results differ by rounding. While gradients are asked for, stock code runs.
    """
    return sum(change(module) for _, change, _ in _kinds(module))


def unfuse(module: Any) -> int:
    """Undo :func:`fuse`: bit-identical to a module that never was fused. Returns how many modules changed back."""
    return sum(undo(module) for _, _, undo in _kinds(module))


def _kinds(module: Any) -> list[tuple[str, Callable[[Any], int], Callable[[Any], int]]]:
    """What changes a module of this class, and what changes it back. Imported when met: each is a part of diffusers."""
    name = type(module).__name__
    if name in ("WanTransformer3DModel", "WanVACETransformer3DModel"):
        from musicvid.diffusion.fused import wan

        return [(name, wan.fuse_wan, wan.unfuse_wan)]
    if name == "LTXVideoTransformer3DModel":
        from musicvid.diffusion.fused import ltx

        return [(name, ltx.fuse_ltx, ltx.unfuse_ltx)]
    if name == "LTX2VideoTransformer3DModel":
        from musicvid.diffusion.fused import ltx2

        return [(name, ltx2.fuse_ltx2, ltx2.unfuse_ltx2)]
    if name == "AutoencoderKLWan":
        from musicvid.diffusion.fused import wan_vae

        return [(name, wan_vae.patch_wan_vae, wan_vae.unpatch_wan_vae)]
    if name == "AutoencoderKLLTXVideo":
        from musicvid.diffusion.fused import ltx_vae

        return [(name, ltx_vae.fuse_ltx_vae, ltx_vae.unfuse_ltx_vae)]
    return []
