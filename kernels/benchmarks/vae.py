"""Sections ``vae-*``: decoding a clip's latents. Errors are against the stock decoder in float32.

Stock float32 is what the models' documentation advises. Convolutions may round to TensorFloat-32 in all of them, as
PyTorch allows by default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from musicvid_kernels.case import relative_error

from benchmarks.bench import Bench, timed_row
from benchmarks.models import Decoder, decoder
from benchmarks.report import failure
from benchmarks.row import Row
from benchmarks.timing import emptied

NEEDED_S = {"wan-2.1": 40.0, "wan-2.2": 100.0, "ltx": 20.0}


def measure(bench: Bench, kind: str) -> Iterator[Row]:
    section, done_ms, exact = f"vae-{kind}", dict[str, float](), None
    for name, (dtype, change, peer) in VARIANTS.items():
        made = decoder(kind, bench.device, tiny=bench.tiny, dtype=dtype)
        try:
            change(made)
            found = made.decode().float()
            exact = found if exact is None else exact
            times = bench.clock.run(made.decode, 3, 0)
        except Exception as error:  # noqa: BLE001 - the other variants are still worth their time
            yield failure(section, name, error, str(made.clip))
            continue
        done_ms[name] = times.median_ms
        yield timed_row(section, name, times, peer=peer, peer_ms=done_ms.get(peer), shape=str(made.clip),
                        dtype=str(dtype).removeprefix("torch."), output_error=relative_error(found, exact),
                        note="error against stock fp32")  # fmt: skip
        del made, found
        emptied()


def _fused(made: Decoder) -> None:
    from musicvid.diffusion.fused import fuse

    if not fuse(made.module):
        raise RuntimeError(f"no kernel was plugged into {type(made.module).__name__}")


def _channels_last(made: Decoder) -> None:
    """Weights of 3-D convolutions with channels innermost: cuDNN then gives activations in that order too."""
    for module in made.module.modules():
        if isinstance(module, torch.nn.Conv3d):
            module.weight.data = module.weight.data.to(memory_format=torch.channels_last_3d)


VARIANTS: dict[str, tuple[torch.dtype, Callable[[Decoder], object], str]] = {
    "stock fp32": (torch.float32, lambda made: None, "stock fp32"),
    "stock bf16": (torch.bfloat16, lambda made: None, "stock fp32"),
    "fused bf16": (torch.bfloat16, _fused, "stock bf16"),
    "fused bf16 channels-last": (torch.bfloat16, lambda made: (_fused(made), _channels_last(made)), "stock bf16"),
}
"""Type, what is changed, and the row that it is held against."""
