"""How near an answer comes to the truth, by mir_eval.

| number | is |
|---|---|
| F | beat F-measure within 70 ms; the first 5 s are left out, as mir_eval does |
| CMLt, AMLt | share of beats in continuous runs at the true metrical level; AMLt allows half, double and off-beat |
| downbeat F | F-measure of the downbeats within 70 ms |
| T1, T2 | median tempo within 4 %; T2 also allows 1/3, 1/2, 2 and 3 times |
| late | median of found minus true beat over the matched ones, in ms: positive is late |
| B 0.5, B 3 | section boundary F-measure within 0.5 s and 3 s; start and end of the song are left out |
| label F | pairwise F-measure of the labels: which instants share a label. Several labellings: the mean over them |

All but ``late`` lie between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from mir_eval import beat, segment, util
from numpy.typing import NDArray

from tests.benchmarks.annotated import AnnotatedSong, Span

Times = NDArray[np.float64]

BEAT_SCORES = ("F", "CMLt", "AMLt", "downbeat F", "T1", "T2", "late")
SECTION_SCORES = ("B 0.5", "B 3", "label F")

_FEWEST_BEATS, _FEWEST_DOWNBEATS = 8, 4
_WINDOW_S = 0.07
_TEMPO_SHARE = 0.04
_SHORTEST_S = 1e-3
_BOUNDARY_WINDOWS_S = {"B 0.5": 0.5, "B 3": 3.0}


def score(song: AnnotatedSong, answer: Mapping[str, Any]) -> dict[str, float]:
    """The numbers that both the truth and the answer allow.

    ``answer`` may hold ``beats`` and ``downbeats`` in seconds and ``sections`` as in a truth file. A tracker that says
    nothing about one of them (no key) has no such number; one that finds nothing (an empty list) has 0.
    """
    found: dict[str, float] = {}
    if song.beats_s and "beats" in answer:
        found |= score_beats(song.beats_s, answer["beats"])
    if song.downbeats_s and answer.get("downbeats") is not None:
        found |= score_downbeats(song.downbeats_s, answer["downbeats"])
    if song.sections and "sections" in answer:
        rows = [Span(float(r["start"]), float(r["end"]), str(r.get("label", "?"))) for r in answer["sections"]]
        found |= score_sections(song.sections, rows, song.duration_s)
    return found


def score_beats(true_s: Iterable[float], found_s: Iterable[float]) -> dict[str, float]:
    """Empty where the truth has too few beats after its first 5 s to say anything."""
    true, found = beat.trim_beats(_tidy(true_s)), beat.trim_beats(_tidy(found_s))
    if len(true) < _FEWEST_BEATS:
        return {}
    if len(found) < 2:
        return {"F": 0.0, "CMLt": 0.0, "AMLt": 0.0, "T1": 0.0, "T2": 0.0}
    _, same_level, _, any_level = beat.continuity(true, found)
    ratio = float(np.median(np.diff(true)) / np.median(np.diff(found)))
    near = {k: abs(ratio / k - 1) <= _TEMPO_SHARE for k in (1, 2, 3, 1 / 2, 1 / 3)}
    scores = {
        "F": beat.f_measure(true, found, f_measure_threshold=_WINDOW_S),
        "CMLt": same_level,
        "AMLt": any_level,
        "T1": float(near[1]),
        "T2": float(any(near.values())),
    }
    matched = util.match_events(true, found, _WINDOW_S)
    if matched:
        scores["late"] = 1000 * float(np.median([found[j] - true[i] for i, j in matched]))
    return scores


def score_downbeats(true_s: Iterable[float], found_s: Iterable[float]) -> dict[str, float]:
    true, found = beat.trim_beats(_tidy(true_s)), beat.trim_beats(_tidy(found_s))
    if len(true) < _FEWEST_DOWNBEATS:
        return {}
    return {"downbeat F": beat.f_measure(true, found, f_measure_threshold=_WINDOW_S) if len(found) else 0.0}


def score_sections(labellings: Sequence[Sequence[Span]], found: Sequence[Span], duration_s: float) -> dict[str, float]:
    """Against each labelling, over the part of the song that it labels; the mean."""
    tiled = _tiled(found, duration_s) or [Span(0.0, duration_s, "A")]
    rows = [_score_labelling(labelling, tiled) for labelling in labellings]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _score_labelling(labelling: Sequence[Span], found: Sequence[Span]) -> dict[str, float]:
    start_s, stop_s = labelling[0].start_s, labelling[-1].stop_s
    true = _within(_tiled(labelling, stop_s), start_s, stop_s)
    heard = _within(found, start_s, stop_s) or [Span(start_s, stop_s, "A")]
    # mir_eval wants both to begin at 0 and to end together.
    true_edges, heard_edges = (_edges(spans, start_s, stop_s) for spans in (true, heard))
    can_tell = len(true) > 2 and len(heard) > 2
    scores = {
        name: segment.detection(true_edges, heard_edges, window=window_s, trim=True)[2] if can_tell else 0.0
        for name, window_s in _BOUNDARY_WINDOWS_S.items()
    }
    labels = [[span.label for span in spans] for spans in (true, heard)]
    scores["label F"] = segment.pairwise(true_edges, labels[0], heard_edges, labels[1])[2]
    return scores


def _tidy(times_s: Iterable[float]) -> Times:
    times = np.unique(np.asarray([t for t in times_s if t is not None], float))
    return times[np.isfinite(times) & (times >= 0)]


def _tiled(spans: Sequence[Span], duration_s: float) -> list[Span]:
    """Touching spans over ``[0, duration_s]``: overlaps cut, gaps filled with a label of their own."""
    tiles: list[Span] = []
    at = 0.0
    for span in sorted(spans, key=lambda span: (span.start_s, span.stop_s)):
        start_s, stop_s = max(span.start_s, at), min(span.stop_s, duration_s)
        if stop_s - start_s <= _SHORTEST_S:
            continue
        if start_s - at > _SHORTEST_S:
            tiles.append(Span(at, start_s, "_gap"))
        else:
            start_s = at
        tiles.append(Span(start_s, stop_s, span.label))
        at = stop_s
    if tiles and duration_s - at > _SHORTEST_S:
        tiles.append(Span(at, duration_s, "_gap"))
    return tiles


def _within(spans: Sequence[Span], start_s: float, stop_s: float) -> list[Span]:
    cut = (Span(max(span.start_s, start_s), min(span.stop_s, stop_s), span.label) for span in spans)
    return [span for span in cut if span.stop_s - span.start_s > _SHORTEST_S]


def _edges(spans: Sequence[Span], start_s: float, stop_s: float) -> Times:
    """(n, 2) seconds from ``start_s``."""
    edges = np.array([(span.start_s, span.stop_s) for span in spans]) - start_s
    edges[0, 0], edges[-1, 1] = 0.0, stop_s - start_s
    return edges
