"""What the analyser hears in a song. All times are seconds from the first sample."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from musicvid.errors import InputError

SECTION_LABELS = ("intro", "verse", "chorus", "bridge", "instrumental", "outro")
"""The labels that the analyser gives. A hand-made section file may use others."""


@dataclass(frozen=True, slots=True)
class Beat:
    """``position`` counts within the bar from 1 (the downbeat); ``strength`` of the onset is 0 to 1; ``confidence`` is
    the probability that a beat is there, 1 where a person says so."""

    time_s: float
    position: int
    strength: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Bar:
    """From one downbeat to the next. ``number`` counts from 1; beats before the first downbeat belong to no bar."""

    number: int
    start_s: float
    stop_s: float
    beat_count: int


@dataclass(frozen=True, slots=True)
class TempoPoint:
    time_s: float
    bpm: float


@dataclass(frozen=True, slots=True)
class Onset:
    """``strength`` is relative to the song's strongest onset, 0 to 1."""

    time_s: float
    strength: float


@dataclass(frozen=True, slots=True)
class Section:
    """``label`` is shared by repeats (``verse``); ``name`` is unique (``verse 2``, or ``intro`` when there is one).

    ``energy`` is 0 to 1 relative to the song.
    """

    start_s: float
    stop_s: float
    label: str
    name: str
    energy: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A measurement over time at a steady ``rate_hz``; value ``k`` belongs to ``k / rate_hz`` seconds.

    ``data`` is little-endian float32, so that a two-hour song stays small and the noun stays hashable. Values lie
    within ``low`` and ``high``. In the unit ``turns`` 1 and 0 are the same place: such a curve goes round.
    """

    name: str
    unit: str
    rate_hz: float
    data: bytes
    low: float = 0.0
    high: float = 1.0

    @classmethod
    def of(
        cls, name: str, unit: str, rate_hz: float, values: Iterable[float], *, low: float = 0.0, high: float = 1.0
    ) -> Curve:
        return cls(name, unit, rate_hz, array("f", values).tobytes(), low, high)

    @property
    def values(self) -> memoryview[float]:
        """Float32 view of the samples."""
        return memoryview(self.data).cast("f")

    def __len__(self) -> int:
        return len(self.data) // 4

    def at(self, time_s: float) -> float:
        """Linear interpolation; held at both ends; 0 when empty."""
        values = self.values
        if not len(values):
            return 0.0
        place = min(max(time_s * self.rate_hz, 0.0), len(values) - 1.0)
        low = int(place)
        high = min(low + 1, len(values) - 1)
        before, after = values[low], values[high]
        if self.unit == "turns" and after < before - 0.5:
            value = before + (after + 1.0 - before) * (place - low)
            return float(value if value <= 1.0 else value - 1.0)
        return float(before + (after - before) * (place - low))


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure the analyser is, each 0 to 1: the pulse at all, its octave (half/double), its phase (on/off beat),
    the bar lines, the section boundaries. 1 where a person gave the answer."""

    beats: float
    octave: float
    phase: float
    downbeats: float
    sections: float

    @property
    def overall(self) -> float:
        """The probability that the beat grid is right: a pulse, on its octave, in its phase."""
        return min(self.beats, self.octave, self.phase)


@dataclass(frozen=True, slots=True)
class Song:
    """Everything that planning needs to know about a song.

    ``sample_count / sample_rate_hz`` is the exact length. Sections tile ``[0, duration_s)``. ``notes`` are remarks for
    the user (corrections applied, doubts). ``sha256`` is that of the file's bytes. ``loudness_lufs`` is the integrated
    loudness of the whole (ITU-R BS.1770-5); None where it was not measured or nothing is loud enough to count.
    """

    file: str
    sha256: str
    sample_rate_hz: int
    channels: int
    sample_count: int
    tempo_bpm: float
    tempo: tuple[TempoPoint, ...]
    beats: tuple[Beat, ...]
    sections: tuple[Section, ...]
    onsets: tuple[Onset, ...]
    curves: tuple[Curve, ...]
    confidence: Confidence
    notes: tuple[str, ...] = ()
    loudness_lufs: float | None = None

    def __post_init__(self) -> None:
        times = [b.time_s for b in self.beats]
        if any(b <= a for a, b in pairwise(times)):
            raise InputError("beat times must rise strictly: were two trackers' beats mixed?")
        edges = [0.0, *(s.stop_s for s in self.sections)]
        starts = [*(s.start_s for s in self.sections), self.duration_s]
        if self.sections and any(abs(a - b) > 1e-6 for a, b in zip(edges, starts, strict=True)):
            raise InputError(f"sections must tile the song from 0 to {self.duration_s:.3f} s without gap or overlap")

    @property
    def duration(self) -> Fraction:
        """Exact length in seconds."""
        return Fraction(self.sample_count, self.sample_rate_hz)

    @property
    def duration_s(self) -> float:
        return self.sample_count / self.sample_rate_hz

    @property
    def downbeats(self) -> tuple[Beat, ...]:
        return tuple(b for b in self.beats if b.position == 1)

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The bars, the last one reaching to the end of the song."""
        starts = [i for i, b in enumerate(self.beats) if b.position == 1]
        bars = []
        for number, i in enumerate(starts, 1):
            nxt = starts[number] if number < len(starts) else len(self.beats)
            stop_s = self.beats[nxt].time_s if number < len(starts) else max(self.duration_s, self.beats[-1].time_s)
            bars.append(Bar(number, self.beats[i].time_s, stop_s, nxt - i))
        return tuple(bars)

    def curve(self, name: str) -> Curve:
        """The curve of that name; raises KeyError."""
        for curve in self.curves:
            if curve.name == name:
                return curve
        raise KeyError(f"no curve {name!r} (there are: {', '.join(c.name for c in self.curves)})")

    def section_at(self, time_s: float) -> Section:
        """The section that sounds at ``time_s`` (the last one from its end on)."""
        k = bisect_right([s.start_s for s in self.sections], time_s) - 1
        return self.sections[max(k, 0)]
