"""Which row of timestep modulation a token uses, and the rotary tables as the kernels take them.

Both are the same for all blocks of a forward, so they are worked out once and shared.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any


class Shared:
    """What the modules of one denoiser have in common during a forward. ``split``: how many tokens come before those of
    the second timestep; negative: there is but one timestep, or one for every token."""

    def __init__(self) -> None:
        self.split = -1
        self._tables: Any = None
        self._halves: Any = None

    def rotary(self, cos: Any, sin: Any) -> tuple[Any, Any]:
        """``half_tables`` of ``cos`` and ``sin``, made once for all blocks that are given the same two, and gone with
        them: they are as large as a clip's tokens."""
        import torch

        if torch.compiler.is_compiling():
            return half_tables(cos, sin)
        if self._tables is None or self._tables[0]() is not cos or self._tables[1]() is not sin:
            self._halves = half_tables(cos, sin)
            self._tables = (weakref.ref(cos, self._forget), weakref.ref(sin))
        return self._halves

    def _forget(self, gone: Any) -> None:
        if self._tables is not None and self._tables[0] is gone:
            self._tables = self._halves = None

    def __getstate__(self) -> dict[str, Any]:
        """Copies and what is pickled begin anew: weak references cannot go along."""
        return vars(Shared())


def half_tables(cos: Any, sin: Any) -> tuple[Any, Any]:
    """Diffusers repeats every angle for both members of a pair: ``(…, pairs * 2)`` to float32 ``(…, pairs)``. A
    dimension for heads, ``(batch, tokens, 1, head)``, is taken away."""
    if cos.ndim == 4:
        cos, sin = cos[:, :, 0], sin[:, :, 0]
    return cos[..., 0::2].float().contiguous(), sin[..., 1::2].float().contiguous()


@dataclass(frozen=True, slots=True)
class Modulation:
    """Rows of adaLN-single: a table of the block, ``(rows, width)``, plus the timestep's, ``(batch, groups, rows,
    width)``. The kernels add the two."""

    table: Any
    times: Any

    @classmethod
    def of(cls, table: Any, times: Any, batch: int) -> Modulation:
        """One timestep may be given for a whole batch."""
        return cls(table, times.expand(batch, -1, -1, -1))

    def base(self, k: int) -> Any:
        return self.table[k]

    def rows(self, k: int) -> Any:
        return self.times[:, :, k]


def rows_of(hidden: Any) -> Any:
    """Tokens ``(batch, tokens, width)`` with the width contiguous. VACE's come as the transposed view of a
    convolution's output."""
    return hidden if hidden.stride(-1) == 1 else hidden.contiguous()


def runs(timesteps: Any) -> tuple[Any, int] | None:
    """Timesteps ``(batch, tokens)`` as the values of at most two runs ``(batch, groups)`` and the length of the first
    (negative: there is one run). None when there are more. Reads one number from the card."""
    import torch

    changes = (timesteps[:, 1:] != timesteps[:, :-1]).any(0).nonzero().flatten().tolist()
    if len(changes) > 1:
        return None
    if not changes:
        return timesteps[:, :1], -1
    split = changes[0] + 1
    return torch.stack([timesteps[:, 0], timesteps[:, split]], 1), split
