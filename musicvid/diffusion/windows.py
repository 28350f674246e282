"""How LTX-Video's pipeline of many prompts cuts a clip into windows in time, each with its prompt.

It works on latents: the first codes one frame, each other one ``ratio`` frames (the step of the model's frame rule).
"""

from __future__ import annotations

from musicvid.errors import RenderError

TILE_FRAMES, OVERLAP_FRAMES = 80, 24
"""The pipeline's own defaults."""


def window_starts(frame_count: int, ratio: int) -> tuple[int, ...]:
    """For each window the first frame of the clip that shows more of it than of the one before.

    A window repeats the end of the one before: its first latent is dropped, the next ones are dissolved into it.
    """
    latents = (frame_count - 1) // ratio + 1
    tile, overlap, stride = _in_latents(ratio)
    count = 1 + max(0, -((tile - latents) // stride))
    dissolved = max(overlap - 1, 1)
    opens = 1 + (dissolved + 1) // 2  # latents of a window before the middle of its dissolve
    return (0, *((k * stride + opens - 1) * ratio + 1 for k in range(1, count)))


def shares(prompts: tuple[str, ...], windows: int) -> tuple[tuple[str, int, int], ...]:
    """(prompt, first window, one past its last): the windows dealt out as equally as they go.

    Raises :class:`RenderError` where a prompt would get none.
    """
    if windows < len(prompts):
        raise RenderError(
            f"{len(prompts)} prompts over time need as many windows, so short a clip has {windows}",
            hint="make the clip longer, or give fewer prompts",
        )
    edges = [k * windows // len(prompts) for k in range(len(prompts) + 1)]
    return tuple(zip(prompts, edges, edges[1:], strict=False))


def _in_latents(ratio: int) -> tuple[int, int, int]:
    """Length of a window, what it shares with the next, and from where to where they step."""
    tile, overlap = max(1, TILE_FRAMES // ratio), OVERLAP_FRAMES // ratio
    return tile, overlap, max(tile - overlap, 1)
