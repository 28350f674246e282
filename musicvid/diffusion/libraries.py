"""The libraries that are installed, against what musicvid's own metadata asks for."""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from functools import cache
from typing import TYPE_CHECKING

from musicvid.schema.findings import Finding

if TYPE_CHECKING:
    from packaging.requirements import Requirement

ENGINE = ("torch", "diffusers", "transformers", "accelerate", "safetensors", "huggingface_hub")
"""What no video model runs without."""


def library_finding(name: str, *, load: bool = False) -> Finding:
    """The distribution ``name``: there, of a version that suits, and (if ``load``) one that can be imported.

    A library that breaks when it is imported may raise anything; that is what is found then.
    """
    asked = _asked().get(_plain(name))
    wanted = str(asked.specifier) if asked else ""
    install = f'run: {sys.executable} -m pip install "{name}{wanted}"'
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "bad", "is not installed", install)
    if asked and not asked.specifier.contains(version, prereleases=True):
        return Finding(name, "bad", f"{version}, but musicvid needs {wanted}", install.replace("install", "install -U"))
    if load and (trouble := _trouble(name.replace("-", "_"))):
        again = f"run: {sys.executable} -m pip install --force-reinstall {name}"
        return Finding(name, "bad", f"{version} cannot be loaded: {trouble}", again)
    return Finding(name, "ok", version)


def others_amiss(known: tuple[str, ...]) -> tuple[Finding, ...]:
    """What musicvid needs besides ``known`` and does not have, or has in another version."""
    named = {_plain(name) for name in known}
    findings = (library_finding(asked.name) for name, asked in _asked().items() if name not in named)
    return tuple(finding for finding in findings if finding.state != "ok")


@cache
def _asked() -> dict[str, Requirement]:
    """What musicvid requires on this machine without extras, by plain name; empty when it runs uninstalled."""
    from packaging.requirements import Requirement

    try:
        lines = importlib.metadata.requires("musicvid") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    requirements = [Requirement(line) for line in lines]
    here = [r for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    return {_plain(r.name): r for r in here}


def _trouble(module: str) -> str:
    """Why ``module`` cannot be imported, in one line; empty when it can."""
    try:
        importlib.import_module(module)
    except Exception as error:  # noqa: BLE001  (a broken build raises whatever it likes)
        return " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
