"""Seeds that belong to a shot: the same id under the same storyboard seed always gives the same one."""

from __future__ import annotations

import hashlib


def shot_seed(seed: int, shot_id: str) -> int:
    """31 bits of the SHA-256 of both."""
    digest = hashlib.sha256(f"{seed}:{shot_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF
