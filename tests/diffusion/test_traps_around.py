"""Traps around a call: generators, threads, names of packages, and what is in a clip's key. One test each."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from diffusion.stock_calls import CASES, PROMPT, RESIDENT, engine_of, spec_of, stock_pipe

from musicvid.diffusion.memory import MemoryPlan
from musicvid.diffusion.steps import Cancelled

torch.set_num_threads(1)
REPOSITORY = Path(__file__).parents[2]


def test_skyreels_draws_from_the_global_generator_which_we_leave_as_it_was(tiny_model):
    case, folder = CASES["skyreels-df long"], tiny_model("skyreels-df")
    pipe = stock_pipe(folder, case.pipeline)
    asked = case.stock(spec_of(case)) | {"height": 32, "width": 48, "num_frames": 101, "num_inference_steps": 2}
    stock = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(0)
        stock.append(pipe(prompt=PROMPT, generator=generator, output_type="pt", **asked).frames[0])
    assert not torch.equal(*stock)
    engine, made = engine_of(folder), []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        made.append(engine.frames(spec_of(case), RESIDENT))
        assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(*made)


def test_the_generators_are_as_before_also_when_a_clip_is_stopped(tiny_model):
    engine, before = engine_of(tiny_model("wan-t2v")), torch.get_rng_state()

    def stop(step, steps, latents):
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        engine.frames(spec_of(CASES["wan-t2v"]), RESIDENT, lambda pipe: stop)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_pipeline_is_not_thread_safe_so_one_thread_makes_every_clip(tiny_model, tmp_path, monkeypatch):
    from diffusers import LTXPipeline

    from musicvid.rendering.backends.diffusion import Diffusion
    from musicvid.rendering.specimens import make_request

    genuine, threads = LTXPipeline.__call__, []

    def recorded(self, *args, **kwargs):
        threads.append(threading.current_thread().name)
        return genuine(self, *args, **kwargs)

    recorded.__signature__ = inspect.signature(genuine)
    monkeypatch.setattr(LTXPipeline, "__call__", recorded)
    options = {"steps": 2, "device": "cpu", "guards": False, "render_size": "64x32"}
    backend = Diffusion(options, model=str(tiny_model("ltx")), base=tmp_path)
    backend.keep_in(tmp_path / "clips")
    requests = [make_request(shot_id=f"verse-1/{number}", index=number, seed=number) for number in range(4)]
    backend.prepare(requests)
    backend.warm_up(requests)
    got = {}

    def ask(mine):
        for request in mine:
            got[request.index] = len(list(backend.render(request)))

    callers = [threading.Thread(target=ask, args=(mine,)) for mine in (requests[:2], requests[:1:-1])]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    backend.close()
    assert got == {request.index: request.frame_count for request in requests}
    assert len(threads) == 4
    assert set(threads) == {"musicvid-card"}


def test_tiling_changes_pixels_so_it_is_in_the_clips_key():
    from musicvid.rendering.backends.diffusion.briefs import Brief, clip_key

    spec = spec_of(CASES["wan-t2v"])
    brief = Brief(
        shot_id="a", take=1, prompts=(PROMPT,), avoid="", seed=1, frame_count=5, rate=spec.rate, size=spec.size
    )
    plans = [MemoryPlan(), MemoryPlan("group-offload"), MemoryPlan(tiling=True), MemoryPlan(fp8=True)]
    assert [plan.lossy for plan in plans] == [(), (), ("tiling",), ("fp8",)]
    names = [clip_key(brief, {}, plan.lossy, "") for plan in plans]
    assert names[0] == names[1]
    assert len(set(names)) == 3


def test_no_file_of_ours_shadows_the_package_kernels():
    """diffusers imports ``kernels`` of Hugging Face when its metadata is there; a package of that name would be taken
    for it wherever the repository's root is on the path."""
    assert not (REPOSITORY / "kernels" / "__init__.py").exists()
    code = "import importlib.util; found = importlib.util.find_spec('kernels'); print(found and found.origin or '')"
    for folder in (REPOSITORY, REPOSITORY / "tests"):
        origin = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.strip()
        assert not Path(origin or "/nowhere").is_relative_to(REPOSITORY / "kernels"), origin


CAST = """
import torch, triton, triton.language as tl

@triton.jit
def cast(source, target, n: tl.constexpr):
    at = tl.arange(0, n)
    tl.store(target + at, tl.load(source + at).to(tl.bfloat16))

source = torch.tensor([1 + 255 / 2**15] * 16)
target = torch.zeros(16, dtype=torch.bfloat16)
cast[(1,)](source, target, 16)
print(target[0].item(), source.to(torch.bfloat16)[0].item())
"""


def test_tritons_interpreter_cuts_bfloat16_off_where_a_card_rounds(tmp_path):
    """Why kernels in half precision are compared with a tolerance, or in float32."""
    pytest.importorskip("triton", reason="Triton is not installed: there is no kernel whose interpreter could cut off")
    script = tmp_path / "cast.py"
    script.write_text(CAST)
    environment = {**os.environ, "TRITON_INTERPRET": "1"}
    ran = subprocess.run([sys.executable, script], env=environment, check=True, capture_output=True, text=True)
    interpreted, rounded = map(float, ran.stdout.split())
    assert rounded == 1 + 2**-7
    assert interpreted == 1  # a whole step of the type away: 2^-7


def test_noise_is_drawn_on_the_cpu_for_whatever_device_it_is():
    """Helios asks ``torch.rand`` for numbers on the card with a generator of the CPU, SkyReels ``torch.randn_like``
    with none. Here ``meta`` stands for the card: numbers drawn for it leave the generators of the CPU alone."""
    from musicvid.diffusion.noise import DrawnOnTheCpu

    def draws():
        generator = torch.Generator("cpu").manual_seed(3)
        torch.manual_seed(1)
        made = torch.rand(4, device="meta", generator=generator), torch.randn_like(torch.zeros(2, 3, device="meta"))
        assert all(one.device.type == "meta" for one in made)
        return generator.get_state(), torch.get_rng_state()

    untouched = torch.Generator("cpu").manual_seed(3).get_state(), torch.Generator("cpu").manual_seed(1).get_state()
    assert all(map(torch.equal, draws(), untouched))
    with DrawnOnTheCpu():
        states = draws()
        here = torch.rand(4, generator=(one := torch.Generator("cpu").manual_seed(3)))
        torch.manual_seed(1)
        like = torch.randn_like(torch.zeros(2, 3))
        assert torch.equal(states[0], one.get_state())
        assert torch.equal(states[1], torch.get_rng_state())
    assert torch.equal(here, torch.rand(4, generator=torch.Generator("cpu").manual_seed(3)))
    torch.manual_seed(1)
    assert torch.equal(like, torch.randn(2, 3))
