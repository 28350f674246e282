"""Hypothesis strategies for songs that nobody would write, and some that everybody does."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from handmade_songs import flat_curves, make_song, named_sections
from hypothesis import strategies as st

from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.lyrics import LyricLine, Lyrics
from musicvid.schema.song import SECTION_LABELS, Song
from musicvid.schema.storyboard import (
    Amount,
    BarPlace,
    CastMember,
    CutRules,
    DefaultPlace,
    LinePlace,
    Look,
    Pace,
    RendererSpec,
    Scene,
    SectionPlace,
    Storyboard,
    TimePlace,
    Transition,
    VideoSpec,
)

RATES = tuple(FrameRate.parse(r) for r in ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60"))
LINES = ("we took the long way home", "and never came back", "la la la")

amounts = st.builds(
    Amount,
    st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(2), Fraction(3), Fraction(4), Fraction(7, 3)]),
    st.sampled_from(["bars", "beats", "seconds"]),
) | st.builds(Amount, st.integers(1, 200).map(Fraction), st.just("frames"))
transitions = st.just(Transition()) | st.builds(Transition, st.just("dissolve"), amounts)


@st.composite
def songs(draw: st.DrawFn) -> Song:
    """Beats with a wandering tempo, odd and changing metres, pickups, holes, or no beats at all."""
    dice = Random(draw(st.integers(0, 10**6)))  # one draw for all beats: hypothesis has little room for hundreds
    duration_s = dice.choice([93.337, 93.337, 40.0, 40.0, 11.7, 3.0, 0.9, 0.2])
    beat_s = 60 / dice.randint(50, 210)
    heard = dice.choice([10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 2, 1, 0])
    times, positions = _beats(dice, duration_s, beat_s, dice.random() < 0.5)
    times, positions = times[:heard], positions[:heard]
    count = dice.randint(0, 8)
    if len(times) > 20 and dice.random() < 0.5:
        inner = dice.sample(times[1:], min(count, len(times) - 1))
    else:
        inner = [round(dice.uniform(0, duration_s), 3) for _ in range(count)]
    edges = [0.0, *sorted({e for e in inner if 0 < e < duration_s}), duration_s]
    labels = [dice.choice(SECTION_LABELS) for _ in edges[1:]]
    sections = named_sections(edges, labels, [dice.choice([0.0, 0.3, 0.6, 1.0]) for _ in labels]) if count else ()
    return make_song(
        times,
        positions,
        sections,
        duration_s,
        tempo_bpm=dice.choice([0.0, 60 / beat_s]),
        curves=flat_curves(duration_s, dice.choice([0.0, 0.4, 1.0])) if dice.random() < 0.5 else (),
    )


def _beats(dice: Random, duration_s: float, beat_s: float, wandering: bool) -> tuple[list[float], list[int]]:
    times, positions = [], []
    metres = [dice.randint(1, 7) for _ in range(3)] if wandering else [dice.choice([3, 4, 4, 4])]
    time_s, position, bar = dice.choice([0.0, 0.31, 4.7]), dice.randint(1, 4), 0
    hole_at = dice.choice([20, 10_000])
    while time_s < duration_s:
        times.append(time_s)
        positions.append(position)
        position += 1
        if position > metres[bar % len(metres)]:
            position, bar = 1, bar + 1
        time_s += beat_s * (9 if len(times) == hole_at else dice.uniform(0.94, 1.06) if wandering else 1)
    return times, positions


@st.composite
def storyboards(draw: st.DrawFn, song: Song, *, scenes: bool = True, straddle: bool = False) -> Storyboard:
    """Storyboards without mistakes for ``song`` (lyrics: :func:`lyrics_of`)."""
    found: list[Scene] = []
    places = [st.just(DefaultPlace())]
    if song.sections:
        places.append(st.sampled_from(song.sections).map(lambda s: SectionPlace(s.label)))
        places.append(st.sampled_from(song.sections).map(lambda s: _numbered(s.name)))
    if song.duration_s > 1:
        places.append(
            st.tuples(st.floats(0, song.duration_s * 0.9), st.floats(0.01, 20)).map(
                lambda t: TimePlace(t[0], min(t[0] + t[1], song.duration_s))
            )
        )
    inside = [b for b in song.bars if b.start_s < song.duration_s]
    if inside:
        bars = st.integers(1, len(inside))
        places.append(st.tuples(bars, bars).map(lambda b: BarPlace(min(b), max(b))))
    if song.duration_s > 5:
        places.append(st.just(LinePlace("long way home")))
    for _ in range(draw(st.integers(0, 5)) if scenes else 0):
        note = draw(st.sampled_from(["", "Ann runs. She falls. She laughs.", "a boat", "Rain"]))
        found.append(Scene(draw(st.one_of(places)), note=note, transition=draw(transitions)))
    pace = Pace(
        draw(st.none() | amounts),
        tuple(
            (label, draw(st.none() | amounts)) for label in draw(st.sets(st.sampled_from(SECTION_LABELS), max_size=2))
        ),
    )
    return Storyboard(
        title="Random",
        video=VideoSpec(FrameSize(320, 180), draw(st.sampled_from(RATES))),
        look=Look(draw(st.sampled_from(["", "ink on paper"])), "text"),
        renderer=RendererSpec(seed=draw(st.integers(0, 99))),
        cast=(CastMember("ann", "a woman in a green coat"),),
        pace=pace,
        cuts=CutRules(
            draw(st.sampled_from(["downbeats", "beats"])),
            Amount(draw(st.sampled_from([Fraction(7, 10), Fraction(2), Fraction(1, 10)])), "seconds"),
            straddle,
        ),
        scenes=tuple(found),
    )


def lyrics_of(song: Song) -> Lyrics:
    """Lines every two and a half seconds; the first and every third is about the way home."""
    starts = [1.3 + 2.5 * k for k in range(int(song.duration_s / 2.5))]
    return Lyrics(lines=tuple(LyricLine(t, t + 2.0, LINES[k % 3]) for k, t in enumerate(starts)))


def _numbered(name: str) -> SectionPlace:
    label, _, number = name.rpartition(" ")
    return SectionPlace(label, int(number)) if label else SectionPlace(name, 1)
