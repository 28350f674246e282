"""What a person knows better: beats from a file, and beats shifted as a whole."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.bars import METRES, listen, score
from musicvid.analysis.beats import BeatTrack
from musicvid.analysis.evidence import Evidence
from musicvid.analysis.readings import reading_of
from musicvid.analysis.spectrum import FRAME_HZ, Features
from musicvid.errors import InputError
from musicvid.interchange.annotations import BeatMark, read_beats


def given_beats(path: str | os.PathLike[str], features: Features) -> BeatTrack:
    """The beats of a file, exactly as they stand there; where it says no positions, bar lines are heard.

    Raises :class:`InputError` for a bad file, and for beats beyond the end of the song.
    """
    where = os.fspath(path)
    marks = read_beats(path)
    if len(marks) < 2:
        raise InputError("one beat is not enough", where=where, hint="give all the beats of the song")
    if marks[-1].time_s > features.duration_s + 1.0:
        raise InputError(
            f"the last beat is at {marks[-1].time_s:.2f} s, but the song ends at {features.duration_s:.2f} s",
            where=where,
            hint="is it the file of another song? were the times given in seconds?",
        )
    times_s = np.array([mark.time_s for mark in marks])
    evidence = Evidence(features)
    strengths = (evidence.activation_at(times_s * FRAME_HZ) - 0.005) / 0.945
    note = f"{len(marks)} beats taken from {os.path.basename(where)}"
    if any(mark.position for mark in marks):
        return BeatTrack(times_s, _positions(marks), strengths, 1.0, 1.0, 1.0, 1.0, (note,))
    positions, sure = _heard_positions(times_s, evidence)
    return BeatTrack(times_s, positions, strengths, 1.0, 1.0, 1.0, sure, (f"{note}; its bar lines were heard",))


def _positions(marks: tuple[BeatMark, ...]) -> NDArray[np.int64]:
    """Positions as given; beats without one are counted on, and back from the first that has one."""
    given = [mark.position for mark in marks]
    metre = max(position for position in given if position)
    first = next(k for k, position in enumerate(given) if position)
    out = np.zeros(len(given), np.int64)
    for k, position in enumerate(given):
        back = ((given[first] or 1) - 1 - (first - k)) % metre + 1
        out[k] = position or (back if k < first else out[k - 1] % metre + 1)
    return out


def _heard_positions(times_s: NDArray[np.float64], evidence: Evidence) -> tuple[NDArray[np.int64], float]:
    hearing = listen(evidence, reading_of(times_s * FRAME_HZ))
    places = [(metre, first) for metre in METRES for first in range(metre)]
    odds = np.array([score(hearing, *place) for place in places])
    odds = np.exp(odds - odds.max())
    best = int(odds.argmax())
    metre, first = places[best]
    return (np.arange(len(times_s)) - first) % metre + 1, float(odds[best] / odds.sum())


def shifted(track: BeatTrack, offset_s: float, duration_s: float) -> BeatTrack:
    """All beats moved by ``offset_s``; those that leave the song are dropped.

    Raises :class:`InputError` when none is left, or for an offset that is no number.
    """
    if offset_s == 0:
        return track
    if not np.isfinite(offset_s) or abs(offset_s) >= duration_s:
        raise InputError(
            f"an offset of {offset_s:g} s moves every beat out of the song", hint="give seconds, such as 0.012"
        )
    times_s = track.times_s + offset_s
    inside = (times_s >= 0) & (times_s < duration_s)
    return replace(
        track,
        times_s=times_s[inside],
        positions=track.positions[inside],
        strengths=track.strengths[inside],
        notes=(*track.notes, f"beats shifted by {offset_s:+.3f} s"),
    )
