"""Material for the tests of the media room: numbered pictures, songs with known samples, files made by another encoder.

Every numbered picture carries its piece and frame number in blocks of luma that survive compression, so that a decoded
movie says by itself which frame of which piece it shows.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np

EIGHT_RATES = ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60")
_BLOCK = 8
_BITS = 16  # 7 for the piece, 9 for the frame, then 4 of check


def ffmpeg(*arguments: object) -> None:
    """Run the ffmpeg program (another build than the one inside PyAV)."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-1000:]


def _check(word: int) -> int:
    return (word ^ (word >> 4) ^ (word >> 8) ^ (word >> 12) ^ 0b0101) & 15


def numbered(piece: int, frame: int, width: int = 160, height: int = 90) -> np.ndarray:
    """A yuv420p picture ``(height * 3 // 2, width)`` that tells its numbers and moves a little."""
    word = piece << 9 | frame
    word |= _check(word) << _BITS
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    luma = picture[:height]
    luma[:] = 40 + (piece * 37) % 150
    luma[height // 2 :, (frame * 5) % (width - 16) :][:, :16] = 220
    bits = [235 if word >> k & 1 else 16 for k in range(_BITS + 4)]
    luma[: 2 * _BLOCK, : _BLOCK * len(bits)] = np.repeat(bits, _BLOCK).astype(np.uint8)
    return picture


def number_of(luma: np.ndarray) -> tuple[int, int] | None:
    """``(piece, frame)`` read back from decoded luma; None where the check fails."""
    blocks = luma[2 : 2 * _BLOCK - 2, : _BLOCK * (_BITS + 4)].reshape(-1, _BITS + 4, _BLOCK)[:, :, 2:6].mean((0, 2))
    word = sum(1 << k for k, level in enumerate(blocks) if level > 125)
    code = word & (1 << _BITS) - 1
    return (code >> 9, code & 511) if _check(code) == word >> _BITS else None


def decoded(path: Path) -> list[tuple[Fraction, np.ndarray]]:
    """Time and luma of every frame, by plain PyAV."""
    with av.open(str(path)) as container:
        return [(frame.pts * frame.time_base, luma_of(frame)) for frame in container.decode(video=0)]


def luma_of(frame: av.VideoFrame) -> np.ndarray:
    plane = frame.planes[0]
    if frame.format.name.endswith("10le"):
        deep = np.frombuffer(plane, np.uint16).reshape(frame.height, -1)[:, : frame.width]
        return (deep >> 2).astype(np.uint8)
    return np.frombuffer(plane, np.uint8).reshape(frame.height, -1)[:, : frame.width].copy()


def write_movie(
    path: Path,
    frames: Iterable[np.ndarray],
    *,
    rate: Fraction | int = 30,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    times: Iterable[int] | None = None,
) -> Path:
    """Encode yuv420p pictures with plain PyAV: whatever GOPs and B-frames ``options`` ask for.

    ``times`` are presentation times in frames (a variable rate); by default 0, 1, 2, …
    """
    when: Iterator[int] | None = iter(times) if times is not None else None
    with av.open(str(path), "w") as container:
        stream = None
        for k, picture in enumerate(frames):
            if stream is None:
                stream = container.add_stream(codec, rate=Fraction(rate), options=options or {})
                stream.width, stream.height, stream.pix_fmt = picture.shape[1], picture.shape[0] * 2 // 3, "yuv420p"
                stream.codec_context.time_base = 1 / Fraction(rate)
                context = stream.codec_context
                context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = (next(when) if when else k), 1 / Fraction(rate)
            container.mux(stream.encode(frame))
        assert stream is not None
        container.mux(stream.encode())
    return path


def noise_song(seconds: float, rate_hz: int = 44100, channels: int = 2, seed: int = 1) -> np.ndarray:
    """Float samples ``(n, channels)``, different in every channel, with a spectrum that codecs keep (no hiss)."""
    generator = np.random.default_rng(seed)
    white = generator.normal(size=(round(seconds * rate_hz), channels))
    smooth = np.empty_like(white)
    width = max(3, rate_hz // 4000)
    for k in range(channels):
        smooth[:, k] = np.convolve(white[:, k], np.hanning(width + 2)[1:-1], "same")
    return 0.25 * smooth / np.abs(smooth).max()


def lag_ms(reference: np.ndarray, heard: np.ndarray, rate_hz: int, at_s: float, window_s: float = 2.0) -> float:
    """How late ``heard`` is around ``at_s`` (ms), to a fraction of a sample: peak of the cross-correlation."""
    reach = int(0.2 * rate_hz)
    start = max(int(at_s * rate_hz), reach)
    part = np.diff(reference[start : start + int(window_s * rate_hz)])
    around = np.diff(heard[start - reach : start + int(window_s * rate_hz) + reach])
    size = 1 << int(np.ceil(np.log2(len(part) + len(around))))
    spectrum = np.fft.rfft(around, size) * np.conj(np.fft.rfft(part, size))
    match = np.fft.irfft(spectrum, size)[: 2 * reach]
    peak = int(np.argmax(match))
    before, top, after = match[peak - 1 : peak + 2]
    return (peak + 0.5 * (before - after) / (before - 2 * top + after) - reach) / rate_hz * 1000
