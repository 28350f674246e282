"""Which weights a model name means, and what names them: a folder's fingerprint, or a hub's commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from musicvid.diffusion.folder import fingerprint, recognise
from musicvid.diffusion.hub import located
from musicvid.diffusion.hub_names import parse_hub_name
from musicvid.diffusion.licences import shown
from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.registry import find_model
from musicvid.errors import InputError


@dataclass(frozen=True, slots=True)
class Weights:
    """``identity`` names the content of ``folder``: the same everywhere, whatever the folder is called."""

    model: VideoModel
    folder: Path
    identity: str


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
    return recognise(folder) if folder is not None else find_model(name)


def weights_of(name: str, base: Path, revision: str, pins: Path | None, on_note: Callable[[str], None]) -> Weights:
    """Where the weights are on this machine; a hub model is downloaded first, its licence said before.

    Raises our errors: nothing there, offline, gated, no space.
    """
    folder = local_folder(name, base)
    if folder is not None:
        if revision:
            raise InputError(f"revision {revision!r} is for hub models, {name!r} is a folder", where=str(folder))
        return Weights(recognise(folder), folder, fingerprint(folder))
    row = find_model(name)
    asked = row.repo if row is not None else name
    if revision:
        hub = parse_hub_name(asked)
        asked = f"{hub.repo if hub else asked}@{revision}"
    found = located(asked, pins=pins, on_note=on_note, licence_lines=shown(row.licence) if row else ())
    read = recognise(found.folder)
    model = read if row is None else replace(row, frames=read.frames, size_multiple=read.size_multiple)
    return Weights(model, found.folder, f"{found.repo}@{found.revision}")
