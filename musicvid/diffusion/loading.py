"""Load a pipeline of diffusers, or the parts of one that are needed, from a local folder.

Only safetensors are read and nothing is fetched: :mod:`musicvid.diffusion.hub` brought the folder here.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from musicvid.diffusion.folder_facts import check_whole, read_facts
from musicvid.diffusion.settings import Settings
from musicvid.errors import RenderError

TEXT_PARTS = ("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2")
"""What only prompts need. LTX-2's connectors are not among them: they run within the call."""
_NEVER = ("safety_checker", "feature_extractor", "prompt_enhancer", "processor", "duration_head")
_LONGEST_REASON = 200  # characters


def pipeline_class(name: str) -> type[Any]:
    """The class of diffusers called ``name``. Raises :class:`RenderError` for one that the installed release lacks."""
    import diffusers

    _quiet()
    cls = getattr(diffusers, name, None)
    if cls is None:
        raise RenderError(
            f"diffusers {diffusers.__version__} has no {name}", hint="run: pip install --upgrade diffusers"
        )
    return cls


def load(
    folder: Path, pipeline: str, settings: Settings, *, only: Iterable[str] = (), without: Iterable[str] = ()
) -> Any:
    """The pipeline with just the parts ``only`` (empty: all) and not those ``without``, on the CPU, ready to run.

    Raises our errors: a folder that is not whole, weights that are no safetensors, a class that needs another part.
    """
    import torch

    cls = pipeline_class(pipeline)
    facts = read_facts(folder)
    here = set(facts.parts)
    wanted = set(only) or here
    absent = {name: None for name in _parts_taken(cls) if name not in wanted or name in set(without) | set(_NEVER)}
    needed = {"vae", "scheduler"} if not only else set()
    check_whole(facts, sorted((wanted & here | needed) - set(without) - set(_NEVER)))
    try:
        with torch.random.fork_rng(devices=[]):  # layers draw numbers before their weights are read
            pipe = cls.from_pretrained(
                str(folder), dtype=_dtypes(settings), use_safetensors=True, local_files_only=True, **absent
            )
    except Exception as error:
        raise _in_our_words(error, folder, pipeline) from error
    pipe.set_progress_bar_config(disable=True)
    return pipe


def on_another_road(pipe: Any, pipeline: str) -> Any:
    """The same loaded parts under another pipeline class: weights are shared, nothing is loaded or converted.

    ``from_pipe`` of diffusers is not used: it casts the shared weights to float32 unless told otherwise.
    """
    cls = pipeline_class(pipeline)
    if type(pipe) is cls:
        return pipe
    taken = inspect.signature(cls.__init__).parameters
    known = {**{name: pipe.config[name] for name in pipe.config if name in taken}, **pipe.components}
    given = {name: known.get(name) for name in taken if name != "self" and (name in known or name in _parts_taken(cls))}
    other = cls(**given)
    other.set_progress_bar_config(disable=True)
    return other


def _quiet() -> None:
    """Progress and what matters are told by us, in one place; the libraries' own bars and remarks would run through it.

    Whoever looks for a mistake sets ``DIFFUSERS_VERBOSITY`` and ``TRANSFORMERS_VERBOSITY``, as those libraries say.
    """
    import diffusers
    import transformers

    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
        if f"{library.__name__.upper()}_VERBOSITY" not in os.environ:
            library.utils.logging.set_verbosity_error()


def _parts_taken(cls: type[Any]) -> list[str]:
    """Arguments of the constructor that are components (those without a plain default such as a number)."""
    parameters = inspect.signature(cls.__init__).parameters.values()
    return [p.name for p in parameters if p.name != "self" and (p.default is p.empty or p.default is None)
            and p.name not in ("boundary_ratio",)]  # fmt: skip


def _dtypes(settings: Settings) -> Any:
    import torch

    kinds = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
    if settings.dtype == settings.vae_dtype:
        return kinds[settings.dtype]
    return {"default": kinds[settings.dtype], "vae": kinds[settings.vae_dtype]}


def _short(reason: str) -> str:
    """The first sentence: the others tell of switches and pages that are for programmers."""
    first = re.split(r"(?<=[^.\d])[.!]\s", reason, maxsplit=1)[0].rstrip(".!")
    return first if len(first) <= _LONGEST_REASON else f"{first[:_LONGEST_REASON]}…"


def _in_our_words(error: Exception, folder: Path, pipeline: str) -> RenderError:
    reason = " ".join(str(error).split()) or type(error).__name__
    if ".bin" in reason or ("safetensors" in reason and ("no file" in reason or "not found" in reason)):
        reason = "a weight file is missing, or is there as .bin only: only safetensors are loaded"
    return RenderError(
        f"{pipeline} cannot be loaded: {_short(reason)}",
        where=str(folder),
        hint="download it again, or save it once more with save_pretrained",
    )
