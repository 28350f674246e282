"""What a person knows better than the beat tracker: the corrections of a song's beat grid."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from musicvid.errors import InputError

SLOWEST_BPM, FASTEST_BPM = 20.0, 400.0
LAST_BEAT = 1_000_000
_SLOWEST_ANCHORED_BPM = 4.0
"""Between two anchors a beat may be held: a fermata of a quarter minute."""
_LARGEST_OFFSET_S = 3600.0

Level = Literal["", "halve", "double"]
LEVELS = ("halve", "double")


@dataclass(frozen=True, slots=True)
class Anchor:
    """Beat number ``beat`` sounds at ``time_s``. Beats are counted from 1, wherever the person began to count."""

    beat: int
    time_s: float

    def __str__(self) -> str:
        return f"beat {self.beat} at {clock(self.time_s)}"


class Clash(NamedTuple):
    """Anchor number ``place`` (from 0) does not fit those before it."""

    place: int
    message: str


@dataclass(frozen=True, slots=True)
class Corrections:
    """Corrections in the order in which they apply; what is empty or None is left as it was heard.

    ``beats``: path of a file whose beats are believed; or ``bpm``: a tempo that the tracker keeps to, and ``tracker``:
    the name of one that takes the place of musicvid's own. A file contradicts both.
    ``level``: every second beat only (``halve``), or one more in the middle of every two (``double``). ``offset_s``:
    added to every beat. ``anchors``: beats whose times are known; their numbers rise, and so do their times.
    ``downbeat_s``: where a bar begins.

    Raises :class:`InputError` for values out of range and for those that contradict each other.
    """

    beats: str = ""
    bpm: float | None = None
    level: Level = ""
    offset_s: float | None = None
    anchors: tuple[Anchor, ...] = ()
    downbeat_s: float | None = None
    tracker: str = ""

    def __post_init__(self) -> None:
        if self.beats and self.tracker:
            raise InputError("a beat file and a tracker contradict each other", hint="give --beats or --tracker")
        if self.beats and self.bpm is not None:
            raise InputError("a beat file and a tempo contradict each other", hint="give --beats or --bpm")
        if self.bpm is not None and not (math.isfinite(self.bpm) and SLOWEST_BPM <= self.bpm <= FASTEST_BPM):
            raise InputError(
                f"a tempo of {self.bpm:g} bpm is outside {SLOWEST_BPM:g} to {FASTEST_BPM:g}",
                hint="give beats per minute, such as 120",
            )
        if self.level not in ("", *LEVELS):
            raise InputError(f"unknown level {self.level!r} (known: {', '.join(LEVELS)})")
        if not abs(self.offset_s or 0.0) <= _LARGEST_OFFSET_S:  # also for what is no number
            raise InputError(f"an offset of {self.offset_s:g} s is too large", hint="give seconds, such as 0.012")
        if self.downbeat_s is not None and not (math.isfinite(self.downbeat_s) and self.downbeat_s >= 0):
            raise InputError(f"a downbeat at {self.downbeat_s:g} s is not within a song")
        clash = next(clashes(self.anchors), None)
        if clash is not None:
            raise InputError(f"{self.anchors[clash.place]}: {clash.message}")

    def __bool__(self) -> bool:
        """True when there is anything to correct."""
        return self not in (AS_HEARD, Corrections(offset_s=0.0))

    def over(self, other: Corrections) -> Corrections:
        """These where they say something, else ``other``'s, key by key.

        What contradicts one of these goes too: a tempo given here displaces a beat file of ``other``.
        """
        return Corrections(
            beats=self.beats or ("" if self.bpm is not None or self.tracker else other.beats),
            bpm=self.bpm if self.bpm is not None or self.beats else other.bpm,
            level=self.level or other.level,
            offset_s=other.offset_s if self.offset_s is None else self.offset_s,
            anchors=self.anchors or other.anchors,
            downbeat_s=other.downbeat_s if self.downbeat_s is None else self.downbeat_s,
            tracker=self.tracker or ("" if self.beats else other.tracker),
        )

    def named(self) -> tuple[str, ...]:
        """A few words for each correction, in their order, for people."""
        words = []
        if self.beats:
            words.append(f"beats from {self.beats.replace(chr(92), '/').rpartition('/')[2]}")
        if self.tracker:
            words.append(f"beats by {self.tracker}")
        if self.bpm is not None:
            words.append(f"{self.bpm:g} bpm")
        if self.level:
            words.append("halved" if self.level == "halve" else "doubled")
        if self.offset_s:
            words.append(f"shifted by {self.offset_s * 1000:+g} ms")
        if self.anchors:
            words.append("1 anchor" if len(self.anchors) == 1 else f"{len(self.anchors)} anchors")
        if self.downbeat_s is not None:
            words.append(f"downbeat at {clock(self.downbeat_s)}")
        return tuple(words)


def clashes(anchors: Iterable[Anchor]) -> Iterator[Clash]:
    """Every anchor out of range, or that does not come after the one before it at a speed that music has."""
    row = list(anchors)
    for place, anchor in enumerate(row):
        if not (math.isfinite(anchor.time_s) and anchor.time_s >= 0):
            yield Clash(place, "this is not within a song")
        elif not 1 <= anchor.beat <= LAST_BEAT:
            yield Clash(place, f"beats are counted from 1 to {LAST_BEAT:,}")
    for place, (before, anchor) in enumerate(pairwise(row), 1):
        count, time_s = anchor.beat - before.beat, anchor.time_s - before.time_s
        if count <= 0 or not time_s > 0:
            yield Clash(place, f"this does not come after {before}: numbers and times rise together")
        elif not _SLOWEST_ANCHORED_BPM * time_s <= 60 * count <= FASTEST_BPM * time_s:
            yield Clash(place, f"from {before} on that would be {60 * count / time_s:,.0f} bpm")


def clock(seconds: float) -> str:
    """``1:02.5`` as a storyboard reads it, to the microsecond and without zeros at the end."""
    micros = round(seconds * 1_000_000)
    minutes, rest = divmod(micros, 60_000_000)
    text = f"{rest / 1_000_000:09.6f}".rstrip("0").rstrip(".")
    return f"{minutes}:{text}"


AS_HEARD = Corrections()
"""Nothing is corrected."""
