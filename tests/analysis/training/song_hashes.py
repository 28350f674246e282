"""What is played in songs of seed 7, as a line each; run as a program it prints them from a process of its own."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from musicvid.analysis.training.songbook import Songbook, Sources

FONTS = (Path("a.sf2"), Path("b.sf2"), Path("c.sf3"))


def song_hashes(midi: Path, keep: Path, numbers: Iterable[int]) -> list[str]:
    """Recipe and hash of notes and labels."""
    book = Songbook(Sources(midi / "pop909", midi / "freedoom", midi / "groove", FONTS), 7, keep)
    lines = []
    for number in numbers:
        recipe, played = book.draw(np.random.default_rng([7, number]))
        parts = (played.notes, played.beats_s, played.positions, played.edges_s, played.functions)
        written = (
            b"".join(part.tobytes() for part in parts) + repr((played.score.programs, played.score.parts)).encode()
        )
        lines.append(f"{recipe} {hashlib.sha256(written).hexdigest()}")
    return lines


if __name__ == "__main__":
    midi, keep, count = sys.argv[1:]
    print(*song_hashes(Path(midi), Path(keep), range(int(count))), sep="\n")
