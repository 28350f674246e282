"""The verb: a sound file in, a :class:`~musicvid.schema.song.Song` out.

::

    samples ─▶ Features ─▶ BeatTrack ─▶ SectionMap ─▶ Song
                  │  onsets, curves ───────────────────▲

Each arrow is a plain function; ``find_beats`` and ``find_sections`` are parameters. Without them beats come from the
tracker that the corrections name (:mod:`musicvid.analysis.trackers`), or ours.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.activations import heard_in
from musicvid.analysis.beats import BeatTrack, FindBeats
from musicvid.analysis.corrections import corrected, given_beats
from musicvid.analysis.curves import CURVE_HZ, energy_of, measure_curves, phase_curves
from musicvid.analysis.labels import Part, label_parts, name_parts
from musicvid.analysis.listening import Listening
from musicvid.analysis.onsets import find_onsets
from musicvid.analysis.sections import FindSections, SectionMap, find_sections
from musicvid.analysis.spectrum import measure_features
from musicvid.analysis.sureness import beat_sureness
from musicvid.analysis.tempo import median_bpm, tempo_curve
from musicvid.analysis.trackers import DEFAULT_TRACKER, BeatTracker, Heard, load_tracker
from musicvid.errors import InputError, SongError
from musicvid.media.files import sha256_of
from musicvid.schema.grid import AS_HEARD, Corrections
from musicvid.schema.progress import OnProgress, Progress
from musicvid.schema.song import Beat, Confidence, Curve, Section, Song

SHORTEST_S = 1.0
_SILENCE = 1e-4
"""Peak of full scale (-80 dB) below which a file counts as silent."""


def analyse(
    path: str | os.PathLike[str],
    *,
    beats: str | os.PathLike[str] | None = None,
    bpm: float | None = None,
    offset_s: float | None = None,
    corrections: Corrections = AS_HEARD,
    find_beats: FindBeats | None = None,
    find_sections: FindSections = find_sections,
    on_progress: OnProgress | None = None,
) -> Song:
    """Hear the song in a sound or movie file of 1 s or more; flat in memory for hours of it.

    ``corrections`` say what a person knows better; ``beats``, ``bpm`` and ``offset_s`` are short for those of them and
    win: a file of beats that is believed instead of the tracker (confidence 1); a tempo (20 to 400) that the tracker
    keeps to within 6 %; a shift of all beats. ``find_beats`` takes the place of every tracker. Music without a pulse
    gives a Song of low confidence with a note.

    Raises :class:`SongError` for a file that cannot be read, is silent or too short, :class:`InputError` for a bad
    correction or an unknown tracker, :class:`TrackerError` for one that lacks what it needs.
    """
    where = os.fspath(path)
    fix = Corrections(beats=os.fspath(beats or ""), bpm=bpm, offset_s=offset_s).over(corrections)
    tracker = _tracker(fix)
    listening = Listening(path)
    steps = _Steps(on_progress)
    with _one_thread():
        features = measure_features(_watched(listening, steps))
    info = listening.info
    if info.duration_s < SHORTEST_S:
        raise SongError(f"the sound lasts {info.duration_s:.2f} s; at least {SHORTEST_S:g} s is needed", where=where)
    if listening.peak < _SILENCE:
        raise SongError("the sound is silent", where=where, hint="is it the right track, and not muted?")
    if fix.beats:
        track = given_beats(fix.beats, features, where)
    elif find_beats is not None:
        track = find_beats(features, bpm=fix.bpm)
    else:
        track = tracker.find_beats(Heard(Path(path), features), bpm=fix.bpm)
    track = corrected(track, features, fix)
    steps.done("beats")
    loudness = listening.meter.finish()
    phases = phase_curves(track.times_s, track.positions, info.duration_s)
    curves = (*measure_curves(features), loudness.curve(), *phases)
    form = find_sections(features, track)
    steps.done("sections", last=True)
    tempo = tempo_curve(track.times_s, track.positions)
    confidence = _confidence(track, form)
    ours = find_beats is None and not fix.beats and (fix.tracker or DEFAULT_TRACKER) == DEFAULT_TRACKER
    sure_beats = (
        beat_sureness(heard_in(features), track.times_s, confidence.overall)
        if ours
        else np.full(len(track.times_s), confidence.overall)
    )
    return Song(
        file=where,
        sha256=sha256_of(path),
        sample_rate_hz=info.sample_rate_hz,
        channels=info.channels,
        sample_count=info.sample_count,
        tempo_bpm=median_bpm(track.times_s, tempo),
        tempo=tempo,
        beats=_beats(track, sure_beats),
        sections=_sections(form, curves, info.duration_s),
        onsets=find_onsets(features),
        curves=curves,
        confidence=confidence,
        notes=(*track.notes, *listening.downmix.notes),
        loudness_lufs=loudness.integrated_lufs,
    )


def _tracker(fix: Corrections) -> BeatTracker:
    """The one that is asked for; what it lacks is said before the song is heard."""
    tracker = load_tracker(fix.tracker or DEFAULT_TRACKER)
    if fix.bpm is not None and not tracker.takes_bpm:
        raise InputError(
            f"beat tracker {fix.tracker!r} cannot be told a tempo", hint="use --halve or --double, or another tracker"
        )
    return tracker


def _watched(listening: Listening, steps: _Steps) -> Iterator[NDArray[np.float32]]:
    """The song's blocks, counted."""
    for block in listening.blocks():
        yield block
        steps.expect(math.ceil(listening.stated_s / 10.0) + 2)
        steps.done("listening")


def _one_thread() -> AbstractContextManager[object]:
    """Keep linear algebra on one thread: the products here are small, and waiting threads would double the CPU time."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1, user_api="blas")


class _Steps:
    """Counts blocks heard, then beats, then sections. How many blocks there will be, a header may state wrongly."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        self._tell = on_progress
        self._total = self._done = 0

    def expect(self, total: int) -> None:
        self._total = total

    def done(self, item: str, *, last: bool = False) -> None:
        self._done += 1
        # Until the last step there is always one to come.
        self._total = self._done if last else max(self._total, self._done + 1)
        if self._tell is not None:
            self._tell(Progress("analyse", self._done, self._total, item))


def _beats(track: BeatTrack, sure: NDArray[np.float64]) -> tuple[Beat, ...]:
    rows = zip(track.times_s, track.positions, np.clip(track.strengths, 0.0, 1.0), sure, strict=True)
    return tuple(Beat(float(t), int(p), float(s), float(c)) for t, p, s, c in rows)


def _sections(form: SectionMap, curves: tuple[Curve, ...], duration_s: float) -> tuple[Section, ...]:
    """Named sections that tile the song; the most energetic has energy 1, the others their share of it."""
    energy = energy_of(curves)
    vocals = next(curve for curve in curves if curve.name == "vocals")
    voice = np.asarray(vocals.values, np.float64)
    edges = [0.0, *(float(e) for e in form.edges_s[1:-1]), duration_s]
    parts = [
        Part(a, b, group, _mean(energy, CURVE_HZ, a, b), _mean(voice, vocals.rate_hz, a, b))
        for a, b, group in zip(edges[:-1], edges[1:], form.groups, strict=True)
    ]
    labels = label_parts(parts)
    loudest = max(max(p.energy for p in parts), 1e-9)
    return tuple(
        Section(part.start_s, part.stop_s, label, name, min(part.energy / loudest, 1.0))
        for part, label, name in zip(parts, labels, name_parts(labels), strict=True)
    )


def _mean(values: NDArray[np.float64], rate_hz: float, start_s: float, stop_s: float) -> float:
    """Of a curve between two times; of one value at least."""
    first = min(int(start_s * rate_hz), len(values) - 1)
    return float(values[first : max(first + 1, int(stop_s * rate_hz))].mean())


def _confidence(track: BeatTrack, form: SectionMap) -> Confidence:
    numbers = (
        track.pulse_confidence,
        track.octave_confidence,
        track.phase_confidence,
        track.downbeat_confidence,
        form.confidence,
    )
    return Confidence(*(float(np.clip(n, 0.0, 1.0)) for n in numbers))
