"""Songs and a renderer whose truth the tests know; readers of finished films that share no code with the product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile

BLOCK = 8
BITS_SHOT, BITS_FRAME = 9, 11


def write_song(
    path: Path, length_s: float = 60.0, rate_hz: int = 44100, first_s: float = 0.31, seed: int = 3
) -> list[float]:
    """Noise bursts and tones on a drifting pulse of about 2.1 beats a second; returns the true beat times."""
    rng = np.random.default_rng(seed)
    count = int(length_s * rate_hz)
    sound = rng.normal(0, 0.004, count)
    beats, time, period = [], first_s, 0.47
    while time < length_s - 0.05:
        beats.append(time)
        start = round(time * rate_hz)
        burst = np.arange(min(6000, count - start)) / rate_hz
        tone = np.sin(2 * np.pi * (60 + 40 * (len(beats) % 4 == 1)) * burst) * np.exp(-burst * 18)
        sound[start : start + len(burst)] += 0.5 * tone + 0.2 * rng.normal(0, 1, len(burst)) * np.exp(-burst * 60)
        period *= 1 + rng.normal(0, 0.004)
        time += period
    soundfile.write(path, np.stack([sound, np.roll(sound, 5)], 1).clip(-1, 1), rate_hz, subtype="PCM_16")
    return beats


def write_beats(path: Path, beats: Sequence[float]) -> Path:
    path.write_text("".join(f"{time:.9f}\t{k % 4 + 1}\n" for k, time in enumerate(beats)))
    return path


class Coded:
    """A backend whose every frame says which shot it is and which frame of it, in black and white blocks."""

    name, version, model = "coded", "1", ""

    def capabilities(self):
        from musicvid.rendering.backend import Capabilities

        return Capabilities(pixel_format="yuv420p", exact=True, parallel=False)

    def prepare(self, requests) -> None:
        pass

    def identity(self, request) -> Mapping[str, object]:
        return {"shot": request.index}

    def notes(self, request) -> tuple[str, ...]:
        return ()

    def render(self, request):
        width, height = request.size.width, request.size.height
        for k in range(request.frame_count):
            picture = np.empty((height * 3 // 2, width), np.uint8)
            picture[:height] = 60 + (request.index * 53) % 140
            picture[height:] = 128
            picture[height : height + height // 4] = 60 + (request.index * 97) % 140
            stamp(picture[:height], request.index, k - request.head_frames + 512)
            yield picture


def stamp(luma: np.ndarray, shot: int, frame: int) -> None:
    bits = [(shot >> i) & 1 for i in range(BITS_SHOT)] + [(frame >> i) & 1 for i in range(BITS_FRAME)]
    bits.append(sum(bits) & 1)
    for i, bit in enumerate(bits):
        row, column = divmod(i, luma.shape[1] // BLOCK)
        luma[row * BLOCK : (row + 1) * BLOCK, column * BLOCK : (column + 1) * BLOCK] = 235 if bit else 16


def read_stamp(luma: np.ndarray) -> tuple[int, int] | None:
    """(shot, frame of the shot), or None when the parity is wrong."""
    bits = []
    for i in range(BITS_SHOT + BITS_FRAME + 1):
        row, column = divmod(i, luma.shape[1] // BLOCK)
        block = luma[row * BLOCK + 2 : (row + 1) * BLOCK - 2, column * BLOCK + 2 : (column + 1) * BLOCK - 2]
        bits.append(int(block.mean() > 125))
    if sum(bits[:-1]) & 1 != bits[-1]:
        return None
    shot = sum(bit << i for i, bit in enumerate(bits[:BITS_SHOT]))
    frame = sum(bit << i for i, bit in enumerate(bits[BITS_SHOT:-1]))
    return shot, frame - 512


def decoded(film: Path) -> list[tuple[Fraction, np.ndarray]]:
    """Presentation time and luma of every frame, as libavformat shows the file to any player."""
    frames = []
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
            frames.append((frame.pts * frame.time_base, luma.copy()))
    return frames


def sound_lag_ms(film: Path, song: Path, at_s: float, length_s: float = 4.0) -> float:
    """Lag of the film's sound by direct correlation in scipy, film decoded whole and placed by its first timestamp."""
    from scipy.signal import correlate, resample

    wanted, rate_hz = soundfile.read(song)
    with av.open(str(film)) as container:
        chunks, first = [], None
        for frame in container.decode(audio=0):
            if first is None:
                first = float(frame.pts * frame.time_base)
            chunks.append(frame.to_ndarray().mean(0))
            assert frame.sample_rate == rate_hz
    heard = np.concatenate(chunks)
    offset = round(first * rate_hz)
    heard = np.concatenate([np.zeros(offset), heard]) if offset >= 0 else heard[-offset:]
    start, margin, up = int(at_s * rate_hz), 2000, 8
    piece = wanted[start : start + int(length_s * rate_hz)].mean(1)
    area = heard[start - margin : start + len(piece) + margin]
    area = np.pad(area, (0, len(piece) + 2 * margin - len(area)))
    match = correlate(area, piece, "valid")
    best = int(np.argmax(match))
    window = match[max(0, best - 32) : best + 33]
    return (max(0, best - 32) + int(np.argmax(resample(window, len(window) * up))) / up - margin) / rate_hz * 1000
