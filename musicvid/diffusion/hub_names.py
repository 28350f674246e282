"""Names of models on the hub, and the file in which a workspace keeps the revisions that they stand for."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from musicvid.errors import InputError, StorageError

_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?P<repo>{_PART}/{_PART})(?:@(?P<revision>[A-Za-z0-9_][A-Za-z0-9_./-]*))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_LONGEST_REPO = 96


@dataclass(frozen=True, slots=True)
class HubName:
    """``repo`` is ``owner/name``. ``revision`` is a branch, a tag or a commit (empty: where the default branch is)."""

    repo: str
    revision: str = ""

    def __str__(self) -> str:
        return f"{self.repo}@{self.revision}" if self.revision else self.repo

    @property
    def commit(self) -> str:
        """The full commit hash if the name says one; it can never mean anything else. Otherwise empty."""
        return self.revision if _COMMIT.fullmatch(self.revision) else ""


def parse_hub_name(text: str) -> HubName | None:
    """``owner/name`` or ``owner/name@revision``; None for anything else (paths with more parts, ``./here``, words).

    A relative folder of two parts looks the same: look for the folder first.
    """
    found = _NAME.fullmatch(text)
    if found is None or len(found["repo"]) > _LONGEST_REPO:
        return None
    if any(two in text for two in ("..", "--")):  # the hub allows neither
        return None
    return HubName(found["repo"], found["revision"] or "")


def read_pins(path: Path) -> dict[str, str]:
    """Hub name as written → commit. No file is an empty one. Raises :class:`InputError` for a damaged one."""
    try:
        pins = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(
            f"the pinned revisions cannot be read: {error}", where=str(path), hint="mend the file, or remove it"
        ) from error
    if not isinstance(pins, dict) or not all(isinstance(c, str) and _COMMIT.fullmatch(c) for c in pins.values()):
        raise InputError(
            "pinned revisions are full commit hashes by hub name, this file holds something else",
            where=str(path),
            hint="mend the file, or remove it",
        )
    return pins


def write_pin(path: Path, name: HubName, commit: str) -> bool:
    """Keep ``commit`` under ``name``, whole or not at all; True if that is news. The caller holds the workspace."""
    pins = read_pins(path)
    if pins.get(str(name)) == commit:
        return False
    text = json.dumps({**pins, str(name): commit}, indent=1, sort_keys=True) + "\n"
    part = path.with_name(f".{path.name}.part-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(
            f"the pinned revisions cannot be written: {error.strerror}", where=str(path), hint="check the disk"
        ) from error
    return True
