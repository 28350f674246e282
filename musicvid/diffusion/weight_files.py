"""The tensors of a component as its safetensors files declare them: nothing but their headers is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from musicvid.diffusion.settings import DType
from musicvid.errors import InputError

ITEM_BYTES: Mapping[DType, int] = {"bf16": 2, "fp16": 2, "fp32": 4}
_FLOATS = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})
_HEADER_LIMIT_BYTES = 100_000_000  # safetensors' own limit: a longer header is a broken file
_BLOCK = re.compile(r"(\w+)\.(\d+)\.")
"""A tensor of a repeated block: ``blocks.7.attn1.to_q.weight``."""


class Tensor(NamedTuple):
    """``block`` is the repeated block that it belongs to (``blocks.7``; empty: none), ``size_bytes`` what it takes once
    loaded. ``castable``: eight-bit storage halves it (layerwise casting leaves norms and what is kept in float32)."""

    block: str
    count: int
    size_bytes: int
    castable: bool


def tensors_of(folder: Path, library: str, cls: str, kind: DType) -> Iterator[Tensor]:
    """The tensors of a component with the bytes they have once loaded as ``kind``."""
    whole = _kept_whole(library, cls, kind)
    for name, entry in headers(folder):
        count = prod(entry["shape"])
        bits = re.search(r"\d+", entry["dtype"])
        stored = int(bits[0]) // 8 if bits else 1
        kept = any(word in name.split(".") for word in whole)
        each = stored if entry["dtype"] not in _FLOATS else 4 if kept else ITEM_BYTES[kind]
        found = _BLOCK.match(name)
        castable = len(entry["shape"]) > 1 and not kept and "norm" not in name and name.endswith("weight")
        yield Tensor(f"{found[1]}.{found[2]}" if found else "", count, count * each, castable)


def headers(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and ``{"dtype", "shape", "data_offsets"}`` of every tensor in a component's files.

    The format: eight bytes with the header's length, little-endian, then the header as JSON.
    """
    for path in _files(folder):
        try:
            with path.open("rb") as file:
                length = int.from_bytes(file.read(8), "little")
                if length > _HEADER_LIMIT_BYTES:
                    raise ValueError(f"header of {length} bytes")
                header = json.loads(file.read(length))
        except (OSError, ValueError) as error:
            raise InputError(
                f"this weights file is not whole: {error}", where=str(path), hint="download the model again"
            ) from error
        header.pop("__metadata__", None)
        yield from header.items()


def _files(folder: Path) -> list[Path]:
    """The safetensors that ``from_pretrained`` reads: the index's shards, else the one file without a variant."""
    index = next(iter(sorted(folder.glob("*.safetensors.index.json"), key=lambda p: len(p.name))), None)
    if index is not None:
        return [folder / name for name in sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))]
    found = sorted(folder.glob("*.safetensors"), key=lambda p: (p.name.count("."), p.name))
    return found[:1]


def _kept_whole(library: str, cls: str, kind: DType) -> tuple[str, ...]:
    """Modules that stay in float32. diffusers keeps them for every narrower type, transformers only for fp16."""
    if kind == "fp32" or (library == "transformers" and kind == "bf16"):
        return ()
    import importlib

    # a library of its own is a module of diffusers' pipelines: ["ltx2", "LTX2TextConnectors"]
    home = library if library in ("diffusers", "transformers") else f"diffusers.pipelines.{library}"
    found = getattr(importlib.import_module(home), cls, None)
    return tuple(getattr(found, "_keep_in_fp32_modules", None) or ())
