"""The decoder's own frames, before a pipeline makes numbers from 0 to 1 of them.

In bfloat16 that step costs a bit of precision and more in the brighter half, where it shows in skies and faces, and
three passes over the clip. What follows takes any range.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def undressed(pipe: Any) -> Iterator[float]:
    """Within, a call of ``pipe`` for tensors answers with frames as they are decoded, ``(clips, frames, 3, height,
    width)``. Gives the number that is black in them; white is 1. A pipeline without a video processor is left as it
    is: black is 0."""
    processor = getattr(pipe, "video_processor", None)
    if processor is None:
        yield 0.0
        return
    processor.postprocess_video = _as_decoded
    try:
        yield -1.0 if processor.config.do_normalize else 0.0
    finally:
        del processor.postprocess_video


def _as_decoded(video: Any, output_type: str = "pt", **_: Any) -> Any:
    return video.transpose(1, 2)
