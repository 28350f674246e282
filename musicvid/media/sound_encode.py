"""Encode a song once, as AAC, FLAC or PCM, counted sample by sample."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.media.files import writing
from musicvid.media.sound import song_file
from musicvid.media.sound_packets import SoundBlock, decoded_sound, to_stereo

if TYPE_CHECKING:
    from av import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

_AAC_RATES_HZ = (32000, 44100, 48000)
_AAC_BITS_PER_S = {1: 160_000, 2: 256_000, 6: 512_000}
_LAYOUTS = {
    ("FC",): "mono",
    ("FL", "FR"): "stereo",
    ("FL", "FR", "FC", "LFE", "BL", "BR"): "5.1",
    ("FL", "FR", "FC", "LFE", "SL", "SR"): "5.1",
}


@dataclass(frozen=True, slots=True)
class _Recipe:
    codec: str
    sample_format: str
    rate_hz: int
    layout: str
    bit_rate: int = 0


def encode_sound(song: str | os.PathLike[str], to: Path, *, container: str, lossless: bool) -> None:
    """Write the song's first sound stream to ``to``: AAC, or FLAC (mp4) or PCM (mov) if ``lossless``.

    AAC keeps mono, stereo and 5.1 (other layouts become stereo) at 32, 44.1 or 48 kHz (other rates are resampled).
    Lossless keeps 16 bits as 16 and the rest as 24, at the song's own rate; layouts beyond those become stereo too.
    """
    with song_file(song) as source:
        blocks = decoded_sound(source, song)
        first = next(blocks)
        everything: Iterator[SoundBlock] = chain([first], blocks)
        if len(first.names) != 1 and first.names not in _LAYOUTS:
            everything = map(to_stereo, everything)
            first = to_stereo(first)
        recipe = _lossless(first, container) if lossless else _aac(first)
        if recipe.rate_hz != first.rate_hz:
            everything = _resampled(everything, first, recipe.rate_hz)
        with writing(to):
            _encode(everything, recipe, to, container)


def _encode(blocks: Iterable[SoundBlock], recipe: _Recipe, to: Path, container: str) -> None:
    import av

    exact_end = {"movie_timescale": str(recipe.rate_hz)}
    with av.open(f"file:{to}", "w", format=container, container_options=exact_end) as target:
        stream = _add_stream(target, recipe)
        position = 0
        for block in blocks:
            if block.planes.shape[1]:
                frame = _frame(block, recipe, position)
                position += frame.samples
                target.mux(stream.encode(frame))
        target.mux(stream.encode())


def _layout(block: SoundBlock) -> str:
    return "mono" if len(block.names) == 1 else _LAYOUTS[block.names]


def _aac(first: SoundBlock) -> _Recipe:
    rate_hz = first.rate_hz
    if rate_hz not in _AAC_RATES_HZ:
        rate_hz = 44100 if rate_hz % 11025 == 0 else 48000
    return _Recipe("aac", "fltp", rate_hz, _layout(first), _AAC_BITS_PER_S[len(first.names)])


def _lossless(first: SoundBlock, container: str) -> _Recipe:
    if container == "mov":
        codec, kind = ("pcm_s16le", "s16") if first.bits == 16 else ("pcm_s24le", "s32")
    else:
        codec, kind = "flac", "s16" if first.bits == 16 else "s32"
    return _Recipe(codec, kind, first.rate_hz, _layout(first))


def _add_stream(target: OutputContainer, recipe: _Recipe) -> AudioStream:
    stream = target.add_stream(recipe.codec, rate=recipe.rate_hz)
    stream.codec_context.layout = recipe.layout
    stream.codec_context.format = recipe.sample_format
    if recipe.bit_rate:
        stream.codec_context.bit_rate = recipe.bit_rate
    return stream


def _resampled(blocks: Iterable[SoundBlock], first: SoundBlock, rate_hz: int) -> Iterator[SoundBlock]:
    """Resample all channels together (soxr, very high quality, no delay)."""
    import soxr

    resampler = soxr.ResampleStream(first.rate_hz, rate_hz, len(first.names), dtype="float32", quality="VHQ")
    for block in blocks:
        samples = resampler.resample_chunk(np.ascontiguousarray(block.planes.T))
        yield replace(block, planes=_planes(samples, block), rate_hz=rate_hz)
    rest = resampler.resample_chunk(np.zeros((0, len(first.names)), np.float32), last=True)
    yield replace(first, planes=_planes(rest, first), rate_hz=rate_hz)


def _planes(samples: NDArray[np.float32], block: SoundBlock) -> NDArray[np.float32]:
    return np.ascontiguousarray(samples.reshape(-1, len(block.names)).T)


def _frame(block: SoundBlock, recipe: _Recipe, position: int) -> AudioFrame:
    from av import AudioFrame

    planes = block.planes
    if recipe.sample_format == "fltp":
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(planes), format="fltp", layout=recipe.layout)
    else:
        packed = planes.T.reshape(1, -1).astype(np.float64)
        if recipe.sample_format == "s16":
            whole = np.clip(np.round(packed * 2**15), -(2**15), 2**15 - 1).astype(np.int16)
        else:  # 24 bits in the upper part of 32
            whole = np.clip(np.round(packed * 2**23), -(2**23), 2**23 - 1).astype(np.int32) << 8
        frame = AudioFrame.from_ndarray(whole, format=recipe.sample_format, layout=recipe.layout)
    frame.sample_rate = recipe.rate_hz
    frame.pts = position
    return frame
