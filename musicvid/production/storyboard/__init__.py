"""The storyboard file: the one document that a person edits.

The road through this package: bytes → positions and plain values (``reader``) → checked fields (``model``, with the
small languages of ``places``, ``amounts`` and ``paths``) → every mistake at once (``mistakes``) or the noun
(``convert``). ``published`` gives the JSON Schema for editors, ``starter`` writes the first draft for a song.
"""

from __future__ import annotations

from musicvid.production.storyboard.convert import Storyboard
from musicvid.production.storyboard.published import storyboard_schema
from musicvid.production.storyboard.starter import starter_storyboard

__all__ = ["Storyboard", "starter_storyboard", "storyboard_schema"]
