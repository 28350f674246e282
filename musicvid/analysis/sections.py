"""Sections: :func:`find_sections`. A plain callable, so that another estimator can take its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.barwise import FOR_BOUNDARIES, FOR_MATERIAL, bar_edges, bar_features
from musicvid.analysis.beats import BeatTrack
from musicvid.analysis.form import group_parts, join_repeats, split_bars
from musicvid.analysis.spectrum import Features

Floats = NDArray[np.float64]

_FREE_BAR_S = 2.0
_SHORTEST_S = 4.0


@dataclass(frozen=True, slots=True)
class SectionMap:
    """``edges_s`` (k + 1,) rising from 0 to the end of the sound; ``groups`` (k,) numbers that parts of the same
    material share; ``confidence`` that the boundaries are right, 0 to 1."""

    edges_s: Floats
    groups: tuple[int, ...]
    confidence: float


FindSections = Callable[[Features, BeatTrack], SectionMap]


def find_sections(features: Features, track: BeatTrack) -> SectionMap:
    """Parts of the song that begin on downbeats; without bar lines, on a grid of two seconds.

    Sections shorter than 4 s, such as an upbeat before the first bar, go to their neighbour.
    """
    duration_s = features.duration_s
    edges = bar_edges(track.times_s, track.positions, duration_s)
    if len(edges) < 3:
        edges = np.arange(0.0, duration_s - 0.5 * _FREE_BAR_S, _FREE_BAR_S)
        edges = np.append(edges, duration_s)
    if len(edges) < 4:
        return SectionMap(np.array([0.0, duration_s]), (0,), 0.0)
    bars = bar_features(features, edges, FOR_BOUNDARIES)
    cuts = split_bars(bars)
    groups = group_parts(bar_features(features, edges, FOR_MATERIAL), cuts)
    cuts, groups = join_repeats(bars, cuts, groups)
    sure = _confidence(cuts, groups, track.downbeat_confidence)
    starts, kept = _without_slivers(edges[cuts[:-1]], groups, duration_s)
    return SectionMap(np.append(starts, duration_s), tuple(kept), sure)


def _without_slivers(starts: Floats, groups: list[int], duration_s: float) -> tuple[Floats, list[int]]:
    """Let every section last 4 s; the first begins at 0."""
    starts = starts.copy()
    starts[0] = 0.0
    kept_starts: list[float] = []
    kept_groups: list[int] = []
    stops = np.append(starts[1:], duration_s)
    for start, stop, group in zip(starts, stops, groups, strict=True):
        if kept_starts and start - kept_starts[-1] < _SHORTEST_S:
            kept_groups[-1] = group  # what came before was too short to stand alone
        elif not kept_starts or stop - start >= _SHORTEST_S:
            kept_starts.append(float(start))
            kept_groups.append(group)
    return np.array(kept_starts), kept_groups


def _confidence(cuts: list[int], groups: list[int], downbeats: float) -> float:
    """A form in which much comes back has been understood, if the bar lines can be trusted."""
    sizes = np.diff(cuts)
    returning = sum(size for size, group in zip(sizes, groups, strict=True) if groups.count(group) > 1)
    if len(groups) < 2:
        return 0.1
    return float((0.15 + 0.6 * returning / sizes.sum()) * (0.3 + 0.7 * downbeats))
