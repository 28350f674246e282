"""Every kind of model keeps the contract of backends: on its prompt alone, or with the pictures that it needs."""

from __future__ import annotations

import gc

import pytest
from diffusion_films import SMALL, picture_file

from musicvid.rendering import conformance, specimens
from musicvid.rendering.registry import load_backend

KINDS = {
    **dict.fromkeys(
        ("wan-t2v", "wan22-a14b", "wan22-ti2v", "wan-vace", "ltx", "ltx2", "helios", "skyreels-df"), ()
    ),
    **dict.fromkeys(("wan22-i2v", "wan21-i2v"), ("first_frame",)),
    "wan21-flf2v": ("first_frame", "last_frame"),
}  # fmt: skip
"""Each with the pictures that it cannot do without."""


@pytest.fixture(autouse=True)
def _little_garbage():
    """Engines collect garbage: they need not look through all that earlier tests have left each time."""
    gc.freeze()


def _maker(folder, base, **fixed):
    size = {"render_size": "64x32" if folder.name in ("ltx", "ltx2", "wan22-ti2v") else "48x32"}

    def make(**options):
        return load_backend("diffusion", {**SMALL, **size, **fixed, **options}, model=str(folder), base=base)

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model(tiny_model, tmp_path, monkeypatch, kind):
    """What the model has a part in; every request with the pictures that it cannot do without."""
    green = picture_file(tmp_path / "green.png", "green")

    def with_pictures(**changes):
        return specimens.make_request(**{**dict.fromkeys(KINDS[kind], green), **changes})

    monkeypatch.setattr(conformance, "make_request", with_pictures)
    make = _maker(tiny_model(kind), tmp_path)
    conformance.check_notes(make)
    conformance.check_sizes(make, ("96x54",))
    conformance.check_repeatable(make)
    conformance.check_dependence(make, ("prompt",))


def test_the_whole_contract(tiny_model, tmp_path):
    """On a model that takes all pictures there are, and goes on from others."""
    make = _maker(tiny_model("wan-vace"), tmp_path)
    conformance.check_backend(make, counts=(1, 7), sizes=("64x64", "54x96"), rates=("23.976", "60"))


def test_a_picture_that_is_taken_beside_another_alone(tiny_model, tmp_path):
    conformance.check_conditions(_maker(tiny_model("skyreels-df"), tmp_path))


def test_several_devices_work_in_other_processes(tiny_model, tmp_path):
    conformance.check_other_process(_maker(tiny_model("wan-t2v"), tmp_path, device="cpu,cpu"))
