"""Takes whose every frame says which one it is, and a reader of finished movies that uses PyAV alone."""

from __future__ import annotations

import itertools
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from musicvid.media.encode import EncodeSettings, SegmentWriter
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.shots import CutCause, Motion, Shot, ShotList
from musicvid.schema.storyboard import CaptionSpec
from musicvid.schema.take import Take

SIZE = FrameSize(160, 96)
FAST = EncodeSettings(preset="ultrafast")
RATES = ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"]
_CELL = 8
_BITS = 9


def flat(clip: int) -> tuple[int, int, int]:
    """A colour of its own for every clip below 60."""
    return 60 + clip % 5 * 30, 70 + clip // 5 % 4 * 35, 70 + clip // 20 % 3 * 45


def picture(clip: int, frame: int, size: FrameSize = SIZE) -> np.ndarray:
    """Flat colour; in the top rows the clip number and the frame number as black and white cells."""
    y = np.full((size.height, size.width), flat(clip)[0], np.uint8)
    for row, number in enumerate((clip, frame)):
        for bit in range(_BITS):
            level = 235 if number >> bit & 1 else 16
            y[row * _CELL : (row + 1) * _CELL, bit * _CELL : (bit + 1) * _CELL] = level
    chroma = [np.full(size.height * size.width // 4, value, np.uint8) for value in flat(clip)[1:]]
    return np.concatenate([y.ravel(), *chroma]).reshape(size.height * 3 // 2, size.width)


def read_code(y: np.ndarray) -> tuple[int, int]:
    """(clip, frame) of a decoded luma plane."""
    numbers = []
    for row in range(2):
        cells = [
            y[row * _CELL + 2 : (row + 1) * _CELL - 2, bit * _CELL + 2 : (bit + 1) * _CELL - 2].mean() > 125
            for bit in range(_BITS)
        ]
        numbers.append(sum(1 << bit for bit, on in enumerate(cells) if on))
    return numbers[0], numbers[1]


def make_take(
    folder: Path,
    shot_id: str,
    clip: int,
    frames: int,
    *,
    head: int = 0,
    rate: FrameRate,
    size: FrameSize = SIZE,
    settings: EncodeSettings = FAST,
    overlay=None,
    first_movie_frame: int = 0,
    **more,
) -> Take:
    """Encode a coded take as rendering does: keyframes at its start and behind its first dissolve."""
    folder.mkdir(exist_ok=True)
    path = folder / f"take{clip}-{frames}-{head}-{settings.key}-{str(rate).replace('/', '_')}-{size}{settings.suffix}"
    with SegmentWriter(path, rate, size, settings, keyframes=(2 * head,) if head else ()) as writer:
        for frame in range(frames):
            pixels = picture(clip, frame, size)
            if overlay is not None:
                overlay.apply(pixels, first_movie_frame + frame)
            writer.write(pixels)
    key = overlay.key if overlay is not None else ""
    facts = {"number": 1, "seed": clip, "backend": "coded", "backend_version": "1", **more}
    return Take(
        shot_id=shot_id, key=f"{path.name}{key}", path=str(path), rate=rate, size=size, frame_count=frames,
        head_frames=head, overlay_key=key, **facts,
    )  # fmt: skip


def shots_of(
    lengths: list[int],
    rate: FrameRate,
    *,
    dissolves: dict[int, int] | None = None,
    size: FrameSize = SIZE,
    captions: CaptionSpec | None = None,
    lines=(),
    **per_shot,
) -> ShotList:
    """Shots ``s0``, ``s1``, … of these lengths; ``dissolves`` by index; every shot carries the lines that touch it."""
    edges = [0, *np.cumsum(lengths).tolist()]
    shots = []
    for index, (start, stop) in enumerate(itertools.pairwise(edges)):
        at_s, until_s = float(rate.seconds_at(start)), float(rate.seconds_at(stop))
        shots.append(
            Shot(
                f"s{index}", FrameSpan(start, stop), "verse 1", "verse", "p", "", index, CutCause("beat", at_s),
                dissolve_frames=(dissolves or {}).get(index, 0),
                lines=tuple(line for line in lines if line.start_s < until_s and line.stop_s > at_s),
                **per_shot.get(f"s{index}", {}),
            )
        )  # fmt: skip
    motion = Motion.of([[0.0] * 8] * edges[-1])
    return ShotList("A title", rate, size, edges[-1], tuple(shots), motion, captions=captions or CaptionSpec())


def exact_takes(folder: Path, shots: ShotList, *, settings: EncodeSettings = FAST, overlay_for=None) -> list[Take]:
    """A coded take for every shot, clip number = index, made exactly as the shot list asks."""
    takes = []
    for index, shot in enumerate(shots.shots):
        head, tail = shots.handles(index)
        overlay = overlay_for(shot) if overlay_for else None
        takes.append(
            make_take(
                folder, shot.id, index, head + len(shot.span) + tail, head=head, rate=shots.rate, size=shots.size,
                settings=settings, overlay=overlay, first_movie_frame=shot.span.start - head,
            )
        )  # fmt: skip
    return takes


def planes(frame: av.VideoFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return tuple(
        np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    )


def decode(path: Path) -> tuple[list[tuple[np.ndarray, ...]], list[Fraction]]:
    """(Y, U, V) of every frame, and presentation times in seconds."""
    pictures, times = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            pictures.append(tuple(plane.copy() for plane in planes(frame)))
            times.append(frame.pts * frame.time_base)
    return pictures, times


def boxes(path: Path) -> list[str]:
    """The top-level atoms of an MP4 file, in order."""
    names, data = [], path.read_bytes()
    at = 0
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        if size == 1:
            (size,) = struct.unpack(">Q", data[at + 8 : at + 16])
        names.append(name.decode())
        at += size or len(data)
    return names
