"""A name for the content of a model's folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from musicvid.diffusion.folder_facts import INDEX, read_facts, safetensors_header
from musicvid.errors import InputError

WHOLE_BYTES = 64 * 2**20
"""Larger files are sampled."""
_BLOCK_BYTES, _BLOCKS = 2**20, 64


def fingerprint(folder: Path) -> str:
    """sha256 (hex) over what the index names: the index and every file of its parts, by name and content.

    The same everywhere, whatever the folder is called and whatever else lies in it (papers, pictures, other formats).
    Files above 64 MiB, which are weights, count by their size, their safetensors header, and 64 blocks of 1 MiB evenly
    spaced from first to last byte: another training changes every block, while one changed number elsewhere could go
    unseen. Raises :class:`InputError` for a folder that is no model.
    """
    parts = read_facts(folder).parts
    found = [folder / INDEX]
    for part in parts:
        found += [path for path in (folder / part).rglob("*") if path.is_file() and not _hidden(path, folder)]
    digest = hashlib.sha256()
    for path in sorted(found, key=lambda path: path.relative_to(folder).as_posix()):
        name = path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape")
        try:
            size_bytes = path.stat().st_size
            digest.update(len(name).to_bytes(8, "little") + name + size_bytes.to_bytes(8, "little"))
            digest.update(_content(path, size_bytes))
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    return digest.hexdigest()


def _content(path: Path, size_bytes: int) -> bytes:
    digest = hashlib.sha256()
    if size_bytes <= WHOLE_BYTES:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    if path.suffix == ".safetensors":
        digest.update(safetensors_header(path))
    with path.open("rb") as file:
        for k in range(_BLOCKS):
            file.seek(k * (size_bytes - _BLOCK_BYTES) // (_BLOCKS - 1))
            digest.update(file.read(_BLOCK_BYTES))
    return digest.digest()


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
