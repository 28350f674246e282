"""How well a form was found: F measures of boundaries (Turnbull 2007) and of pairs of labels (Levy & Sandler 2008).

The numbers of ``mir_eval.segment``, which the tests hold them against; training does not need that package.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from musicvid.analysis.barwise import Floats
from musicvid.analysis.training.form_songs import FormSong, Truth

WINDOWS_S = (0.5, 3.0)


def form_scores(song: FormSong, cuts: Sequence[int], groups: Sequence[int]) -> Floats:
    """``(3,)``: boundary F at 0.5 s and at 3 s, pairwise label F; means over the truths, within what is labelled."""
    edges = song.bars.edges_s[np.asarray(cuts)]
    rows = []
    for truth in song.truths:
        inner = edges[(edges > truth.edges_s[0] + 1e-3) & (edges < truth.edges_s[-1] - 1e-3)]
        rows.append([*(boundary_f(truth.edges_s[1:-1], inner, w) for w in WINDOWS_S), pairwise_f(truth, edges, groups)])
    return np.mean(rows, axis=0, dtype=np.float64)


def boundary_f(truth_s: Floats, found_s: Floats, window_s: float) -> float:
    """F measure of times that rise, each matched once, within ``window_s``; 0 where either is empty."""
    hits = k = 0
    for time in truth_s:
        while k < len(found_s) and found_s[k] < time - window_s:
            k += 1
        if k < len(found_s) and found_s[k] <= time + window_s:
            hits += 1
            k += 1
    return 2 * hits / (len(truth_s) + len(found_s)) if hits else 0.0


def pairwise_f(truth: Truth, edges_s: Floats, groups: Sequence[int], step_s: float = 0.1) -> float:
    """F measure over all pairs of moments that share a label: those of the truth, and those found."""
    at = np.arange(truth.edges_s[0], truth.edges_s[-1], step_s)
    names = sorted(set(truth.materials))
    real = np.array([names.index(m) for m in truth.materials])[_part_at(truth.edges_s, at)]
    ours = np.asarray(groups)[_part_at(edges_s, at)]
    table = np.zeros((len(names), int(ours.max()) + 1))
    np.add.at(table, (real, ours), 1.0)
    both, in_truth, in_ours = (float((c * (c - 1)).sum()) / 2 for c in (table, table.sum(axis=1), table.sum(axis=0)))
    return 2 * both / (in_truth + in_ours) if in_truth + in_ours else 0.0


def _part_at(edges_s: Floats, at: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.clip(np.searchsorted(edges_s, at, side="right") - 1, 0, len(edges_s) - 2)
