"""For all tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Read when Triton is first imported, by whichever test does that: kernels run without a card. Those that are compiled
# for one are in a process of their own. What a person's pipelines run on is not touched: see MUSICVID_KERNELS.
os.environ["TRITON_INTERPRET"] = "1"
os.environ.pop("MUSICVID_KERNELS", None)

# A busy machine is no reason to fail: laws are about results, not about seconds.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither read nor write what a person's own runs keep."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUSICVID_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``tiny_model("wan-t2v")`` is the folder of that tiny video pipeline, built once; see ``tests/diffusion``."""
    root = tmp_path_factory.mktemp("tiny_models")

    def folder(kind: str) -> Path:
        from diffusion.tiny_models import build

        path = root / kind
        return path if path.exists() else build(kind, path)

    return folder
