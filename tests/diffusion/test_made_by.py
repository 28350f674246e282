"""What names clips: the same for the same pixels, however it was said."""

from __future__ import annotations

import json

import pytest
from diffusion.stock_calls import cpu

from musicvid.diffusion.folder import recognise
from musicvid.diffusion.made_by import made_by


@pytest.fixture
def named(tiny_model):
    def key(kind, **settings):
        return json.dumps(made_by("weights", recognise(tiny_model(kind)), cpu(**settings), ()))

    return key


@pytest.mark.parametrize("kind", ["wan-t2v", "wan21-i2v", "helios"])
def test_the_usual_length_of_texts_said_aloud_is_no_other_clip(named, kind):
    """512 tokens are what these pipelines pad to by their own signatures."""
    assert named(kind, text_tokens=512) == named(kind)


@pytest.mark.parametrize(("kind", "tokens"), [("wan-t2v", 64), ("wan-t2v", 511), ("ltx2", 512), ("ltx", 64)])
def test_another_length_of_texts_is_another_clip(named, kind, tokens):
    assert named(kind, text_tokens=tokens) != named(kind)


def test_the_card_is_in_no_name(named):
    assert named("wan-t2v", memory_bytes=2**33, compile=True, preview_every=2) == named("wan-t2v")
