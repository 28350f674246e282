"""Frames at times between frames: ``timewarp`` mixes two neighbours, ``timewarp_flow`` moves what moves."""

from __future__ import annotations

import torch

from musicvid_kernels.choice import on_triton
from musicvid_kernels.timewarp.reference import timewarp_flow_reference, timewarp_reference
from musicvid_kernels.timewarp.shapes import EXACT, check_flows, check_frames

__all__ = ["timewarp", "timewarp_flow", "timewarp_flow_reference", "timewarp_reference"]


@torch.library.custom_op("musicvid::timewarp", mutates_args=())
def timewarp(frames: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """``out[k]`` lies at ``positions[k]`` between two frames: ``a + (b - a) * w``, by their nearness.

    ``frames`` ``(F, ...)`` uint8, float16, bfloat16 or float32; any strides, but pictures whose samples do not lie in
    a row (each picture for itself: the luma rows of planar pictures do) are copied first. ``positions`` ``(K,)``
    count in frames from 0 to F - 1 and never fall, float64 or float32, on the processor whatever the frames are on.
    Gives ``(K, ...)`` of the frames' type, contiguous.

    A position on a frame copies that frame bit for bit and reads no other. uint8 is rounded to the nearest level,
    halves up, for float64 positions as in whole numbers wherever ``w`` is a fraction with a denominator to 16000;
    floats are mixed in float32. Raises ValueError for other shapes and types, and for positions that fall or lie
    outside.
    """
    _check(frames, positions)
    if on_triton(frames):
        from musicvid_kernels.timewarp.kernel import timewarp_triton as run
    else:
        run = timewarp_reference
    return run(frames, positions)


@timewarp.register_fake
def _(frames: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    _check(frames, positions)
    return frames.new_empty((positions.shape[0], *frames.shape[1:]))


@torch.library.custom_op("musicvid::timewarp_flow", mutates_args=())
def timewarp_flow(
    frames: torch.Tensor, positions: torch.Tensor, forward: torch.Tensor, backward: torch.Tensor
) -> torch.Tensor:
    """As :func:`timewarp`, but what moved between the two frames is shown where it was at that time.

    ``frames`` ``(F, C, H, W)``, planes of one size (of planar 4:2:0, luma and chroma are two calls, chroma's with flow
    of half the size and half the length). ``forward`` and ``backward`` ``(F - 1, 2, H, W)`` floats: the optical flow
    ``(dx, dy)`` in px from frame i to i + 1, and from i + 1 to i. Any strides. ``positions`` as in :func:`timewarp`.

    At part t of the way the flows to both frames are Super SloMo's (equation 4); both frames are sampled there between
    pixels, edges repeated, and mixed ``1 - t`` to ``t``. A sample is trusted less the further its own flow misses the
    pixel that it was fetched for: where something is covered or leaves the picture, the frame that shows it has the
    say (ten to one); where neither does, both. Trust is ``0.1 + 1 / (1 + (miss² / allowed)²)`` with
    ``allowed = 0.5 + 0.01 * (squared lengths)`` px² as in Sundaram et al.

    Computes in float32, rounds once (uint8: halves up). A position on a frame is that frame bit for bit. Raises
    ValueError as :func:`timewarp`, and for flows of other shapes and types.
    """
    _check(frames, positions, forward, backward)
    if on_triton(frames):
        from musicvid_kernels.timewarp.kernel import timewarp_flow_triton as run
    else:
        run = timewarp_flow_reference
    return run(frames, positions, forward, backward)


@timewarp_flow.register_fake
def _(
    frames: torch.Tensor, positions: torch.Tensor, forward: torch.Tensor, backward: torch.Tensor
) -> torch.Tensor:  # fmt: skip
    _check(frames, positions, forward, backward)
    return frames.new_empty((positions.shape[0], *frames.shape[1:]))


def _check(frames: torch.Tensor, positions: torch.Tensor, *flows: torch.Tensor) -> None:
    check_frames(frames, positions)
    if flows:
        check_flows(frames, *flows)
    if EXACT in (frames.dtype, *(flow.dtype for flow in flows)):
        raise ValueError("float64 is for the definitions: uint8, float16, bfloat16 or float32 is needed")
