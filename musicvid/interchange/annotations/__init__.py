"""Beats from other people's programs, one file per format. All of them end in :class:`BeatMark`.

| format | from | positions in the bar |
|---|---|---|
| lines and tables (``tables``) | MIREX, madmom, Sonic Visualiser CSV, Audacity labels | where they are written |
| ``.svl`` layers (``sonic_visualiser``) | Sonic Visualiser | where labels count |
| ``.xml`` collections (``rekordbox``) | Rekordbox, and what writes its format | yes |
| ``mixxxdb.sqlite`` (``mixxx``) | Mixxx | no |
| ``.als`` sets (``ableton``) | Ableton Live | yes |

The content decides which it is, never the name. What holds many songs gives the beats of the one that is asked for.
"""

from __future__ import annotations

from musicvid.interchange.annotations.marks import BeatMark, WantedSong
from musicvid.interchange.annotations.reading import read_beats

__all__ = ["BeatMark", "WantedSong", "read_beats"]
