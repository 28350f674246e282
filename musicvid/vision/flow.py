"""Where every pixel goes from one picture to the next, and the pictures that were never taken in between.

Source: Kroeger, Timofte, Dai and Van Gool, "Fast optical flow using dense inverse search", ECCV 2016, as OpenCV has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_SIDE_PX = 32
"""OpenCV refuses smaller pictures: they are continued to this size, edges repeated."""

_VERSION = 1
"""Raise when the same pictures give others in between."""


def flow_version() -> str:
    """What the pictures in between depend on, beside their neighbours: this code, and OpenCV's release."""
    import cv2

    return f"{_VERSION} opencv-{'.'.join(cv2.__version__.split('.')[:2])}"


@dataclass(frozen=True, slots=True)
class FlowPair:
    """Optical flow of two pictures, float32 ``(2, height, width)`` as (dx, dy) in px: ``forward`` says where what is
    in the first lies in the second, ``backward`` the other way round."""

    forward: NDArray[np.float32]
    backward: NDArray[np.float32]


def flow_between(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> FlowPair:
    """The flow between two luma planes, uint8 ``(height, width)``. Raises ValueError when they differ in size."""
    import cv2

    if before.shape != after.shape or before.ndim != 2:
        raise ValueError(
            f"luma planes are {before.shape} and {after.shape}: two of one size (height, width) are needed"
        )
    height, width = before.shape
    padding = ((0, max(0, LEAST_SIDE_PX - height)), (0, max(0, LEAST_SIDE_PX - width)))
    first, second = (np.pad(plane, padding, "edge") for plane in (before, after))
    # "medium" takes six times as long, and pictures made with it are no nearer to what a moving scene really shows
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)

    def flow(start: NDArray[np.uint8], end: NDArray[np.uint8]) -> NDArray[np.float32]:
        return search.calc(start, end, None)[:height, :width].transpose(2, 0, 1)

    return FlowPair(flow(first, second), flow(second, first))


def in_between(
    before: NDArray[np.uint8], after: NDArray[np.uint8], flows: FlowPair, part: float
) -> NDArray[np.uint8]:  # fmt: skip
    """The picture a ``part`` (0 to 1) of the way from ``before`` to ``after``, with everything where it was by then.

    Pictures are uint8 yuv420p ``(height * 3 // 2, width)``; ``flows`` are their luma's. Chroma moves by the mean flow
    of the four pixels that share it. See :func:`musicvid_kernels.timewarp.timewarp_flow` for what is covered on the
    way. 0 and 1 give ``before`` and ``after``, sample for sample.
    """
    import torch
    from musicvid_kernels.timewarp import timewarp_flow

    height, width = before.shape[0] * 2 // 3, before.shape[1]
    frames = torch.from_numpy(np.stack((before, after)))
    forward, backward = (torch.from_numpy(flow)[None] for flow in (flows.forward, flows.backward))
    halved = [torch.nn.functional.avg_pool2d(flow, 2) * 0.5 for flow in (forward, backward)]
    position = torch.tensor((part,), dtype=torch.float64)
    luma = timewarp_flow(frames[:, None, :height], position, forward, backward)
    chroma = timewarp_flow(frames[:, height:].reshape(2, 2, height // 2, width // 2), position, *halved)
    made = torch.cat((luma.reshape(-1), chroma.reshape(-1))).numpy()
    return made.reshape(before.shape)
