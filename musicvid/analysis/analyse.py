"""The verb: a sound file in, a :class:`~musicvid.schema.song.Song` out.

::

    samples ─▶ Features ─▶ BeatTrack ─▶ SectionMap ─▶ Song
                  │  onsets, curves ───────────────────▲

Each arrow is a plain function; ``find_beats`` and ``find_sections`` are parameters.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.beats import BeatTrack, FindBeats, find_beats
from musicvid.analysis.corrections import given_beats, shifted
from musicvid.analysis.curves import CURVE_HZ, energy_of, measure_curves
from musicvid.analysis.labels import Part, label_parts, name_parts
from musicvid.analysis.onsets import find_onsets
from musicvid.analysis.sections import FindSections, SectionMap, find_sections
from musicvid.analysis.spectrum import RATE_HZ, measure_features
from musicvid.analysis.tempo import median_bpm, tempo_curve
from musicvid.errors import InputError, SongError
from musicvid.media.files import sha256_of
from musicvid.media.sound import SoundInfo, measure_sound, sound_blocks
from musicvid.schema.progress import OnProgress, Progress
from musicvid.schema.song import Beat, Confidence, Curve, Section, Song

SHORTEST_S = 1.0
_BLOCK_S = 10.0
_SILENCE = 1e-4
"""Peak of full scale (-80 dB) below which a file counts as silent."""


def analyse(
    path: str | os.PathLike[str],
    *,
    beats: str | os.PathLike[str] | None = None,
    bpm: float | None = None,
    offset_s: float = 0.0,
    find_beats: FindBeats = find_beats,
    find_sections: FindSections = find_sections,
    on_progress: OnProgress | None = None,
) -> Song:
    """Hear the song in a sound or movie file of 1 s or more; flat in memory for hours of it.

    ``beats`` is a file of beats that is believed instead of the tracker (confidence 1); ``bpm`` (20 to 400) a tempo
    that the tracker keeps to within 6 %; ``offset_s`` shifts all beats. Music without a pulse gives a Song of low
    confidence with a note.

    Raises :class:`SongError` for a file that cannot be read, is silent or too short, :class:`InputError` for a bad
    correction.
    """
    where = os.fspath(path)
    if bpm is not None and not (math.isfinite(bpm) and 20 <= bpm <= 400):
        raise InputError(f"a tempo of {bpm:g} bpm is outside 20 to 400", hint="give beats per minute, such as 120")
    if bpm is not None and beats is not None:
        raise InputError("a beat file and a tempo contradict each other", hint="give --beats or --bpm")
    info = measure_sound(path)
    if info.duration_s < SHORTEST_S:
        raise SongError(f"the sound lasts {info.duration_s:.2f} s; at least {SHORTEST_S:g} s is needed", where=where)
    steps = _Steps(on_progress, info)
    features = measure_features(_watched(path, steps))
    if beats is not None:
        track = given_beats(beats, features)
    else:
        track = find_beats(features, bpm=bpm)
    track = shifted(track, offset_s, info.duration_s)
    steps.done("beats")
    curves = measure_curves(features)
    form = find_sections(features, track)
    steps.done("sections")
    tempo = tempo_curve(track.times_s, track.positions)
    return Song(
        file=where,
        sha256=sha256_of(path),
        sample_rate_hz=info.sample_rate_hz,
        channels=info.channels,
        sample_count=info.sample_count,
        tempo_bpm=median_bpm(track.times_s, tempo),
        tempo=tempo,
        beats=_beats(track),
        sections=_sections(form, curves, info.duration_s),
        onsets=find_onsets(features),
        curves=curves,
        confidence=_confidence(track, form),
        notes=track.notes,
    )


def _watched(path: str | os.PathLike[str], steps: _Steps) -> Iterator[NDArray[np.float32]]:
    """The song's blocks; refuses silence, which can only be known at the end."""
    peak = 0.0
    for block in sound_blocks(path, rate_hz=RATE_HZ, block_s=_BLOCK_S):
        sound = np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0)
        peak = max(peak, float(np.abs(sound).max(initial=0.0)))
        yield sound
        steps.done("listening")
    if peak < _SILENCE:
        raise SongError("the sound is silent", where=os.fspath(path), hint="is it the right track, and not muted?")


class _Steps:
    """Counts blocks heard, then beats, then sections."""

    def __init__(self, on_progress: OnProgress | None, info: SoundInfo) -> None:
        self._tell = on_progress
        self._total = math.ceil(info.duration_s / _BLOCK_S) + 2
        self._done = 0

    def done(self, item: str) -> None:
        self._done = min(self._done + 1, self._total)
        if self._tell is not None:
            self._tell(Progress("analyse", self._done, self._total, item))


def _beats(track: BeatTrack) -> tuple[Beat, ...]:
    rows = zip(track.times_s, track.positions, np.clip(track.strengths, 0.0, 1.0), strict=True)
    return tuple(Beat(float(t), int(p), float(s)) for t, p, s in rows)


def _sections(form: SectionMap, curves: tuple[Curve, ...], duration_s: float) -> tuple[Section, ...]:
    """Named sections that tile the song; the most energetic has energy 1, the others their share of it."""
    energy = energy_of(curves)
    edges = [0.0, *(float(e) for e in form.edges_s[1:-1]), duration_s]
    parts = []
    for start_s, stop_s, group in zip(edges[:-1], edges[1:], form.groups, strict=True):
        first = min(int(start_s * CURVE_HZ), len(energy) - 1)
        parts.append(Part(start_s, stop_s, group, float(energy[first : max(first + 1, int(stop_s * CURVE_HZ))].mean())))
    labels = label_parts(parts)
    loudest = max(max(p.energy for p in parts), 1e-9)
    return tuple(
        Section(part.start_s, part.stop_s, label, name, min(part.energy / loudest, 1.0))
        for part, label, name in zip(parts, labels, name_parts(labels), strict=True)
    )


def _confidence(track: BeatTrack, form: SectionMap) -> Confidence:
    numbers = (
        track.pulse_confidence,
        track.octave_confidence,
        track.phase_confidence,
        track.downbeat_confidence,
        form.confidence,
    )
    return Confidence(*(float(np.clip(n, 0.0, 1.0)) for n in numbers))
