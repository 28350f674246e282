"""Which weights a model name means, and what names them: a folder's fingerprint, or a hub's commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from musicvid.diffusion.folder import fingerprint, recognise
from musicvid.diffusion.hub import located, located_file
from musicvid.diffusion.hub_names import parse_hub_name
from musicvid.diffusion.licences import shown
from musicvid.diffusion.lora import weights_file
from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.registry import find_model, model_of_repo
from musicvid.diffusion.settings import Lora
from musicvid.errors import InputError
from musicvid.media.files import sha256_of
from musicvid.rendering.backends.diffusion.options import Options


@dataclass(frozen=True, slots=True)
class Weights:
    """``identity`` names the content of ``folder``: the same everywhere, whatever the folder is called. ``adapters``
    are local files, ``loras`` name their contents."""

    model: VideoModel
    folder: Path
    identity: str
    adapters: tuple[Lora, ...] = ()
    loras: tuple[str, ...] = ()


def local_folder(name: str, base: Path) -> Path | None:
    """The folder that ``name`` means, seen from the storyboard, then from the current folder; None if it is none."""
    if not name:
        raise InputError(
            "diffusion needs a model",
            hint="write `model: wan2.1-t2v-1.3b`, a folder or a hub name; see: musicvid models",
        )
    tries = [base / Path(name).expanduser(), Path(name).expanduser().absolute()]
    return next((path for path in tries if path.is_dir()), None)


def row_of(name: str, base: Path) -> VideoModel | None:
    """The model's row, if it can be told without any download: None for a hub name that is in no table.

    Raises :class:`UnknownNameError` for a word that is neither.
    """
    folder = local_folder(name, base)
    return _called(recognise(folder), folder) if folder is not None else _row(name, base)


def _row(name: str, base: Path) -> VideoModel | None:
    """By key, or by the hub name of one of the table's models: its licence holds under that name too."""
    row = find_model(name, base)
    hub = parse_hub_name(name)
    return model_of_repo(hub.repo) if row is None and hub is not None else row


def _called(model: VideoModel, folder: Path) -> VideoModel:
    """The row that a folder is like, under the folder's own name."""
    return replace(model, key=folder.resolve().name)


def weights_of(name: str, base: Path, options: Options, pins: Path | None, on_note: Callable[[str], None]) -> Weights:
    """Where the weights are on this machine; a hub model is downloaded first, its licence said before.

    Raises our errors: nothing there, offline, gated, no space.
    """
    weights = _model_weights(name, base, options.revision, pins, on_note)
    adapters = tuple(replace(lora, path=str(_adapter(lora, pins, on_note))) for lora in options.loras)
    return replace(weights, adapters=adapters, loras=tuple(sha256_of(lora.path) for lora in adapters))


def _adapter(lora: Lora, pins: Path | None, on_note: Callable[[str], None]) -> Path:
    """The safetensors file of an adapter: a file, a folder that has one, or one on the hub (``owner/name``)."""
    if Path(lora.path).exists():
        return weights_file(lora.path)
    if parse_hub_name(lora.path) is None:
        raise InputError(
            f"there is no adapter {lora.path!r}", hint="name a .safetensors file, a folder that has one, or owner/name"
        )
    licence = (f"adapter {lora.path}: read its licence on its page before you publish",)
    return located_file(lora.path, pins=pins, on_note=on_note, licence_lines=licence).path


def _model_weights(name: str, base: Path, revision: str, pins: Path | None, on_note: Callable[[str], None]) -> Weights:
    folder = local_folder(name, base)
    if folder is not None:
        if revision:
            raise InputError(f"revision {revision!r} is for hub models, {name!r} is a folder", where=str(folder))
        return Weights(_called(recognise(folder), folder), folder, fingerprint(folder))
    row = _row(name, base)
    asked = row.repo if row is not None and row.key == name else name
    if revision:
        hub = parse_hub_name(asked)
        asked = f"{hub.repo if hub else asked}@{revision}"
    found = located(asked, pins=pins, on_note=on_note, licence_lines=shown(row.licence) if row else ())
    read = recognise(found.folder)
    model = read if row is None else replace(row, frames=read.frames, size_multiple=read.size_multiple)
    return Weights(model, found.folder, f"{found.repo}@{found.revision}")
