"""The texts of a run's clips → embeddings, each text once for each way in which the model's classes read it.

Only code that renders imports this module's functions; they load torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from musicvid.diffusion.card_memory import clear, is_out_of_memory
from musicvid.diffusion.faults import OutOfMemory
from musicvid.diffusion.loading import on_another_road, pipeline_class
from musicvid.diffusion.memory import MemoryPlan
from musicvid.diffusion.models import Condition, Road, VideoModel
from musicvid.diffusion.placement import place, unplace
from musicvid.diffusion.prompts import PromptBook, check_text_length, encode, reader_of, text_length
from musicvid.diffusion.settings import Settings

Page = tuple[Road, str]
"""A text, and the road whose class reads it."""


class Told(Protocol):
    """What is needed of a clip to read its texts: a :class:`ClipSpec` has it, and so has the brief of one."""

    @property
    def prompts(self) -> tuple[str, ...]: ...
    @property
    def avoid(self) -> str: ...
    @property
    def conditions(self) -> frozenset[Condition]: ...


class Reading:
    """``identity`` names the weights. ``folder`` keeps embeddings on disk. Raises :class:`RenderError` for a length of
    texts that the model cannot take."""

    def __init__(self, model: VideoModel, settings: Settings, identity: str, folder: Path | None) -> None:
        check_text_length(model, settings.text_tokens)
        self._model, self._settings, self._identity, self._folder = model, settings, identity, folder
        self._books: dict[str, PromptBook] = {}

    def book(self, road: Road) -> PromptBook:
        """What was encoded the way in which ``road`` reads texts, on disk too."""
        reader = reader_of(road.pipeline)
        if reader not in self._books:
            tokens = text_length(pipeline_class(road.pipeline), self._model, self._settings.text_tokens)
            named = f"{self._identity} {reader} {self._settings.dtype} {tokens}"
            self._books[reader] = PromptBook(named, self._folder)
        return self._books[reader]

    def missing(self, pages: Iterable[Page]) -> list[Page]:
        """Those that nobody has encoded yet, each once, and those that are read alike one after the other."""
        texts: dict[str, dict[str, None]] = {}
        roads: dict[str, Road] = {}
        for road, text in pages:
            reader = reader_of(road.pipeline)
            roads.setdefault(reader, road)
            texts.setdefault(reader, {})[text] = None
        return [(roads[name], text) for name, those in texts.items() for text in self.book(roads[name]).missing(those)]

    def read(self, pipe: Any, pages: Sequence[Page]) -> Iterator[Page]:
        """Encode ``pages`` with the text encoder of ``pipe``, each yielded when it is done.

        The encoder is whole on the card; where that is too much, layer by layer, which gives the same numbers. Raises
        :class:`OutOfMemory` when that is too much as well.
        """
        device, left = self._settings.device, list(pages)
        for plan in (MemoryPlan("resident"), MemoryPlan("group-offload")):
            try:
                place(pipe, plan, device)
                while left:
                    self._read_one(on_another_road(pipe, left[0][0].pipeline), *left[0])
                    yield left.pop(0)
                return
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                error.__traceback__ = None  # it holds the tensors that were too many
                if plan.weights == "group-offload":
                    raise OutOfMemory("encode") from error
            unplace(pipe)
            clear(device)

    def _read_one(self, pipe: Any, road: Road, text: str) -> None:
        tokens = text_length(type(pipe), self._model, self._settings.text_tokens)
        self.book(road).add(text, encode(pipe, text, device=self._settings.device, tokens=tokens))


def pages_of(clip: Told, road: Road) -> list[Page]:
    return [(road, text) for text in (*clip.prompts, clip.avoid)]
