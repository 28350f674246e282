"""Is the file that was written the movie that was edited? Asked before it may take the old one's place."""

from __future__ import annotations

from pathlib import Path

from musicvid.errors import AssemblyError
from musicvid.media.gops import sound_end_s
from musicvid.media.movie import MovieReader
from musicvid.schema.timeline import Timeline


def refuse_broken(path: Path, cut: Timeline) -> None:
    """Open the movie again, count its frames, compare every timestamp with the exact grid, look for its sound.

    Only the first frame and the last sound are decoded. Raises :class:`AssemblyError` for what is not as planned,
    :class:`MediaError` for a file that cannot be read.
    """
    with MovieReader(path) as movie:
        times, size = movie.timestamps(), movie.info.size
    problem = ""
    if len(times) != cut.frame_count:
        problem = f"it has {len(times)} frames, {cut.frame_count} were planned"
    elif size != cut.size:
        problem = f"it is {size}, {cut.size} was planned"
    elif wrong := [k for k, time in enumerate(times) if time != cut.rate.seconds_at(k)]:
        problem = (
            f"frame {wrong[0]} stands at {float(times[wrong[0]]):.6f} s, off the grid of {cut.rate} frames a second"
        )
    elif (sound_end_s(path) is not None) != bool(cut.audio):
        problem = "it has no sound" if cut.audio else "it has sound, although the edit has none"
    if problem:
        raise AssemblyError(
            f"the movie did not come out whole: {problem}; the file that was there before is kept",
            hint="run the same command again; if it stays, remove the segments folder of the workspace",
        )
