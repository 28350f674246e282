"""The contract over every backend there is, and the contract itself: it must be able to fail."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flat_backend import FlatBackend
from footage_files import write_clip, write_still
from slow_backend import SlowBackend

from musicvid.rendering import conformance
from musicvid.rendering.backend import Capabilities
from musicvid.rendering.backends.clips import ClipBackend, EffectBackend
from musicvid.rendering.conformance import BackendContract, check_backend
from musicvid.rendering.registry import backend_names, load_backend


class TestFlat(BackendContract):
    depends_on = ("prompt", "seed")

    def make_backend(self, **options):
        return FlatBackend.with_options(options, model="", base=Path())


class Keeper(SlowBackend):
    """Its chroma tells what it goes on from and which pictures it was given; it wants a folder of its own."""

    def capabilities(self):
        return Capabilities(conditions=frozenset({"prompt", "seed", "first_frame", "last_frame", "continues"}))

    def keep_in(self, folder):
        assert folder.is_dir()
        assert not list(folder.iterdir()), "another instance's folder"
        self.folder = folder

    def render(self, request):
        (self.folder / "kept").touch()
        known = {(one.shot_id, one.take): one for one in self.asked}
        before = known[(request.continues.shot_id, request.continues.take)] if request.continues else None
        pictures = [Path(path).read_bytes().hex() for path in (request.first_frame, request.last_frame) if path]
        words = [request.prompt, *pictures, *([before.prompt, str(before.seed)] if before else [])]
        return FlatBackend.render(self, replace(request, prompt="/".join(words)))


def gradient(t_s):
    picture = np.zeros((90, 160, 3), np.uint8)
    picture[..., 0] = np.arange(160)
    picture[..., 1] = int(t_s * 500) % 256
    return picture


def negative(picture, t_s):
    return 255 - picture


class TestClip(BackendContract):
    takes_options = False
    depends_on = ()

    def make_backend(self, **options):
        return ClipBackend(gradient, key="gradient 1")


class TestMoviepyClip(BackendContract):
    takes_options = False

    def make_backend(self, **options):
        from moviepy import VideoClip

        return ClipBackend(VideoClip(gradient, duration=1), key="gradient 1")


class TestSlow(BackendContract):
    """One that keeps clips and goes on from other takes, as a model would; tried with little."""

    depends_on = ("prompt", "seed")
    counts, sizes, rates = (5,), ("64x64",), ("24",)

    def make_backend(self, **options):
        return Keeper.with_options(options, model="", base=Path())


class TestEffect(BackendContract):
    takes_options = False
    depends_on = ("prompt", "seed")

    def make_backend(self, **options):
        return EffectBackend(negative, on=FlatBackend(), key="negative 1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A clip for the first shot, a still for the second."""
    folder = tmp_path_factory.mktemp("footage")
    write_clip(folder / "a.mp4", [20 + 7 * k for k in range(30)], size=(128, 72))
    write_still(folder / "b.png", size=(200, 160))
    return folder


# What a backend's options must hold so that it can be made, its model, and what it is known to heed.
NEEDS = {
    "footage": {"folder": "."},
    "diffusion": {"device": "cpu", "dtype": "fp32", "steps": 1, "render_size": "64x64"},
}
MODELS = {"diffusion": "wan-vace"}
HEEDS = {"footage": (), "animatic": ("prompt", "seed", "motion")}
SLOW = {"diffusion"}
CHECKS = [name for name in dir(BackendContract) if name.startswith("test_")]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", sorted({entry.name for entry in backend_names()}))
def test_every_installed_backend(name, check, folder, tiny_model):
    contract = BackendContract()
    contract.depends_on = HEEDS.get(name)
    if name in SLOW:
        contract.counts, contract.sizes, contract.rates = (1, 5), ("64x64", "96x64"), ("24", "23.976")
    model = str(tiny_model(MODELS[name])) if name in MODELS else ""

    def make(**options):
        return load_backend(name, {**NEEDS.get(name, {}), **options}, model=model, base=folder)

    contract.make_backend = make
    getattr(contract, check)()


class Wrong(FlatBackend):
    """Breaks the contract in the way that ``faults['how']`` says."""

    count = itertools.count()

    def how(self, *ways):
        return self.faults.get("how") in ways

    def capabilities(self):
        return Capabilities(conditions=frozenset({"prompt"}) if self.how("deaf") else frozenset())

    def identity(self, request):
        if self.how("keys"):
            return {1: "a"}
        if self.how("path"):
            return {"a": Path()}
        return {"n": next(self.count)} if self.how("restless") else {}

    def notes(self, request):
        return ["held"] if self.how("notes") else ()

    def render(self, request):
        count = request.frame_count
        if self.how("odd"):
            count += count % 2
        if self.how("head"):
            count -= request.head_frames
        if self.how("rate"):
            count = round(count * 24 / request.rate.fps)
        width, height = request.size.width, request.size.height
        if self.how("upright"):
            width, height = max(width, height), min(width, height)
        shade = 50
        if self.how("random"):
            shade = next(self.count) % 200
        if self.how("process"):
            import os

            shade = os.getpid() % 200
        for _ in range(count):
            if self.how("float"):
                yield np.zeros((height * 3 // 2, width))
            else:
                yield np.full((height * 3 // 2, width), shade, np.uint8)


WRONGS = {
    "keys": "JSON",
    "path": "JSON",
    "restless": "identity changes from call to call",
    "notes": "a tuple of texts was expected",
    "odd": "more than the 1 frames",
    "head": "frames came",
    "rate": "frames came",
    "upright": "of 180x320 is uint8",
    "random": "other pixels|came out different",
    "process": "in another process the same request gave other pixels",
    "deaf": "claims to heed prompt",
    "float": "is float64",
}


@pytest.mark.parametrize("how", WRONGS)
def test_the_contract_finds_what_is_wrong(how):
    with pytest.raises(AssertionError, match=WRONGS[how]):
        check_backend(lambda: Wrong(faults={"how": how}), takes_options=False)


@pytest.mark.parametrize("name", ["first_frame", "last_frame", "continues"])
def test_the_contract_finds_who_does_not_heed_what_it_claims(name):
    with pytest.raises(AssertionError, match=f"it claims to heed {name}"):
        check_backend(lambda: SlowBackend(conditions=frozenset({name})), takes_options=False, depends_on=())


def test_an_identity_that_tells_them_apart_is_enough():
    class Told(SlowBackend):
        def identity(self, request):
            return {"picture": Path(request.first_frame).name}

    conformance.check_conditions(lambda: Told(conditions=frozenset({"first_frame"})))


def test_slow_backends_are_tried_with_what_is_said():
    tried = []

    class Counted(FlatBackend):
        def render(self, request):
            tried.append((request.frame_count, str(request.size), str(request.rate)))
            return super().render(request)

    few = {"counts": (5,), "sizes": ("96x64",), "rates": ("16",)}
    check_backend(lambda: Counted(parallel=False), takes_options=False, depends_on=(), **few)
    plain = (7, "64x64", "24")
    assert set(tried) == {plain, (5, "64x64", "24"), (2, "96x64", "24"), (7, "64x64", "16")}


def test_the_contract_wants_unknown_options_refused():
    with pytest.raises(AssertionError, match="an unknown option was accepted"):
        check_backend(lambda **options: FlatBackend())


def test_the_contract_wants_a_version():
    with pytest.raises(AssertionError, match="version is ''"):
        check_backend(lambda: FlatBackend(version=""))


def test_the_contract_wants_a_backend_that_can_be_sent():
    def make():
        backend = FlatBackend()
        backend.generator = (k for k in range(3))
        return backend

    with pytest.raises(AssertionError, match=r"after prepare\(\) it cannot work in another process"):
        conformance.check_other_process(make)


def test_a_good_backend_passes_in_one_call():
    check_backend(lambda **options: FlatBackend.with_options(options, model="", base=Path()), depends_on=("seed",))
