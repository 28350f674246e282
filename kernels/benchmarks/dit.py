"""Sections ``dit-*``: one forward of a denoiser, stock and with our kernels, with each way of attention.

Errors are against the stock forward in the same type. How far both are from float64 is measured on one block, on fewer
frames (float64 attention over a whole clip does not fit a card): stock and fused must be about equally far.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import torch
from musicvid_kernels.case import relative_error

from benchmarks.bench import Bench, timed_row
from benchmarks.models import Denoiser, denoiser
from benchmarks.report import failure
from benchmarks.row import Row
from benchmarks.timing import emptied

NEEDED_S = {"wan-1.3b": 60.0, "wan-5b": 60.0, "ltx-2b": 40.0}
_COMPILING_S = 45.0
_FAST_ATTENTION = "_native_cudnn"
_BLOCK_FRAMES = {"wan-1.3b": 9, "wan-5b": 13, "ltx-2b": 25}


def measure(bench: Bench, kind: str) -> Iterator[Row]:
    yield from _forwards(bench, kind)
    emptied()
    yield from _one_block(bench, kind)
    emptied()


def _forwards(bench: Bench, kind: str) -> Iterator[Row]:
    section, model = f"dit-{kind}", denoiser(kind, bench.device, tiny=bench.tiny)
    fast = _FAST_ATTENTION if bench.clock.on_card else "native"
    where = {"shape": str(model.clip), "dtype": bench.dtype_name}
    _reset_peak(bench)
    times = bench.clock.run(model.call)
    stock, stock_ms = model.call(), times.median_ms
    note = f"{model.tokens} tokens; {_peak(bench)}"
    yield timed_row(section, "stock", times, peer="stock", peer_ms=stock_ms, output_error=0.0, note=note, **where)
    variants: list[tuple[str, Callable[[], Any]]] = [
        ("cudnn", lambda: _attend(model, fast)),
        ("fused", lambda: _fused(model)),
        ("fused+cudnn", lambda: (_attend(model, fast), _fused(model))),
        ("compiled+cudnn", lambda: (_attend(model, fast), _compile(bench, model))),
    ]
    for name, change in variants:
        if name.startswith("compiled") and bench.left_s() < _COMPILING_S and not bench.tiny:
            yield Row(section, name, **where, note=f"skipped: {bench.left_s():.0f} s left, {_COMPILING_S:.0f} needed")
            continue
        try:
            with _changed(model):
                change()
                _reset_peak(bench)
                made = list[torch.Tensor]()
                first_s = bench.clock.seconds(lambda: made.append(model.call()))  # noqa: B023
                error = relative_error(made.pop(), stock)
                times = bench.clock.run(model.call, warm=0 if bench.tiny else 1)
            note = f"error against stock; first call {first_s:.2f} s; {_peak(bench)}"
            yield timed_row(
                section, name, times, peer="stock", peer_ms=stock_ms, output_error=error, note=note, **where
            )
        except Exception as error:  # noqa: BLE001 - the other variants are still worth their time
            yield failure(section, name, error, str(model.clip))


def _one_block(bench: Bench, kind: str) -> Iterator[Row]:
    """One block in float64, stock and fused, on the inputs that the denoiser gives its first block."""
    frames = None if bench.tiny else _BLOCK_FRAMES[kind]
    model = denoiser(kind, bench.device, tiny=bench.tiny, layers=1, frames=frames)
    block, given = model.blocks[0], list[Any]()
    handle = block.register_forward_pre_hook(lambda _, args, kwargs: given.append((args, kwargs)), with_kwargs=True)
    model.call()
    handle.remove()
    ((args, kwargs),) = given
    exact = copy.deepcopy(block).double()(*_double(args), **_double(kwargs))
    for name in ("stock", "fused"):
        with _changed(model):
            if name == "fused":
                _fused(model)
            error = relative_error(block(*args, **kwargs), exact)
        note = f"one block, {model.tokens} tokens, error against float64"
        yield Row(f"dit-{kind}", f"block {name}", str(model.clip), bench.dtype_name, output_error=error, note=note)


@contextmanager
def _changed(model: Denoiser) -> Iterator[None]:
    """Whatever is changed inside is taken back."""
    try:
        yield
    finally:
        from musicvid.diffusion.fused import unfuse

        unfuse(model.module)
        _attend(model, "native")
        for block in model.blocks:
            block._compiled_call_impl = None
        torch.compiler.reset()


def _attend(model: Denoiser, backend: str) -> None:
    """As the product does it: self-attention alone, since the others have masks that the fast ones do not take."""
    from musicvid.diffusion.attention import AttentionChoice, apply_attention

    choice = AttentionChoice(backend, exact=True, why="measured")
    apply_attention(SimpleNamespace(components={"transformer": model.module}), choice)


def _fused(model: Denoiser) -> None:
    from musicvid.diffusion.fused import fuse

    if not fuse(model.module):
        raise RuntimeError(f"no kernel was plugged into {type(model.module).__name__}")


def _compile(bench: Bench, model: Denoiser) -> None:
    """Tiny models go through the tracer alone: a processor's compiler is not what is measured."""
    backend = {"backend": "aot_eager"} if bench.tiny else {}
    model.module.compile_repeated_blocks(fullgraph=True, **backend)


def _double(values: Any) -> Any:
    if isinstance(values, torch.Tensor):
        return values.double() if values.is_floating_point() else values
    if isinstance(values, (tuple, list)):
        return tuple(_double(value) for value in values)
    return {name: _double(value) for name, value in values.items()} if isinstance(values, dict) else values


def _reset_peak(bench: Bench) -> None:
    if bench.clock.on_card:
        torch.cuda.reset_peak_memory_stats()


def _peak(bench: Bench) -> str:
    return f"peak {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB" if bench.clock.on_card else "no card"
