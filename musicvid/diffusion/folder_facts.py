"""What a folder of diffusers says about itself: its index, the settings of its parts, the sizes of its weights."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from musicvid.errors import InputError

INDEX = "model_index.json"
_MODULAR_INDEX = "modular_model_index.json"
_SETTINGS = ("config.json", "scheduler_config.json")
_AROUND_A_VOCABULARY = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja")
_BFLOAT16_BYTES = 2
_LONGEST_HEADER_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Facts:
    """``pipeline`` is the class that the folder names, ``parts`` its components as (library, class)."""

    folder: Path
    pipeline: str
    index: Mapping[str, Any]
    parts: Mapping[str, tuple[str, str]]

    def settings(self, part: str) -> dict[str, Any]:
        """The ``config.json`` of a part; empty for one that is not there or has none."""
        path = self.folder / part / "config.json"
        return _read_json(path) if part in self.parts and path.is_file() else {}


def read_facts(folder: Path) -> Facts:
    """Raises :class:`InputError` for what is no folder of a pipeline that can be called."""
    if not folder.is_dir():
        raise InputError("there is no such folder", where=str(folder), hint="see musicvid models")
    if not (folder / INDEX).is_file():
        if (folder / _MODULAR_INDEX).is_file():
            raise InputError(
                "this is a modular pipeline of diffusers, which has no call that tells of its steps",
                where=str(folder),
                hint="take another model, see musicvid models",
            )
        raise InputError(
            f"this is not a diffusers model: it has no {INDEX}",
            where=str(folder),
            hint="name a folder that save_pretrained wrote, or a hub name",
        )
    index = _read_json(folder / INDEX)
    pipeline = index.get("_class_name")
    if isinstance(pipeline, list):
        raise InputError(
            f"{pipeline[-1]} is code of its own that came with the weights, and is not run",
            where=str(folder / INDEX),
            hint="take a model whose class is in diffusers",
        )
    if not isinstance(pipeline, str):
        raise InputError("_class_name is missing: which pipeline is it for?", where=str(folder / INDEX))
    named = {name: value for name, value in index.items() if isinstance(value, list) and len(value) == 2}
    parts = {name: (str(library), str(cls)) for name, (library, cls) in named.items() if cls is not None}
    return Facts(folder, pipeline, index, parts)


def check_whole(facts: Facts, parts: Iterable[str]) -> None:
    """Raises :class:`InputError` for one of ``parts`` that the index does not name, or whose folder is missing or lacks
    what nobody else misses: a tokenizer without its words is loaded in silence, and reads every prompt as nonsense."""
    for part in parts:
        folder = facts.folder / part
        if part not in facts.parts:
            raise InputError(f"its {INDEX} names no {part}, which clips are made with", where=str(facts.folder))
        files = [path for path in folder.rglob("*") if path.is_file()]
        if not files:
            state = "empty" if folder.is_dir() else "missing"
            raise InputError(f"the folder of its {part} is {state}", where=str(folder), hint="download the model again")
        if part.startswith("tokenizer") and all(path.name in _AROUND_A_VOCABULARY for path in files):
            raise InputError(f"its {part} has no vocabulary", where=str(folder), hint="download the model again")
        for path in (folder / name for name in _SETTINGS):
            if path.is_file() and not _read_json(path):
                raise InputError(
                    f"the settings of its {part} are empty", where=str(path), hint="download the model again"
                )


def weights_gib(facts: Facts) -> tuple[tuple[str, float], ...]:
    """The size of each part in bfloat16, counted from the headers of its safetensors."""
    sizes = []
    for part in facts.parts:
        count = sum(_numbers_in(path) for path in _weight_files(facts.folder / part))
        if count:
            sizes.append((part, count * _BFLOAT16_BYTES / 2**30))
    return tuple(sizes)


def safetensors_header(path: Path) -> bytes:
    """The length and the JSON at the beginning of a file. Raises :class:`InputError` for one that is cut off."""
    try:
        with path.open("rb") as file:
            length = file.read(8)
            count = int.from_bytes(length, "little")
            text = file.read(count) if len(length) == 8 and count <= _LONGEST_HEADER_BYTES else b""
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if len(length) < 8 or len(text) != count:
        raise InputError("this is not a whole safetensors file", where=str(path), hint="download it again")
    return length + text


def _weight_files(folder: Path) -> list[Path]:
    """The weights that are loaded when no variant is asked for; those of a variant where there is nothing else."""
    files = sorted(folder.glob("*.safetensors"))
    plain = [path for path in files if path.name.count(".") == 1]
    return plain or files


def _numbers_in(path: Path) -> int:
    try:
        header = json.loads(safetensors_header(path)[8:])
        return sum(prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("the header of these weights is damaged", where=str(path), hint="download it again") from error


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path), hint="download it again") from error
    if not isinstance(value, dict):
        raise InputError("a JSON object is needed here", where=str(path), hint="download it again")
    return value
