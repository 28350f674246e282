"""Plans applied to genuine pipelines: where weights are never changes pixels, what may does, and memory that runs out.

On the CPU group offload moves weights from the CPU to the CPU: the same hooks run as with a card.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from musicvid.diffusion.memory import MemoryPlan
from musicvid.diffusion.placement import (
    MustReload,
    clear,
    fit_tiles,
    free_bytes,
    has_fp8,
    is_out_of_memory,
    limit_to,
    phase_of,
    place,
    unplace,
)
from musicvid.errors import RenderError
from musicvid.schema.frames import FrameSize

torch.set_num_threads(1)
GROUPS = MemoryPlan("group-offload")


def loaded(folder, dtype=torch.float32):
    from diffusers import DiffusionPipeline

    pipe = DiffusionPipeline.from_pretrained(folder, dtype=dtype, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def film(pipe, height=32, width=48, **more):
    kind = type(pipe).__name__
    asked = {"height": height, "width": width, "num_frames": 5}
    if kind.startswith("Wan"):
        asked["max_sequence_length"] = 16
    else:
        asked |= {"height": 32, "width": 64, "num_frames": 9}
    if kind.startswith("LTX2"):
        asked |= {"width": 32, "frame_rate": 24.0, "spatio_temporal_guidance_blocks": [1]}
    answer = pipe(
        prompt="a singer",
        negative_prompt="blurry",
        num_inference_steps=2,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
        **asked | more,
    )
    return np.asarray(answer.frames[0])


def hooked(pipe):
    """Modules that a hook of an offload is on."""
    names = ("group_offloading", "layer_execution_tracker", "lazy_prefetch_group_offloading")
    return [
        module
        for part in pipe.components.values()
        if isinstance(part, torch.nn.Module)
        for module in part.modules()
        if hasattr(module, "_hf_hook")
        or any(hasattr(module, "_diffusers_hook") and module._diffusers_hook.get_hook(name) for name in names)
    ]


@pytest.mark.parametrize("kind", ["wan-t2v", "wan22-a14b", "ltx", "ltx2"])
def test_where_weights_wait_does_not_change_a_bit(tiny_model, kind):
    pipe = loaded(tiny_model(kind))
    stock = film(pipe)
    assert not hooked(pipe)
    for plan in (MemoryPlan(), GROUPS, MemoryPlan(), GROUPS, GROUPS):
        place(pipe, plan, "cpu")
        blocks = [b for name in ("blocks", "transformer_blocks") for b in getattr(pipe.transformer, name, ())]
        assert all((block in hooked(pipe)) == (plan == GROUPS) for block in blocks)
        assert np.array_equal(film(pipe), stock), plan.name
    unplace(pipe)
    assert not hooked(pipe)
    assert np.array_equal(film(pipe), stock)


def test_a_plan_follows_another_on_the_same_pipeline_in_every_direction(tiny_model):
    from itertools import permutations

    pipe = loaded(tiny_model("wan-t2v"))
    pipe.vae.tile_sample_min_height = pipe.vae.tile_sample_min_width = 32
    pipe.vae.tile_sample_stride_height = pipe.vae.tile_sample_stride_width = 24
    plans = (MemoryPlan(), GROUPS, MemoryPlan(tiling=True), MemoryPlan("group-offload", tiling=True))
    made = {}
    for pair in permutations(plans, 2):
        for plan in pair:
            place(pipe, plan, "cpu")
            made.setdefault(plan, film(pipe, 64, 64))
            assert np.array_equal(film(pipe, 64, 64), made[plan])
    assert np.array_equal(made[plans[0]], made[plans[1]])
    assert np.array_equal(made[plans[2]], made[plans[3]])
    assert not np.array_equal(made[plans[0]], made[plans[2]])  # tiling is not exact, which is why it is in the key


def test_slicing_and_tiling_are_off_and_nothing_changes(tiny_model):
    pipe = loaded(tiny_model("wan-t2v"))
    stock = film(pipe)
    place(pipe, MemoryPlan(), "cpu")
    assert not pipe.vae.use_slicing
    assert not pipe.vae.use_tiling
    assert np.array_equal(film(pipe), stock)


@pytest.mark.parametrize("kind", ["wan22-a14b", "ltx"])
def test_eight_bit_weights_take_less_change_pixels_and_cannot_be_undone(tiny_model, kind):
    pipe = loaded(tiny_model(kind), torch.bfloat16)
    stock = film(pipe)
    place(pipe, MemoryPlan(fp8=True), "cpu")
    assert has_fp8(pipe)
    for name in ("transformer", "transformer_2"):
        part = pipe.components.get(name)
        assert part is None or torch.float8_e4m3fn in {p.dtype for p in part.parameters()}
    cast = film(pipe)
    assert not np.array_equal(cast, stock)
    assert np.abs(cast - stock).max() < 0.2  # the same picture nevertheless
    place(pipe, MemoryPlan("group-offload", fp8=True), "cpu")
    assert np.array_equal(film(pipe), cast)
    place(pipe, MemoryPlan(fp8=True), "cpu")
    assert np.array_equal(film(pipe), cast)
    with pytest.raises(MustReload):
        place(pipe, GROUPS, "cpu")


def test_eight_bit_weights_arrive_while_blocks_are_moved(tiny_model):
    one, other = (loaded(tiny_model("wan-t2v"), torch.bfloat16) for _ in range(2))
    place(one, MemoryPlan("group-offload", fp8=True), "cpu")
    place(other, GROUPS, "cpu")
    film(other)
    place(other, MemoryPlan("group-offload", fp8=True), "cpu")
    assert np.array_equal(film(one), film(other))


def test_a_cpu_has_no_model_offload(tiny_model):
    with pytest.raises(RenderError, match="there is no card"):
        place(loaded(tiny_model("wan-t2v")), MemoryPlan("model-offload"), "cpu")


def test_model_offload_can_be_taken_off_again(tiny_model):
    """accelerate takes ``cpu:0`` for a card: its hooks are the genuine ones."""
    pipe = loaded(tiny_model("wan-t2v"))
    pipe.enable_model_cpu_offload(device="cpu:0")
    before = film(pipe)
    assert hooked(pipe)
    place(pipe, GROUPS, "cpu")
    assert not any(hasattr(part, "_hf_hook") for part in pipe.components.values())
    assert np.array_equal(film(pipe), before)


def test_a_vae_without_tiles_says_so(tiny_model):
    pipe = loaded(tiny_model("wan-t2v"))
    del pipe.vae.use_tiling
    with pytest.raises(RenderError, match="cannot decode in tiles"):
        place(pipe, MemoryPlan(tiling=True), "cpu")


@pytest.mark.parametrize(("rows", "columns"), [(15, 20), (29, 17), (15, 15), (16, 31), (22, 38)])
def test_tiles_are_never_a_single_row(rows, columns):
    """LTX-2's decoder pads by reflection: one row of latents alone stops it. Real ratio, reflection, small channels."""
    from diffusers import AutoencoderKLLTX2Video

    torch.manual_seed(0)
    vae = AutoencoderKLLTX2Video(
        latent_channels=4,
        block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 16, 32),
        layers_per_block=(1,) * 5,
        decoder_layers_per_block=(1,) * 4,
        decoder_spatial_padding_mode="reflect",
        timestep_conditioning=False,
    )
    vae.eval().requires_grad_(False)
    vae.spatial_compression_ratio = 32

    class Pipe:
        components = {"vae": vae}  # noqa: RUF012

    vae.enable_tiling(tile_sample_min_height=512, tile_sample_min_width=512)
    small = torch.randn(1, 4, 1, rows, columns, generator=torch.Generator().manual_seed(0))
    if max(rows, columns) > 16 and (rows % 14 == 1 or columns % 14 == 1):  # tiles of 16 in steps of 14 by default
        with pytest.raises(RuntimeError, match="Padding size"):
            vae.decode(small)
    fit_tiles(Pipe, FrameSize(columns * 32, rows * 32))
    for side, latents in (("height", rows), ("width", columns)):
        tile = getattr(vae, f"tile_sample_min_{side}") // 32
        step = getattr(vae, f"tile_sample_stride_{side}") // 32
        starts = range(0, latents, step)
        assert all(min(tile, latents - start) > 1 for start in starts)
        assert step < tile  # they still overlap
    assert torch.isfinite(vae.decode(small).sample).all()


class Full:
    """A part of a pipeline that has no memory left for its first ``times`` calls."""

    def __init__(self, module, method, times, error):
        self.genuine, self.left, self.error = getattr(module, method), times, error
        setattr(module, method, self)

    def __call__(self, *args, **kwargs):
        if self.left:
            self.left -= 1
            raise self.error
        return self.genuine(*args, **kwargs)


def injected(pipe, phase):
    """Where memory runs out: inside of a part, as it does on a card."""
    return {
        "denoise": (pipe.transformer.blocks[1].attn1.to_q, "forward"),
        "decode": (pipe.vae.decoder.conv_out, "forward"),
        "encode": (pipe.text_encoder.encoder.block[0].layer[0].SelfAttention.q, "forward"),
    }[phase]


@pytest.mark.parametrize("plan", [MemoryPlan(), GROUPS])
@pytest.mark.parametrize("phase", ["encode", "denoise", "decode"])
def test_memory_that_runs_out_is_attributed_and_the_pipeline_stays_whole(tiny_model, phase, plan):
    pipe = loaded(tiny_model("wan-t2v"))
    stock = film(pipe)
    place(pipe, plan, "cpu")
    Full(*injected(pipe, phase), 2, torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    for _ in range(2):
        with pytest.raises(torch.OutOfMemoryError) as caught:
            film(pipe)
        assert is_out_of_memory(caught.value)
        assert phase_of(caught.value, pipe) == phase
        caught.value.__traceback__ = None
        clear("cpu")
    assert np.array_equal(film(pipe), stock)


def test_encoding_a_picture_is_told_from_decoding(tiny_model):
    from diffusers import WanImageToVideoPipeline
    from PIL import Image

    pipe = WanImageToVideoPipeline.from_pretrained(tiny_model("wan22-i2v"), local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    Full(pipe.vae.encoder.conv_in, "forward", 1, torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(torch.OutOfMemoryError) as caught:
        film(pipe, image=Image.new("RGB", (48, 32)))
    assert phase_of(caught.value, pipe) == "encode"


@pytest.mark.parametrize(
    ("error", "memory"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 17.9 GB, max allowed: 18.1 GB)"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
        (MemoryError(), True),
    ],
)
def test_errors_that_mean_memory(error, memory):
    assert is_out_of_memory(error) is memory


def test_the_cpu_says_what_is_free_and_has_no_limit_of_its_own():
    assert 0 < free_bytes("cpu") < 2**50
    limit_to("cpu", 1)
    assert torch.zeros(1000).sum() == 0
