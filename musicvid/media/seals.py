"""Is a kept file still what was written? Its seal says: size, time of change and hash.

The time of change saves reading the file: only where it differs (a copied workspace, a damaged file) are the bytes
looked at again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from musicvid.media.files import part_file, sha256_of

Facts = dict[str, str | int]


def facts_of(path: Path) -> Facts:
    """What identifies the content of a finished file. Raises OSError."""
    stat = path.stat()
    return {"bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns, "sha256": sha256_of(path)}


def still_is(path: Path, facts: Mapping[str, object]) -> bool:
    """Whether ``path`` has the content that ``facts`` were taken of. Raises OSError where there is no such file."""
    stat = path.stat()
    if stat.st_size != facts.get("bytes"):
        return False
    return stat.st_mtime_ns == facts.get("mtime_ns") or sha256_of(path) == facts.get("sha256")


def seal(path: Path) -> None:
    """Write the facts of a finished file beside it. Raises :class:`StorageError`."""
    with part_file(_seal_of(path)) as part:
        part.write_text(json.dumps(facts_of(path)) + "\n", "utf-8")


def is_sealed(path: Path) -> bool:
    """Whether the file is there, whole and unchanged since :func:`seal`. "No" for whatever is wrong with it or its
    seal: what is kept can be made again."""
    try:
        facts = json.loads(_seal_of(path).read_text("utf-8"))
        return isinstance(facts, dict) and still_is(path, facts)
    except (OSError, ValueError):
        return False


def _seal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.seal")
