"""Song drives picture: the spectrogram against librosa's own, lengths against the genuine pipeline's own."""

from __future__ import annotations

from fractions import Fraction

import librosa
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from musicvid.diffusion.song_latents import audio_latents, canvas_frames, latent_count, log_mel
from musicvid.errors import InputError
from musicvid.schema.frames import FrameRate

HZ = 16_000
RATE = FrameRate(Fraction(24))
FRAMES = 17


def chord(seconds, hz=HZ, notes=(220.0, 331.0)):
    time_s = np.arange(round(seconds * hz)) / hz
    beats = 0.5 + 0.5 * np.sign(np.sin(2 * np.pi * 4 * time_s))
    return np.stack([0.4 * beats * np.sin(2 * np.pi * note * time_s) for note in notes]).astype(np.float32)


@pytest.fixture(scope="module")
def pipe(tiny_model):
    from diffusers import LTX2DFRPipeline

    torch.set_num_threads(1)
    pipe = LTX2DFRPipeline.from_pretrained(tiny_model("ltx2"))
    pipe.set_progress_bar_config(disable=True)
    torch.manual_seed(5)  # real weights have statistics that are not 0 and 1
    pipe.audio_vae.latents_mean.copy_(torch.randn(4))
    pipe.audio_vae.latents_std.copy_(torch.rand(4) + 0.5)
    return pipe


@pytest.fixture(scope="module")
def latents_of(pipe):
    def latents(sound, hz=HZ, frame_count=FRAMES, frame_rate=RATE):
        return audio_latents(
            sound,
            hz,
            pipe.audio_vae,
            frame_count=frame_count,
            frame_rate=frame_rate,
            dtype=torch.float32,
            device="cpu",
            temporal_ratio=pipe.vae_temporal_compression_ratio,
        )

    return latents


def made(pipe, output_type="latent", frame_count=FRAMES, frame_rate=24.0, **more):
    return pipe(
        prompt="a band",
        height=32,
        width=32,
        num_frames=frame_count,
        frame_rate=frame_rate,
        max_sequence_length=16,
        sigmas=[1.0, 0.725, 0.42],
        use_cross_timestep=False,
        generate_slots=False,
        generator=torch.Generator().manual_seed(0),
        output_type=output_type,
        **more,
    )


def test_the_spectrogram_is_librosas():
    sound = chord(0.7) + np.random.default_rng(1).normal(0, 0.05, (2, round(0.7 * HZ))).astype(np.float32)
    ours = log_mel(sound, rate_hz=HZ, hop_samples=160, bands=64).numpy()
    for channel in range(2):
        theirs = librosa.feature.melspectrogram(
            y=sound[channel].astype(np.float64), sr=HZ, n_fft=1024, hop_length=160, n_mels=64, power=1.0,
            window="hann", center=True, pad_mode="reflect", dtype=np.float64,
        )  # fmt: skip
        np.testing.assert_allclose(ours[channel].T, np.log(np.maximum(theirs, 1e-5)), atol=1e-4)


@pytest.mark.parametrize(
    ("frame_count", "fps"), [(3, 24.0), (9, 24.0), (17, 24.0), (17, 23.976), (19, 25.0), (11, 60.0)]
)
def test_as_many_latents_as_the_pipeline_makes_itself(pipe, latents_of, frame_count, fps):
    rate = FrameRate.parse(str(fps))
    theirs = made(pipe, frame_count=frame_count, frame_rate=float(rate.fps)).audio
    canvas = canvas_frames(frame_count, pipe.vae_temporal_compression_ratio)
    ours = latents_of(chord(canvas / rate.fps), frame_count=frame_count, frame_rate=rate)
    assert ours.shape == theirs.shape


@given(k=st.integers(1, 60), fps=st.sampled_from([24, 25, 30, 60, Fraction(24000, 1001)]))
def test_the_canvas_is_legal_and_long_enough(k, fps):
    asked = 8 * k + 1
    canvas = canvas_frames(asked)
    assert canvas >= asked
    assert canvas % 8 == 1
    assert canvas_frames(canvas) == canvas


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_sample_more_or_less_changes_no_length(latents_of, off):
    canvas = canvas_frames(FRAMES, 2)
    samples = RATE.sample_at(canvas, HZ) + off
    sound = chord(3)[:, :samples]
    whole = latents_of(chord(3)[:, : RATE.sample_at(canvas, HZ)])
    assert latents_of(sound).shape == whole.shape
    if off > 0:  # what lies beyond is not heard
        assert torch.equal(latents_of(sound), whole)


def test_silence_follows_sound_that_ends_with_the_clip(latents_of):
    clip = chord(3)[:, : RATE.sample_at(9, HZ)]
    canvas = RATE.sample_at(canvas_frames(9, 2), HZ)
    filled = np.pad(clip, ((0, 0), (0, canvas - clip.shape[1])))
    assert torch.equal(latents_of(clip, frame_count=9), latents_of(filled, frame_count=9))


def test_one_channel_is_heard_on_both_sides(latents_of):
    left = chord(FRAMES / 24)[0]
    both = latents_of(np.stack([left, left]))
    assert torch.equal(latents_of(left), both)
    assert torch.equal(latents_of(left[None]), both)


def test_another_rate_is_resampled(latents_of):
    duration_s = canvas_frames(FRAMES, 2) / 24
    time_s = np.arange(round(duration_s * 48_000)) / 48_000
    smooth = np.sin(2 * np.pi * 300 * time_s).astype(np.float32)
    direct = latents_of(smooth[::3])
    apart = (latents_of(smooth, 48_000) - direct).abs().max()
    assert apart < 0.05 * direct.abs().max()


def test_silence_is_finite(latents_of):
    assert latents_of(np.zeros((2, round(FRAMES / 24 * HZ)), np.float32)).isfinite().all()


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        (np.zeros((2, 100), np.float32), "s of sound were given for 17 frames"),
        (np.zeros((2, 5 * HZ), np.float32), "5.000 s of sound"),
        (np.zeros((3, round(FRAMES / 24 * HZ)), np.float32), "of shape (3, "),
        (np.full((2, round(FRAMES / 24 * HZ)), np.nan, np.float32), "finite"),
    ],
)
def test_sound_that_cannot_be_meant_is_refused(latents_of, sound, words):
    with pytest.raises(InputError) as error:
        latents_of(sound)
    assert words in str(error.value)


def test_frame_counts_and_rates_that_the_model_cannot_follow_are_refused(latents_of):
    with pytest.raises(InputError, match="8k\\+1"):
        canvas_frames(24)
    with pytest.raises(InputError, match="48 frames per second cannot follow sound"):
        latents_of(chord(FRAMES / 48), frame_rate=FrameRate(Fraction(48)))


def test_the_pipelines_clock_is_as_the_refusal_says():
    from diffusers.pipelines.ltx2 import utils

    assert utils.SNAP_CONDITIONING_FPS_ABOVE == 30
    assert utils.MAX_CONDITIONING_FPS == 60


def test_the_sound_drives_the_picture_and_comes_back(pipe, latents_of):
    duration_s = canvas_frames(FRAMES, 2) / 24
    low, high = latents_of(chord(duration_s)), latents_of(chord(duration_s, notes=(880.0, 1320.0)))
    assert not torch.equal(low, high)
    first, again, other = (made(pipe, audio_latents=sound, freeze_audio=True) for sound in (low, low, high))
    assert torch.equal(first.frames, again.frames)
    assert not torch.equal(first.frames, other.frames)
    torch.testing.assert_close(first.audio, low, atol=1e-5, rtol=1e-5)  # normalised and back
    assert first.audio.shape[2] == latent_count(pipe.audio_vae, frame_count=canvas_frames(FRAMES, 2), frame_rate=RATE)


def test_pictures_differ_too(pipe, latents_of):
    duration_s = canvas_frames(FRAMES, 2) / 24
    sounds = [chord(duration_s), chord(duration_s, notes=(880.0, 1320.0))]
    films = [
        np.asarray(made(pipe, "np", audio_latents=latents_of(sound), freeze_audio=True).frames[0]) for sound in sounds
    ]
    assert films[0].shape == (FRAMES, 32, 32, 3)
    assert not np.array_equal(films[0], films[1])
