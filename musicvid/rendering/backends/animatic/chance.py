"""Choices drawn by name: the same words and the same name give the same choice, in any order, in any process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


class Chance:
    """A bag of named choices. Adding a new name never moves the others, so a look survives new features."""

    def __init__(self, *words: object) -> None:
        self._root = "\x1f".join(str(w) for w in words)

    def number(self, name: str) -> int:
        """A whole number of 64 bits."""
        digest = hashlib.blake2b(f"{self._root}\x1e{name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "little")

    def between(self, name: str, low: float, high: float) -> float:
        return low + (high - low) * (self.number(name) / 2.0**64)

    def choose(self, name: str, options: Sequence[T]) -> T:
        return options[self.number(name) % len(options)]

    def either(self, name: str, share: float = 0.5) -> bool:
        """True in ``share`` of all cases."""
        return self.between(name, 0.0, 1.0) < share

    def side(self, name: str) -> float:
        """-1 (left) or 1 (right)."""
        return 1.0 if self.either(name) else -1.0

    def many(self, name: str, *shape: int) -> NDArray[np.float32]:
        """float32 of ``shape``, even in 0..1."""
        return np.random.default_rng(self.number(name)).random(shape, dtype=np.float32)
