"""Lyrics from other people's formats, one file per format. All of them end in the noun :class:`Lyrics`."""

from __future__ import annotations

from musicvid.interchange.lyrics.reading import read_lyrics

__all__ = ["read_lyrics"]
