"""Sections ``film-*``: from a prompt to a movie file, Wan 1.3B at 480x832x81, stock against ours.

*Loaded*: models are on the card, everything has run once, and both have their prompts encoded, as all shots of a film
but the first do. Stock is the pipeline's call and ``export_to_video``; ours the engine's clip and the writer of takes.
*Encodes*: the same, and the prompts are encoded within the time, with the text encoder on the card. *From the folder*:
loading is counted too, and ours keeps the clip without loss beside the take, as a film's run does.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

from benchmarks.bench import Bench, timed_row
from benchmarks.row import Row
from benchmarks.timing import Times, emptied

NEEDED_S = {4: 120.0, 30: 180.0}
_MORE_S = 75.0
_REPEATS = {4: 3, 30: 1}
_WARM_STEPS = 2


def measure(bench: Bench, steps: int) -> Iterator[Row]:
    """``steps`` denoising steps of two forwards each. The longer one is measured with loaded models alone."""
    scene = _scene(bench)
    scene = scene if bench.tiny else dataclasses.replace(scene, steps=steps)
    section, where = f"film-{steps}", {"shape": f"{scene.size} x{scene.frame_count}, {scene.steps} steps"}
    repeats = _repeats(bench, steps)
    times = _stock_loaded(bench, scene, torch.float32, repeats, encodes=False)
    peer = {"peer": "stock, loaded", "peer_ms": times.median_ms}
    yield timed_row(section, "stock, loaded", times, note=_often(repeats), **peer, **where)
    emptied()
    times, stages = _ours_loaded(bench, scene, repeats, encodes=False)
    yield timed_row(section, "ours, loaded", times, note=f"{_often(repeats)}; {stages}", **peer, **where)
    emptied()
    more = (("encodes", _encoding), ("stock bf16 vae, loaded", _with_bf16_vae), ("from the folder", _from_the_folder))
    for name, rows in more if steps == 4 else ():
        if bench.left_s() < _MORE_S and not bench.tiny:
            yield Row(section, name, note=f"skipped: {bench.left_s():.0f} s left, {_MORE_S:.0f} needed")
            continue
        yield from rows(bench, scene, section, where, peer)


def _encoding(bench: Bench, scene: Any, section: str, where: dict[str, str], _: dict[str, Any]) -> Iterator[Row]:
    repeats = _repeats(bench, 4)
    times = _stock_loaded(bench, scene, torch.float32, repeats, encodes=True)
    peer = {"peer": "stock, encodes", "peer_ms": times.median_ms}
    yield timed_row(section, "stock, encodes", times, note=_often(repeats), **peer, **where)
    emptied()
    times, stages = _ours_loaded(bench, scene, repeats, encodes=True)
    yield timed_row(section, "ours, encodes", times, note=f"{_often(repeats)}; {stages}", **peer, **where)
    emptied()


def _with_bf16_vae(
    bench: Bench, scene: Any, section: str, where: dict[str, str], peer: dict[str, Any]
) -> Iterator[Row]:
    repeats = _repeats(bench, 4)
    times = _stock_loaded(bench, scene, torch.bfloat16, repeats, encodes=False)
    yield timed_row(section, "stock bf16 vae, loaded", times, note=_often(repeats), **peer, **where)
    emptied()


def _repeats(bench: Bench, steps: int) -> int:
    return _REPEATS[steps] if bench.clock.on_card else 1


def _often(repeats: int) -> str:
    return "once" if repeats == 1 else f"median of {repeats}"


def _from_the_folder(bench: Bench, scene: Any, section: str, where: dict[str, str], _: dict[str, Any]) -> Iterator[Row]:
    from tests.benchmarks.cards import sections

    folder = bench.work / "film"
    stock = bench.clock.seconds(
        lambda: sections._stock_call(_stock_pipe(bench, scene, torch.float32), scene, 0, folder, bench.device)
    )
    emptied()
    ours = 1e3 * sections._rendered(scene, 1, folder, bench.device)["wall_s"]
    emptied()
    for name, wall_ms in (("stock", 1e3 * stock), ("ours", ours)):
        yield timed_row(section, f"{name}, from the folder", Times.of([wall_ms]), peer="stock, from the folder",
                        peer_ms=1e3 * stock, note="once", **where)  # fmt: skip


def _stock_loaded(bench: Bench, scene: Any, vae_dtype: torch.dtype, repeats: int, *, encodes: bool) -> Times:
    """A call of few steps comes first: it runs all that is compiled or chosen on a first call."""
    from tests.benchmarks.cards import sections

    pipe, folder = _stock_pipe(bench, scene, vae_dtype), bench.work / "film"
    called = pipe if encodes else _with_prompts_encoded(pipe, bench.device)
    warm = dataclasses.replace(scene, steps=min(scene.steps, _WARM_STEPS))
    sections._stock_call(called, warm, 0, folder, bench.device)
    return bench.clock.wall(lambda: sections._stock_call(called, scene, 0, folder, bench.device), repeats, 0)


def _with_prompts_encoded(pipe: Any, device: str) -> Callable[..., Any]:
    """The pipeline's call for the same texts, which are encoded when they first come."""
    known: dict[tuple[str, str], dict[str, Any]] = {}

    def call(*, prompt: str, negative_prompt: str, **more: Any) -> Any:
        if (prompt, negative_prompt) not in known:
            found = pipe.encode_prompt(prompt, negative_prompt, max_sequence_length=512, device=torch.device(device))
            known[prompt, negative_prompt] = dict(zip(("prompt_embeds", "negative_prompt_embeds"), found, strict=True))
        return pipe(**known[prompt, negative_prompt], **more)

    return call


def _stock_pipe(bench: Bench, scene: Any, vae_dtype: torch.dtype) -> Any:
    """As the model's documentation loads it: everything in bfloat16, but the VAE in float32."""
    import diffusers

    kinds = {"default": bench.dtype, "vae": torch.float32 if bench.tiny else vae_dtype}
    pipe = getattr(diffusers, scene.pipeline).from_pretrained(scene.folder, dtype=kinds, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(bench.device)


def _ours_loaded(bench: Bench, scene: Any, repeats: int, *, encodes: bool) -> tuple[Times, str]:
    from musicvid.diffusion.memory import MemoryPlan
    from musicvid.media.encode import EncodeSettings, SegmentWriter
    from tests.benchmarks.cards import sections

    engine, spec = sections._engine_of(sections._backend(scene, bench.device), scene)
    path, stages = bench.work / "ours.mp4", dict[str, float]()
    read = _reader(engine, spec) if encodes else lambda: None

    def call() -> None:
        began_s = time.perf_counter()
        read()
        stages["prompts"] = time.perf_counter() - began_s
        clip = engine.make(spec, MemoryPlan())
        stages.update(clip.stages_s)
        with SegmentWriter(path, spec.rate, spec.size, EncodeSettings()) as writer:
            for picture in clip.pictures:
                writer.write(picture)

    settings = engine.settings
    try:
        engine.settings = dataclasses.replace(settings, steps=min(scene.steps, _WARM_STEPS))
        call()  # loads, and encodes the prompts; a film does so once for all its shots
        engine.settings = settings
        times = bench.clock.wall(call, repeats, 0)
    finally:
        engine.release()
    return times, ", ".join(f"{name} {seconds:.2f} s" for name, seconds in stages.items()
                            if name not in ("load", "encode") and (encodes or name != "prompts"))  # fmt: skip


def _reader(engine: Any, spec: Any) -> Callable[[], object]:
    """Encodes the texts of ``spec`` anew, with a text encoder that stays on the card."""
    from musicvid.diffusion.loading import TEXT_PARTS, load
    from musicvid.diffusion.reading import pages_of

    pipe = load(engine.folder, engine._home, engine.settings, only=TEXT_PARTS)
    pages = pages_of(spec, engine.road_for(spec))
    return lambda: list(engine.reading.read(pipe, pages))


def _scene(bench: Bench) -> Any:
    """The card benchmark's, with its folder of random weights; written once for all sections."""
    from tests.benchmarks.cards.__main__ import scene_of

    root = bench.work / "models"
    root.mkdir(parents=True, exist_ok=True)
    _without_bars()
    scene = scene_of("wan-1.3b", root, bench.device, tiny=bench.tiny)
    return dataclasses.replace(scene, frame_count=5, size="48x32", steps=1) if bench.tiny else scene


def _without_bars() -> None:
    import diffusers
    import transformers

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
