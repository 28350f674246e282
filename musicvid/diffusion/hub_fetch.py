"""Fetch files of a repository: licence and size are told first, and what does not fit is not begun."""

from __future__ import annotations

import glob
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.diffusion.hub_names import HubName, write_pin
from musicvid.errors import InputError, RenderError

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

LEFT_FREE_BYTES = 1_000_000_000
"""What a download leaves free on the disk: the film needs room as well."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A name with what its caller wants to happen. ``pinned`` is its commit from ``pins`` (empty: not there)."""

    name: HubName
    pins: Path | None
    pinned: str
    on_note: Callable[[str], None]
    licence_lines: Sequence[str]

    @property
    def fixed(self) -> str:
        """The commit that is asked for, whatever the hub says now."""
        return self.name.commit or self.pinned


def model_info_of(asked: Asked) -> ModelInfo:
    """What the hub says about the revision that is asked for: its commit and its files with their sizes.

    The cache learns what a branch or tag is at, so that other programs find the same.
    """
    from huggingface_hub import HfApi

    name, hub = asked.name, HfApi()
    commit = asked.fixed or hub.resolve_revision(name.repo, revision=name.revision or None).resolved
    return hub.model_info(name.repo, revision=commit, files_metadata=True)


def tell_licence(asked: Asked) -> None:
    for line in asked.licence_lines:
        asked.on_note(line)


def fetch(asked: Asked, info: ModelInfo, folder: Path | None, files: tuple[str, ...]) -> Path:
    """Fetch what is missing of ``files`` if there is room for it. The commit is kept first, so that a download that
    broke off goes on with the same revision."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import HF_HUB_CACHE

    missing_bytes = _missing_bytes(info, folder, files)
    free_bytes = shutil.disk_usage(_existing(Path(HF_HUB_CACHE).expanduser())).free
    if missing_bytes + LEFT_FREE_BYTES > free_bytes:
        raise InputError(
            f"the weights need {_gb(missing_bytes)} and the film {_gb(LEFT_FREE_BYTES)}, "
            f"but only {_gb(free_bytes)} are free in {HF_HUB_CACHE}",
            where=str(asked.name),
            hint="free some space, or set HF_HOME to a folder on a larger disk",
        )
    keep(asked, str(info.sha))
    asked.on_note(f"fetching {asked.name.repo} at {str(info.sha)[:12]}: {_gb(missing_bytes)} to {HF_HUB_CACHE}")
    got = Path(snapshot_download(asked.name.repo, revision=info.sha, allow_patterns=[glob.escape(f) for f in files]))
    if lost := [path for path in files if not (got / path).exists()]:  # the library settles for what it has
        raise RenderError(
            f"{len(lost)} of {len(files)} files did not come: {', '.join(lost[:3])}",
            where=str(asked.name),
            hint="check the network and run the same command again",
        )
    return got


def keep(asked: Asked, commit: str) -> None:
    if asked.pins is None or asked.name.commit:
        return
    if write_pin(asked.pins, asked.name, commit):
        asked.on_note(f"{asked.name} stays at revision {commit[:12]} from now on: {asked.pins} says so")


def _missing_bytes(info: ModelInfo, folder: Path | None, files: tuple[str, ...]) -> int:
    """The bytes of ``files`` that neither this snapshot nor another one of the repository has."""
    wanted, total = set(files), 0
    for file in info.siblings or ():
        if file.rfilename not in wanted:
            continue
        blob = file.lfs.sha256 if file.lfs else file.blob_id
        if folder is None or not (folder.parents[1] / "blobs" / str(blob)).exists():
            total += file.size or 0
    return total


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 5e7 else f"{size_bytes / 1e6:.1f} MB"
