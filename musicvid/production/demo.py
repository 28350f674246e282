"""The example film: its song is composed from a score in code, then everything goes the ordinary road."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from musicvid.errors import MusicvidError, StorageError

if TYPE_CHECKING:
    from musicvid.production.make import Made
    from musicvid.schema.progress import OnProgress

NAME = "long_way_home"


def example() -> ModuleType:
    """The example package: inside an installed musicvid, or beside a checked-out one."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "examples" / NAME, package.parent / "examples" / NAME):
        if (folder / "__init__.py").is_file():
            return _load(folder)
    raise MusicvidError("the example is not installed", hint="install musicvid again")


def _load(folder: Path) -> ModuleType:
    name = f"musicvid_example_{NAME}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise MusicvidError("the example cannot be loaded", where=str(folder))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def make_demo(
    folder: Path, *, draft: bool = True, workers: int | None = None, on_progress: OnProgress | None = None
) -> Made:
    """Compose the song into ``folder`` (once), and make the film beside it."""
    from musicvid.production.make import make

    try:
        folder.mkdir(parents=True, exist_ok=True)
        song = example().compose(folder)
    except OSError as error:
        raise StorageError(f"cannot write the example: {error.strerror}", where=str(folder)) from error
    return make(
        song,
        folder / "storyboard.yaml",
        to=folder / f"{NAME}.mp4",
        draft=draft,
        workers=workers,
        on_progress=on_progress,
    )
