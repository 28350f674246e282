"""Models of the hub as local folders, with the revision that they are at kept for the next time.

What is in the cache is used without asking anybody. What is not is fetched once: safetensors and texts only, of the
components that the pipeline has, after the licence and the size were told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.diffusion.hub_cache import cached_commit, cached_folder, cached_listing
from musicvid.diffusion.hub_errors import hub_errors
from musicvid.diffusion.hub_fetch import Asked, fetch, keep, model_info_of, tell_licence
from musicvid.diffusion.hub_files import INDEX, files_wanted, looks_whole, variant_among
from musicvid.diffusion.hub_names import HubName, parse_hub_name, read_pins
from musicvid.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

__all__ = ["HubName", "Located", "LocatedFile", "located", "located_file", "parse_hub_name"]


@dataclass(frozen=True, slots=True)
class Located:
    """``folder`` holds ``repo`` at commit ``revision``. ``variant`` is what diffusers must be told (empty: none)."""

    folder: Path
    repo: str
    revision: str
    variant: str = ""


@dataclass(frozen=True, slots=True)
class LocatedFile:
    """``path`` is a file of ``repo`` at commit ``revision``."""

    path: Path
    repo: str
    revision: str


def located(
    name: str,
    *,
    pins: Path | None = None,
    on_note: Callable[[str], None] = lambda note: None,
    licence_lines: Sequence[str] = (),
    variant: str = "",
    without: Collection[str] = (),
) -> Located:
    """The folder of the pipeline ``owner/name`` or ``owner/name@revision``, fetched if it is not on this machine.

    The revision is the name's own commit, else the one kept in ``pins`` for this name, else that of a whole pipeline in
    the cache, else what the hub has now; it is kept in ``pins``. Components in ``without`` are left out. Weights are
    taken in ``variant`` (``bf16``) where a component has it.

    Raises :class:`InputError` (no such model or revision, licence not accepted, no safetensors, no room),
    :class:`StorageError` (disk) and :class:`RenderError` (network).
    """
    asked = _asked(name, pins, on_note, licence_lines)

    def wanted(folder: Path, paths: Iterable[str]) -> tuple[str, ...]:
        index = _index(folder, asked.name.repo)
        return files_wanted(paths, index, repo=asked.name.repo, variant=variant, without=without)

    with hub_errors(asked.name, commit=asked.fixed, pins=pins if asked.pinned else None):
        commit = asked.fixed or cached_commit(asked.name)
        folder = cached_folder(asked.name, commit, INDEX) if commit else None
        if folder is None or (files := _whole(asked.name, commit, folder, wanted, without)) is None:
            info = model_info_of(asked)
            commit = str(info.sha)
            folder = _begin(asked, info)
            files = wanted(folder, [file.rfilename for file in info.siblings or ()])
            fetch(asked, info, folder, files)
        keep(asked, commit)
    return Located(folder, asked.name.repo, commit, variant_among(files, variant))


def located_file(
    name: str,
    weight_name: str = "",
    *,
    pins: Path | None = None,
    on_note: Callable[[str], None] = lambda note: None,
    licence_lines: Sequence[str] = (),
) -> LocatedFile:
    """One safetensors file of a repository (a LoRA), found and fetched as :func:`located` does.

    ``weight_name`` may be empty where there is only one. Raises what :func:`located` raises.
    """
    asked = _asked(name, pins, on_note, licence_lines)
    if weight_name and not weight_name.endswith(".safetensors"):
        raise InputError(f"only safetensors are loaded, not {weight_name!r}", where=name)
    with hub_errors(asked.name, commit=asked.fixed, pins=pins if asked.pinned else None):
        commit = asked.fixed or cached_commit(asked.name)
        chosen = weight_name or (_only_one(asked.name, cached_listing(asked.name, commit)) if commit else "")
        folder = cached_folder(asked.name, commit, chosen) if commit and chosen else None
        if folder is None:
            info = model_info_of(asked)
            commit = str(info.sha)
            there = [file.rfilename for file in info.siblings or ()]
            chosen = _chosen(asked.name, there, weight_name)
            tell_licence(asked)
            folder = fetch(asked, info, None, (chosen,))
        keep(asked, commit)
    return LocatedFile(folder / chosen, asked.name.repo, commit)


def _asked(name: str, pins: Path | None, on_note: Callable[[str], None], licence_lines: Sequence[str]) -> Asked:
    parsed = parse_hub_name(name)
    if parsed is None:
        raise InputError(f"{name!r} is not a name of the hub", hint="write owner/name or owner/name@revision")
    pinned = read_pins(pins).get(str(parsed), "") if pins is not None and not parsed.commit else ""
    return Asked(parsed, pins, pinned, on_note, licence_lines)


def _whole(
    name: HubName,
    commit: str,
    folder: Path,
    wanted: Callable[[Path, Iterable[str]], tuple[str, ...]],
    without: Collection[str],
) -> tuple[str, ...] | None:
    """The files wanted, if all are in ``folder``; None if any is missing."""
    if listing := cached_listing(name, commit):
        files = wanted(folder, listing)
        return files if all((folder / path).exists() for path in files) else None
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    try:
        files = wanted(folder, there)
    except InputError:
        return None  # the weights may simply not have come yet; the hub's own listing will tell
    return files if looks_whole(there, _index(folder, name.repo), files, without) else None


def _index(folder: Path, repo: str) -> dict[str, object]:
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
    except ValueError as error:
        raise InputError(f"{INDEX} cannot be read: {error}", where=repo) from error
    if not isinstance(index, dict):
        raise InputError(f"{INDEX} holds no pipeline", where=repo)
    return index


def _begin(asked: Asked, info: ModelInfo) -> Path:
    """Tell the licence, fetch the pipeline's index (a few kilobytes) and return the snapshot's folder."""
    from huggingface_hub import hf_hub_download

    if all(file.rfilename != INDEX for file in info.siblings or ()):
        raise InputError(
            f"this repository has no {INDEX}: it is no pipeline of diffusers",
            where=asked.name.repo,
            hint="look for the same model for diffusers: official ones often end in -Diffusers",
        )
    tell_licence(asked)
    return Path(hf_hub_download(asked.name.repo, INDEX, revision=info.sha)).parent


def _chosen(name: HubName, paths: Sequence[str], weight_name: str) -> str:
    weights = [path for path in paths if path.endswith(".safetensors")]
    if weight_name:
        if weight_name not in weights:
            raise UnknownNameError("weights file", weight_name, weights, where=str(name))
        return weight_name
    if not weights:
        raise InputError("this repository has no safetensors, and only those are loaded", where=str(name))
    if len(weights) > 1:
        raise InputError(f"has several weights files: {', '.join(weights)}", where=str(name), hint="say which one")
    return weights[0]


def _only_one(name: HubName, paths: Sequence[str]) -> str:
    """The one weights file of a listing that the cache knows; empty when it knows none."""
    return _chosen(name, paths, "") if paths else ""
