"""Every op, once over all cases: the definition against float64, Triton's kernel (interpreted here) against both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from musicvid_kernels.case import Case, Maker, Op, in_float64, relative_error
from musicvid_kernels.catalogue import FOLDERS, ops

OPS = ops()
EVERY = [
    pytest.param(op, case, dtype, id=f"{op.name}-{case.name}-{dtype}")
    for op in OPS
    for case in op.cases
    for dtype in case.dtypes
]


@pytest.fixture(autouse=True)
def _poisoned() -> Iterator[None]:
    """Memory that nobody wrote is NaN, or the largest whole number, instead of a lucky zero."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    assert torch.utils.deterministic.fill_uninitialized_memory
    yield
    torch.use_deterministic_algorithms(False)


def test_uninitialised_memory_is_poisoned():
    assert torch.empty(7).isnan().all()
    assert (torch.empty(7, dtype=torch.uint8) == 255).all()


def test_every_folder_with_a_kernel_is_in_the_catalogue():
    import musicvid_kernels

    (home,) = musicvid_kernels.__path__
    from pathlib import Path

    assert sorted(FOLDERS) == sorted(path.parent.name for path in Path(home).glob("*/cases.py"))


@pytest.mark.parametrize(("op", "case", "dtype"), EVERY)
def test_the_definition_is_near_float64(op: Op, case: Case, dtype: str):
    arguments = case.build(Maker(getattr(torch, dtype)))
    _compare(op, case, dtype, op.outputs(op.reference, arguments))


@pytest.mark.parametrize(("op", "case", "dtype"), EVERY)
def test_the_kernel_is_near_float64(op: Op, case: Case, dtype: str):
    pytest.importorskip("triton")
    arguments = case.build(Maker(getattr(torch, dtype)))
    found = op.outputs(op.triton, arguments)
    _compare(op, case, dtype, found)
    assert _laid_out(found) == _laid_out(op.outputs(op.registered, arguments))
    assert _laid_out(found) == _laid_out(op.outputs(op.reference, arguments))


def _compare(op: Op, case: Case, dtype: str, found: tuple[torch.Tensor, ...]) -> None:
    wanted = op.outputs(op.reference, in_float64(case.build(Maker(getattr(torch, dtype)))))
    assert len(found) == len(wanted)
    for here, exact in zip(found, wanted, strict=True):
        assert here.shape == exact.shape
        if exact.is_floating_point():
            assert relative_error(here, exact) <= case.tolerance[dtype]
        else:
            assert int((here.long() - exact.long()).abs().max()) <= case.levels if here.numel() else True


def _laid_out(tensors: tuple[torch.Tensor, ...]) -> list[tuple[object, ...]]:
    return [(tensor.shape, tensor.dtype, tensor.stride(), tensor.device) for tensor in tensors]


@pytest.mark.parametrize("op", [pytest.param(op, id=op.name) for op in OPS])
def test_torch_accepts_the_registration(op: Op):
    arguments = op.cases[0].build(Maker())
    torch.library.opcheck(op.registered, (), arguments)


@pytest.mark.parametrize("op", [pytest.param(op, id=op.name) for op in OPS])
def test_compiling_breaks_no_graph(op: Op):
    arguments = op.cases[0].build(Maker())
    torch._dynamo.reset()
    whole = torch.compile(lambda given: op.registered(**given), fullgraph=True, backend="aot_eager")
    for here, there in zip(op.outputs(lambda **given: whole(given), arguments),
                           op.outputs(op.registered, arguments), strict=True):  # fmt: skip
        assert torch.equal(here, there)


@pytest.mark.parametrize("op", [pytest.param(op, id=op.name) for op in OPS])
def test_fake_tensors_have_the_shapes_types_and_strides_of_real_ones(op: Op):
    from torch._subclasses.fake_tensor import FakeTensorMode

    for case in op.cases:
        arguments = case.build(Maker())
        real = op.outputs(op.registered, arguments)
        with FakeTensorMode() as mode:
            copied = {name: mode.from_tensor(value) if isinstance(value, torch.Tensor) else value
                      for name, value in arguments.items()}  # fmt: skip
            made = op.registered(**copied)
        fake = (
            tuple(copied[name] for name in op.mutates) if op.mutates else made if isinstance(made, tuple) else (made,)
        )
        assert _laid_out(fake) == _laid_out(real)


@pytest.mark.parametrize("op", [pytest.param(op, id=op.name) for op in OPS])
def test_kernels_are_launched_on_the_card_of_their_tensors(op: Op, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("triton")
    from contextlib import nullcontext

    seen = []
    monkeypatch.setattr(torch.cuda, "device_of", lambda tensor: seen.append(tensor) or nullcontext())
    arguments = op.cases[0].build(Maker())
    op.outputs(op.triton, arguments)
    assert [tensor.shape for tensor in seen] == [next(iter(arguments.values())).shape]


def test_threads_take_turns_in_the_interpreter():
    pytest.importorskip("triton")
    from concurrent.futures import ThreadPoolExecutor

    chosen = [op for op in OPS if op.name in ("modulate", "gate_add", "frame_difference")]

    def work(op: Op) -> bool:
        arguments = op.cases[0].build(Maker())
        wanted = op.outputs(op.reference, arguments)
        return all(
            relative_error(here, there) < 1e-5
            for _ in range(10)
            for here, there in zip(op.outputs(op.triton, arguments), wanted, strict=True)
        )

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(work, chosen * 2))
