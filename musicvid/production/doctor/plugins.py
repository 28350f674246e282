"""Renderers and beat trackers, ours and those of other packages."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from musicvid.errors import MusicvidError
from musicvid.schema.findings import Finding


def renderers() -> Iterator[Finding]:
    from musicvid.rendering.registry import backend_names

    try:
        for entry in backend_names():
            yield Finding(f"renderer {entry.name}", "ok", entry.summary)
    except MusicvidError as error:
        fix = f"run: {sys.executable} -m pip install --force-reinstall musicvid"
        yield Finding("renderers", "bad", str(error), fix)


def trackers() -> Iterator[Finding]:
    from musicvid.analysis.trackers import load_tracker, tracker_names

    for entry in tracker_names():
        try:
            load_tracker(entry.name)
        except MusicvidError as error:
            yield Finding(f"tracker {entry.name}", "note", error.message, error.hint or "")
        else:
            yield Finding(f"tracker {entry.name}", "ok", entry.summary)
