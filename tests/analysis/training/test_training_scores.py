"""Laws of scores: places in the bar, excerpts, transposition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_scores import KICK, clicks

from musicvid.analysis.training.scores import CLOSING, DRUMS, OPENING, SUNG, Part, Score

BARS = st.lists(st.integers(2, 7), min_size=1, max_size=20).map(tuple)


@given(BARS, st.integers(0, 6))
def test_every_bar_counts_from_one_and_upbeats_count_towards_it(bars, first):
    positions = list(clicks(bars, first_beat=first).positions)
    lead, rest = positions[:first], positions[first:]
    assert len(positions) == clicks(bars, first_beat=first).beat_count
    for bar in bars:
        assert rest[:bar] == list(range(1, bar + 1))
        rest = rest[bar:]
    assert rest == []
    # Counted backwards from the bar line: the last place, the one before it, ...
    assert lead[::-1] == [bars[0] - k % bars[0] for k in range(first)]


def test_two_upbeats_to_a_bar_of_four():
    assert list(clicks((4, 4), first_beat=2).positions) == [3, 4, 1, 2, 3, 4, 1, 2, 3, 4]


def part_at(score: Score, bar: int) -> tuple[str, int] | None:
    before = [part for part in score.parts if part.bar <= bar]
    return (before[-1].material, before[-1].function) if before else None


@given(BARS, st.data())
def test_an_excerpt_has_the_same_parts_bars_and_notes(bars, data):
    starts = sorted(data.draw(st.sets(st.integers(0, len(bars) - 1))))
    parts = tuple(Part(bar, f"{bar}", (OPENING, SUNG, CLOSING)[bar % 3]) for bar in starts)
    score = clicks(bars, parts=parts, first_beat=data.draw(st.integers(0, 3)))
    first = data.draw(st.integers(0, len(bars) - 1))
    piece = score.excerpt(first, data.draw(st.integers(1, len(bars))))
    assert piece.bars == bars[first : first + len(piece.bars)]
    assert [part_at(piece, k) for k in range(len(piece.bars))] == [
        part_at(score, first + k) for k in range(len(piece.bars))
    ]
    assert len({part.bar for part in piece.parts}) == len(piece.parts)
    assert list(piece.notes[:, 0]) == list(range(piece.beat_count))
    assert piece.positions[0] == 1


def test_a_note_a_little_early_belongs_to_the_bar_it_begins():
    score = clicks((4, 4))
    score.notes[4, 0] = 3.95
    assert score.excerpt(1, 1).notes[0, 0] == pytest.approx(-0.05)
    assert len(score.excerpt(0, 1).notes) == 4


@given(st.integers(21, 108), st.integers(-12, 12))
def test_transposition_keeps_to_the_keyboard_and_moves_no_drum(pitch, semitones):
    notes = np.array([[0, 1, 0, pitch, 80], [0, 1, DRUMS, KICK, 80]], float)
    score = Score(notes, (4,), 120.0, {})
    moved = score.transposed(semitones).notes
    assert 21 <= moved[0, 3] <= 108
    assert (moved[0, 3] - pitch - semitones) % 12 == 0
    assert abs(moved[0, 3] - pitch - semitones) <= 12
    assert moved[1, 3] == KICK
    assert score.notes[0, 3] == pitch
