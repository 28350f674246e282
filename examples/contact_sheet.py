"""A contact sheet of a finished film: one frame of each shot, in order.

    python examples/contact_sheet.py demo/long_way_home.mp4 sheet.jpg [COLUMNS] [ROWS]

Reads the plan from the workspace beside the film.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

from PIL import Image

from musicvid.media.colour import rgb_of
from musicvid.media.movie import MovieReader
from musicvid.production.documents import read_timeline

TILE_PX = (384, 216)
GAP_PX = 6


def contact_sheet(film: Path, to: Path, columns: int = 4, rows: int = 5) -> None:
    """Write ``columns * rows`` frames, evenly chosen among the shots, each from the middle of its shot."""
    clips = read_timeline(film.with_suffix(".musicvid") / "timeline.json").clips
    count = min(columns * rows, len(clips))
    chosen = [clips[round(i * (len(clips) - 1) / max(count - 1, 1))] for i in range(count)]
    frames = [(clip.span.start + clip.span.stop) // 2 for clip in chosen]
    width, height = TILE_PX
    rows = math.ceil(count / columns)
    sheet = Image.new("RGB", (columns * (width + GAP_PX) + GAP_PX, rows * (height + GAP_PX) + GAP_PX), "#101014")
    with MovieReader(film) as movie:
        for i, picture in enumerate(movie.pictures(frames)):
            row, column = divmod(i, columns)
            tile = Image.fromarray(rgb_of(picture)).resize(TILE_PX, Image.Resampling.LANCZOS)
            sheet.paste(tile, (GAP_PX + column * (width + GAP_PX), GAP_PX + row * (height + GAP_PX)))
    sheet.save(to, quality=88)


if __name__ == "__main__":
    contact_sheet(Path(sys.argv[1]), Path(sys.argv[2]), *(int(word) for word in sys.argv[3:5]))
