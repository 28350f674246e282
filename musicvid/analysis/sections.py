"""Sections: :func:`find_sections`. A plain callable, so that another estimator can take its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.barwise import Bars, bar_edges, bars_of
from musicvid.analysis.beats import BeatTrack
from musicvid.analysis.form import expected_score, group_parts, join_repeats, pairs_of, split_bars
from musicvid.analysis.spectrum import Features

if TYPE_CHECKING:
    from musicvid.analysis.form_network import Learned

Floats = NDArray[np.float64]

_FREE_BAR_S = 2.0
_SHORTEST_S = 4.0
_HALF_S, _MAYBE_HALF_S, _CLEARER = 1.7, 2.3, 0.1
"""Bars below the first are taken two at a time, up to the second when much more becomes clear by it. Chosen on songs
held out of training, with their bars cut in half: ``training/FORM.md``."""
_PAIRED = 16
"""Bars that a song must have for that."""


@dataclass(frozen=True, slots=True)
class SectionMap:
    """``edges_s`` (k + 1,) rising from 0 to the end of the sound; ``groups`` (k,) numbers that parts of the same
    material share; ``confidence``: the F measure at half a second that the boundaries may be expected to reach, 0 to
    1."""

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
    free = len(edges) < 3
    if free:
        edges = np.arange(0.0, duration_s - 0.5 * _FREE_BAR_S, _FREE_BAR_S)
        edges = np.append(edges, duration_s)
    if len(edges) < 4:
        return SectionMap(np.array([0.0, duration_s]), (0,), 0.0)
    from musicvid.analysis.form_network import shipped

    learned = shipped()
    heard = _read(features, edges, learned) if free else _read_by_bars(features, edges, learned)
    pairs = pairs_of(heard.bars, heard.cuts)
    groups = group_parts(pairs, pairs.signs @ learned.alike[:-1] + learned.alike[-1], np.diff(heard.cuts))
    cuts, groups = join_repeats(heard.cuts, groups, heard.odds)
    slope, level = learned.trust
    sure = float(np.clip(slope * expected_score(heard.odds, cuts) + level, 0.0, 1.0)) * _bars_right(track, free)
    starts, kept = _without_slivers(heard.bars.edges_s[cuts[:-1]], groups, duration_s)
    return SectionMap(np.append(starts, duration_s), tuple(kept), sure)


@dataclass(frozen=True, slots=True)
class _Reading:
    """``odds`` (n,) that a part begins with each of the bars, and ``cuts`` where parts do."""

    bars: Bars
    odds: Floats
    cuts: list[int]

    @property
    def expected(self) -> float:
        return expected_score(self.odds, self.cuts)

    @property
    def clear(self) -> float:
        """How many bars stand out as beginnings."""
        return float((1.0 / (1.0 + np.exp(-self.odds[1:])) ** 2).sum())


def _read(features: Features, edges: Floats, learned: Learned) -> _Reading:
    from musicvid.analysis.form_network import boundary_odds

    bars = bars_of(features, edges)
    odds = boundary_odds(bars, learned.network)
    return _Reading(bars, odds, split_bars(odds))


def _read_by_bars(features: Features, edges: Floats, learned: Learned) -> _Reading:
    """By the bars, or by two at a time where the tracker seems to count half bars, for it often cannot know.

    Of the two ways to pair them, that in which beginnings stand out more.
    """
    single = _read(features, edges, learned)
    bar_s = float(np.median(np.diff(edges)))
    if bar_s >= _MAYBE_HALF_S or len(single.bars) < _PAIRED:
        return single
    paired = max((_read(features, edges[first::2], learned) for first in (0, 1)), key=lambda reading: reading.clear)
    return paired if bar_s < _HALF_S or paired.expected > single.expected + _CLEARER else single


def _bars_right(track: BeatTrack, free: bool) -> float:
    """How far boundaries can be right at all: they lie on bar lines."""
    return 0.1 if free else 0.1 + 0.9 * float(np.clip(track.downbeat_confidence, 0.0, 1.0))


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
