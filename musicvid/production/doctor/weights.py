"""Room for the weights of models, and the way to them. Asks nobody: the network is not used."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from musicvid.diffusion.models import VideoModel
from musicvid.schema.findings import Finding

_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
GIB = 2**30


def room() -> Iterator[Finding]:
    """The disk of the hub's cache against what the models of the table weigh, and which are there already."""
    from huggingface_hub.constants import HF_HUB_CACHE

    from musicvid.diffusion.registry import known_models

    folder = Path(HF_HUB_CACHE).expanduser()
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(nearest, os.W_OK):
        yield Finding("weights", "bad", f"{folder}: cannot be written", "set HF_HOME to a folder you can write to")
        return
    models = known_models()
    if here := [model.key for model in models if _is_cached(model)]:
        yield Finding("weights", "ok", f"in the cache: {', '.join(here)}")
    free_bytes = shutil.disk_usage(nearest).free
    missing = {m.key: weight_bytes(m) for m in models if m.key not in here and weight_bytes(m)}
    too_large = [key for key, needed_bytes in missing.items() if needed_bytes > free_bytes]
    detail = f"{free_bytes / GIB:.0f} GiB free in {folder}"
    if not too_large:
        yield Finding("weights disk", "ok", f"{detail}, enough for every model")
        return
    smallest = min(missing, key=lambda key: missing[key])
    least = f"the smallest, {smallest}, needs {missing[smallest] / GIB:.0f} GiB"
    fit = [key for key in missing if key not in too_large]
    yield Finding(
        "weights disk",
        "note",
        f"{detail}, enough for {', '.join(fit)}" if fit else f"{detail}, enough for no model: {least}",
        "free some space, or set HF_HOME to a folder on a larger disk",
    )


def login() -> Iterator[Finding]:
    """Whether there is a token, never what it is."""
    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN_PATH

    named = [name for name in _TOKENS if os.environ.get(name)]
    if named or _has_content(Path(HF_TOKEN_PATH)):
        yield Finding("hub login", "ok", f"a token is there ({named[0] if named else HF_TOKEN_PATH})")
    else:
        fix = "for models that want their licence accepted first, run: hf auth login"
        yield Finding("hub login", "note", f"no token for {ENDPOINT}", fix)
    if HF_HUB_OFFLINE:
        detail = "HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set: no model is fetched"
        yield Finding("hub", "note", detail, "unset it before the first use of a model")


def weight_bytes(model: VideoModel) -> int:
    """What a model's weights take in bfloat16 (published in float32 it is twice that); 0 when nobody counted."""
    return int(sum(gib for _, gib in model.weights_gib) * GIB)


def _is_cached(model: VideoModel) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(model.repo, "model_index.json"), str)


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
