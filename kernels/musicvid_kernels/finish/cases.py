"""Calls to test and calls as published models make them."""

from __future__ import annotations

from collections.abc import Callable

import torch

from musicvid_kernels.case import FLOATS, Arguments, Case, Maker, Op, Real, Wide
from musicvid_kernels.finish import COLUMNS, FLASH, GAIN, LIFT, LUT, SATURATION, SHIFT_X, SHIFT_Y, ZOOM, finish
from musicvid_kernels.finish.reference import finish_reference
from musicvid_kernels.finish.table import NEUTRAL

RANGES = {ZOOM: (0.7, 1.6), SHIFT_X: (-0.3, 0.3), SHIFT_Y: (-0.3, 0.3), GAIN: (0.6, 1.5), LIFT: (-0.2, 0.2),
          SATURATION: (0.0, 2.0), LUT: (0.0, 1.0), FLASH: (0.0, 0.6)}  # fmt: skip
DECODED = {"low": -1.0, "high": 1.0}
BEAT = {ZOOM: (1.0, 1.12), SHIFT_X: (-0.01, 0.01), SHIFT_Y: (-0.01, 0.01), FLASH: (0.0, 0.3)}


def _table(make: Maker, frames: int, ranges: dict[int, tuple[float, float]] = RANGES) -> torch.Tensor:
    bounds = {k: (value, value) for k, value in enumerate(NEUTRAL)} | ranges
    columns = [make.uniform(frames, low=low, high=high, dtype=torch.float32)
               for low, high in (bounds[k] for k in range(len(COLUMNS)))]  # fmt: skip
    return torch.stack(columns, 1)


def _still_and_moving(make: Maker, frames: int) -> torch.Tensor:
    """Every second row leaves pixels where they are, but not as they are."""
    table = _table(make, frames)
    table[::2, ZOOM], table[::2, SHIFT_X], table[::2, SHIFT_Y] = 1.0, 0.0, 0.0
    return table


def _lut(make: Maker, side: int) -> torch.Tensor:
    return make.uniform(side, side, side, 3, dtype=torch.float32, low=-0.1, high=1.1)


def _decoded(make: Maker, frames: int, height: int, width: int) -> torch.Tensor:
    """As a VAE leaves it: ``(3, T, H, W)`` around -1 to 1, seen from the other side."""
    return make.uniform(3, frames, height, width, low=-1.1, high=1.1).transpose(0, 1)


def _filmed(make: Maker, frames: int, height: int, width: int) -> torch.Tensor:
    """The same, whose neighbouring pixels are of like colours: entries of a look-up table are met again."""
    return (make.smooth(3, frames, height, width) * 0.5).transpose(0, 1)


def _odd_values(make: Maker) -> Arguments:
    frames = make.uniform(2, 3, 6, 10)
    frames[0, 0, 1, 3], frames[0, 1, 2, 2], frames[1, 2, 4, 9] = float("nan"), float("inf"), -float("inf")
    return {"frames": frames, "table": _table(make, 2)}


def _views(make: Maker) -> Arguments:
    """Columns and channels far apart, a table that is part of a larger one, a look-up table with its axes turned."""
    return {"frames": make.uniform(9, 40, 2, 4)[1:8, 3:36].permute(2, 3, 0, 1)[:, :3], "height": 8, "width": 26,
            "table": _table(make, 4)[::2], "lut": _lut(make, 4).transpose(0, 2)}  # fmt: skip


def _bytes(make: Maker, frames: int, height: int, width: int) -> torch.Tensor:
    return make.levels(frames, height, width, 3).permute(0, 3, 1, 2)


def _case(name: str, build: Callable[[Maker], Arguments], *dtypes: str, spilled_bytes: int = 0) -> Case:
    return Case(name, build, dtypes or FLOATS, levels=1, spilled_bytes=spilled_bytes)


CASES = (
    _case("smallest", lambda m: {"frames": m.uniform(1, 3, 2, 2)}),
    _case("none", lambda m: {"frames": m.uniform(0, 3, 2, 4)}),
    _case("still", lambda m: {"frames": m.uniform(2, 3, 6, 34, low=-0.2, high=1.2)}),
    _case("decoded", lambda m: {"frames": _decoded(m, 3, 10, 18)} | DECODED),
    _case("sixteens", lambda m: {"frames": _decoded(m, 2, 6, 48)} | DECODED),
    _case("several-programs", lambda m: {"frames": m.uniform(1, 3, 44, 100)}),
    _case("table", lambda m: {"frames": _decoded(m, 4, 14, 22), "table": _table(m, 4)} | DECODED),
    _case("grade", lambda m: {"frames": m.uniform(3, 3, 6, 48), "table": _still_and_moving(m, 3)}),
    _case(
        "grade-lut", lambda m: {"frames": m.uniform(2, 3, 6, 8), "table": _still_and_moving(m, 2), "lut": _lut(m, 3)}
    ),
    _case("grade-resize", lambda m: {"frames": m.uniform(1, 3, 6, 8), "table": _still_and_moving(m, 1), "height": 4}),
    _case("resize", lambda m: {"frames": m.uniform(2, 3, 7, 5), "height": 12, "width": 50}),
    _case("shrink", lambda m: {"frames": m.uniform(1, 3, 37, 41), "height": 10, "width": 6}),
    _case("pixel", lambda m: {"frames": m.uniform(2, 3, 1, 1), "table": _table(m, 2), "height": 2, "width": 4}),
    _case("lut", lambda m: {"frames": m.uniform(1, 3, 12, 18), "lut": _lut(m, 5)}),
    _case(  # four pixels of a thread wait for eight corners of the look-up table each
        "lut-of-two",
        lambda m: {"frames": m.uniform(1, 3, 4, 6), "lut": _lut(m, 2), "height": 6, "width": 4},
        spilled_bytes=32,
    ),
    _case("table-and-lut", lambda m: {"frames": m.uniform(3, 3, 8, 20), "table": _table(m, 3), "lut": _lut(m, 3)}),
    _case("odd-values", _odd_values),
    _case("views", _views),
    _case("bytes", lambda m: {"frames": _bytes(m, 2, 6, 38)}, "float32"),
    _case("bytes-sixteens", lambda m: {"frames": _bytes(m, 2, 4, 48)}, "float32"),
    _case("bytes-apart", lambda m: {"frames": m.levels(2, 3, 9, 12)[:, :, 1:], "table": _table(m, 2)}, "float32"),
    _case("bytes-lut", lambda m: {"frames": _bytes(m, 1, 4, 6), "lut": _lut(m, 4)}, "float32"),
)


def _clip(
    frames: int, size: tuple[int, int], more: Callable[[Maker, int], Arguments] = lambda make, count: {}
) -> Callable[[Maker, bool], Arguments]:
    """``more`` makes further arguments for a number of frames."""

    def build(make: Maker, full: bool) -> Arguments:
        count = frames if full else 2
        return {"frames": _filmed(make, count, *size)} | DECODED | more(make, count)

    return build


def _flash(make: Maker, frames: int) -> Arguments:
    return {"table": _table(make, frames, {GAIN: (0.9, 1.2), SATURATION: (0.8, 1.2), FLASH: (0.0, 0.3)})}


def _beat(make: Maker, frames: int) -> Arguments:
    return {"table": _table(make, frames, BEAT)}


def _to_720p(make: Maker, frames: int) -> Arguments:
    return {"height": 720, "width": 1280}


def _film_look(make: Maker, frames: int) -> Arguments:
    return {"lut": _lut(make, 33)}


STREAM = Wide(0.8, 0.6, "_stream_kernel")
"""The pixel left of a thread's own and a table's row are loaded singly; of chroma, half as wide as luma, a thread has 8
bytes. With a table a second kernel stands by for frames that move."""

OPS = (
    Op(
        "finish",
        finish,
        finish_reference,
        "musicvid_kernels.finish.kernel:finish_triton",
        CASES,
        (
            Real("wan-1.3b-480p", _clip(81, (480, 832)), wide=STREAM),
            Real("wan-5b-720p", _clip(121, (704, 1280)), wide=STREAM),
            Real("wan-1.3b-480p-flash", _clip(81, (480, 832), _flash), wide=STREAM),
            Real("wan-5b-720p-flash", _clip(121, (704, 1280), _flash), wide=STREAM),
            Real("wan-1.3b-480p-beat", _clip(81, (480, 832), _beat), wide=None),
            Real("wan-5b-720p-beat", _clip(121, (704, 1280), _beat), wide=None),
            Real("wan-1.3b-480p-to-720p", _clip(81, (480, 832), _to_720p), wide=None),
            Real("wan-1.3b-480p-film-look", _clip(81, (480, 832), _film_look), wide=None),
        ),
    ),
)
