"""Clips and stills for tests, made with PyAV and Pillow alone: every frame a flat grey of its own."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction

import av
import numpy as np
from PIL import Image


def write_clip(
    path,
    lumas: Iterable[int],
    *,
    rate: Fraction | int = 24,
    size=(64, 48),
    times: Sequence[Fraction] | None = None,
    codec="libx264",
    turned: bool = False,
    trc: int | None = None,
    bars: bool = False,
) -> None:
    """``lumas``: the flat luma of each frame; ``times`` in seconds for a variable rate; ``turned``: to be
    shown a quarter turn clockwise; ``trc``: transfer curve (16: PQ); ``bars``: left quarter white, right one black."""
    width, height = size
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(rate))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.time_base = Fraction(1, 90000)
        context.options = {"crf": "10", "preset": "ultrafast"} if codec == "libx264" else {}
        context.colorspace, context.color_range = 1, 1
        if trc is not None:
            context.color_trc, context.color_primaries, context.colorspace = trc, 9, 9
        for k, luma in enumerate(lumas):
            planes = np.full((height * 3 // 2, width), 128, np.uint8)
            planes[:height] = luma
            if bars:
                planes[:height, : width // 4] = 235
                planes[:height, width * 3 // 4 :] = 16
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.colorspace, frame.color_range = 1, 1
            at_s = times[k] if times is not None else Fraction(k) / Fraction(rate)
            frame.pts, frame.time_base = round(at_s * 90000), Fraction(1, 90000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    if turned:
        _turn(path, height)


def _turn(path, height: int) -> None:
    """Write the matrix of a quarter turn clockwise into the track header (ISO 14496-12, tkhd), as phones do."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    one = 1 << 16
    data[at : at + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, height * one, 0, 1 << 30)
    path.write_bytes(data)


def write_still(path, *, size=(160, 120), exif_turn: int = 1) -> None:
    """A picture whose red grows to the right and green downwards."""
    width, height = size
    rgb = np.zeros((height, width, 3), np.uint8)
    rgb[..., 0] = np.linspace(0, 255, width)
    rgb[..., 1] = np.linspace(0, 255, height)[:, None]
    image = Image.fromarray(rgb)
    exif = image.getexif()
    exif[0x0112] = exif_turn
    image.save(path, exif=exif)


def write_sound(path, seconds: float = 0.5) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le" if str(path).endswith(".wav") else "aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.int16 if str(path).endswith(".wav") else np.float32),
            format="s16" if str(path).endswith(".wav") else "fltp",
            layout="mono",
        )
        frame.sample_rate = 48000
        for k in range(int(seconds * 48000 / 1024)):
            frame.pts = k * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
