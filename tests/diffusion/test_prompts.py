"""Prompts are encoded once, as the road's own class encodes them, and found on disk by the next engine."""

from __future__ import annotations

import pytest
import torch
from diffusion.stock_calls import AVOID, CASES, PROMPT, RESIDENT, cpu, engine_of, spec_of, stock_frames, stock_pipe
from hypothesis import given
from hypothesis import strategies as st

from musicvid.diffusion.folder import recognise
from musicvid.diffusion.prompts import PromptBook, reader_of, text_length
from musicvid.diffusion.registry import known_models
from musicvid.errors import RenderError

torch.set_num_threads(1)
SIX = [f"shot {number}" for number in range(6)]


def six_specs():
    """Six shots on two roads of LTX; prompts come twice."""
    plain, first = CASES["ltx plain"], CASES["ltx first"]
    return [spec_of((plain, first)[k % 2], prompts=(SIX[k // 2],), seed=k) for k in range(6)]


def test_six_clips_on_two_roads_load_once_and_encode_once(tiny_model):
    engine, told = engine_of(tiny_model("ltx")), []
    specs = six_specs()
    engine.encode(specs, lambda done, total: told.append((done, total)))
    for spec in specs:
        engine.frames(spec, RESIDENT)
    assert engine.counts.loads == 1
    assert engine.counts.encoder_loads == 1
    assert engine.counts.encoded == 8  # three prompts and what to avoid, read in two ways
    assert told == [(done, 8) for done in range(1, 9)]
    assert engine.counts.placed == ["resident"] * 6  # each change of the road places the weights anew


def test_without_being_told_beforehand_a_clip_encodes_its_own_texts(tiny_model):
    engine = engine_of(tiny_model("wan-t2v"))
    for number in (1, 2, 2):
        engine.frames(spec_of(CASES["wan-t2v"], prompts=(f"shot {number}",)), RESIDENT)
    assert engine.counts.encoded == 3
    assert engine.counts.encoder_loads == 2
    assert engine.counts.loads == 2  # the denoiser makes room for the text encoder


def test_embeddings_are_the_pipelines_own_and_carry_no_graph(tiny_model):
    """Under autograd the pipelines' ``encode_prompt`` keeps a graph and differs in the last digits."""
    folder = tiny_model("wan-t2v")
    pipe = stock_pipe(folder, "WanPipeline")
    assert pipe.encode_prompt(PROMPT, max_sequence_length=512)[0].grad_fn is not None
    with torch.no_grad():
        wanted = pipe.encode_prompt(PROMPT, AVOID, max_sequence_length=512)
    engine = engine_of(folder)
    spec = spec_of(CASES["wan-t2v"])
    with torch.enable_grad():
        engine.encode([spec])
    book = engine.reading.book(engine.road_for(spec))
    for text, embedding in zip((PROMPT, AVOID), wanted, strict=True):
        (ours,) = book.of(text)
        assert ours.grad_fn is None
        assert not ours.requires_grad
        assert torch.equal(ours, embedding)


@pytest.mark.parametrize("kind", ["wan22-ti2v", "ltx", "ltx2", "helios", "skyreels-df"])
def test_classes_that_share_pages_encode_alike(tiny_model, kind):
    """And those that do not, such as LTX's two, would not."""
    pipelines = {road.pipeline for road in recognise(tiny_model(kind)).roads}
    groups = {}
    for name in sorted(pipelines):
        with torch.no_grad():
            made = stock_pipe(tiny_model(kind), name).encode_prompt(PROMPT, max_sequence_length=128)
        groups.setdefault(reader_of(name), []).append(made[0])
    for made in groups.values():
        assert all(torch.equal(one, made[0]) for one in made)
    if kind == "ltx":
        assert groups.keys() == {"LTXPipeline", "LTXConditionPipeline"}
        assert not torch.equal(groups["LTXPipeline"][0], groups["LTXConditionPipeline"][0])
    else:
        assert len(groups) == 1


def test_the_next_engine_finds_them_on_disk(tiny_model, tmp_path):
    spec = spec_of(CASES["ltx2 plain"])
    first = engine_of(tiny_model("ltx2"), prompts=tmp_path)
    frames = first.frames(spec, RESIDENT)
    second = engine_of(tiny_model("ltx2"), prompts=tmp_path)
    assert torch.equal(second.frames(spec, RESIDENT), frames)
    assert second.counts.encoded == second.counts.encoder_loads == 0
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_page_is_encoded_again(tiny_model, tmp_path, damage):
    spec = spec_of(CASES["wan-t2v"])
    frames = engine_of(tiny_model("wan-t2v"), prompts=tmp_path).frames(spec, RESIDENT)
    page = sorted(tmp_path.iterdir())[0]
    whole = page.read_bytes()
    page.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    engine = engine_of(tiny_model("wan-t2v"), prompts=tmp_path)
    assert torch.equal(engine.frames(spec, RESIDENT), frames)
    assert engine.counts.encoded == 1
    assert page.read_bytes() == whole


def test_what_determines_an_embedding_is_in_its_pages_name(tiny_model, tmp_path):
    """Other weights, another length, another precision, another way of reading: another page."""
    folder, spec = tiny_model("wan-t2v"), spec_of(CASES["wan-t2v"])
    engines = [
        engine_of(folder, prompts=tmp_path),
        engine_of(folder, identity="other weights", prompts=tmp_path),
        engine_of(folder, cpu(text_tokens=64), prompts=tmp_path),
        engine_of(folder, cpu(dtype="bf16"), prompts=tmp_path),
    ]
    for number, engine in enumerate(engines, 1):
        engine.encode([spec])
        assert engine.counts.encoded == 2
        assert len(list(tmp_path.iterdir())) == 2 * number
    again = engine_of(folder, cpu(text_tokens=512), prompts=tmp_path)  # the pipeline's own length, said aloud
    again.encode([spec])
    assert again.counts.encoded == 0


def test_a_length_of_texts_reaches_the_pipeline(tiny_model):
    case = CASES["wan-t2v"]
    expected = stock_frames(
        stock_pipe(tiny_model("wan-t2v"), case.pipeline), case, spec_of(case), max_sequence_length=8
    )
    engine = engine_of(tiny_model("wan-t2v"), cpu(text_tokens=8))
    assert torch.equal(engine.frames(spec_of(case), RESIDENT), expected)


def test_encoding_stops_where_the_caller_raises_and_goes_on_later(tiny_model):
    engine = engine_of(tiny_model("wan-t2v"))
    specs = [spec_of(CASES["wan-t2v"], prompts=(text,)) for text in SIX]

    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.encode(specs, stop)
    assert engine.counts.encoded == 3
    engine.encode(specs)
    assert engine.counts.encoded == 7


def test_a_text_that_was_never_encoded_is_named():
    with pytest.raises(RenderError, match="a street"):
        PromptBook("weights").of("a street")


def test_the_length_of_a_row_and_of_the_class():
    import diffusers

    rows = {model.key: model for model in known_models()}
    assert text_length(diffusers.WanPipeline, rows["wan2.1-t2v-1.3b"], None) == 512
    assert text_length(diffusers.LTXPipeline, rows["ltx-video-0.9.8"], None) == 128
    assert text_length(diffusers.LTXConditionPipeline, rows["ltx-video-0.9.8"], None) == 256
    assert text_length(diffusers.LTXConditionPipeline, rows["ltx-video-0.9.8"], 77) == 77
    assert text_length(diffusers.WanImageToVideoPipeline, rows["wan2.1-i2v-14b"], None) == 512


@given(st.lists(st.text(max_size=12), unique=True, min_size=2, max_size=6), st.text(max_size=5), st.text(max_size=5))
def test_every_text_and_identity_has_a_name_of_its_own(texts, one, other):
    names = {PromptBook(identity).key_of(text) for identity in {one, other} for text in texts}
    assert len(names) == len(texts) * len({one, other})


@given(st.lists(st.sampled_from("abc")))
def test_what_is_missing_is_each_text_once_in_order(texts):
    book = PromptBook("weights")
    book.add("b", (torch.zeros(1),))
    assert book.missing(texts) == [text for text in dict.fromkeys(texts) if text != "b"]
