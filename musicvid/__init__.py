"""musicvid: a song and a storyboard file go in, a finished music video comes out, cut exactly on the music.

>>> import musicvid as mv
>>> mv.make("song.ogg", "story.yaml", to="video.mp4")  # doctest: +SKIP

Importing this package loads neither numpy nor torch; names are loaded on first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOMES = {
    "MusicvidError": "musicvid.errors",
    "Storyboard": "musicvid.production.storyboard",
    "Anchor": "musicvid.schema.grid",
    "Corrections": "musicvid.schema.grid",
    "Song": "musicvid.schema.song",
    "ShotList": "musicvid.schema.shots",
    "Take": "musicvid.schema.take",
    "Timeline": "musicvid.schema.timeline",
    "SyncReport": "musicvid.schema.sync",
    "analyse": "musicvid.production.songs",
    "plan": "musicvid.production.plans",
    "render": "musicvid.rendering.render",
    "render_clip": "musicvid.rendering.render_clip",
    "edit": "musicvid.assembly.edit",
    "assemble": "musicvid.assembly.assemble",
    "verify": "musicvid.production.verify",
    "make": "musicvid.production.make",
    "batch": "musicvid.production.batch",
}

__all__ = [*sorted(_HOMES), "__version__"]

if TYPE_CHECKING:
    from musicvid.assembly.assemble import assemble as assemble
    from musicvid.assembly.edit import edit as edit
    from musicvid.errors import MusicvidError as MusicvidError
    from musicvid.production.batch import batch as batch
    from musicvid.production.make import make as make
    from musicvid.production.plans import plan as plan
    from musicvid.production.songs import analyse as analyse
    from musicvid.production.storyboard import Storyboard as Storyboard
    from musicvid.production.verify import verify as verify
    from musicvid.rendering.render import render as render
    from musicvid.rendering.render_clip import render_clip as render_clip
    from musicvid.schema.grid import Anchor as Anchor
    from musicvid.schema.grid import Corrections as Corrections
    from musicvid.schema.shots import ShotList as ShotList
    from musicvid.schema.song import Song as Song
    from musicvid.schema.sync import SyncReport as SyncReport
    from musicvid.schema.take import Take as Take
    from musicvid.schema.timeline import Timeline as Timeline


def __getattr__(name: str) -> object:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module 'musicvid' has no attribute {name!r}") from None
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
