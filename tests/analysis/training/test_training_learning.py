"""The loop: a run that was cut off ends with the same weights, and what can be learned is learned."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from made_scores import kept_song

from musicvid.analysis.training import learning
from musicvid.analysis.training.learning import CHECKPOINT, LOG, NETWORK, Plan, train
from musicvid.errors import InputError

TINY = {"width": 8, "wide": 8, "quick": 2, "slow": 2}


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """A network that learns in seconds, a log every three steps, and torch as it was afterwards."""
    monkeypatch.setitem(learning.SIZES, "tiny", TINY)
    monkeypatch.setattr(learning, "EVERY", 3)
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(strict)


SONGS = [kept_song(bpm=120), kept_song(bpm=97, metre=3, seed=1), kept_song(bpm=151, seed=2)]
PLAN = Plan("tiny", 8, batch=2, span_s=4.0)


def rows(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


def cut_off_at(patch, step: int) -> None:
    """As if the machine went off in the middle of this step."""
    draw, left = learning.draw_batch, [step]

    def draw_batch(*asked, **how):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return draw(*asked, **how)

    patch.setattr(learning, "draw_batch", draw_batch)


@pytest.mark.parametrize("step", [2, 3, 7])
def test_a_run_that_was_cut_off_ends_with_the_same_weights(tmp_path, step):
    straight = train(PLAN, SONGS, tmp_path / "straight")
    with pytest.MonkeyPatch.context() as patch:
        cut_off_at(patch, step)
        with pytest.raises(KeyboardInterrupt):
            train(PLAN, SONGS, tmp_path / "cut")
    assert (tmp_path / "cut" / CHECKPOINT).exists() == (step >= 3)
    torch.manual_seed(99)
    resumed = train(PLAN, SONGS, tmp_path / "cut")
    for name, value in straight.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    losses = [
        [{k: v for k, v in row.items() if k != "spent_s"} for row in rows(tmp_path / f)] for f in ("straight", "cut")
    ]
    assert losses[0] == losses[1]
    assert [row["step"] for row in losses[0]] == [3, 6, 8]


def test_a_run_that_is_done_stays_as_it_is(tmp_path):
    first = train(PLAN, SONGS, tmp_path)
    again = train(PLAN, SONGS, tmp_path)
    assert len(rows(tmp_path)) == 3
    for name, value in first.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])


def test_chance_matters_and_comes_from_the_seed(tmp_path):
    """Without this the equalities above would say nothing."""
    one, two = (train(Plan("tiny", 3, seed, batch=2, span_s=4.0), SONGS, tmp_path / f"{seed}") for seed in (1, 2))
    assert not torch.equal(one.front.weight, two.front.weight)


@pytest.mark.parametrize("other", [{"steps": 9}, {"seed": 2}, {"size": "small"}, {"batch": 3}])
def test_a_checkpoint_of_another_plan_is_refused(tmp_path, other):
    train(PLAN, SONGS, tmp_path)
    asked = {"size": "tiny", "steps": 8, "batch": 2, "span_s": 4.0} | other
    with pytest.raises(InputError, match="another plan") as caught:
        train(Plan(**asked), SONGS, tmp_path)
    assert str(tmp_path / CHECKPOINT) in str(caught.value)


def test_bright_frames_are_learned_to_be_beats(tmp_path, monkeypatch):
    monkeypatch.setattr(learning, "EVERY", 25)
    train(Plan("tiny", 150, batch=4, span_s=8.0, peak_rate=1e-2), SONGS, tmp_path)
    log = rows(tmp_path)
    assert log[-1]["beat"] < 0.5 * log[0]["beat"]
    assert log[-1]["downbeat"] < 0.7 * log[0]["downbeat"]
    assert (tmp_path / NETWORK).stat().st_size < 30_000
    assert np.isfinite([list(row.values()) for row in log]).all()


def test_a_second_run_begins_with_the_first(tmp_path):
    first = train(PLAN, SONGS, tmp_path / "first")
    kept = str(tmp_path / "first" / learning.NETWORK)
    again = Plan("tiny", 1, batch=2, span_s=4.0, peak_rate=1e-9, start=kept, hard=True)
    second = train(again, SONGS, tmp_path / "second")
    # One step at no rate: what is averaged is what was there, to half precision.
    for before, after in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(after, before, atol=2e-3, rtol=2e-3)
