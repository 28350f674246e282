"""Prompts → embeddings: encoded once with nothing but the text encoder in memory, kept on disk by content.

Pipelines then run without a text encoder: the ``encode_prompt`` of the object is replaced by a look-up that returns
what the real one would have. A text is encoded alone, positive or negative alike, exactly as the pipelines do it.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from musicvid.diffusion.loading import pipeline_class
from musicvid.diffusion.models import VideoModel
from musicvid.errors import RenderError

Embedding = tuple[Any, ...]
"""Tensors of batch 1 for one text: (embeds,) or (embeds, mask)."""

_READ_ALIKE = {
    "WanImageToVideoPipeline": "WanPipeline",
    "LTXI2VLongMultiPromptPipeline": "LTXPipeline",
    "LTX2ConditionPipeline": "LTX2Pipeline",
    "LTX2DFRPipeline": "LTX2Pipeline",
    "SkyReelsV2DiffusionForcingImageToVideoPipeline": "SkyReelsV2DiffusionForcingPipeline",
    "SkyReelsV2DiffusionForcingVideoToVideoPipeline": "SkyReelsV2DiffusionForcingPipeline",
}
"""Classes that encode a text bit for bit as another one does. ``LTXConditionPipeline`` is not among them: it hides the
padding from the text encoder, and ``LTXPipeline`` does not."""


class PromptBook:
    """Embeddings by text. ``identity`` names everything else that determines them (weights, dtype, length)."""

    def __init__(self, identity: str, folder: Path | None = None) -> None:
        self._identity, self._folder = identity, folder
        self._pages: dict[str, Embedding] = {}

    def key_of(self, text: str) -> str:
        return hashlib.sha256(json.dumps([self._identity, text]).encode()).hexdigest()

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Those of ``texts`` that nobody has encoded yet, each once, in order."""
        return [text for text in dict.fromkeys(texts) if not self._has(text)]

    def add(self, text: str, embedding: Embedding) -> None:
        self._pages[text] = tuple(tensor.detach().to("cpu") for tensor in embedding)
        if self._folder is not None:
            self._write(text)

    def of(self, text: str) -> Embedding:
        """Raises :class:`RenderError` for a text that was never encoded."""
        if not self._has(text):
            raise RenderError(f"the prompt was not encoded before rendering: {text[:80]!r}")
        return self._pages[text]

    def _has(self, text: str) -> bool:
        if text not in self._pages and self._folder is not None and self._path(text).is_file():
            self._read(text)
        return text in self._pages

    def _path(self, text: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{self.key_of(text)}.safetensors"

    def _read(self, text: str) -> None:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            tensors = load_file(self._path(text))
        except (SafetensorError, OSError):
            self._path(text).unlink(missing_ok=True)  # damaged: encoded again, as if it had never been there
            return
        self._pages[text] = tuple(tensors[name] for name in sorted(tensors))

    def _write(self, text: str) -> None:
        from safetensors.torch import save_file

        path = self._path(text)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.stem}.part-{os.getpid()}-0{path.suffix}")
        named = {str(k): tensor.contiguous() for k, tensor in enumerate(self._pages[text])}
        save_file(named, part)
        os.replace(part, path)


def encode(pipe: Any, text: str, *, device: str, tokens: int) -> Embedding:
    """One text through the pipeline's own ``encode_prompt``, without a graph: under autograd results differ by 1e-6."""
    import torch

    taken = inspect.signature(pipe.encode_prompt).parameters
    wanted: dict[str, object] = {"prompt": text, "device": torch.device(device), "max_sequence_length": tokens}
    if "do_classifier_free_guidance" in taken:
        wanted["do_classifier_free_guidance"] = False
    with torch.no_grad():
        answer = pipe.encode_prompt(**wanted)
    return tuple(one for one in answer if one is not None)


def reader_of(pipeline: str) -> str:
    """The class that stands for all that encode a text alike."""
    return _READ_ALIKE.get(pipeline, pipeline)


def text_length(cls: type[Any], model: VideoModel, wanted: int | None) -> int:
    """How many tokens prompts are padded to: ``wanted``, else the model's own, else the pipeline's default.

    Raises :class:`RenderError` for a length that the model cannot take, see :func:`check_text_length`.
    """
    check_text_length(model, wanted)
    default = inspect.signature(cls.__call__).parameters["max_sequence_length"].default
    return int(wanted or dict(model.calls).get("max_sequence_length") or default)


def changed_length(model: VideoModel, wanted: int | None) -> int | None:
    """``wanted``; None where all roads of ``model`` pad prompts to just that many tokens when nothing is said."""
    if wanted is None:
        return None
    classes = [pipeline_class(road.pipeline) for road in model.roads]
    padded = [cls for cls in classes if "max_sequence_length" in inspect.signature(cls.__call__).parameters]
    return None if padded == classes and all(text_length(cls, model, None) == wanted for cls in classes) else wanted


def check_text_length(model: VideoModel, wanted: int | None) -> None:
    """Wan 2.1's picture-to-video attention counts on 512 tokens: with any other number it splits text from picture in
    the wrong place, in silence. Raises :class:`RenderError` for it, before anything is loaded."""
    fixed = dict(model.calls).get("max_sequence_length")
    if wanted is not None and fixed is not None and wanted != fixed:
        raise RenderError(
            f"text_tokens {wanted}: {model.key} tells text from picture by counting {fixed} tokens, and would mix them",
            hint="leave `text_tokens` out",
        )


def reads_from(book: PromptBook, cls: type[Any]) -> Callable[..., tuple[Any, ...]]:
    """A stand-in for ``cls.encode_prompt`` that looks up ``book`` and answers in the same shape."""
    guided = "do_classifier_free_guidance" in inspect.signature(cls.encode_prompt).parameters

    def encode_prompt(
        prompt: str | list[str],
        negative_prompt: str | list[str] | None = None,
        do_classifier_free_guidance: bool = True,
        device: Any = None,
        **_: object,
    ) -> tuple[Any, ...]:
        positive = tuple(tensor.to(device) for tensor in book.of(_only(prompt)))
        if not guided:
            return positive
        if not do_classifier_free_guidance:
            return positive + (None,) * len(positive)
        return positive + tuple(tensor.to(device) for tensor in book.of(_only(negative_prompt or "")))

    return encode_prompt


def _only(text: str | list[str]) -> str:
    return text if isinstance(text, str) else text[0]
