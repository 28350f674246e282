"""What :mod:`musicvid.analysis.form_network` and :mod:`musicvid.analysis.form` know, learned from songs.

First the network; then, from the parts that it finds and those that people marked, the likeness of repeats; last, on
songs that were held out of both, how far the network's odds can be trusted.
"""

from __future__ import annotations

import copy
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn

from musicvid.analysis.barwise import REACH, Array, Floats, Integers, lag_band
from musicvid.analysis.form import expected_score, group_parts, join_repeats, pairs_of, split_bars
from musicvid.analysis.form_network import FormNetwork, Learned, boundary_odds
from musicvid.analysis.training.form_scores import form_scores
from musicvid.analysis.training.form_songs import COMPOSED, FormSong, Truth

_NEAR_S = 0.6
_BATCH, _RATE, _DECAY, _DROPOUT = 8, 3e-3, 2e-2, 0.35
_HELD_OUT = 4
_TRUST_COMPOSED = 0.3
"""How much a bar of a composed song counts beside one of a song that people labelled."""


@dataclass(frozen=True, slots=True)
class Example:
    """``band`` (4, n, 128) and ``levels`` (10, n) of the network; ``target`` (n,): share of the people who begin a part
    here; ``weight`` (n,), 0 where nobody labelled anything."""

    band: Array
    levels: Array
    target: Array
    weight: Array


def held_out(song: FormSong) -> bool:
    """A quarter of the works, the same in every run."""
    return song.kind != COMPOSED and zlib.crc32(song.work.encode()) % _HELD_OUT == 0


def example_of(song: FormSong) -> Example:
    lines = song.bars.edges_s[:-1]
    target, labelled = np.zeros(len(lines), np.float32), np.zeros(len(lines), bool)
    for truth in song.truths:
        nearest = np.abs(lines[:, None] - truth.edges_s).argmin(axis=0)
        nearest = nearest[np.abs(lines[nearest] - truth.edges_s) < _NEAR_S]
        target[np.unique(nearest)] += 1 / len(song.truths)
        low, high = np.searchsorted(lines, truth.edges_s[[0, -1]] + [-_NEAR_S, _NEAR_S])
        labelled[low:high] = True
    labelled[0] = False  # the song begins there anyway
    weight = labelled * np.float32(_TRUST_COMPOSED if song.kind == COMPOSED else 1.0)
    return Example(lag_band(song.bars), np.ascontiguousarray(song.bars.levels.T), target, weight.astype(np.float32))


def train_network(
    examples: Sequence[Example], epochs: int, seed: int, tell: Callable[[int, float], None] = lambda _, __: None
) -> FormNetwork:
    """The running average of the weights of a network that saw every example ``epochs`` times, each time otherwise."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = FormNetwork(dropout=_DROPOUT)
    average = copy.deepcopy(network)
    sizes = np.array([len(e.target) for e in examples])
    batch = min(_BATCH, len(examples))
    steps = epochs * (len(examples) // batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps, pct_start=0.2)
    step = 0
    for epoch in range(epochs):
        # Songs of about one length together, or most of a batch would be padding.
        order = np.argsort(sizes * rng.uniform(0.8, 1.25, len(sizes)))
        batches = [order[k : k + batch] for k in range(0, len(order) - batch + 1, batch)]
        rng.shuffle(batches)
        losses = []
        for chosen in batches:
            loss = _loss(network, [_varied(examples[k], rng) for k in chosen])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            with torch.no_grad():
                for mean, now in zip(average.parameters(), network.parameters(), strict=True):
                    mean.lerp_(now, 1 - min(0.99, step / (step + 10)))
            losses.append(float(loss.detach()))
        tell(epoch, float(np.mean(losses)))
    return average.eval().requires_grad_(False)


def _loss(network: FormNetwork, examples: Sequence[Example]) -> torch.Tensor:
    longest = max(len(e.target) for e in examples)
    band, levels, target, weight = (
        torch.from_numpy(np.stack([_longer(getattr(e, name), longest, axis) for e in examples]))
        for name, axis in (("band", 1), ("levels", 1), ("target", 0), ("weight", 0))
    )
    each = nn.functional.binary_cross_entropy_with_logits(network(band, levels), target, reduction="none")
    return (each * weight).sum() / weight.sum().clamp(min=1)


def _longer(rows: Array, length: int, axis: int) -> Array:
    missing = [(0, length - rows.shape[axis] if k == axis else 0) for k in range(rows.ndim)]
    return np.pad(rows, missing)


def _varied(example: Example, rng: np.random.Generator) -> Example:
    """Another look: a piece of the song, fainter or stronger likeness, a quality not heard, noise."""
    count = len(example.target)
    first, last = 0, count
    if rng.random() < 0.5 and count > 40:
        first, last = int(rng.integers(0, count // 3)), count - int(rng.integers(0, count // 3))
    band, levels = example.band[:, first:last].copy(), example.levels[:, first:last]
    weight = example.weight[first:last].copy()
    if last - first < count:
        at = np.arange(last - first)[:, None] + np.arange(-REACH, REACH)
        band *= (at >= 0) & (at < last - first)
        weight[0] = 0.0
    for channel in band[:3]:
        channel *= 0.0 if rng.random() < 0.18 else rng.uniform(0.7, 1.3)
    band[:3] += rng.normal(0, 0.09, band[:3].shape).astype(np.float32) * band[3]
    levels = levels * rng.uniform(0.6, 1.4) + rng.normal(0, 0.1, levels.shape)
    if rng.random() < 0.4:
        levels = np.zeros_like(levels)
    return Example(band, levels.astype(np.float32), example.target[first:last], weight)


def fit_likeness(songs: Sequence[FormSong], network: FormNetwork) -> Floats:
    """``(12,)``: weights of the signs and a constant, by logistic regression over pairs of parts, found and marked."""
    from sklearn.linear_model import LogisticRegression

    signs, same, weights = [], [], []
    for number, song in enumerate(songs):
        truth = song.truths[number % len(song.truths)]
        for cuts in (split_bars(boundary_odds(song.bars, network)), _marked(song, truth)):
            pairs = pairs_of(song.bars, cuts)
            names, shares = _materials(song.bars.edges_s[cuts], truth)
            known = (names[pairs.first] >= 0) & (names[pairs.second] >= 0)
            if known.any():
                first, second = pairs.first[known], pairs.second[known]
                signs.append(pairs.signs[known])
                same.append(names[first] == names[second])
                weights.append(shares[first] * shares[second] / np.sqrt(len(first)))
    rows, right, weight = np.concatenate(signs), np.concatenate(same), np.concatenate(weights)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    model = LogisticRegression(C=0.3, max_iter=400).fit((rows - mean) / deviation, right, weight)
    slopes = model.coef_[0] / deviation
    return np.append(slopes, model.intercept_[0] - slopes @ mean)


def _marked(song: FormSong, truth: Truth) -> list[int]:
    edges = song.bars.edges_s
    return sorted({0, len(edges) - 1, *(int(np.abs(edges - time).argmin()) for time in truth.edges_s)})


def _materials(edges_s: Floats, truth: Truth) -> tuple[Integers, Floats]:
    """The material that covers most of each part found, -1 where none does, and how much of the part."""
    names = sorted(set(truth.materials))
    found, shares = [], []
    for start, stop in pairwise(edges_s):
        covered = np.zeros(len(names))
        for name, low, high in zip(truth.materials, truth.edges_s, truth.edges_s[1:], strict=False):
            covered[names.index(name)] += max(0.0, min(stop, high) - max(start, low))
        found.append(int(covered.argmax()) if covered.any() else -1)
        shares.append(covered.max() / (stop - start))
    return np.array(found, np.int64), np.array(shares)


def find_form(song: FormSong, learned: Learned) -> tuple[list[int], list[int], Floats]:
    """Cuts and groups as :func:`musicvid.analysis.sections.find_sections` makes them, and the odds."""
    odds = boundary_odds(song.bars, learned.network)
    cuts = split_bars(odds)
    pairs = pairs_of(song.bars, cuts)
    groups = group_parts(pairs, pairs.signs @ learned.alike[:-1] + learned.alike[-1], np.diff(cuts))
    return *join_repeats(cuts, groups, odds), odds


def learn(
    songs: Sequence[FormSong], others: Sequence[FormSong], epochs: int, seed: int, tell: Callable[[int, float], None]
) -> Learned:
    """All of it, from ``songs``; ``others`` only say how far to trust it. Deterministic on one thread."""
    network = train_network([example_of(song) for song in songs], epochs, seed, tell)
    labelled = [song for song in songs if song.kind != COMPOSED]
    learned = Learned(network, fit_likeness(labelled or songs, network), np.array([1.0, 0.0]))
    return replace(learned, trust=fit_trust(others, learned))


def table(songs: Sequence[FormSong], learned: Learned) -> Iterator[str]:
    """One line a kind: songs, boundary F at 0.5 s and 3 s, pairwise label F, in percent."""
    for kind in sorted({song.kind for song in songs}):
        rows = [form_scores(song, *find_form(song, learned)[:2]) for song in songs if song.kind == kind]
        yield f"{kind} {len(rows)} " + " ".join(f"{100 * value:.1f}" for value in np.mean(rows, axis=0))


def fit_trust(songs: Sequence[FormSong], learned: Learned) -> Floats:
    """``(2,)`` slope and level: the boundary F at 0.5 s over what the odds let expect, by least squares."""
    rows = [(expected_score(odds, cuts), form_scores(song, cuts, groups)[0])
            for song in songs for cuts, groups, odds in [find_form(song, learned)]]  # fmt: skip
    expected, real = np.array(rows).T
    return np.polyfit(expected, real, 1).astype(np.float64)


def write_learned(path: Path, learned: Learned) -> None:
    """As :func:`musicvid.analysis.form_network.load` reads it; whole or not at all."""
    from safetensors.torch import save

    kept = {f"network.{name}": weight.half().contiguous() for name, weight in learned.network.state_dict().items()}
    kept |= {name: torch.from_numpy(getattr(learned, name)).float() for name in ("alike", "trust")}
    part = path.with_suffix(".part")
    part.write_bytes(save(kept))
    os.replace(part, path)
