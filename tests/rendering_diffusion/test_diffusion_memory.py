"""Memory that runs out, injected where a card would say so: takes come all the same, and nothing changes in silence."""

from __future__ import annotations

import json
import time

import pytest
from diffusion_films import clip_files, diffusion, film, planes, rendered, spied

from musicvid.errors import RenderError
from musicvid.rendering.backends.diffusion.clip_store import ClipStore
from musicvid.rendering.render import render


@pytest.fixture
def wan(tiny_model):
    return tiny_model("wan-t2v")


@pytest.fixture
def runs_out(monkeypatch):
    """``runs_out("denoise", when)``: from now on memory runs out in that phase whenever ``when(its latents)`` holds."""

    def inject(phase, when):
        import torch
        from diffusers import AutoencoderKLWan, WanTransformer3DModel
        from transformers import UMT5EncoderModel

        cls, name = {
            "denoise": (WanTransformer3DModel, "forward"),
            "decode": (AutoencoderKLWan, "_decode"),
            "text": (UMT5EncoderModel, "forward"),
        }[phase]
        usual = getattr(cls, name)

        def full(self, *args, **kwargs):
            first = args[0] if args else kwargs.get("hidden_states")
            if when(first):
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            return usual(self, *args, **kwargs)

        monkeypatch.setattr(cls, name, full)

    return inject


def at_calls(*numbers):
    """Holds at these calls, counted from 1."""
    calls = []
    return lambda latents: calls.append(0) or len(calls) in numbers


def facts_by_shot(work):
    store = ClipStore(work / "clips")
    facts = [clip.facts for path in clip_files(work) if (clip := store.find(path.stem))]
    return {one["shot"]: one for one in sorted(facts, key=lambda one: one["shot"])}


def plans_kept(work):
    return {row["pixels"]: row["plan"] for row in json.loads((work / "clips" / "memory.json").read_text())}


def test_a_lower_rung_that_keeps_the_pixels_is_taken_at_once(wan, tmp_path, runs_out):
    shots = film((3, 3))
    plenty = rendered(wan, tmp_path / "plenty", shots)
    runs_out("denoise", at_calls(1))
    scarce = rendered(wan, tmp_path / "scarce", shots)
    assert [take.key for take in scarce] == [take.key for take in plenty]
    assert [planes(a.path).tobytes() for a in scarce] == [planes(b.path).tobytes() for b in plenty]
    facts = facts_by_shot(tmp_path / "scarce")
    assert [one["memory"] for one in facts.values()] == ["group-offload"] * 2
    said = "verse-1/01: memory ran out in the denoise stage under resident, made with group-offload"
    assert [said in take.notes for take in scarce] == [True, False]
    assert facts_by_shot(tmp_path / "plenty")["verse-1/01"]["memory"] == "resident"


@pytest.mark.parametrize(("phase", "gives_up"), [("decode", "tiling"), ("denoise", "fp8")])
def test_a_rung_that_changes_pixels_is_in_the_name_and_on_the_take(wan, tmp_path, runs_out, phase, gives_up):
    """Of four shots the second finds memory too small twice: the first keeps its exact clip, the others give up the
    same. Made again, nothing is made."""
    work, shots = tmp_path / "work", film((3, 3, 3, 3))
    exact = rendered(wan, tmp_path / "plenty", shots)
    per_clip = {"decode": 1, "denoise": 2}[phase]  # two prompts make two calls of each step
    runs_out(phase, at_calls(per_clip + 1, per_clip + 2))
    takes = rendered(wan, work, shots)
    assert [take.shot_id for take in takes] == [shot.id for shot in shots.shots]
    assert [a.key == b.key for a, b in zip(takes, exact, strict=True)] == [True, False, False, False]
    assert [one["lossy"] for one in facts_by_shot(work).values()] == [[], [gives_up], [gives_up], [gives_up]]
    said = [any(f"made with {gives_up} to fit in memory" in note for note in take.notes) for take in takes]
    assert said == [False, True, True, True]
    assert len(clip_files(work)) == 4
    assert [plan[gives_up] for plan in plans_kept(work).values()] == [True]
    clips = clip_files(work)
    again = rendered(wan, work, shots)
    assert [take.key for take in again] == [take.key for take in takes]
    assert [take.notes for take in again] == [take.notes for take in takes]
    assert clip_files(work) == clips


def test_memory_that_runs_out_ahead_of_a_takes_turn_is_no_fault_of_the_take(wan, tmp_path, runs_out, monkeypatch):
    """The card is two clips ahead of whoever writes takes: the plan changes before the takes are named anew."""
    from musicvid.rendering.backends.diffusion.plans import Plans

    lowered, usual = [], Plans.lower
    monkeypatch.setattr(Plans, "lower", lambda *given: lowered.append(usual(*given)) or lowered[-1])
    runs_out("decode", at_calls(2, 3))
    takes = render(film((3, 3, 3)), diffusion(wan, tmp_path), tmp_path / "work", workers=1)
    first = next(takes)
    for _ in range(1000):
        if len(lowered) == 2:
            break
        time.sleep(0.01)
    assert lowered[-1].tiling
    rest = list(takes)
    assert [take.shot_id for take in (first, *rest)] == ["verse-1/01", "verse-1/02", "verse-1/03"]
    assert [one["lossy"] for one in facts_by_shot(tmp_path / "work").values()] == [[], ["tiling"], ["tiling"]]


def too_large(latents):
    """Latents of more than 6 times 4: a picture of more than 48 times 32."""
    return latents.shape[-1] * latents.shape[-2] > 24


def test_smaller_pictures_only_where_they_are_allowed_and_said(wan, tmp_path, runs_out):
    runs_out("denoise", too_large)
    with pytest.raises(RenderError) as caught:
        rendered(wan, tmp_path / "no", film((3, 3)), render_size="80x48")
    assert "memory ran out in the denoise stage even with group-offload+fp8, the last rung" in str(caught.value)
    assert "5 frames of 80x48" in str(caught.value)
    assert "shrink: true" in str(caught.value)

    work, shots = tmp_path / "yes", film((3, 3))
    takes = rendered(wan, work, shots, render_size="80x48", shrink=True)
    made = {ClipStore(work / "clips").find(path.stem).size for path in clip_files(work)}
    assert len(takes) == len(clip_files(work)) == 2
    assert [str(size) for size in made] == ["48x32"]
    for take in takes:
        assert planes(take.path).shape == (3, 72, 64)
        assert f"{take.shot_id}: made at 48x32 for lack of memory, as allowed" in take.notes
    clips = clip_files(work)
    again = rendered(wan, work, shots, render_size="80x48", shrink=True)
    assert [take.key for take in again] == [take.key for take in takes]
    assert clip_files(work) == clips


def test_what_was_made_large_stays_when_the_rest_must_be_smaller(wan, tmp_path, runs_out, monkeypatch):
    work, shots = tmp_path / "work", film((3, 3, 3))
    specs, plenty = spied(monkeypatch), 2
    runs_out("denoise", lambda latents: len({spec.seed for spec in specs}) >= plenty and too_large(latents))
    takes = rendered(wan, work, shots, render_size="80x48", shrink=True)
    assert len(facts_by_shot(work)) == 3
    small = [any("for lack of memory" in note for note in take.notes) for take in takes]
    assert small == [False, True, True]
    clips = clip_files(work)
    again = rendered(wan, work, shots, render_size="80x48", shrink=True)
    assert [take.key for take in again] == [take.key for take in takes]
    assert clip_files(work) == clips


def test_no_size_at_all_is_one_clear_error(wan, tmp_path, runs_out):
    runs_out("denoise", lambda latents: True)
    with pytest.raises(RenderError, match=r"even \d+x\d+ does not fit in memory"):
        rendered(wan, tmp_path / "work", film((3,)), render_size="80x48", shrink=True)


def test_a_text_encoder_that_does_not_fit_lowers_no_plan_of_clips(wan, tmp_path, runs_out):
    runs_out("text", lambda latents: True)
    with pytest.raises(RenderError, match="ran out of memory in its encode stage"):
        rendered(wan, tmp_path / "work", film((3, 3)))
    assert [plan["weights"] for plan in plans_kept(tmp_path / "work").values()] == ["resident"]


def test_a_budget_that_nothing_fits_is_refused_before_any_work(wan, tmp_path):
    with pytest.raises(RenderError) as caught:
        rendered(wan, tmp_path / "work", film((3, 3)), memory="1MiB")
    error = f"{caught.value} {caught.value.hint}"
    assert "0.0 GiB are free (or allowed by --memory)" in error
    assert "GiB needed: group-offload 0.5" in error
    assert "a smaller model" in error
    assert not (tmp_path / "work" / "clips" / "prompts").exists()
    with pytest.raises(RenderError, match="does not fit in memory"):
        rendered(wan, tmp_path / "work", film((3, 3)), memory="1MiB", shrink=True)
    assert clip_files(tmp_path / "work") == []


def test_a_budget_is_planned_for_and_clips_made_without_one_count(wan, tmp_path):
    work, shots = tmp_path / "work", film((3,))
    takes = rendered(wan, work, shots)
    assert rendered(wan, work, shots, memory="1MiB") == takes  # kept: nobody asks for memory
    small = rendered(wan, tmp_path / "small", shots, memory="2GiB")
    assert small[0].key == takes[0].key
    rows = json.loads((tmp_path / "small" / "clips" / "memory.json").read_text())
    assert [row["place"].split()[:2] for row in rows] == [["CPU", str(2 * 2**30)]]
