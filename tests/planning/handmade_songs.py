"""Songs written by hand: every beat, bar and section is known because the test said so."""

from __future__ import annotations

from collections.abc import Sequence

from musicvid.schema.lyrics import LyricLine
from musicvid.schema.song import Beat, Confidence, Curve, Onset, Section, Song, TempoPoint

SURE = Confidence(1.0, 1.0, 1.0, 1.0, 1.0)
CURVES = ("loudness", "bass", "brightness", "onset")


def named_sections(edges_s: Sequence[float], labels: Sequence[str], energies: Sequence[float]) -> tuple[Section, ...]:
    """Sections between ``edges_s``; repeats of a label are numbered as the analyser numbers them."""
    sections = []
    for k, label in enumerate(labels):
        number = list(labels[: k + 1]).count(label)
        name = f"{label} {number}" if list(labels).count(label) > 1 else label
        sections.append(Section(edges_s[k], edges_s[k + 1], label, name, energies[k]))
    return tuple(sections)


def make_song(
    beat_times_s: Sequence[float],
    positions: Sequence[int],
    sections: Sequence[Section],
    duration_s: float,
    *,
    tempo_bpm: float = 120.0,
    curves: tuple[Curve, ...] = (),
    rate_hz: int = 1000,
) -> Song:
    """A song whose every fact is given. ``duration_s`` is rounded to a sample of ``rate_hz``."""
    return Song(
        file="/songs/handmade.wav",
        sha256="0" * 64,
        sample_rate_hz=rate_hz,
        channels=1,
        sample_count=round(duration_s * rate_hz),
        tempo_bpm=tempo_bpm,
        tempo=(TempoPoint(0.0, tempo_bpm),),
        beats=tuple(Beat(t, p, 1.0 if p == 1 else 0.5) for t, p in zip(beat_times_s, positions, strict=True)),
        sections=tuple(sections),
        onsets=(Onset(0.5, 1.0),),
        curves=curves,
        confidence=SURE,
    )


def steady_song(
    form: Sequence[tuple[str, int, float]],
    *,
    bpm: float = 120.0,
    metre: int = 4,
    pickup_beats: int = 0,
    curves: tuple[Curve, ...] = (),
) -> Song:
    """A song at one tempo. ``form`` lists sections as (label, bars, energy). The first section takes in the pickup."""
    beat_s = 60 / bpm
    bars = sum(n for _, n, _ in form)
    count = pickup_beats + bars * metre
    positions = [(k - pickup_beats) % metre + 1 for k in range(count)]
    edges, bar = [0.0], 0
    for _, n, _ in form:
        bar += n
        edges.append(round((pickup_beats + bar * metre) * beat_s, 3))
    sections = named_sections(edges, [label for label, _, _ in form], [energy for _, _, energy in form])
    return make_song([k * beat_s for k in range(count)], positions, sections, edges[-1], tempo_bpm=bpm, curves=curves)


def flat_curves(seconds: float, value: float = 0.5) -> tuple[Curve, ...]:
    return tuple(Curve.of(name, "relative", 50.0, [value] * int(seconds * 50)) for name in CURVES)


def sung(*lines: tuple[float, float, str]) -> tuple[LyricLine, ...]:
    return tuple(LyricLine(start_s, stop_s, text) for start_s, stop_s, text in lines)


POP = (
    ("intro", 4, 0.2),
    ("verse", 8, 0.45),
    ("chorus", 8, 0.9),
    ("verse", 8, 0.5),
    ("chorus", 8, 0.95),
    ("bridge", 4, 0.35),
    ("chorus", 8, 1.0),
    ("outro", 4, 0.15),
)
"""The form of many songs: 52 bars, 104 s at 120 beats a minute."""
