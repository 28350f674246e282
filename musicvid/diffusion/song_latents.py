"""Song drives picture: sound as the audio latents that LTX-2 watches while it makes the frames.

``LTX2DFRPipeline(audio_latents=…, freeze_audio=True, generate_slots=False)`` keeps them clean through every step, so
the frames follow the sound and the sound comes back as it was given. What the audio VAE reads is a log-mel spectrogram:
STFT of 1024 samples (periodic Hann window, centred, ends mirrored), magnitude, Slaney's mel bands with Slaney's area
norm from 0 Hz to half the sampling rate, natural logarithm from 1e-5 up. Sampling rate, hop and number of bands stand
in the VAE's config.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import InputError
from musicvid.schema.frames import FrameRate

if TYPE_CHECKING:
    import torch
    from diffusers import AutoencoderKLLTX2Audio

WINDOW_SAMPLES = 1024
"""The makers' own front end, and that of diffusers' Echo pipeline; the config of the VAE does not hold it."""
_QUIETEST = 1e-5
_FASTEST_TRUE_FPS = 30
_SNAPPED_FPS = 60


def canvas_frames(frame_count: int, temporal_ratio: int = 8) -> int:
    """How many frames the pipeline really makes for ``frame_count``: its canvas is filled up to whole segments and
    cut again at the end. The sound should last as long as the canvas (what lies beyond the clip is heard, not seen).

    ``temporal_ratio`` is ``pipe.vae_temporal_compression_ratio``. Raises :class:`InputError` for a count that is not
    ``temporal_ratio * k + 1``, k at least 1.
    """
    from diffusers.pipelines.ltx2.dfr_layout import resolve_canvas

    if frame_count <= temporal_ratio or frame_count % temporal_ratio != 1 % temporal_ratio:
        raise InputError(f"{frame_count} frames cannot follow sound: {temporal_ratio}k+1 are needed, k at least 1")
    return resolve_canvas(frame_count, temporal_ratio)[0]


def latent_count(audio_vae: AutoencoderKLLTX2Audio, *, frame_count: int, frame_rate: FrameRate) -> int:
    """How many audio latents the pipeline makes for ``frame_count`` frames of canvas, with its own rounding."""
    config = audio_vae.config
    per_second = config.sample_rate / config.mel_hop_length / float(audio_vae.temporal_compression_ratio)
    return round(frame_count / float(frame_rate.fps) * per_second)


def log_mel(
    sound: NDArray[np.float32], *, rate_hz: int, hop_samples: int, bands: int, window_samples: int = WINDOW_SAMPLES
) -> torch.Tensor:
    """Log-mel spectrogram, float32 ``(channels, 1 + samples // hop_samples, bands)``, worked out in float64.

    ``sound`` is ``(channels, samples)`` with more samples than half a window.
    """
    import librosa
    import torch

    spectrum = torch.stft(
        torch.from_numpy(np.ascontiguousarray(sound, np.float64)),
        window_samples,
        hop_samples,
        window=torch.hann_window(window_samples, dtype=torch.float64),
        center=True,
        pad_mode="reflect",
        return_complex=True,
    ).abs()
    mel = librosa.filters.mel(sr=rate_hz, n_fft=window_samples, n_mels=bands, dtype=np.float64)
    return (torch.from_numpy(mel) @ spectrum).clamp(min=_QUIETEST).log().transpose(1, 2).float()


def audio_latents(
    sound: NDArray[np.float32],
    sound_hz: int,
    audio_vae: AutoencoderKLLTX2Audio,
    *,
    frame_count: int,
    frame_rate: FrameRate,
    device: torch.device | str,
    dtype: torch.dtype | None = None,
    temporal_ratio: int = 8,
) -> torch.Tensor:
    """The clip's sound as raw latents ``(1, channels, latents, mel bins)``: neither packed nor normalised, which the
    pipeline does itself. As many latents as it makes for a clip of ``frame_count`` frames.

    ``sound`` is ``(2, samples)`` at ``sound_hz`` from the clip's first frame on; ``(samples,)`` and ``(1, samples)``
    are heard on both sides. It ends between the clip's and the canvas's end (:func:`canvas_frames`), give or take a
    frame; silence follows. The VAE runs where it stands: ``device`` is ``pipe._execution_device``.
    ``dtype`` None means float32.

    Raises :class:`InputError` for sound of another length or shape, and for frame rates at which the pipeline counts
    the picture's time otherwise than the sound's (over 30 it takes 60 for the picture).
    """
    import torch

    if frame_rate.fps > _FASTEST_TRUE_FPS and frame_rate.fps != _SNAPPED_FPS:
        raise InputError(
            f"{frame_rate} frames per second cannot follow sound: over {_FASTEST_TRUE_FPS} the model's clock runs "
            f"as if it were {_SNAPPED_FPS}",
            hint=f"ask for at most {_FASTEST_TRUE_FPS} frames per second, or exactly {_SNAPPED_FPS}",
        )
    config, canvas = audio_vae.config, canvas_frames(frame_count, temporal_ratio)
    heard = _checked(sound, sound_hz, frame_count, canvas, frame_rate)
    count = latent_count(audio_vae, frame_count=canvas, frame_rate=frame_rate)
    # As many spectra as the latents cover, whatever the encoder does with a remainder.
    spectra = count * audio_vae.temporal_compression_ratio
    heard = _resampled(heard, sound_hz, config.sample_rate)
    heard = _lasting(heard, frame_rate.sample_at(canvas, config.sample_rate))
    heard = _lasting(heard, max(heard.shape[1], (spectra - 1) * config.mel_hop_length, WINDOW_SAMPLES))
    mel = log_mel(heard, rate_hz=config.sample_rate, hop_samples=config.mel_hop_length, bands=config.mel_bins)
    with torch.no_grad():
        mel = mel[None, :, :spectra].to(device=device, dtype=audio_vae.dtype)
        return audio_vae.encode(mel).latent_dist.mode()[:, :, :count].to(dtype or torch.float32)


def _checked(
    sound: NDArray[np.float32], sound_hz: int, frame_count: int, canvas: int, rate: FrameRate
) -> NDArray[np.float32]:
    """The sound on two channels. Raises :class:`InputError` as :func:`audio_latents` says."""
    heard = np.atleast_2d(np.asarray(sound, np.float32))
    if heard.ndim != 2 or len(heard) > 2 or not np.isfinite(heard).all():
        raise InputError(f"sound of shape {heard.shape} was given: (2, samples) of finite numbers is needed")
    shortest, longest = rate.sample_at(frame_count - 1, sound_hz), rate.sample_at(canvas + 1, sound_hz)
    if not shortest <= heard.shape[1] <= longest:
        raise InputError(
            f"{heard.shape[1] / sound_hz:.3f} s of sound were given for {frame_count} frames at {rate} per second: "
            f"{shortest / sound_hz:.3f} to {longest / sound_hz:.3f} s are needed"
        )
    return np.repeat(heard, 2, axis=0) if len(heard) == 1 else heard


def _resampled(sound: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    import soxr

    if from_hz == to_hz:
        return sound
    return np.ascontiguousarray(soxr.resample(sound.T, from_hz, to_hz, quality="HQ").T)


def _lasting(sound: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """The first ``samples`` samples; silence follows where there are fewer."""
    missing = max(0, samples - sound.shape[1])
    return np.pad(sound[:, :samples], ((0, 0), (0, missing)))
