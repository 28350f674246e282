"""What a person knows better: beats from a file, and the grid halved, shifted, anchored, its bars counted anew."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.activations import heard_in
from musicvid.analysis.bar_lines import HeardBars, hear_bars
from musicvid.analysis.beats import BeatTrack
from musicvid.analysis.grid import (
    Grid,
    counted_between,
    counted_from,
    every_second,
    in_pairs,
    reaching,
    usual_metre,
    warped,
    with_halves,
)
from musicvid.analysis.spectrum import FRAME_HZ, Features
from musicvid.errors import InputError
from musicvid.interchange.annotations import BeatMark, WantedSong, read_beats
from musicvid.schema.grid import Corrections, clock

Floats = NDArray[np.float64]


def strengths_at(features: Features, times_s: Floats) -> Floats:
    """``(k,)``, 0 to 1: the onset strength of all bands within 30 ms of each time, 1 at the song's strong onsets."""
    rise = features.rise.sum(axis=1)
    if not len(rise):
        return np.zeros(len(times_s))
    near = np.round(times_s * FRAME_HZ).astype(np.int64)[:, None] + np.arange(-3, 4)
    top = rise[np.clip(near, 0, len(rise) - 1)].max(axis=1, initial=0.0)
    return np.minimum(top / max(float(np.percentile(rise, 99.0)), 1e-6), 1.0).astype(np.float64)


def given_beats(path: str | os.PathLike[str], features: Features, song: str = "") -> BeatTrack:
    """The beats of a file, exactly as they stand there; where it says no positions, bar lines are heard.

    ``song`` is the path of the song, by whose name collections find it. Raises :class:`InputError` for a bad file, and
    for beats beyond the end of the song.
    """
    where = os.fspath(path)
    marks = read_beats(path, WantedSong(song, features.duration_s))
    if len(marks) < 2:
        raise InputError("one beat is not enough", where=where, hint="give all the beats of the song")
    if marks[-1].time_s > features.duration_s + 1.0:
        raise InputError(
            f"the last beat is at {marks[-1].time_s:.2f} s, but the song ends at {features.duration_s:.2f} s",
            where=where,
            hint="is it the file of another song? were the times given in seconds?",
        )
    times_s = np.array([mark.time_s for mark in marks])
    strengths = strengths_at(features, times_s)
    note = f"{len(marks)} beats taken from {os.path.basename(where)}"
    if any(mark.position for mark in marks):
        return BeatTrack(times_s, _positions(marks), strengths, 1.0, 1.0, 1.0, 1.0, (note,))
    bars = hear_bars(heard_in(features), times_s)
    note += "; its bar lines were heard"
    return BeatTrack(times_s, bars.positions, strengths, 1.0, 1.0, 1.0, bars.confidence, (note,))


def _positions(marks: tuple[BeatMark, ...]) -> NDArray[np.int64]:
    """Positions as given; beats without one are counted on, and back from the first that has one.

    A file may mark downbeats only: bars are as long as most of the way from one to the next.
    """
    given = [mark.position for mark in marks]
    apart = np.diff([k for k, position in enumerate(given) if position == 1])
    usual = int(np.bincount(apart).argmax()) if len(apart) else 1
    metre = max(usual, *(position for position in given if position))
    first = next(k for k, position in enumerate(given) if position)
    out = np.zeros(len(given), np.int64)
    for k, position in enumerate(given):
        back = ((given[first] or 1) - 1 - (first - k)) % metre + 1
        out[k] = position or (back if k < first else out[k - 1] % metre + 1)
    return out


def corrected(track: BeatTrack, features: Features, fix: Corrections) -> BeatTrack:
    """``track`` with the level, the offset, the anchors and the downbeat of ``fix``, in this order.

    What anchors pin stays there: the downbeat then only counts the bars. Raises :class:`InputError` for times beyond
    the song, and where too few beats were heard to correct.
    """
    for time_s in (*(anchor.time_s for anchor in fix.anchors), fix.downbeat_s or 0.0):
        if time_s >= features.duration_s:
            end = clock(round(features.duration_s, 2))
            raise InputError(f"{clock(time_s)} is past the song's end at {end}", hint="write 12.4 or 0:12.4")
    if not fix.beats and fix.bpm is None and (fix.level or len(fix.anchors) > 1):
        track = replace(track, notes=())  # doubts about what was heard: they are answered
    track = levelled(track, features, fix)
    track = shifted(track, fix.offset_s or 0.0, features.duration_s)
    track = anchored(track, features, fix)
    return counted(track, features, fix)


def levelled(track: BeatTrack, features: Features, fix: Corrections) -> BeatTrack:
    """Every second beat, or twice as many.

    Bars that a file gives stay where they are. Heard ones keep their number of beats: halved, two become one (which two
    is heard anew), doubled, one becomes two.
    """
    if not fix.level or len(track.times_s) < 2:
        return track
    grid = Grid(track.times_s, track.positions)
    metre = usual_metre(grid.positions)
    sure = track.downbeat_confidence
    if fix.level == "halve":
        known_s = fix.anchors[0].time_s if fix.anchors else fix.downbeat_s
        kept = every_second(grid, None if known_s is None else known_s - (fix.offset_s or 0.0))
        times_s = grid.times_s[kept]
        downbeats = np.flatnonzero(grid.positions[kept] == 1)
        positions = counted_between(downbeats, len(kept), metre if metre % 2 else metre // 2)
        if not _bars_are_known(track, fix) and usual_metre(positions) < metre:
            bars = hear_bars(heard_in(features), times_s)
            positions = in_pairs(positions, bars.positions)
            sure = min(sure, track.pulse_confidence * bars.confidence)
        words = "every second beat is left out"
    else:
        double = with_halves(grid)
        times_s = double.times_s
        positions = double.positions if _bars_are_known(track, fix) else (double.positions - 1) % metre + 1
        words = "a beat was added between every two"
    track = _laid(track, features, Grid(times_s, positions), words)
    return replace(track, octave_confidence=1.0, downbeat_confidence=sure)


def _bars_are_known(track: BeatTrack, fix: Corrections) -> bool:
    """Whether a file says where the bars are."""
    return bool(fix.beats) and track.downbeat_confidence == 1.0


def shifted(track: BeatTrack, offset_s: float, duration_s: float) -> BeatTrack:
    """All beats moved by ``offset_s``; those that leave the song are dropped.

    Raises :class:`InputError` for an offset that is no number or as long as the song.
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


def anchored(track: BeatTrack, features: Features, fix: Corrections) -> BeatTrack:
    """Beats through the anchors, see :func:`musicvid.analysis.grid.warped`.

    Bars stay on the beats where they were as long as all counts agree; else they are heard anew.
    """
    anchors = fix.anchors
    if not anchors:
        return track
    grid = Grid(track.times_s, track.positions)
    if len(grid) >= 2:
        grid = reaching(grid, anchors[0].time_s, anchors[-1].time_s)
    elif len(anchors) < 2:
        raise InputError("no beats were heard that one anchor could hold", hint="give a second one, or --bpm")
    else:
        grid = Grid(np.zeros(0), np.zeros(0, np.int64))
    laid = warped(grid.times_s, anchors, features.duration_s)
    agrees = bool((laid.sources >= 0).all())
    bars = HeardBars(grid.positions[laid.sources], track.downbeat_confidence) if agrees else (
        hear_bars(heard_in(features), laid.times_s))  # fmt: skip
    ends = f"{anchors[0]} to {anchors[-1]}" if len(anchors) > 1 else str(anchors[0])
    how = "follow what was heard" if agrees else "are spread evenly where another number of beats was heard"
    words = f"beats laid through {len(anchors)} anchor{'s' * (len(anchors) > 1)}, {ends}; they {how}"
    track = _laid(track, features, Grid(laid.times_s, bars.positions), words)
    if len(anchors) > 1:
        track = replace(track, pulse_confidence=1.0, octave_confidence=1.0)
    return replace(track, phase_confidence=1.0, downbeat_confidence=bars.confidence)


def counted(track: BeatTrack, features: Features, fix: Corrections) -> BeatTrack:
    """Bars counted from the downbeat that a person names, see :func:`musicvid.analysis.grid.counted_from`."""
    if fix.downbeat_s is None:
        return track
    if len(track.times_s) < 2:
        raise InputError("no beats were heard to count bars from", hint="give --beats FILE or --bpm")
    grid = Grid(track.times_s, track.positions)
    new, moved_s = counted_from(grid, fix.downbeat_s, movable=not fix.anchors)
    words = f"bars counted from the beat at {clock(fix.downbeat_s)}"
    if moved_s:
        words += f"; all beats moved by {moved_s:+.3f} s to have one there"
    track = _laid(track, features, new.within(features.duration_s), words)
    return replace(track, phase_confidence=1.0, downbeat_confidence=1.0)


def _laid(track: BeatTrack, features: Features, grid: Grid, note: str) -> BeatTrack:
    """``track`` on other beats."""
    return replace(
        track,
        times_s=grid.times_s,
        positions=grid.positions,
        strengths=strengths_at(features, grid.times_s),
        notes=(*track.notes, note),
    )
