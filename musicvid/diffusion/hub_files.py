"""Which files of a repository a pipeline is loaded from: safetensors of its components in one variant, and texts.

Weights are named as diffusers and transformers name them: ``model.safetensors``, ``model-00001-of-00003.safetensors``,
``diffusion_pytorch_model.bf16.safetensors``, ``model.bf16-00001-of-00003.safetensors`` and, of old,
``model-00001-of-00003.bf16.safetensors``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from musicvid.errors import InputError

INDEX = "model_index.json"
_TEXTS = frozenset({".json", ".txt", ".model", ".jinja", ".tiktoken"})
_PICKLED = frozenset({".bin", ".pth", ".pt", ".ckpt", ".pkl"})
_WEIGHTS = re.compile(
    r"(?:model|diffusion_pytorch_model)(?:\.(?P<variant>\w+))?"
    r"(?:-(?P<number>\d{5})-of-(?P<count>\d{5}))?(?:\.(?P<old_variant>\w+))?\.safetensors"
)
_WITHOUT_WEIGHTS = ("Tokenizer", "Scheduler", "Processor", "FeatureExtractor")


@dataclass(frozen=True, slots=True)
class _WeightsFile:
    path: str
    variant: str
    number: int
    count: int


def components_of(index: Mapping[str, object], without: Collection[str] = ()) -> dict[str, str]:
    """The components that ``model_index.json`` names, each with its class; not those ``without``."""
    named = {name: value for name, value in index.items() if isinstance(value, list) and len(value) == 2}
    return {name: str(cls) for name, (_, cls) in named.items() if cls is not None and name not in without}


def files_wanted(
    paths: Iterable[str],
    index: Mapping[str, object],
    *,
    repo: str,
    variant: str = "",
    without: Collection[str] = (),
) -> tuple[str, ...]:
    """The paths, sorted, that the pipeline of ``index`` needs out of ``paths``.

    A component that has weights in ``variant`` is taken in it, one that has not in plain weights, as diffusers does.
    Raises :class:`InputError` for a component with pickled weights only, or with other variants only.
    """
    components = components_of(index, without)
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        folder, _, _ = path.rpartition("/")
        by_folder.setdefault(folder, []).append(path)
    wanted = [path for path in by_folder.get("", ()) if _is_text(path) or _is_about(path)]
    weights: list[str] = []
    for name in components:
        inside = by_folder.get(name, [])
        wanted += [path for path in inside if _is_text(path)]
        weights += _weights_wanted(inside, f"{repo}/{name}", variant)
    if not weights:
        raise InputError("this repository has no safetensors, and only those are loaded", where=repo, hint=_OTHER)
    return tuple(sorted(wanted + weights))


def variant_among(paths: Iterable[str], variant: str) -> str:
    """``variant`` if any of ``paths`` is in it (then diffusers must be told), else empty."""
    return variant if any(file.variant == variant for file in _weights_files(paths)) else ""


def looks_whole(paths: Collection[str], index: Mapping[str, object], wanted: Iterable[str], without: Collection[str]):
    """Whether files of a cache can be a whole pipeline, judged by themselves: no listing of the repository is there.

    Every component has files, those with a configuration of weights have weights, and of shards none is missing.
    """
    files = _weights_files(wanted)
    for name, cls in components_of(index, without).items():
        inside = [path for path in paths if path.startswith(f"{name}/")]
        has_weights = any(file.path.startswith(f"{name}/") for file in files)
        needs_weights = f"{name}/config.json" in inside and not any(word in cls for word in _WITHOUT_WEIGHTS)
        if not inside or (needs_weights and not has_weights):
            return False
    shards: dict[str, set[int]] = {}
    for file in files:
        shards.setdefault(re.sub(r"-\d{5}-of-", "-of-", file.path), set()).add(file.number)
    return all(shards[re.sub(r"-\d{5}-of-", "-of-", f.path)] == set(range(1, f.count + 1)) for f in files if f.count)


_OTHER = "look for a repository with safetensors: official ones often end in -Diffusers"


def _weights_wanted(paths: Iterable[str], where: str, variant: str) -> list[str]:
    """Of one component's files. Empty for a tokenizer, a scheduler and the like."""
    paths = list(paths)
    files = _weights_files(paths)
    for choice in dict.fromkeys((variant, "")):
        if chosen := [file.path for file in files if file.variant == choice]:
            return chosen
    if files:
        there = ", ".join(sorted({file.variant for file in files}))
        raise InputError(
            f"there are no plain weights{f' and none in {variant!r}' if variant else ''}, only in: {there}",
            where=where,
            hint=f"ask for the variant {files[0].variant}",
        )
    if pickled := [path for path in paths if PurePosixPath(path).suffix in _PICKLED]:
        raise InputError(
            f"weights are pickled ({PurePosixPath(pickled[0]).name}) and could run code: only safetensors are loaded",
            where=where,
            hint=_OTHER,
        )
    return []


def _weights_files(paths: Iterable[str]) -> list[_WeightsFile]:
    files = []
    for path in paths:
        if found := _WEIGHTS.fullmatch(PurePosixPath(path).name):
            variant = found["variant"] or found["old_variant"] or ""
            files.append(_WeightsFile(path, variant, int(found["number"] or 0), int(found["count"] or 0)))
    return files


def _is_text(path: str) -> bool:
    return PurePosixPath(path).suffix in _TEXTS


def _is_about(path: str) -> bool:
    return path == "README.md" or path.upper().startswith(("LICENSE", "LICENCE", "NOTICE"))
