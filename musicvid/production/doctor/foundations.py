"""Python, the libraries, FFmpeg and the folders: what every film needs."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from musicvid.diffusion.libraries import ENGINE, library_finding, others_amiss
from musicvid.schema.findings import Finding

SEEN = ("av", "numpy", "librosa", "soundfile", "numba", "opencv-python-headless", "moviepy", "peft")
"""Those of which a person wants to see the version; of the others only what is amiss."""
ENCODERS = {"libx264": "h264", "libx265": "h265", "prores_ks": "prores", "aac": "AAC sound", "flac": "FLAC sound"}
LEAST_FREE_BYTES = 2_000_000_000


def python() -> Iterator[Finding]:
    yield Finding("python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Finding("processors", "ok", f"{os.cpu_count()} cores")


def libraries() -> Iterator[Finding]:
    for name in SEEN:
        yield library_finding(name, load=name == "peft")
    for name in ENGINE:
        yield library_finding(name, load=True)
    yield from others_amiss((*SEEN, *ENGINE))


def encoders() -> Iterator[Finding]:
    """Of the FFmpeg inside the wheel of PyAV; none need be installed in the system."""
    import av

    from musicvid.media.installed import available_encoders

    there = available_encoders()
    missing = [f"{use} ({name})" for name, use in ENCODERS.items() if name not in there]
    if missing:
        fix = f"run: {sys.executable} -m pip install --force-reinstall av"
        yield Finding("encoders", "bad", f"missing: {', '.join(missing)}", fix)
        return
    version = ".".join(map(str, av.library_versions["libavcodec"]))
    yield Finding(
        "encoders", "ok", f"{', '.join(ENCODERS.values())} (libavcodec {version} inside PyAV {av.__version__})"
    )


def folders() -> Iterator[Finding]:
    from musicvid.media.files import cache_folder

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Finding("cache", "bad", f"{folder}: {error.strerror}", "set MUSICVID_CACHE to a folder you can write to")
    else:
        yield Finding("cache", "ok", str(folder))
    free_bytes = shutil.disk_usage(Path.cwd()).free
    if free_bytes > LEAST_FREE_BYTES:
        yield Finding("disk", "ok", f"{free_bytes / 1e9:.1f} GB free here")
    else:
        yield Finding("disk", "note", f"{free_bytes / 1e9:.1f} GB free here", "a film of 4 min needs 1 GB")
