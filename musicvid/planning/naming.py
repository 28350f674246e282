"""Names as people read and write them: ids of shots, times, section names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable


def slug(name: str) -> str:
    """``Verse 2`` → ``verse-2``: letters and digits of any script, joined by hyphens; ``section`` if there are none."""
    return "-".join(re.findall(r"[^\W_]+", name.casefold())) or "section"


def shot_ids(sections: Iterable[str]) -> list[str]:
    """One id for each shot, given the name of its section: ``verse-1/01``, ``verse-1/02``, ``chorus-1/01``, …

    Ids depend only on the names and their order, so they survive changes elsewhere in the song.
    """
    count: Counter[str] = Counter()
    ids = []
    for name in sections:
        word = slug(name)
        count[word] += 1
        ids.append(f"{word}/{count[word]:02d}")
    return ids


def clock(seconds: float) -> str:
    """``1:02.5``, as times are written in a storyboard; milliseconds at most."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(abs(thousandths), 60_000)
    text = f"{rest // 1000:02d}.{rest % 1000:03d}".rstrip("0").rstrip(".")
    return f"{'-' if thousandths < 0 else ''}{minutes}:{text}"
