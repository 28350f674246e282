"""What graphics cards reach, as the predictions take it.

How far eager code stays below a plain copy, and what convolutions reach, are set so that the sums meet whole models
measured before (``tests/benchmarks/results/cards_h200.md``: Wan 1.3B 0.64 s a forward, 5B 1.21 s, LTX 2B 0.25 s;
decoding 1.82 s and 5.8 s; one H200, stock, cuDNN attention).
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks import work

EAGER, FUSED = 0.5, 0.9
"""Of a copy's bandwidth: PyTorch's operations one by one (fitted, see above), and our kernels (expected)."""
CONVOLUTION_FLOPS = {"wan-2.1": 320e12, "wan-2.2": 640e12, "ltx": 400e12}
"""In bfloat16 (fitted; LTX's is a guess). TensorFloat-32 has half the rate."""


@dataclass(frozen=True, slots=True)
class Card:
    """Bytes read and written a second by a copy, operations a second of bfloat16 matrix products, and of attention by
    cuDNN and by what PyTorch takes of itself; ``instructions`` a second of single lanes: 132 multiprocessors, 128 lanes
    each, at 1.755 GHz. Copy and products were measured; attention is expected."""

    copy: float
    matrix: float = 790e12
    fast_attention: float = 600e12
    native_attention: float = 385e12
    instructions: float = 132 * 128 * 1.755e9

    def seconds(self, done: work.Work, *, fast: bool, convolution_flops: float = 320e12) -> float:
        attention = self.fast_attention if fast else self.native_attention
        rates = {work.MATRIX: self.matrix, work.ATTENTION: attention, work.CONVOLUTION: convolution_flops}
        seconds = sum(max(done.flops[kind] / rate, done.moved_bytes[kind] / self.copy) for kind, rate in rates.items())
        for name, count in done.memory_bytes.items():
            seconds += count / self.copy / (FUSED if name.startswith(work.OURS) else EAGER)
        return seconds


H200, H100 = Card(4.3e12), Card(3.0e12)
