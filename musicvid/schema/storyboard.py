"""What the director wants: the only document that a person edits. Read by ``production.storyboard``."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.grid import Corrections
from musicvid.schema.release import Release

Unit = Literal["bars", "beats", "seconds", "frames"]
OptionValue = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Amount:
    """A length in musical or clock units, e.g. 2 bars or 1/2 beat."""

    value: Fraction
    unit: Unit


@dataclass(frozen=True, slots=True)
class Consent:
    """Who agreed to be shown, when (ISO date), and the file that proves it."""

    by: str
    on: str
    proof: str


@dataclass(frozen=True, slots=True)
class CastMember:
    """Who or what must stay the same from shot to shot. ``reference`` is an absolute picture path or empty."""

    name: str
    description: str
    reference: str = ""
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class VideoSpec:
    size: FrameSize = FrameSize(1280, 720)
    rate: FrameRate = FrameRate(Fraction(24))


@dataclass(frozen=True, slots=True)
class Look:
    style: str = ""
    avoid: str = ""


@dataclass(frozen=True, slots=True)
class RendererSpec:
    """``options`` are the renderer's own, checked against it. ``base`` is the folder that relative paths start from."""

    name: str = "animatic"
    model: str = ""
    takes: int = 1
    seed: int = 0
    options: tuple[tuple[str, OptionValue], ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """Shot length by section label or name; ``None`` is auto: it follows the energy."""

    default: Amount | None = None
    by_section: tuple[tuple[str, Amount | None], ...] = ()

    def for_section(self, label: str, name: str) -> Amount | None:
        """The most specific rule: ``verse 2``, then ``verse``, then the default."""
        rules = dict(self.by_section)
        return rules.get(name, rules.get(label, self.default))


@dataclass(frozen=True, slots=True)
class CutRules:
    """``shortest`` is the minimum shot length. ``straddle`` lets shots run over section borders.

    ``on`` is what cuts land on when the pace is auto or in seconds.
    """

    on: Literal["downbeats", "beats"] = "downbeats"
    shortest: Amount = Amount(Fraction(7, 10), "seconds")
    straddle: bool = False


@dataclass(frozen=True, slots=True)
class SectionPlace:
    """``number`` None means every section with that label."""

    label: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class SectionMark:
    """Where a person hears a section begin: at ``start_s``, or where bar ``bar`` begins (one of them is None).

    ``number`` None is counted in order. ``where`` is the file:line:column of its ``from``.
    """

    label: str
    number: int | None = None
    start_s: float | None = None
    bar: int | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class TimePlace:
    start_s: float
    stop_s: float


@dataclass(frozen=True, slots=True)
class BarPlace:
    """Bars ``first`` to ``last``, both included, counted from 1."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Every lyric line that holds these words (case and punctuation do not matter)."""

    words: str


@dataclass(frozen=True, slots=True)
class DefaultPlace:
    """Wherever no other scene is."""


Place = SectionPlace | TimePlace | BarPlace | LinePlace | DefaultPlace


@dataclass(frozen=True, slots=True)
class Transition:
    """How a shot begins. ``length`` is None for a plain cut."""

    kind: Literal["cut", "dissolve"] = "cut"
    length: Amount | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """``where`` is the file:line:column of its ``in`` for messages.

    ``continuous``: each of its shots goes on from the one before. ``first_frame`` and ``last_frame`` are absolute paths
    of pictures that its first shot in a place begins with and its last one ends with.
    """

    place: Place
    note: str = ""
    camera: str = ""
    cast: tuple[str, ...] = ()
    transition: Transition = Transition()
    straddle: bool = False
    where: str = ""
    continuous: bool = False
    first_frame: str = ""
    last_frame: str = ""


@dataclass(frozen=True, slots=True)
class ShotOverride:
    """Fields that are None keep what was planned. ``take`` counts from 1; ``hold`` freezes the first frame.

    ``continues``: the shot goes on, or does not, from the one before it. ``first_frame`` and ``last_frame`` are paths
    of pictures, absolute.
    """

    shot_id: str
    prompt: str | None = None
    avoid: str | None = None
    note: str | None = None
    camera: str | None = None
    seed: int | None = None
    take: int | None = None
    hold: bool | None = None
    transition: Transition | None = None
    where: str = ""
    continues: bool | None = None
    first_frame: str | None = None
    last_frame: str | None = None


@dataclass(frozen=True, slots=True)
class CaptionSpec:
    """``mode``: ``off``, ``burn`` (in the picture) or ``sidecar`` (.srt, .vtt, .lrc beside the movie) or ``both``.

    ``font`` is an absolute font path, or empty for the one that is shipped.
    """

    mode: Literal["off", "burn", "sidecar", "both"] = "off"
    karaoke: bool = True
    font: str = ""

    @property
    def burnt(self) -> bool:
        return self.mode in ("burn", "both")

    @property
    def sidecar(self) -> bool:
        return self.mode in ("sidecar", "both")


@dataclass(frozen=True, slots=True)
class Storyboard:
    """A whole storyboard. Paths are absolute; empty when not given. ``file`` is for messages.

    ``grid`` corrects the beats that the analyser hears. ``sections``, where given, stand in for the analyser's.
    """

    file: str = ""
    title: str = ""
    song: str = ""
    lyrics: str = ""
    video: VideoSpec = VideoSpec()
    look: Look = Look()
    renderer: RendererSpec = RendererSpec()
    cast: tuple[CastMember, ...] = ()
    pace: Pace = Pace()
    cuts: CutRules = CutRules()
    captions: CaptionSpec = CaptionSpec()
    release: Release = Release()
    grid: Corrections = Corrections()
    sections: tuple[SectionMark, ...] = ()
    scenes: tuple[Scene, ...] = ()
    shots: tuple[ShotOverride, ...] = field(default=())
