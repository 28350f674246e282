"""What works on this machine, what is missing, and the command that gets it. Looks, never changes anything."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from musicvid.errors import MusicvidError

LIBRARIES = ("av", "numpy", "librosa", "soundfile", "numba", "opencv-python-headless", "moviepy", "torch", "diffusers")
ENCODERS = {"libx264": "h264", "libx265": "h265", "prores_ks": "prores", "aac": "AAC sound", "flac": "FLAC sound"}
LEAST_FREE_BYTES = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """``state``: ok, note (works, but worth knowing) or bad (something needed is broken). ``fix`` may be empty."""

    what: str
    state: Literal["ok", "note", "bad"]
    detail: str
    fix: str = ""


def examine() -> list[Finding]:
    """Every check, in the order in which a person would want to read them."""
    return [*_python(), *_libraries(), *_encoders(), *_gpu(), *_folders(), *_backends(), *_trackers()]


def _python() -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Finding("processors", "ok", f"{os.cpu_count()} cores")


def _libraries() -> Iterator[Finding]:
    for name in LIBRARIES:
        try:
            yield Finding(name, "ok", importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "bad", "is not installed", f"run: {sys.executable} -m pip install {name}")


def _encoders() -> Iterator[Finding]:
    from musicvid.media.installed import available_encoders

    there = available_encoders()
    missing = [f"{use} ({name})" for name, use in ENCODERS.items() if name not in there]
    if missing:
        yield Finding(
            "encoders", "bad", f"missing: {', '.join(missing)}", f"run: {sys.executable} -m pip install -U av"
        )
    else:
        yield Finding("encoders", "ok", ", ".join(ENCODERS.values()))


def _gpu() -> Iterator[Finding]:
    try:
        import torch
    except (ImportError, OSError) as error:
        yield Finding("gpu", "note", f"torch cannot be loaded: {error}", "the animatic and footage do not need it")
        return
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        name = torch.cuda.get_device_name()
        yield Finding(
            "gpu", "ok", f"{name}, {free / 2**30:.0f} of {total / 2**30:.0f} GiB free, torch {torch.__version__}"
        )
    else:
        yield Finding(
            "gpu", "note", f"none that torch {torch.__version__} can use", "the animatic and footage need none"
        )


def _folders() -> Iterator[Finding]:
    from musicvid.production.songs import cache_folder

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Finding("cache", "bad", f"{folder}: {error.strerror}", "set MUSICVID_CACHE to a folder you can write to")
    else:
        yield Finding("cache", "ok", str(folder))
    free = shutil.disk_usage(Path.cwd()).free
    state: Literal["ok", "note"] = "ok" if free > LEAST_FREE_BYTES else "note"
    yield Finding(
        "disk", state, f"{free / 1e9:.1f} GB free here", "" if state == "ok" else "a film of 4 min needs 1 GB"
    )


def _backends() -> Iterator[Finding]:
    from musicvid.rendering.registry import backend_names

    try:
        for entry in backend_names():
            yield Finding(f"renderer {entry.name}", "ok", entry.summary)
    except MusicvidError as error:
        yield Finding(
            "renderers", "bad", str(error), f"run: {sys.executable} -m pip install --force-reinstall musicvid"
        )


def _trackers() -> Iterator[Finding]:
    from musicvid.analysis.trackers import load_tracker, tracker_names

    for entry in tracker_names():
        try:
            load_tracker(entry.name)
        except MusicvidError as error:
            yield Finding(f"tracker {entry.name}", "note", error.message, error.hint or "")
        else:
            yield Finding(f"tracker {entry.name}", "ok", entry.summary)
