"""Section ``frames``: from the decoded tensor on the card to pictures that an encoder takes, on the host.

Stock: ``postprocess_video`` to numpy, 8 bits, and FFmpeg's conversion to 4:2:0, as the exporters of diffusers end up
doing. Its decoder works in float32, as the models' documentation advises; ours in bfloat16. Wall clock.

*Product* is what an engine's clips go through, in chunks and with the test for numbers, and what is judged; *finish* is
one call of the op over the whole clip.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from benchmarks.bench import Bench, timed_row
from benchmarks.models import Clip
from benchmarks.row import Row
from benchmarks.timing import emptied

NEEDED_S = 30.0
CLIPS = (Clip(480, 832, 81), Clip(704, 1280, 121))
TINY = (Clip(32, 48, 5),)


def measure(bench: Bench) -> Iterator[Row]:
    for clip in TINY if bench.tiny else CLIPS:
        yield from _measured(bench, clip)
        emptied()


def _measured(bench: Bench, clip: Clip) -> Iterator[Row]:
    decoded = torch.rand(1, 3, clip.frames, clip.height, clip.width, device=bench.device) * 2 - 1
    times = bench.clock.wall(lambda: numpy_route(decoded))
    pixels = clip.frames * clip.height * clip.width
    stock, where = f"{clip} numpy route", {"shape": str(clip)}
    yield timed_row("frames", stock, times, peer=stock, peer_ms=times.median_ms, dtype="float32",
                    note=f"{pixels * 12 / 1e6:.1f} MB to the host", **where)  # fmt: skip
    ours = decoded.to(bench.dtype)
    effects = _effects(bench, clip)
    for name, route in (("product", lambda: product_route(ours)), ("finish", lambda: our_route(ours, None)),
                        ("finish with effects", lambda: our_route(ours, effects))):  # fmt: skip
        done = bench.clock.wall(route)
        crossed = route().nbytes
        yield timed_row("frames", f"{clip} {name}", done, peer=stock, peer_ms=times.median_ms, dtype=bench.dtype_name,
                        note=f"{crossed / 1e6:.1f} MB to the host, {pixels * 12 / crossed:.3g}x fewer",
                        **where)  # fmt: skip


def numpy_route(decoded: torch.Tensor) -> list[Any]:
    """FFmpeg frames from what a VAE gives, ``(1, 3, frames, height, width)`` in -1 to 1."""
    from av import VideoFrame
    from diffusers.video_processor import VideoProcessor

    pictures = VideoProcessor(vae_scale_factor=8).postprocess_video(decoded, output_type="np")[0]
    levels = (pictures * 255).round().astype("uint8")
    return [VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p", dst_colorspace="ITU709")
            for picture in levels]  # fmt: skip


def product_route(decoded: torch.Tensor) -> Any:
    """Planes as the engine of ``musicvid.diffusion`` has them."""
    from musicvid.diffusion.pictures import to_planes

    numbers, planes = to_planes(decoded[0].transpose(0, 1), black=-1.0)
    if not numbers:
        raise RuntimeError("what was decoded has NaN in it")
    return planes


def our_route(decoded: torch.Tensor, table: torch.Tensor | None) -> torch.Tensor:
    """Planes, uint8 ``(frames, height * 3 // 2, width)``, on the host."""
    from musicvid_kernels.finish import finish

    return finish(decoded[0].transpose(0, 1), table, low=-1.0, high=1.0).cpu()


def _effects(bench: Bench, clip: Clip) -> torch.Tensor:
    """What beats do to a clip: every frame zoomed, moved, lit and graded a little."""
    from musicvid_kernels.finish.table import COLUMNS, neutral

    table = neutral(clip.frames)
    swing = torch.rand(clip.frames, generator=torch.Generator().manual_seed(0))
    for column, size in (("zoom", 0.05), ("shift_x", 0.01), ("gain", 0.1), ("saturation", 0.2), ("flash", 0.2)):
        table[:, COLUMNS.index(column)] += size * swing
    return table.to(bench.device)
