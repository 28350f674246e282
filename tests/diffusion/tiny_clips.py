"""A tiny pipeline loaded as a person loads it, and the clip that it makes."""

from __future__ import annotations

import numpy as np
import torch


def loaded(folder, dtype=torch.float32):
    from diffusers import DiffusionPipeline

    pipe = DiffusionPipeline.from_pretrained(folder, dtype=dtype, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def film(pipe, steps=2, **more):
    ltx = type(pipe).__name__.startswith("LTX")
    asked = {"height": 32, "width": 64, "num_frames": 9} if ltx else {"height": 32, "width": 48, "num_frames": 5}
    answer = pipe(
        prompt="a singer",
        negative_prompt="blurry",
        num_inference_steps=steps,
        max_sequence_length=16,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
        **asked | more,
    )
    return np.asarray(answer.frames[0])
