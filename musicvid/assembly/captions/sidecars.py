"""Lyrics beside the movie: .srt and .vtt for players, .lrc (with word times where they are known) for music players."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from musicvid.media.files import part_file
from musicvid.schema.lyrics import LyricLine
from musicvid.schema.timeline import Timeline


def write_sidecars(timeline: Timeline, movie_path: str | Path) -> tuple[Path, ...]:
    """Write ``movie.srt``, ``movie.vtt`` and ``movie.lrc`` next to ``movie_path``; returns their paths.

    Nothing is written when the timeline has no lines. Raises :class:`StorageError` where the folder cannot be written.
    """
    lines = [line for line in timeline.lines if line.text.strip()]
    if not lines:
        return ()
    movie = Path(movie_path)
    texts = {".srt": _subtitles(lines, "srt"), ".vtt": _subtitles(lines, "vtt"), ".lrc": _lrc(lines, timeline.title)}
    paths = []
    for suffix, text in texts.items():
        path = movie.with_suffix(suffix)
        with part_file(path) as part:
            part.write_text(text, encoding="utf-8", newline="\n")
        paths.append(path)
    return tuple(paths)


def _subtitles(lines: Sequence[LyricLine], kind: str) -> str:
    import pysubs2

    subtitles = pysubs2.SSAFile()
    for line in lines:
        text = "\n".join(" ".join(row.split()) for row in line.text.splitlines() if row.strip())
        if kind == "vtt":
            text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        start = round(line.start_s * 1000)
        # Keep one millisecond at least: players drop empty cues.
        stop = max(round(line.stop_s * 1000), start + 1)
        subtitles.append(pysubs2.SSAEvent(start=start, end=stop, text=text.replace("\n", r"\N")))
    # Braces are lyrics here, never styling: `keep_ssa_tags` passes them through.
    return subtitles.to_string(kind, keep_ssa_tags=True)


def _lrc(lines: Sequence[LyricLine], title: str) -> str:
    rows = [f"[ti:{title}]"] if title else []
    following = [*(line.start_s for line in lines[1:]), math.inf]
    for line, next_s in zip(lines, following, strict=True):
        rows.append(f"[{_stamp(line.start_s)}]{''.join(_timed_words(line))}")
        if _centiseconds(line.stop_s) < _centiseconds(min(next_s, 1e9)):
            rows.append(f"[{_stamp(line.stop_s)}]")
    return "\n".join(rows) + "\n"


def _timed_words(line: LyricLine) -> Iterator[str]:
    """``<mm:ss.cc>word`` for every word and a last stamp where the line ends; the bare text where words are unknown."""
    text = " ".join(line.text.split())
    cursor = 0
    for word in line.words:
        bare = " ".join(word.text.split())
        begin = text.find(bare, cursor) if bare else -1
        if begin >= 0:
            yield f"{text[cursor:begin]}<{_stamp(word.start_s)}>"
            yield bare
            cursor = begin + len(bare)
    yield text[cursor:]
    if cursor:
        yield f"<{_stamp(line.words[-1].stop_s)}>"


def _centiseconds(seconds: float) -> int:
    # Rounded down: a stamp that is late by a hair would show the line a frame late. 1e-6 s keeps 12.34 at 12.34.
    return max(math.floor(seconds * 100 + 1e-4), 0)


def _stamp(seconds: float) -> str:
    minutes, rest = divmod(_centiseconds(seconds), 6000)
    return f"{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"
