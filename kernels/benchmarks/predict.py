"""``python -m benchmarks.predict`` counts what is expected and writes ``predictions.csv``. Nothing here is measured,
but for what is said so.

Bytes and operations are counted on the genuine modules of diffusers, stock and with our kernels plugged in (see
:mod:`.work`), and divided by what a card reaches (see :mod:`.card`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from musicvid_kernels.case import Arguments, Op, Real

from benchmarks import repository, work
from benchmarks.card import CONVOLUTION_FLOPS, EAGER, FUSED, H100, H200, Card
from benchmarks.predictions import FILE, Prediction, write

_NUMPY_S_PER_PIXEL = 30e-9
_TO_HOST_BYTES_PER_S = 5e9
_EXPORT_S, _WRITE_S, _PROMPT_S = 1.5, 0.6, 0.1
"""Guesses: what the host does was not measured on such a machine."""


def predicted() -> Iterator[Prediction]:
    yield from _ceilings()
    yield from _ops()
    yield from _frames()
    forwards: dict[str, tuple[float, float]] = {}
    for kind in ("wan-1.3b", "wan-5b", "ltx-2b"):
        for row in _forwards(kind):
            forwards[f"{kind} {row.name}"] = row.h200_ms or 0.0, row.h100_ms or 0.0
            yield row
    for kind in ("wan-2.1", "wan-2.2", "ltx"):
        for row in _decoders(kind):
            forwards[f"{kind} {row.name}"] = row.h200_ms or 0.0, row.h100_ms or 0.0
            yield row
    yield from _films(forwards)
    yield from _processor()


def _ceilings() -> Iterator[Prediction]:
    copied = 2 * (1 << 31)
    yield Prediction("ceilings", "copy", "copy of 2 GiB", "2 GiB", **_both(lambda card: copied / card.copy),
                     how="4.3 TB/s on an H200, 3.0 on an H100, as measured before")  # fmt: skip
    yield Prediction("ceilings", "gemm", "matrix product, bfloat16", "8192 cubed",
                     **_both(lambda card: 2 * 8192**3 / card.matrix),
                     how="790 TFLOP/s, as measured before")  # fmt: skip
    flops = 4 * 32_760**2 * 12 * 128
    for name, fast in (("native", False), ("_native_cudnn", True)):
        rate = H200.fast_attention if fast else H200.native_attention
        yield Prediction("ceilings", f"attention {name}", f"self-attention of Wan 1.3B, {name.strip('_')}",
                         "12x32760x128", **_both(lambda card, rate=rate: flops / rate),
                         how=f"{rate / 1e12:.0f} TFLOP/s, expected")  # fmt: skip


SHOWN = ("wan-5b", "ltx-2b", "wan-5b-720p-beat", "121x704x1280", "wan2.2 720p 512 channels")
"""Beside the first, the reals of an op that the README shows; the others are in the files."""
NOT_PREDICTED = {
    "block_motion": "225 candidates a block: arithmetic sets its time",
    "finish/wan-1.3b-480p-film-look": "12 scattered reads of the look-up table a pixel set its time",
}
"""Ops, or single calls of them, whose time cannot be counted, and why."""
INSTRUCTIONS = {
    "finish/wan-1.3b-480p-beat": 167,
    "finish/wan-5b-720p-beat": 167,
    "finish/wan-1.3b-480p-to-720p": 158,
    "timewarp_flow/luma-81x480x832": 400,
    "timewarp_flow/luma-121x704x1280": 400,
}
"""A pixel, where they and not bytes set the time: those of a thread by its pixels, as assembled for compute capability
9.0. Pixels that move are fetched one by one, 12 times in ``finish`` and 28 times in ``timewarp_flow``; how far apart
they lie is not counted, so this is the least that it can take."""


def _ops() -> Iterator[Prediction]:
    from musicvid_kernels import catalogue

    from benchmarks.ops import named

    for op in catalogue.ops():
        for real in op.reals:
            what = f"`{op.name}`, {real.name}" if real is op.reals[0] or real.name in SHOWN else ""
            yield _op(op, real, named(op, real), what)


def _op(op: Op, real: Real, name: str, what: str) -> Prediction:
    from benchmarks.ops import peer_of

    peer, eager = f"{name} {peer_of(op)}", peer_of(op) == "stock"
    reason = NOT_PREDICTED.get(name) or NOT_PREDICTED.get(op.name)
    if reason:
        return Prediction("ops", name, what, target="4x eager" if eager else "", target_ratio=4.0 if eager else None,
                          peer=peer, how=f"{reason}: not predicted")  # fmt: skip
    arguments = real.build(work.shapes(real.dtype), True)
    moved, fetched = op.moved_bytes(arguments), INSTRUCTIONS.get(name)
    pixels = _moving_pixels(op, arguments) if fetched else 0
    theirs = _counted_peer(op, arguments) if eager else None

    def seconds(card: Card) -> float:
        return max(moved / card.copy, pixels * (fetched or 0) / card.instructions) / FUSED

    how = f"{moved / 1e9:.4g} GB at {FUSED:.0%} of a copy"
    if fetched:
        how = (
            f"at least {fetched} instructions for each of {pixels / 1e6:.3g} million pixels, at {FUSED:.0%} of the rate"
        )
    if theirs is not None:
        how += f"; {peer_of(op)} {theirs / 1e9:.4g} GB at {EAGER:.0%}"
    share = moved / H200.copy / seconds(H200)
    target = f"85 % of a copy: missed by prediction ({share:.0%})" if fetched else "85 % of a copy"
    return Prediction(
        "ops", name, what, target=target + (", 4x eager" if eager else ""), target_ratio=4.0 if eager else None,
        target_copy_share=None if fetched else 0.85, **_both(seconds), peer=peer,
        predicted_ratio=None if theirs is None else theirs / EAGER / H200.copy / seconds(H200), how=how,
    )  # fmt: skip


def _moving_pixels(op: Op, arguments: Arguments) -> float:
    """Of the output, those that are not where they were."""
    if op.name == "timewarp_flow":  # frames at whole positions are copied
        positions, frame = arguments["positions"], arguments["frames"][0]
        return float((positions != positions.round()).sum()) * frame.numel()
    (planes,) = op.outputs(op.registered, arguments)
    return planes.numel() / 1.5


def _counted_peer(op: Op, arguments: Arguments) -> float:
    from benchmarks.ops import call_of_peer

    return sum(work.counted(call_of_peer(op, arguments)).moved_bytes.values())


def _frames() -> Iterator[Prediction]:
    from benchmarks.frames import CLIPS

    for clip in CLIPS:
        pixels = clip.frames * clip.height * clip.width
        numpy_s = pixels * (12 / _TO_HOST_BYTES_PER_S + _NUMPY_S_PER_PIXEL)
        stock = f"{clip} numpy route"
        yield Prediction("frames", stock, f"decoded to encodable, {clip}, stock", str(clip),
                         **_both(lambda _, s=numpy_s: s),
                         how="12 bytes a pixel at 5 GB/s, and 30 ns a pixel of numpy and FFmpeg: guessed")  # fmt: skip
        for name, on_card in (("product", 7.5 / FUSED + 15 / EAGER), ("finish", 7.5 / FUSED)):

            def ours_s(card: Card, pixels: int = pixels, on_card: float = on_card) -> float:
                return pixels * (on_card / card.copy + 1.5 / _TO_HOST_BYTES_PER_S)

            judged = name == "product"
            yield Prediction("frames", f"{clip} {name}", f"decoded to encodable, {clip}, {name}", str(clip),
                             "20x the numpy route, 8x fewer bytes to the host" if judged else "",
                             20.0 if judged else None, None, **_both(ours_s), peer=stock,
                             predicted_ratio=numpy_s / ours_s(H200),
                             how="7.5 bytes a pixel on the card, 1.5 at 5 GB/s to the host"
                             + (", 15 for the test for numbers and putting chunks together" if judged else ""),
                             )  # fmt: skip


_FORWARD_TARGETS = {"wan-1.3b": 1.6, "wan-5b": 1.4}


def _forwards(kind: str) -> Iterator[Prediction]:
    from benchmarks.models import REAL

    clip, stock, fused = str(REAL[kind][1]), _whole(kind, plugged=False), _whole(kind, plugged=True)
    base = H200.seconds(stock, fast=False)
    ratio = _FORWARD_TARGETS.get(kind)
    for name, done, fast in (("stock", stock, False), ("cudnn", stock, True), ("fused", fused, False),
                             ("fused+cudnn", fused, True), ("compiled+cudnn", fused, True)):  # fmt: skip
        best = name == "fused+cudnn"
        target = " and ".join([f"{ratio}x stock eager"] * bool(ratio) + ["not slower than compiled"]) if best else ""
        yield Prediction(
            f"dit-{kind}", name, f"one forward of {kind}, {clip}, {name}", clip, target, ratio if best else None,
            **_both(lambda card, done=done, fast=fast: card.seconds(done, fast=fast)), peer="stock",
            predicted_ratio=base / H200.seconds(done, fast=fast),
            also_peer="compiled+cudnn" if best else "", also_ratio=1.0 if best else None,
            how=_counts(done) if not name.startswith("compiled") else "the same groups fused: as ours",
        )  # fmt: skip


def _whole(kind: str, *, plugged: bool) -> work.Work:
    """A forward from models of one and of two blocks: the others are like the second."""
    from benchmarks.models import denoiser
    from musicvid.diffusion.fused import fuse

    few = []
    for layers in (1, 2):
        # with our kernels all tokens of one time are embedded once; that is seen by looking at them
        model = denoiser(kind, "meta", layers=layers, own_times=not plugged)
        if plugged:
            fuse(model.module)
        few.append(work.counted(model.call))
    block = few[1].plus(few[0], -1)
    return few[1].plus(block, (28 if kind == "ltx-2b" else 30) - 2)


def _decoders(kind: str) -> Iterator[Prediction]:
    import torch

    from benchmarks.models import REAL_VAES, decoder
    from musicvid.diffusion.fused import fuse

    clip, rate, before = str(REAL_VAES[kind][1]), CONVOLUTION_FLOPS[kind], dict[str, float]()
    for name, dtype, plugged, peer in (("stock fp32", torch.float32, False, "stock fp32"),
                                       ("stock bf16", torch.bfloat16, False, "stock fp32"),
                                       ("fused bf16", torch.bfloat16, True, "stock bf16")):  # fmt: skip
        model = decoder(kind, "meta", dtype=dtype)
        if plugged:
            fuse(model.module)
        done = work.counted(model.decode)
        flops = rate if dtype == torch.bfloat16 else rate / 2
        before[name] = H200.seconds(done, fast=True, convolution_flops=flops)
        asked = plugged and kind != "ltx"
        fp32 = f"; {before['stock fp32'] / before[name]:.2f}x stock fp32"
        yield Prediction(
            f"vae-{kind}", name, f"decoding, {kind}, {clip}, {name}", clip,
            "1.3x stock bf16, 2x stock fp32, error no larger than stock bf16's" if asked else "",
            1.3 if asked else None, None, also_peer="stock fp32" if asked else "", also_ratio=2.0 if asked else None,
            error_peer="stock bf16" if asked else "",
            **_both(lambda card, done=done, flops=flops: card.seconds(done, fast=True, convolution_flops=flops)),
            peer=peer, predicted_ratio=before[peer] / before[name], how=_counts(done) + fp32,
        )  # fmt: skip


def _films(done_ms: dict[str, tuple[float, float]]) -> Iterator[Prediction]:
    """Wan 1.3B, two forwards a step. What the host does is guessed, and so is encoding the prompts."""

    def stock_ms(k: int, steps: int, prompt_s: float) -> float:
        card_ms = 2 * steps * done_ms["wan-1.3b stock"][k] + done_ms["wan-2.1 stock fp32"][k]
        return card_ms + 1e3 * (prompt_s + _EXPORT_S) + 81 * 480 * 832 * 42e-6

    def ours_ms(k: int, steps: int, prompt_s: float) -> float:
        card_ms = 2 * steps * done_ms["wan-1.3b fused+cudnn"][k] + done_ms["wan-2.1 fused bf16"][k]
        return card_ms + 1e3 * (prompt_s + _WRITE_S)

    for steps, ready, prompt_s in ((4, "loaded", 0.0), (4, "encodes", _PROMPT_S), (30, "loaded", 0.0)):
        begins = "prompt" if prompt_s else "encoded prompt"
        what = f"{begins} to mp4, Wan 1.3B 480x832x81, {steps} steps, {{}}"
        theirs, ours = ([work_ms(k, steps, prompt_s) for k in (0, 1)] for work_ms in (stock_ms, ours_ms))
        encoding = f", encoding {prompt_s} s (a guess)" if prompt_s else ""
        yield Prediction(f"film-{steps}", f"stock, {ready}", what.format("stock"), "", h200_ms=theirs[0],
                         h100_ms=theirs[1],
                         how=f"forwards, float32 decoder, numpy, export 1.5 s (a guess){encoding}")  # fmt: skip
        yield Prediction(f"film-{steps}", f"ours, {ready}", what.format("ours"), "",
                         "1.8x stock" if steps == 4 else "", 1.8 if steps == 4 else None, h200_ms=ours[0],
                         h100_ms=ours[1], peer=f"stock, {ready}", predicted_ratio=theirs[0] / ours[0],
                         how=f"forwards, fused decoder, writing 0.6 s (a guess){encoding}")  # fmt: skip


def _processor() -> Iterator[Prediction]:
    """Without a card: targets alone, nothing was predicted."""
    what = "`finish` on a processor, 1280x720, {}, CPU time"
    for kind in ("still", "beat"):
        yield Prediction("processor", f"finish, {kind}", what.format(kind), "720x1280", "3x numpy", 3.0,
                         peer=f"numpy, {kind}")  # fmt: skip
    yield Prediction("processor", "finish, beat, beside x264", what.format("beat"), "720x1280",
                     "a fifth of x264 veryfast", 5.0, peer="x264 veryfast")  # fmt: skip


def _both(seconds: Callable[[Card], float]) -> dict[str, float]:
    return {"h200_ms": 1e3 * seconds(H200), "h100_ms": 1e3 * seconds(H100)}


def _counts(done: work.Work) -> str:
    ours = sum(count for name, count in done.memory_bytes.items() if name.startswith(work.OURS))
    parts = [f"{kind} {flops / 1e12:.0f} TFLOP" for kind, flops in done.flops.items() if flops > 1e11]
    parts.append(f"eager {(done.moved_bytes[work.MEMORY] - ours) / 1e9:.0f} GB at {EAGER:.0%} of a copy")
    return ", ".join([*parts, f"ours {ours / 1e9:.0f} GB at {FUSED:.0%}"] if ours else parts)


def main() -> None:
    os.environ["MUSICVID_KERNELS"] = "reference"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    repository.use()

    import torch

    torch.set_grad_enabled(False)
    rows = list(predicted())
    write(rows)
    print(f"{len(rows)} predictions in {FILE}")


if __name__ == "__main__":
    main()
