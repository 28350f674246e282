"""The sections of the card benchmark; each gives rows of a table, as dictionaries."""

from __future__ import annotations

import gc
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from musicvid.rendering.backends.diffusion import Diffusion
from musicvid.rendering.render import render
from tests.benchmarks.cards.scenes import Scene

Row = dict[str, Any]


def stages(scene: Scene, work: Path, device: str) -> Iterator[Row]:
    """One request to a finished take: seconds by stage."""
    with _spent() as spent:
        row = _rendered(scene, 1, work / "stages", device)
    clip = next(iter(_clips(work / "stages")))
    clip["facts"]["seconds"].update(spent)
    yield {"section": "stages", "model": scene.name, **_shape(scene), **row, **_rounded(clip["facts"]["seconds"]),
           "peak_gib": _gib(clip["facts"]["peak_bytes"]), "memory": clip["facts"]["memory"],
           "attention": clip["facts"]["attention"]}  # fmt: skip


def rungs(scene: Scene, names: list[str], device: str) -> Iterator[Row]:
    """Peak memory of every rung of the ladder against what was counted before."""
    from musicvid.diffusion.memory import ladder, phase_bytes
    from musicvid.diffusion.needs import needs_of

    backend = _backend(scene, device)
    engine, spec = _engine_of(backend, scene)
    needs = needs_of(scene.folder, engine.model, scene.frame_count, scene.frame_size, engine.settings)
    for plan in ladder(device, may_shrink=False, fp8_possible=True):
        if plan.name not in names:
            continue
        _empty()
        began_s = time.perf_counter()
        try:
            made = engine.make(spec, plan)
        except Exception as error:  # noqa: BLE001 - the next rung may do
            yield {
                "section": "rung",
                "model": scene.name,
                "rung": plan.name,
                "error": f"{type(error).__name__}: {error}"[:300],
            }
            engine.release()
            continue
        yield {
            "section": "rung",
            "model": scene.name,
            "rung": plan.name,
            **_shape(scene),
            "peak_gib": _gib(made.peak_bytes),
            "counted_gib": {phase: _gib(count) for phase, count in phase_bytes(plan, needs).items()},
            "wall_s": round(time.perf_counter() - began_s, 2),
            **_rounded(made.stages_s),
        }
    engine.release()
    _empty()


def small_cards(scene: Scene, budgets: list[str], device: str) -> Iterator[Row]:
    """A clip as it is made on a smaller card: the plan that is chosen, and the peak against what there was."""
    from musicvid.diffusion.card_memory import limit_to
    from musicvid.rendering.backends.diffusion.plans import Shape

    for budget in budgets:
        backend = Diffusion(scene.options(device=device, memory=budget), model=str(scene.folder), base=Path.cwd())
        row: Row = {"section": "small card", "model": scene.name, **_shape(scene), "budget": budget}
        try:
            engine, spec = _engine_of(backend, scene)
            plan = backend._shop.plans.plan_for(Shape(scene.frame_count, *_sides(scene)))
            made = engine.make(spec, plan)
            row |= {"plan": plan.name, "peak_gib": _gib(made.peak_bytes), **_rounded(made.stages_s)}
            engine.release()
        except Exception as error:  # noqa: BLE001 - the next budget may do
            row["error"] = f"{type(error).__name__}: {error}"[:300]
        yield row
        if device.startswith("cuda"):
            limit_to(device, torch.cuda.get_device_properties(device).total_memory)
        _empty()


@contextmanager
def _spent() -> Iterator[dict[str, float]]:
    """Seconds inside the methods that no clip's own stages count: prompts, and clips written to disk."""
    from musicvid.diffusion.engine import Engine
    from musicvid.rendering.backends.diffusion.clip_store import ClipStore

    spent: dict[str, float] = {}
    kept = {"encode": (Engine, Engine.encode), "write": (ClipStore, ClipStore.write)}

    def counted(name: str, method: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            began_s = time.perf_counter()
            try:
                return method(*args, **more)
            finally:
                spent[name] = spent.get(name, 0.0) + time.perf_counter() - began_s

        return call

    for name, (cls, method) in kept.items():
        setattr(cls, name, counted(name, method))
    try:
        yield spent
    finally:
        for name, (cls, method) in kept.items():
            setattr(cls, name, method)


def _sides(scene: Scene) -> tuple[int, int]:
    return scene.frame_size.width, scene.frame_size.height


def overhead(scene: Scene, device: str, repeats: int = 3) -> Iterator[Row]:
    """Our road for a clip against the stock pipeline's call with the same settings, both loaded and warm."""
    from musicvid.diffusion.memory import MemoryPlan

    backend = _backend(scene, device)
    engine, spec = _engine_of(backend, scene)
    plan = MemoryPlan()
    ours, stock = [], []
    engine.make(spec, plan)
    pipe = engine._pipe
    arguments = _stock_arguments(scene, spec)
    for _ in range(repeats):
        ours.append(_timed(lambda: engine.frames(spec, plan)))
        stock.append(_timed(lambda: pipe(**arguments(), output_type="pt")))
    ours.sort(), stock.sort()
    yield {"section": "overhead", "model": scene.name, **_shape(scene), "ours_s": round(ours[len(ours) // 2], 3),
           "stock_s": round(stock[len(stock) // 2], 3),
           "ratio": round(ours[len(ours) // 2] / stock[len(stock) // 2], 4)}  # fmt: skip
    engine.release()
    _empty()


def six_shots(scene: Scene, work: Path, device: str, count: int = 6) -> Iterator[Row]:
    """``render`` of six shots against six separate stock calls, from loading to a movie file."""
    ours = _rendered(scene, count, work / "six", device)
    _empty()
    apart_s = 0.0
    for k in range(count):
        apart_s += _timed(lambda k=k: _stock_call(_stock_pipe(scene, device), scene, k, work, device))
        _empty()
    yield {
        "section": "six shots",
        "model": scene.name,
        **_shape(scene),
        "ours_s": ours["wall_s"],
        "six_loads_s": round(apart_s, 2),
        "against_six_loads": round(ours["wall_s"] / apart_s, 3),
        "loads": ours["loads"],
        "encoder_loads": ours["encoder_loads"],
        "encoded": ours["encoded"],
    }


def _rendered(scene: Scene, count: int, work: Path, device: str) -> Row:
    shutil.rmtree(work, ignore_errors=True)
    backend = _backend(scene, device)
    shots = scene.shots(count)
    counts: Row = {}
    close = backend.close

    def counted() -> None:
        shop = backend._shop
        if shop is not None and "engine" in shop.__dict__:
            counts.update(loads=shop.engine.counts.loads, encoder_loads=shop.engine.counts.encoder_loads,
                          encoded=shop.engine.counts.encoded)  # fmt: skip
        close()

    backend.close = counted  # type: ignore[method-assign]
    wall_s = _timed(lambda: list(render(shots, backend, into=work)))
    return {"wall_s": round(wall_s, 2), **counts}


def _backend(scene: Scene, device: str) -> Diffusion:
    return Diffusion(scene.options(device=device), model=str(scene.folder), base=Path.cwd())


def _engine_of(backend: Diffusion, scene: Scene) -> tuple[Any, Any]:
    from musicvid.diffusion.clip import ClipSpec
    from tests.benchmarks.cards.scenes import PROMPTS

    backend.prepare(())
    rate = backend._shop.model.rate_fps
    spec = ClipSpec(
        prompts=(PROMPTS[0],),
        avoid="text, watermark",
        frame_count=scene.frame_count,
        rate=type(scene.shots(1).rate)(rate),
        size=scene.frame_size,
        seed=100,
    )
    return backend._shop.engine, spec


def _stock_pipe(scene: Scene, device: str) -> Any:
    import diffusers

    dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
    pipe = getattr(diffusers, scene.pipeline).from_pretrained(scene.folder, dtype=dtype, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)


def _stock_call(pipe: Any, scene: Scene, k: int, work: Path, device: str) -> None:
    from diffusers.utils import export_to_video

    from tests.benchmarks.cards.scenes import PROMPTS

    frames = pipe(
        prompt=PROMPTS[k % len(PROMPTS)],
        negative_prompt="text, watermark",
        height=scene.frame_size.height,
        width=scene.frame_size.width,
        num_frames=scene.frame_count,
        num_inference_steps=scene.steps,
        guidance_scale=scene.guidance,
        generator=torch.Generator("cpu").manual_seed(100 + k),
        output_type="np",
    ).frames[0]
    work.mkdir(parents=True, exist_ok=True)
    _export(export_to_video, frames, work / f"stock-{k}.mp4", round(float(scene.shots(1).rate.fps)))


def _export(export_to_video: Any, frames: Any, path: Path, fps: int) -> None:
    """``export_to_video`` where its writer is installed, else diffusers' own through PyAV."""
    try:
        export_to_video(frames, str(path), fps=fps)
    except (ImportError, AttributeError):
        from diffusers.utils import encode_video

        encode_video(torch.from_numpy((frames * 255).round().astype("uint8")), fps=fps, output_path=str(path))


def _stock_arguments(scene: Scene, spec: Any) -> Any:
    def arguments() -> Row:
        return {
            "prompt": spec.prompt,
            "negative_prompt": spec.avoid,
            "height": spec.size.height,
            "width": spec.size.width,
            "num_frames": spec.frame_count,
            "num_inference_steps": scene.steps,
            "guidance_scale": scene.guidance,
            "generator": torch.Generator("cpu").manual_seed(spec.seed),
        }

    return arguments


def _clips(work: Path) -> Iterator[Row]:
    for path in sorted((work / "clips").glob("*/*.json")):
        document = json.loads(path.read_text())
        if document.get("document") == "clip":
            yield document


def _timed(call: Any) -> float:
    _sync()
    began_s = time.perf_counter()
    call()
    _sync()
    return time.perf_counter() - began_s


def _sync() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _empty() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _shape(scene: Scene) -> Row:
    return {"size": scene.size, "frames": scene.frame_count, "steps": scene.steps, "guidance": scene.guidance}


def _gib(count: float) -> float:
    return round(count / 2**30, 2)


def _rounded(seconds: dict[str, float]) -> Row:
    return {f"{name}_s": round(value, 3) for name, value in seconds.items()}
