"""Sections ``film-*``: from a prompt to a movie file, Wan 1.3B at 480x832x81, stock against ours.

*Loaded*: models are on the card, everything has run once. Stock is the pipeline's call and ``export_to_video``; ours
the engine's clip and the writer of takes. *From the folder*: loading and encoding the prompts are counted too, and
ours keeps the clip without loss beside the take, as a film's run does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import torch

from benchmarks.bench import Bench, timed_row
from benchmarks.row import Row
from benchmarks.timing import Times, emptied

NEEDED_S = {4: 90.0, 30: 130.0}
_MORE_S = 60.0


def measure(bench: Bench, steps: int) -> Iterator[Row]:
    """``steps`` denoising steps of two forwards each. The longer one is measured with loaded models alone."""
    scene = _scene(bench)
    scene = scene if bench.tiny else dataclasses.replace(scene, steps=steps)
    section, where = f"film-{steps}", {"shape": f"{scene.size} x{scene.frame_count}, {scene.steps} steps"}
    times = _stock_loaded(bench, scene, torch.float32, warm=steps == 4)
    peer = {"peer": "stock, loaded", "peer_ms": times.median_ms}
    yield timed_row(section, "stock, loaded", times, **peer, **where)
    emptied()
    times, stages = _ours_loaded(bench, scene)
    yield timed_row(section, "ours, loaded", times, note=stages, **peer, **where)
    emptied()
    if steps == 4:
        for name, rows in (("stock bf16 vae, loaded", _with_bf16_vae), ("from the folder", _from_the_folder)):
            if bench.left_s() < _MORE_S and not bench.tiny:
                yield Row(section, name, note=f"skipped: {bench.left_s():.0f} s left, {_MORE_S:.0f} needed")
                continue
            yield from rows(bench, scene, section, where, peer)


def _with_bf16_vae(
    bench: Bench, scene: Any, section: str, where: dict[str, str], peer: dict[str, Any]
) -> Iterator[Row]:
    times = _stock_loaded(bench, scene, torch.bfloat16, warm=True)
    yield timed_row(section, "stock bf16 vae, loaded", times, **peer, **where)
    emptied()


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


def _stock_loaded(bench: Bench, scene: Any, vae_dtype: torch.dtype, *, warm: bool) -> Times:
    from tests.benchmarks.cards import sections

    pipe, folder = _stock_pipe(bench, scene, vae_dtype), bench.work / "film"
    call = lambda: sections._stock_call(pipe, scene, 0, folder, bench.device)  # noqa: E731 - timed twice
    return bench.clock.wall(call, 1, int(warm))


def _stock_pipe(bench: Bench, scene: Any, vae_dtype: torch.dtype) -> Any:
    """As the model's documentation loads it: everything in bfloat16, but the VAE in float32."""
    import diffusers

    kinds = {"default": bench.dtype, "vae": torch.float32 if bench.tiny else vae_dtype}
    pipe = getattr(diffusers, scene.pipeline).from_pretrained(scene.folder, dtype=kinds, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(bench.device)


def _ours_loaded(bench: Bench, scene: Any) -> tuple[Times, str]:
    from musicvid.diffusion.memory import MemoryPlan
    from musicvid.media.encode import EncodeSettings, SegmentWriter
    from tests.benchmarks.cards import sections

    engine, spec = sections._engine_of(sections._backend(scene, bench.device), scene)
    path, stages = bench.work / "ours.mp4", dict[str, float]()

    def call() -> None:
        clip = engine.make(spec, MemoryPlan())
        stages.update(clip.stages_s)
        with SegmentWriter(path, spec.rate, spec.size, EncodeSettings()) as writer:
            for picture in clip.pictures:
                writer.write(picture)

    try:
        engine.make(spec, MemoryPlan())  # loads and encodes the prompts; a film does so once for all its shots
        times = bench.clock.wall(call, 1, 0)
    finally:
        engine.release()
    return times, ", ".join(f"{name} {seconds:.2f} s" for name, seconds in stages.items() if name != "load")


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
