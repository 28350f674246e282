"""Beat trackers and segmenters behind one call: ``function(path) -> answer``, in whatever Python has them.

This file is also a program, which needs nothing but the standard library and the tracker::

    python trackers.py NAME        one request {"sound": PATH} a line in, one reply a line out

An answer holds ``beats`` and ``downbeats`` in seconds, ``sections`` as in a truth file, ``confidence`` 0 to 1 that the
beats are right; each may be missing. Imports stand inside of the functions: a first song pays for them, as it does in
a program that a person starts. aubio is under the GPL, essentia under the AGPL, madmom's weights are not for commerce:
they are only run here, from an environment of their own, and nothing depends on them.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]


def musicvid(path: str) -> Answer:
    """All of the analysis: decode, beats, sections, curves."""
    from musicvid.analysis.analyse import analyse

    song = analyse(path)
    return {
        "beats": [beat.time_s for beat in song.beats],
        "downbeats": [beat.time_s for beat in song.downbeats],
        "sections": [{"start": s.start_s, "end": s.stop_s, "label": s.label} for s in song.sections],
        "confidence": song.confidence.overall,
    }


def librosa(path: str) -> Answer:
    """Its ``beat_track``; every fourth beat stands for a downbeat, since it finds none."""
    import librosa

    sound, rate = librosa.load(path)
    _, beats = librosa.beat.beat_track(y=sound, sr=rate, units="time")
    return {"beats": beats.tolist(), "downbeats": beats[::4].tolist()}


def librosa_plp(path: str) -> Answer:
    """Predominant local pulse: the peaks of the pulse curve."""
    import librosa
    import numpy as np

    sound, rate = librosa.load(path)
    pulse = librosa.beat.plp(y=sound, sr=rate)
    return {"beats": librosa.frames_to_time(np.flatnonzero(librosa.util.localmax(pulse)), sr=rate).tolist()}


def librosa_laplacian(path: str) -> Answer:
    """Spectral clustering of McFee & Ellis (ISMIR 2014), with the settings of librosa's example: 5 kinds of part."""
    import librosa
    import numpy as np
    from scipy.ndimage import median_filter
    from scipy.sparse.csgraph import laplacian
    from sklearn.cluster import KMeans

    sound, rate = librosa.load(path)
    tones = librosa.amplitude_to_db(np.abs(librosa.cqt(sound, sr=rate, bins_per_octave=36, n_bins=252)), ref=np.max)
    _, beats = librosa.beat.beat_track(y=sound, sr=rate, trim=False)
    if len(beats) < 10:
        return {"sections": []}
    beats = librosa.util.fix_frames(beats, x_min=0)
    times = librosa.frames_to_time(librosa.util.fix_frames(beats, x_min=0, x_max=tones.shape[1]), sr=rate)
    synced = librosa.util.sync(tones, beats, aggregate=np.median)
    alike = librosa.segment.recurrence_matrix(synced, width=3, mode="affinity", sym=True)
    alike = librosa.segment.timelag_filter(median_filter)(alike, size=(1, 7))
    timbre = librosa.util.sync(librosa.feature.mfcc(y=sound, sr=rate), beats)
    steps = np.sum(np.diff(timbre, axis=1) ** 2, axis=0)
    near = np.exp(-steps / max(float(np.median(steps)), 1e-9))
    chain = np.diag(near, k=1) + np.diag(near, k=-1)
    here, there = np.sum(chain, axis=1), np.sum(alike, axis=1)
    mix = here.dot(here + there) / max(float(np.sum((here + there) ** 2)), 1e-9)
    _, vectors = np.linalg.eigh(laplacian(mix * alike + (1 - mix) * chain, normed=True))
    vectors = median_filter(vectors, size=(9, 1))
    kinds = 5
    length = np.maximum(np.cumsum(vectors**2, axis=1) ** 0.5, 1e-9)
    labels = KMeans(n_clusters=kinds, n_init=10, random_state=0).fit_predict(
        vectors[:, :kinds] / length[:, kinds - 1 : kinds]
    )
    starts = [0, *(np.flatnonzero(labels[1:] != labels[:-1]) + 1)]
    stops = [*starts[1:], len(labels)]
    rows = zip(starts, stops, strict=True)
    return {"sections": [{"start": times[a], "end": times[b], "label": str(labels[a])} for a, b in rows]}


def aubio(path: str) -> Answer:
    import aubio
    import soundfile

    hop = 512
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = sound.mean(axis=1)
    tempo = aubio.tempo("default", 1024, hop, rate)
    blocks = (mono[first : first + hop] for first in range(0, len(mono) - hop + 1, hop))
    beats = [tempo.get_last_s() for block in blocks if tempo(block)[0]]
    return {"beats": beats, "downbeats": beats[::4]}


def essentia_degara(path: str) -> Answer:
    return _essentia(path, "degara")


def essentia_multifeature(path: str) -> Answer:
    return _essentia(path, "multifeature")


def _essentia(path: str, method: str) -> Answer:
    import essentia.standard

    sound = essentia.standard.MonoLoader(filename=path, sampleRate=44100)()
    beats = essentia.standard.RhythmExtractor2013(method=method)(sound)[1].tolist()
    return {"beats": beats, "downbeats": beats[::4]}


def madmom(path: str) -> Answer:
    """Recurrent networks and a bar-pointer model (Böck, Krebs & Widmer 2016), bars of three and four beats."""
    import numpy as np
    import soundfile
    from madmom.audio.signal import Signal
    from madmom.features.downbeats import DBNDownBeatTrackingProcessor, RNNDownBeatProcessor

    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    signal = Signal(np.mean(sound, axis=1), sample_rate=rate, num_channels=1)
    if rate != 44100:
        raise ValueError(f"madmom reads 44100 Hz here, this file has {rate}")
    rows = DBNDownBeatTrackingProcessor(beats_per_bar=[3, 4], fps=100)(RNNDownBeatProcessor()(signal))
    return {"beats": rows[:, 0].tolist(), "downbeats": rows[rows[:, 1] == 1, 0].tolist()}


def beatnet(path: str) -> Answer:
    from BeatNet.BeatNet import BeatNet

    model = _kept("beatnet", lambda: BeatNet(1, mode="offline", inference_model="DBN", plot=[], thread=False))
    rows = model.process(path)
    return {"beats": rows[:, 0].tolist(), "downbeats": rows[rows[:, 1] == 1, 0].tolist()}


def beat_this(path: str) -> Answer:
    """Foscarin et al. 2024. Fetches its weights on first use: without the net, put them in torch's cache."""
    from beat_this.inference import File2Beats

    model = _kept("beat_this", lambda: File2Beats(checkpoint_path="final0", device="cpu"))
    beats, downbeats = model(path)
    return {"beats": [float(t) for t in beats], "downbeats": [float(t) for t in downbeats]}


_KEPT: dict[str, Any] = {}


def _kept(name: str, make: Callable[[], Any]) -> Any:
    """A model is loaded once per process."""
    if name not in _KEPT:
        _KEPT[name] = make()
    return _KEPT[name]


TRACKERS: dict[str, Callable[[str], Answer]] = {
    "musicvid": musicvid,
    "librosa": librosa,
    "librosa-plp": librosa_plp,
    "librosa-laplacian": librosa_laplacian,
    "aubio": aubio,
    "essentia-degara": essentia_degara,
    "essentia-multifeature": essentia_multifeature,
    "madmom": madmom,
    "beatnet": beatnet,
    "beat-this": beat_this,
}


def tracker_named(name: str) -> Callable[[str], Answer]:
    """One of ours, or ``package.module:function``. Raises ValueError for an unknown name."""
    module, colon, function = name.partition(":")
    if colon:
        return getattr(importlib.import_module(module), function)
    if name not in TRACKERS:
        raise ValueError(f"unknown tracker {name!r} (known: {', '.join(TRACKERS)}, or module:function)")
    return TRACKERS[name]


def _cpu_s() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main() -> None:
    # Whatever a tracker prints goes to stderr; replies alone go to stdout.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    track = tracker_named(sys.argv[1])
    for line in sys.stdin:
        cpu_s, wall_s = _cpu_s(), time.perf_counter()
        answer, failure = {}, ""
        try:
            answer = track(json.loads(line)["sound"])
        except Exception as error:  # noqa: BLE001 - one song that fails must not end the run; it is reported
            failure = f"{type(error).__name__}: {error}"
        reply = {
            "answer": answer,
            "failure": failure,
            "cpu_s": _cpu_s() - cpu_s,
            "wall_s": time.perf_counter() - wall_s,
            "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
        replies.write(json.dumps(reply, default=float) + "\n")
        replies.flush()


if __name__ == "__main__":
    # The folder of this file must not hide a library of the same name, and the caller's folder may hold a tracker.
    sys.path[0] = os.getcwd()
    main()
