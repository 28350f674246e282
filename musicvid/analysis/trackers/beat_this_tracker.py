"""beat_this as a tracker: Foscarin, Schlüter & Widmer, "Beat This! Accurate beat tracking without DBN postprocessing",
ISMIR 2024. Its network and its peak picking are used as they are; only the way to the network is ours.

``beat_this.inference`` is not imported: it needs torchaudio, which has no build for many a torch, for one spectrogram
and for reading files. The spectrogram here is the same by torch and librosa, and files are read as everywhere else.
"""

from __future__ import annotations

import hashlib
import inspect
import os
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.beats import BeatTrack
from musicvid.analysis.trackers.contract import Heard, beat_track
from musicvid.errors import TrackerError

if TYPE_CHECKING:
    import torch

CHECKPOINT_VARIABLE = "MUSICVID_BEAT_THIS"
"""Names a checkpoint of beat_this; else the one that beat_this itself keeps after it has fetched it."""

_FETCHED = "beat_this-final0.ckpt"
_SOURCE = "https://cloud.cp.jku.at/public.php/dav/files/7ik4RrBKTS273gp/final0.ckpt"
_RATE_HZ, _WINDOW, _HOP, _MELS = 22_050, 1024, 441, 128
_LOW_HZ, _HIGH_HZ = 30.0, 11_000.0
_LOUDER = 1000.0
_CHUNK, _BORDER = 1500, 6
"""Frames that the network sees at a time, and how many at either end are not believed."""


class BeatThisTracker:
    """``checkpoint``: a file of weights; None: see :data:`CHECKPOINT_VARIABLE`.

    Raises :class:`TrackerError` when the package or the weights are missing; nothing is fetched from the net.
    """

    summary = "beat_this (Foscarin et al. 2024), when it and its weights are installed"
    takes_bpm = False

    def __init__(self, checkpoint: str | Path | None = None) -> None:
        try:
            package = version("beat-this")
        except PackageNotFoundError as error:
            raise TrackerError("beat_this is not installed", hint='pip install "musicvid[beat-this]"') from error
        self._checkpoint = Path(checkpoint or os.environ.get(CHECKPOINT_VARIABLE) or _kept_by_beat_this())
        if not self._checkpoint.is_file():
            raise TrackerError(
                "the weights of beat_this are missing",
                where=str(self._checkpoint),
                hint=f"curl -L --create-dirs -o {self._checkpoint} {_SOURCE}, or set {CHECKPOINT_VARIABLE} to a file",
            )
        with self._checkpoint.open("rb") as file:
            self.version = f"{package}-{hashlib.file_digest(file, 'sha256').hexdigest()[:16]}"

    def find_beats(self, heard: Heard, *, bpm: float | None = None) -> BeatTrack:
        from beat_this.model.postprocessor import Postprocessor

        beat, downbeat = self._logits(log_mel(heard.samples(_RATE_HZ)))
        times_s, downbeats_s = Postprocessor(type="minimal", fps=_RATE_HZ // _HOP)(beat, downbeat)
        sure, sure_of_bars = _probability(beat, times_s), _probability(downbeat, downbeats_s)
        trust = float(sure.mean()) if len(sure) else 0.0
        return beat_track(
            times_s,
            downbeats_s,
            heard.duration_s,
            strengths=sure,
            beats=trust,
            octave=trust,
            phase=trust,
            downbeats=float(sure_of_bars.mean()) if len(sure_of_bars) else 0.0,
            notes=("beats by beat_this; how sure it is of them is the mean of its own probabilities",),
        )

    @cached_property
    def _network(self) -> Any:
        import torch
        from beat_this.model.beat_tracker import BeatThis

        try:
            kept = torch.load(self._checkpoint, map_location="cpu", weights_only=True)
            known = inspect.signature(BeatThis).parameters
            network = BeatThis(**{name: value for name, value in kept["hyper_parameters"].items() if name in known})
            # The checkpoint is that of the training program, which holds the network as "model".
            network.load_state_dict({name.removeprefix("model."): value for name, value in kept["state_dict"].items()})
        except Exception as error:  # whatever torch says of a file that is none of its own
            cause = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            raise TrackerError(
                f"this is no checkpoint of beat_this: {cause}", where=str(self._checkpoint), hint="fetch it again"
            ) from error
        return network.eval()

    def _logits(self, mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """``(frames,)`` of beats and of downbeats. Where chunks overlap, the earlier one is believed."""
        import torch

        step = _CHUNK - 2 * _BORDER
        starts = list(range(0, len(mel), step))
        if len(mel) > step:
            starts[-1] = len(mel) - step
        padded = torch.nn.functional.pad(mel, (0, 0, _BORDER, _BORDER))
        out = torch.zeros(2, len(mel))
        with torch.inference_mode():
            for start in reversed(starts):
                heard = self._network(padded[None, start : start + _CHUNK])
                for row, name in enumerate(("beat", "downbeat")):
                    out[row, start : start + step] = heard[name][0, _BORDER:-_BORDER].float()
        return out[0], out[1]


def log_mel(samples: NDArray[np.float32]) -> torch.Tensor:
    """``(frames, 128)`` at 50 per second, as beat_this makes it with torchaudio."""
    import librosa
    import torch

    sound = torch.from_numpy(np.pad(samples, (0, max(0, _WINDOW - len(samples)))))
    spectra = torch.stft(
        sound,
        _WINDOW,
        _HOP,
        window=torch.hann_window(_WINDOW),
        pad_mode="reflect",
        normalized=True,
        return_complex=True,
    )
    bank = librosa.filters.mel(sr=_RATE_HZ, n_fft=_WINDOW, n_mels=_MELS, fmin=_LOW_HZ, fmax=_HIGH_HZ, norm=None)
    return torch.log1p(_LOUDER * (torch.from_numpy(bank) @ spectra.abs())).T.contiguous()


def _kept_by_beat_this() -> Path:
    import torch

    return Path(torch.hub.get_dir()) / "checkpoints" / _FETCHED


def _probability(logits: torch.Tensor, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    frames = np.clip(np.round(times_s * _RATE_HZ / _HOP).astype(np.int64), 0, len(logits) - 1)
    return np.asarray(logits.double().sigmoid().numpy()[frames], np.float64)
