"""Section ``ceilings``: what this card can do at most, by the same clock: copying, matrix products, attention."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from benchmarks.bench import Bench, timed_row
from benchmarks.report import failure
from benchmarks.row import Row

NEEDED_S = 20.0
BACKENDS = ("native", "_native_flash", "_native_cudnn", "_flash_3")


def measure(bench: Bench) -> Iterator[Row]:
    copied = bench.copy_times
    yield timed_row("ceilings", "copy", copied, shape=f"{bench.copied_bytes / 2**30:g} GiB", dtype="uint8",
                    moved_bytes=2 * bench.copied_bytes, copy_share=1.0,
                    note=f"{bench.copy_bytes_per_s / 1e12:.3f} TB/s, read and written")  # fmt: skip
    yield _product(bench)
    yield from _attention(bench)


def _product(bench: Bench) -> Row:
    side = 256 if bench.tiny else 8192
    left, right = (torch.randn(side, side, dtype=bench.dtype, device=bench.device) for _ in range(2))
    times = bench.clock.cold(lambda: left @ right, 20)
    return timed_row("ceilings", "gemm", times, shape=f"{side} cubed", dtype=bench.dtype_name,
                     note=f"{2 * side**3 / times.median_ms / 1e9:.1f} TFLOP/s")  # fmt: skip


def _attention(bench: Bench) -> Iterator[Row]:
    """Self-attention of Wan 1.3B at 480x832x81, by each of the implementations that may be chosen."""
    from diffusers.models.attention_dispatch import dispatch_attention_fn

    tokens, heads, width = (64, 2, 32) if bench.tiny else (32_760, 12, 128)
    query, key, value = (torch.randn(1, tokens, heads, width, dtype=bench.dtype, device=bench.device) for _ in range(3))
    shape = f"{heads}x{tokens}x{width}"
    for backend in BACKENDS:
        name = f"attention {backend}"
        try:
            _require(backend)
            times = bench.clock.run(lambda: dispatch_attention_fn(query, key, value, backend=backend), 7, 2)  # noqa: B023
        except Exception as error:  # noqa: BLE001 - the other implementations are still worth their time
            if backend == "native":
                yield failure("ceilings", name, error, shape)
            else:
                reason = f"{type(error).__name__}: {' '.join(str(error).split())[:150]}"
                yield Row("ceilings", name, shape, note=f"not here: {reason}")
            continue
        rate = 4 * tokens**2 * heads * width / times.median_ms / 1e9
        yield timed_row("ceilings", name, times, shape=shape, dtype=bench.dtype_name, note=f"{rate:.0f} TFLOP/s")


def _require(backend: str) -> None:
    """Raises RuntimeError, in diffusers' words, when a package is missing. Its dispatch does not look: it would call
    a function that is None."""
    from diffusers.models.attention_dispatch import AttentionBackendName, _check_attention_backend_requirements

    _check_attention_backend_requirements(AttentionBackendName(backend))
