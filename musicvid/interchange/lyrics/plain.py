"""Plain text with or without ``[Verse]`` / ``[Chorus]`` headings. It holds no times: planning lays it onto sections."""

from __future__ import annotations

from musicvid.errors import LyricsError
from musicvid.interchange.lyrics.headings import heading_of, is_repeat
from musicvid.interchange.lyrics.tidy import clean
from musicvid.schema.lyrics import Lyrics, LyricText


def parse_plain(text: str, file: str) -> Lyrics:
    """Blocks under their headings; without any heading every stanza is a block with an empty one.

    A heading without lines repeats the lines of the first block of that name (noted), as people write choruses.
    Raises :class:`LyricsError` when there are no lines.
    """
    rows = text.split("\n")
    blocks = _by_heading(rows) if any(heading_of(row) for row in rows) else _by_stanza(rows)
    notes: list[str] = []
    first: dict[str, tuple[str, ...]] = {}
    filled: list[LyricText] = []
    for block in blocks:
        if not block.lines and block.heading in first:
            notes.append(f"[{block.heading}] without lines: those of the first [{block.heading}] are repeated")
            block = LyricText(block.heading, first[block.heading])
        first.setdefault(block.heading, block.lines)
        filled.append(block)
    if not any(block.lines for block in filled):
        raise LyricsError("holds no lyric lines", where=file)
    ignored = sum(is_repeat(row) for row in rows)
    if ignored:
        notes.append(f"signs such as [x2] left out ({ignored}): write repeated lines out")
    return Lyrics(blocks=tuple(filled), notes=tuple(notes))


def _by_heading(rows: list[str]) -> list[LyricText]:
    blocks: list[LyricText] = []
    heading, lines = "", list[str]()
    for row in rows:
        found = heading_of(row)
        if found is not None:
            if heading or lines:
                blocks.append(LyricText(heading, tuple(lines)))
            heading, lines = found, []
        elif clean(row) and not is_repeat(row):
            lines.append(clean(row))
    return [*blocks, LyricText(heading, tuple(lines))]


def _by_stanza(rows: list[str]) -> list[LyricText]:
    blocks: list[LyricText] = []
    lines: list[str] = []
    for row in [*rows, ""]:
        if clean(row):
            lines += [] if is_repeat(row) else [clean(row)]
        elif lines:
            blocks.append(LyricText("", tuple(lines)))
            lines = []
    return blocks
