"""What happens to music on its way to a listener: room, glue, tilt, drive, pumping, noise, lossy coding, mistuning."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.training.scores import DRUMS, Performance

Array = NDArray[np.float32]


def mix(sound: Array, performance: Performance, rate_hz: int, rng: np.random.Generator) -> Array:
    """One of many ways to finish a record; peak about 0.7. Nothing here moves the music in time."""
    from scipy.signal import lfilter

    if rng.random() < 0.15:
        sound = _pump(sound, performance, rate_hz, rng)
    if rng.random() < 0.5:
        sound = _room(sound, rate_hz, rng)
    if rng.random() < 0.5:
        sound = lfilter([1.0, float(rng.uniform(-0.6, 0.5))], [1.0], sound)
    if rng.random() < 0.25:
        sound = _band(sound, rate_hz, rng)
    sound = sound / (np.abs(sound).max() + 1e-6)
    if rng.random() < 0.4:
        sound = _compress(sound, rate_hz, rng)
    if rng.random() < 0.5:
        drive = rng.uniform(1.0, 7.0)
        sound = np.tanh(drive * sound) / np.tanh(drive)
    if rng.random() < 0.3:
        sound = sound + rng.normal(0, 10 ** rng.uniform(-4.3, -2.2), len(sound))
    sound = np.asarray(sound, np.float32) * np.float32(10 ** rng.uniform(-0.8, 0.0))
    return lossy(sound, rate_hz, int(rng.choice([64, 96, 128]))) if rng.random() < 0.12 else sound


def lossy(sound: Array, rate_hz: int, kbps: int) -> Array:
    """Through an MP3 encoder and back, of the same length and in the same place.

    The delay of encoder and decoder (LAME states it, FFmpeg honours it) is measured anew and taken out.
    """
    import av

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=rate_hz, layout="mono", bit_rate=kbps * 1000)
        for start in range(0, len(sound), 1152 * 64):
            frame = av.AudioFrame.from_ndarray(sound[None, start : start + 1152 * 64], format="fltp", layout="mono")
            frame.sample_rate = rate_hz
            frame.pts = start
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    buffer.seek(0)
    with av.open(buffer) as container:
        parts = [frame.to_ndarray().mean(axis=0) for frame in container.decode(audio=0)]
    decoded = np.concatenate(parts).astype(np.float32)
    decoded = decoded[max(0, _delay(sound, decoded, rate_hz)) :][: len(sound)]
    return np.pad(decoded, (0, len(sound) - len(decoded)))


def _delay(sound: Array, decoded: Array, rate_hz: int) -> int:
    """Samples that ``decoded`` is late, from the cross-correlation of ten seconds in the middle."""
    from scipy.signal import correlate

    start = max(0, len(sound) // 2 - 5 * rate_hz)
    a, b = sound[start : start + 10 * rate_hz], decoded[start : start + 10 * rate_hz + 4096]
    return int(correlate(b, a, mode="full").argmax()) - (len(a) - 1)


def _pump(sound: Array, performance: Performance, rate_hz: int, rng: np.random.Generator) -> Array:
    """Duck everything under each bass drum, as dance records do."""
    kicks = performance.notes[(performance.notes[:, 2] == DRUMS) & np.isin(performance.notes[:, 3], (35, 36)), 0]
    t = np.arange(int(0.35 * rate_hz)) / rate_hz
    dip = (1.0 - rng.uniform(0.3, 0.8) * np.exp(-t / rng.uniform(0.05, 0.15))).astype(np.float32)
    gain = np.ones(len(sound), np.float32)
    for at in (kicks * rate_hz).astype(int):
        part = gain[at : at + len(dip)]
        np.minimum(part, dip[: len(part)], out=part)
    return sound * gain


def _room(sound: Array, rate_hz: int, rng: np.random.Generator) -> Array:
    """Noise that dies away, after the direct sound."""
    from scipy.signal import fftconvolve

    fall_s = float(np.exp(rng.uniform(np.log(0.05), np.log(1.2))))
    t = np.arange(int(min(4 * fall_s, 2.5) * rate_hz)) / rate_hz
    tail = rng.normal(0, 1, len(t)) * np.exp(-t / fall_s * 3)
    tail *= rng.uniform(0.1, 0.7) / (np.sqrt((tail**2).sum()) + 1e-9)
    tail[0] += 1.0
    return fftconvolve(sound, tail)[: len(sound)].astype(np.float32)


def _band(sound: Array, rate_hz: int, rng: np.random.Generator) -> Array:
    """A telephone, a cellar: the highs or the lows are missing."""
    from scipy.signal import butter, sosfilt

    if rng.random() < 0.6:
        sections = butter(2, rng.uniform(2500, 9000), "lowpass", fs=rate_hz, output="sos")
    else:
        sections = butter(2, rng.uniform(60, 300), "highpass", fs=rate_hz, output="sos")
    return sosfilt(sections, sound).astype(np.float32)


def _compress(sound: Array, rate_hz: int, rng: np.random.Generator) -> Array:
    """Level evened out over some tenths of a second."""
    from scipy.ndimage import uniform_filter1d

    power = uniform_filter1d(np.asarray(sound, np.float64) ** 2, max(1, int(rng.uniform(0.05, 0.4) * rate_hz)))
    # A running sum may come out a hair below zero.
    gain = (np.sqrt(np.maximum(power, 0.0)) + 0.03) ** -rng.uniform(0.3, 0.7)
    out = sound * gain
    return (out / (np.abs(out).max() + 1e-6)).astype(np.float32)
