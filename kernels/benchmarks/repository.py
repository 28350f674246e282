"""The repository around this package: whole models and films need ``musicvid`` and the card benchmark from there."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def use(root: Path = ROOT) -> None:
    """Look into ``root`` before all else, and take ``tests`` from there.

    That folder has no ``__init__.py``, and so any package of this name that is installed would win, wherever ``root``
    stands in the path.
    """
    sys.path[:] = [str(root), *(place for place in sys.path if place != str(root))]
    spec = ModuleSpec("tests", None, is_package=True)
    spec.submodule_search_locations = [str(root / "tests")]
    sys.modules["tests"] = module_from_spec(spec)
