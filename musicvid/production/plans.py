"""Plan a film: the storyboard's lyrics are read here, so that planning itself touches no file."""

from __future__ import annotations

from musicvid.schema.lyrics import Lyrics
from musicvid.schema.shots import ShotList
from musicvid.schema.song import Song
from musicvid.schema.storyboard import Storyboard


def plan(song: Song, story: Storyboard, lyrics: Lyrics | None = None) -> ShotList:
    """The shot list of ``story`` on ``song``, on an exact frame grid; the same input gives the same bytes.

    ``lyrics`` replaces the file that the storyboard names. Raises :class:`StoryboardError` with every mistake that only
    shows against the song, :class:`LyricsError` when the lyrics cannot be read.
    """
    from musicvid.planning.plan import plan as make_plan

    if lyrics is None and story.lyrics:
        from musicvid.interchange.lyrics import read_lyrics

        lyrics = read_lyrics(story.lyrics)
    return make_plan(song, story, lyrics)
