"""Clips that came out broken are made again with other seeds, so many times, and that is said."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pytest
from diffusion_films import clip_files, film, planes, ramp, rendered, show, spied

from musicvid.errors import RenderError


@pytest.fixture
def wan(tiny_model):
    return tiny_model("wan-t2v")


@pytest.fixture
def nan_model(wan, tmp_path):
    """The tiny model with weights that a half-finished training might leave behind."""
    import torch
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "nan-model"
    shutil.copytree(wan, folder)
    weights = next((folder / "transformer").glob("*.safetensors"))
    tensors = load_file(weights)
    tensors["proj_out.weight"] = torch.full_like(tensors["proj_out.weight"], float("nan"))
    save_file(tensors, weights, metadata={"format": "pt"})
    return folder


@pytest.mark.parametrize(("retries", "guards"), [(0, True), (2, True), (1, False)])
def test_numbers_that_are_none_are_tried_again_and_then_refused(nan_model, tmp_path, monkeypatch, retries, guards):
    """Also without guards: such a clip is black or worse, and never what was wanted."""
    specs = spied(monkeypatch)
    with pytest.raises(RenderError) as caught:
        rendered(nan_model, tmp_path / "work", film((3,)), retries=retries, guards=guards)
    seeds = [spec.seed for spec in specs]
    assert len(set(seeds)) == retries + 1
    assert seeds[0] == 100
    error = f"{caught.value} {caught.value.hint}"
    assert f"verse-1/01: every one of {retries + 1} tries came out broken" in error
    assert re.findall(r"seed (\d+) came out with numbers that are none", error) == [str(seed) for seed in seeds]
    assert "retries" in error
    assert clip_files(tmp_path / "work") == []


def _broken_for(seeds, level=0.0):
    def drawn(spec):
        good = ramp(spec.frame_count, spec.size.height, spec.size.width)
        return np.full_like(good, level) if spec.seed in seeds else good

    return drawn


def test_one_bad_seed_costs_one_clip_and_is_told_on_the_take(wan, tmp_path, monkeypatch):
    specs = show(monkeypatch, _broken_for({100}))
    work, shots = tmp_path / "work", film((3, 3))
    takes = rendered(wan, work, shots, guards=True)
    assert [spec.seed for spec in specs][:3] == [100, specs[1].seed, 101]
    note = next(note for note in takes[0].notes if "seed" in note)
    assert re.fullmatch(
        rf"verse-1/01: seed 100 came out black \(.+\), made with seed {specs[1].seed}", note
    )  # fmt: skip
    assert not any("seed" in note for note in takes[1].notes)
    assert planes(takes[0].path)[:, :48].mean() > 60
    again = rendered(wan, work, shots, guards=True)
    assert [take.notes for take in again] == [take.notes for take in takes]
    assert len(specs) == 3
    elsewhere = rendered(wan, tmp_path / "elsewhere", shots, guards=True)
    assert [take.key for take in elsewhere] == [take.key for take in takes]
    assert specs[4].seed == specs[1].seed


def test_other_shots_are_made_although_one_never_comes_out(wan, tmp_path, monkeypatch):
    class Always(frozenset):
        def __contains__(self, seed):
            return seed not in (100, 102)

    show(monkeypatch, _broken_for(Always(), level=1.0))
    with pytest.raises(RenderError, match=r"verse-1/02: every one of 3 tries came out broken: seed 101 came out white"):
        rendered(wan, tmp_path / "work", film((3, 3, 3)), guards=True)
    assert len(clip_files(tmp_path / "work")) == 2


def test_what_is_frozen_is_broken_unless_that_was_wanted(wan, tmp_path, monkeypatch):
    show(monkeypatch, lambda spec: np.repeat(ramp(1, spec.size.height, spec.size.width), spec.frame_count, axis=0))
    with pytest.raises(RenderError, match="frozen"):
        rendered(wan, tmp_path / "work", film((6,)), guards=True, retries=1)
    assert len(rendered(wan, tmp_path / "work", film((6,)), guards=False)) == 1


def test_without_guards_a_black_clip_is_what_was_wanted(wan, tmp_path, monkeypatch):
    specs = show(monkeypatch, _broken_for({100}))
    takes = rendered(wan, tmp_path / "work", film((3,)), guards=False)
    assert [spec.seed for spec in specs] == [100]
    assert planes(takes[0].path)[:, :48].max() <= 18
