"""The song as data: its sections with tempo, chords, drum patterns, layers and lines. Everything else follows from it.

D major, 4/4, 108 beats a minute; the last bar of the bridge is a 2/4 bar, and the last chorus steps up to 112. Both
tempos make a beat a whole number of samples, so that the truth in ``truth.py`` is exact to the sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from . import melody
from .notation import Chord, Note, Syllable, chord, phrase, tune

TITLE = "The Long Way Home"
ARTIST = "musicvid"
SAMPLE_RATE_HZ = 44_100
LEAD_IN_SAMPLES = 22_050
"""Half a second in which the first chord swells before bar 1."""
TAIL_SAMPLES = 110_250
"""Two and a half seconds in which the last chord dies away after the last bar."""

Ramp = tuple[float, float]


@dataclass(frozen=True, slots=True)
class BarChord:
    """A chord and where in its bar it sounds, in beats."""

    chord: Chord
    beat: float
    beats: float


@dataclass(frozen=True)
class Section:
    """A part of the song.

    ``chords``: bars parted by ``|``; chords within a bar share it evenly; ``:2`` after a bar makes it a 2/4 bar.
    ``drums``: one pattern name per bar (``patterns.py``). ``layers``: gain in dB per instrument, either steady or from
    the first beat to the last; an instrument that is not named is silent. ``bass``, ``keys``: playing styles.
    ``singer``: ``her``, ``him`` or ``both``. ``swell_bars``: how long noise rises towards the end of the section.
    """

    label: str
    name: str
    bpm: int
    chords: str
    drums: str
    layers: Mapping[str, float | Ramp]
    bass: str = "rest"
    keys: str = "half"
    lines: melody.Lines = ()
    singer: str = "her"
    lead: str = ""
    counter: str = ""
    swell_bars: float = 0
    crashes: tuple[int, ...] = field(default=())

    @cached_property
    def bars(self) -> tuple[tuple[BarChord, ...], ...]:
        """The chords of each bar."""
        bars = []
        for text in self.chords.split("|"):
            body, _, beats = text.strip().partition(":")
            symbols = body.split()
            length = float(beats or 4) / len(symbols)
            bars.append(tuple(BarChord(chord(s), k * length, length) for k, s in enumerate(symbols)))
        return tuple(bars)

    @cached_property
    def beats_per_bar(self) -> tuple[int, ...]:
        return tuple(round(sum(c.beats for c in bar)) for bar in self.bars)

    @cached_property
    def beat_count(self) -> int:
        return sum(self.beats_per_bar)

    def beat_of_bar(self, bar: int) -> int:
        """Beats from the start of the section to its bar number ``bar`` (from 1)."""
        return sum(self.beats_per_bar[: bar - 1])

    def sung(self) -> tuple[tuple[Syllable, ...], ...]:
        """The sung lines, beats counted from the start of the section."""
        return tuple(phrase(text, self.beat_of_bar(bar)) for bar, text in self.lines)

    def lead_notes(self) -> tuple[Note, ...]:
        return tune(self.lead)

    def counter_notes(self) -> tuple[Note, ...]:
        return tune(self.counter)


VERSE_CHORDS = "D | A/C# | Bm7 | Gadd9 | D/F# | G | Em7 | Asus4 A"
CHORUS_CHORDS = "Gadd9 | A | F#m7 | Bm7 | G | Em7 A | D | {} "
CHORUS_DRUMS = "chorus chorus_b chorus chorus_b chorus chorus_b chorus {}"

SECTIONS: tuple[Section, ...] = (
    Section(
        "intro", "intro", 108, "D | Gadd9/D | Bm7 | G A", "rest rest pulse pulse_fill",
        {"pluck": (-8, -3), "pad": (-10, -5), "keys": (-40, -8), "drums": (-8, -5), "fx": -6},
        keys="whole", swell_bars=1,
    ),
    Section(
        "verse", "verse 1", 108, VERSE_CHORDS, "verse verse verse verse_b verse verse verse fill_short",
        {"drums": -4.5, "bass": -4, "keys": -3, "pad": -7, "strum": (-12, -4), "pluck": (-16, -8),
         "voice": -1.5, "fx": -4},
        bass="walk", lines=melody.VERSE_1, singer="her", swell_bars=1,
    ),
    Section(
        "chorus", "chorus 1", 108, CHORUS_CHORDS.format("Dsus4 D"), CHORUS_DRUMS.format("fill_soft"),
        {"drums": 0, "bass": 0, "keys": -2, "pad": -1, "strum": -0.5, "strings": -4, "arp": -2,
         "voice": 1, "harmony": -6, "fx": 0},
        bass="drive", keys="push", lines=melody.CHORUS, singer="both", crashes=(1, 5),
    ),
    Section(
        "instrumental", "instrumental", 108, "Gadd9 | A | Bm7 | D/F# A", "chorus chorus_b chorus fill_drop",
        {"drums": -1, "bass": -0.5, "keys": -2, "pad": -2, "strum": -1, "strings": -7, "arp": -2, "lead": 0, "fx": -2},
        bass="drive", keys="push", lead=melody.INSTRUMENTAL_LEAD, crashes=(1,),
    ),
    Section(
        "verse", "verse 2", 108, VERSE_CHORDS, "verse2 verse2 verse2 verse2_b verse2 verse2 verse2 fill_long",
        {"drums": -3.5, "bass": -3, "keys": -3.5, "pad": -6, "strum": -3, "pluck": -7, "strings": (-24, -11),
         "voice": -1, "fx": -3},
        bass="walk", lines=melody.VERSE_2, singer="him", swell_bars=1,
    ),
    Section(
        "chorus", "chorus 2", 108, CHORUS_CHORDS.format("Dsus4 D"), CHORUS_DRUMS.format("stop"),
        {"drums": 0.3, "bass": 0.2, "keys": -2, "pad": -1, "strum": 0, "strings": -3, "arp": -1.5, "counter": -5,
         "voice": 1.2, "harmony": -4, "fx": 0},
        bass="drive", keys="push", lines=melody.CHORUS, singer="both", counter=melody.COUNTER, crashes=(1, 5),
    ),
    Section(
        "bridge", "bridge", 108, "Bm7 | A | G | D/F# | Em7 | G | Gm6 | Asus4 A | A:2",
        "heart heart heart heart march march roll_a roll_b pickup",
        {"drums": (-8, -1), "bass": (-10, -3), "keys": -2, "pad": (-6, -1), "strings": (-22, -4), "pluck": -7,
         "strum": (-22, -5), "voice": (-2, 1), "fx": 0},
        bass="pedal", keys="whole", lines=melody.BRIDGE, singer="her", swell_bars=2.5,
    ),
    Section(
        "chorus", "chorus 3", 112, CHORUS_CHORDS.format("Bm7") + "| G | A | Gm6 | D",
        "chorus chorus_c chorus chorus_c chorus chorus_c chorus fill_long chorus chorus_c march_loud fill_end",
        {"drums": 0.6, "bass": 0.5, "keys": -1.5, "pad": -0.5, "strum": 0.5, "strings": -1.5, "arp": -1,
         "counter": -3.5, "voice": 1.6, "harmony": -3, "fx": 0.5},
        bass="drive", keys="push", lines=melody.LAST_CHORUS, singer="both", counter=melody.LAST_COUNTER,
        crashes=(1, 5, 9, 11),
    ),
    Section(
        "outro", "outro", 112, "D | Gadd9/D | Bm7 | Gm6 | Dadd9 | Dadd9", "ending ending_b rest rest rest rest",
        {"drums": -4, "bass": (-2, -5), "keys": -1, "pad": (-3, -3), "strings": (-8, -10), "pluck": (-4, -4),
         "voice": -3.5, "harmony": -11, "fx": -2},
        bass="pedal", keys="whole", lines=melody.OUTRO, singer="both", crashes=(1,),
    ),
)  # fmt: skip
