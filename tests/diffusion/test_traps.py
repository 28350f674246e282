"""Traps of diffusers, one test each: the stock library walks into it, musicvid does not.

Those around a call are in ``test_traps_around.py``; prompts encoded under autograd in ``test_prompts.py``; HunyuanVideo
1.5, which is watched through its scheduler, in ``test_steps.py``.
"""

from __future__ import annotations

import inspect
import json
import shutil

import pytest
import torch
from diffusion.stock_calls import CASES, RESIDENT, cpu, engine_of, picture, spec_of, stock_frames, stock_pipe

from musicvid.diffusion.calls import call_of
from musicvid.diffusion.calls.plain import arguments_of, frames_argument
from musicvid.diffusion.engine import ENCODED_APART
from musicvid.diffusion.folder import recognise
from musicvid.diffusion.registry import known_models
from musicvid.diffusion.steps import Cancelled
from musicvid.errors import InputError, RenderError

torch.set_num_threads(1)
FIRST_OF = {case.kind: name for name, case in reversed(CASES.items())}


def frames_of(folder, name, **more):
    case = CASES[name]
    return stock_frames(stock_pipe(folder, case.pipeline), case, spec_of(case), **more)


def test_torch_dtype_and_dtype_together_raise_and_we_pass_dtype_alone(tiny_model, monkeypatch):
    from diffusers import WanPipeline

    folder = tiny_model("wan-t2v")
    with pytest.raises(ValueError, match="torch_dtype"):
        WanPipeline.from_pretrained(folder, dtype=torch.float32, torch_dtype=torch.float32)
    genuine, passed = WanPipeline.from_pretrained.__func__, []

    def recorded(cls, *args, **kwargs):
        passed.append(kwargs)
        return genuine(cls, *args, **kwargs)

    monkeypatch.setattr(WanPipeline, "from_pretrained", classmethod(recorded))
    engine_of(folder).frames(spec_of(CASES["wan-t2v"]), RESIDENT)
    assert len(passed) == 2  # the text encoder, then the rest
    for kwargs in passed:
        assert "dtype" in kwargs
        assert "torch_dtype" not in kwargs
        assert kwargs["use_safetensors"] is True


@pytest.mark.parametrize("kind", FIRST_OF)
def test_frames_come_out_other_than_asked_and_our_counts_do_not(tiny_model, kind):
    """Wan rounds up or down, LTX down, Helios to chunks: a legal count comes out as asked, one below it never does."""
    case, rule = CASES[FIRST_OF[kind]], recognise(tiny_model(kind)).frames
    count = rule.at_least(2)
    assert rule.at_least(count - 1) == count or count == rule.count_of(1)
    for legal in (count, rule.at_least(count + 1)):
        assert rule.allows(legal)
        assert len(frames_of(tiny_model(kind), FIRST_OF[kind], num_frames=legal, num_inference_steps=1)) == legal
    short = frames_of(tiny_model(kind), FIRST_OF[kind], num_frames=count - 1, num_inference_steps=1)
    assert len(short) != count - 1
    assert not rule.allows(count - 1)
    assert case.frames >= count


def test_last_image_is_ignored_by_the_5b_model_and_refused_by_us(tiny_model):
    name, folder = "wan22-ti2v first", tiny_model("wan22-ti2v")
    case = CASES[name]
    from PIL import Image

    ends = [Image.fromarray(picture(case.size, seed)) for seed in (8, 9)]
    one, other = (frames_of(folder, name, last_image=end) for end in ends)
    assert torch.equal(one, other)
    assert torch.equal(one, frames_of(folder, name))
    engine, spec = engine_of(folder), spec_of(case, last=picture(case.size, 8))
    with pytest.raises(RenderError, match="cannot make a clip from first, last"):
        engine.frames(spec, RESIDENT)
    with pytest.raises(RenderError, match="it would be ignored"):
        call_of(stock_pipe(folder, case.pipeline), engine.model, spec, engine.settings)


@pytest.mark.parametrize("name", ["wan21-i2v", "wan21-flf2v"])
def test_fewer_than_512_tokens_mix_text_and_picture_on_wan_21_and_are_refused(tiny_model, name):
    """Told 16, the pipeline cuts 512 tokens off the end and takes what is left for the picture, without a word."""
    folder = tiny_model(name)
    assert not torch.equal(frames_of(folder, name, max_sequence_length=16), frames_of(folder, name))
    with pytest.raises(RenderError, match="text_tokens 16"):
        engine_of(folder, cpu(text_tokens=16))
    same = engine_of(folder, cpu(text_tokens=512))
    assert torch.equal(same.frames(spec_of(CASES[name]), RESIDENT), frames_of(folder, name))


def test_fewer_than_512_tokens_are_refused_before_anything_is_made(tiny_model, tmp_path):
    from musicvid.rendering.backends.diffusion import Diffusion

    backend = Diffusion({"text_tokens": 16}, model=str(tiny_model("wan21-i2v")), base=tmp_path)
    with pytest.raises(RenderError, match="text_tokens 16"):
        backend.prepare(())
    backend.close()


def forwards(pipe):
    """Batch sizes of the denoiser's forwards."""
    seen = []
    pipe.transformer.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(len(kwargs["hidden_states"])), with_kwargs=True
    )
    return seen


def test_ltx_2_runs_four_times_a_step_unless_every_guidance_is_off(tiny_model):
    case, folder = CASES["ltx2 plain"], tiny_model("ltx2")
    pipe = stock_pipe(folder, case.pipeline)
    seen = forwards(pipe)
    stock_frames(pipe, case, spec_of(case))
    assert seen == [2, 1, 1] * 2
    seen.clear()
    stock_frames(pipe, case, spec_of(case), guidance_scale=1.0)  # which alone changes nothing of it
    assert seen == [2, 1, 1] * 2
    for guidance, wanted in ((None, [2, 1, 1] * 2), (1.0, [1] * 2)):
        engine, ours = engine_of(folder, cpu(guidance=guidance)), []
        engine.frames(spec_of(case), RESIDENT, lambda pipe, ours=ours: ours.append(forwards(pipe)) or (lambda *_: None))
        assert ours == [wanted]


def test_interrupt_still_decodes_and_raising_does_not(tiny_model, monkeypatch):
    from diffusers import AutoencoderKLWan

    case, folder, decodes = CASES["wan-t2v"], tiny_model("wan-t2v"), []
    genuine = AutoencoderKLWan.decode
    monkeypatch.setattr(
        AutoencoderKLWan, "decode", lambda *args, **more: (decodes.append(1), genuine(*args, **more))[1]
    )

    def interrupt(pipe, step, time, kwargs):
        pipe._interrupt = True
        return {}

    frames_of(folder, "wan-t2v", callback_on_step_end=interrupt)
    assert decodes == [1]

    def stop(step, steps, latents):
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        engine_of(folder).frames(spec_of(case), RESIDENT, lambda pipe: stop)
    assert decodes == [1]


def test_hunyuan_15_has_no_callback_and_modular_pipelines_are_refused(tmp_path):
    import diffusers

    assert "callback_on_step_end" not in inspect.signature(diffusers.HunyuanVideo15Pipeline.__call__).parameters
    (tmp_path / "modular_model_index.json").write_text(json.dumps({"_class_name": "WanModularPipeline"}))
    with pytest.raises(InputError, match="modular pipeline of diffusers"):
        recognise(tmp_path)


def test_fastercache_crashes_and_is_refused_by_name(tiny_model):
    from diffusers import FasterCacheConfig

    folder, case = tiny_model("wan-t2v"), CASES["wan-t2v"]
    pipe = stock_pipe(folder, case.pipeline)
    pipe.transformer.enable_cache(
        FasterCacheConfig(
            spatial_attention_block_skip_range=2, spatial_attention_timestep_skip_range=(-1, 901),
            attention_weight_callback=lambda module: 0.5, tensor_format="BFCHW",
            current_timestep_callback=lambda: 500,
        )
    )  # fmt: skip
    with pytest.raises(IndexError):
        stock_frames(pipe, case, spec_of(case), num_inference_steps=6)
    with pytest.raises(InputError, match="'fastercache' is not offered"):
        engine_of(folder, cpu(cache="fastercache")).frames(spec_of(case), RESIDENT)


@pytest.mark.parametrize("name", ["ltx first", "ltx many prompts"])
def test_ltx_condition_with_dynamic_shifting_raises_and_we_say_the_way_out(tiny_model, tmp_path, name):
    folder, case = tmp_path / "ltx", CASES[name]
    shutil.copytree(tiny_model("ltx"), folder)
    config = folder / "scheduler" / "scheduler_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"use_dynamic_shifting": True}))
    by_steps = {"sigmas": None} if name == "ltx many prompts" else {}
    with pytest.raises(ValueError, match="mu"):
        frames_of(folder, name, **by_steps)
    engine = engine_of(folder)
    plain = engine.frames(spec_of(CASES["ltx plain"]), RESIDENT)  # this class tells its schedule the clip's size
    with pytest.raises(RenderError, match="cannot shift its schedule") as caught:
        engine.frames(spec_of(case), RESIDENT)
    assert "shift: 3.0" in caught.value.hint
    assert torch.equal(engine.frames(spec_of(CASES["ltx plain"]), RESIDENT), plain)
    assert torch.isfinite(engine_of(folder, cpu(shift=3.0)).frames(spec_of(case), RESIDENT)).all()


def test_sana_calls_its_frames_frames():
    import diffusers

    for name, wanted in (
        ("SanaVideoPipeline", "frames"), ("LattePipeline", "video_length"), ("WanPipeline", "num_frames"),
    ):  # fmt: skip
        cls = getattr(diffusers, name)
        pipe = cls.__new__(cls)
        assert wanted in inspect.signature(cls.__call__).parameters
        assert frames_argument(pipe) == wanted
    assert "num_frames" not in arguments_of(diffusers.SanaVideoPipeline.__new__(diffusers.SanaVideoPipeline))


def test_kandinskys_embeddings_have_other_names_so_it_encodes_within_its_call():
    import diffusers

    taken = inspect.signature(diffusers.Kandinsky5T2VPipeline.__call__).parameters
    assert "prompt_embeds" not in taken
    assert {"prompt_embeds_qwen", "prompt_embeds_clip"} <= taken.keys()
    kandinsky = [m for m in known_models() if m.key.startswith("kandinsky")]
    assert len(kandinsky) >= 2
    assert not ENCODED_APART & {model.family for model in kandinsky}
