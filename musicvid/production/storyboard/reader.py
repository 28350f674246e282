"""YAML bytes → a tree of plain values with positions; for storyboards and whatever else people write in YAML.

ruamel.yaml's parser gives events with marks; the tree is built from them here, with a stack instead of recursion.
Nothing is ever constructed from a tag, so loading executes nothing, and sizes are bounded before memory is spent.
Scalars follow the YAML 1.2 core schema whatever ``%YAML`` says: ``on``, ``NO``, ``1:30`` and dates stay text.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from musicvid.errors import Mistake, StoryboardError
from musicvid.production.storyboard.syntax import decode, explain, spot_of
from musicvid.production.storyboard.tree import Node, Spot, Tree, Value, resolve, shown

MAX_NODES = 100_000
MAX_DEPTH = 20


def read_tree(data: bytes, file: str) -> Tree:
    """Read one YAML document; ``file`` is its name in messages.

    Raises :class:`StoryboardError` where reading cannot go on: not UTF-8, not YAML, too large, too deep.
    """
    text = decode(data, file)
    builder = _Builder(file)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except ReaderError as error:
        code = error.character if isinstance(error.character, int) else ord(error.character)
        message = f"the control character U+{code:04X} cannot stand in YAML: delete it"
        raise builder.stop(message, spot_of(text, error.position)) from error
    except MarkedYAMLError as error:
        message, spot = explain(error, text)
        raise builder.stop(message, spot) from error
    except YAMLError as error:
        raise builder.stop(f"not YAML: {' '.join(str(error).split())}") from error
    except (ValueError, OverflowError) as error:  # an escape such as "\UFFFFFFFF"
        raise builder.stop("not YAML: after this place an escape names no character") from error
    return Tree(builder.root, builder.mistakes)


class _Key(NamedTuple):
    """A key whose value comes next; ``kept`` is False where it was refused."""

    text: str
    spot: Spot
    kept: bool


class _Builder:
    """Hangs events into a tree and collects the mistakes that do not stop the reading."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.mistakes: list[Mistake] = []
        self.last = Spot(1, 1)
        self._open: list[Node] = []
        self._keys: list[_Key | None] = []  # of each open mapping, the key that waits for its value
        self._documents = 0
        self._count = 0

    def stop(self, message: str, spot: Spot | None = None) -> StoryboardError:
        return StoryboardError([*self.mistakes, Mistake(self.file, *(spot or self.last), "", message)])

    def take(self, event: Event) -> None:
        mark = event.start_mark
        self.last = Spot(mark.line + 1, mark.column + 1)
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self.stop("a second document begins here: there is one per file, remove the ---")
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, NodeEvent):
            self._take_node(event)

    def _take_node(self, event: NodeEvent) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise self.stop(f"more than {MAX_NODES:,} values: is this the right file?")
        holder = self._open[-1] if self._open else None
        if holder is not None and isinstance(holder.value, dict) and self._keys[-1] is None:
            self._keys[-1] = self._read_key(event, holder)
            return
        node = Node(self.last, None, sound=self._is_plain(event))
        if isinstance(event, ScalarEvent):
            node.value = self._read_scalar(event, node)
        self._hang(event, node, holder)
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            node.value = {} if isinstance(event, MappingStartEvent) else []
            if len(self._open) == MAX_DEPTH:
                raise self.stop(f"nested more than {MAX_DEPTH} deep: is this the right file?")
            self._open.append(node)
            self._keys.append(None)

    def _hang(self, event: NodeEvent, node: Node, holder: Node | None) -> None:
        if holder is None:
            self.root = node
        elif isinstance(holder.value, list):
            holder.value.append(node)
        elif isinstance(holder.value, dict):
            key, self._keys[-1] = self._keys[-1], None
            if key is not None and isinstance(event, ScalarEvent) and node.value is None:
                node.spot = key.spot  # where nothing is written, the parser is already at the next line
            if key is not None and key.kept:
                holder.value[key.text] = node
                holder.keys[key.text] = key.spot

    def _read_key(self, event: NodeEvent, holder: Node) -> _Key:
        if not isinstance(event, ScalarEvent | AliasEvent):
            raise self.stop("a key must be a word, not a list or a mapping: text that begins with [ or { needs quotes")
        kept = self._is_plain(event)
        text, whole = self._readable(event) if isinstance(event, ScalarEvent) else ("", True)
        kept = kept and whole
        if kept and text in holder.keys:
            first = holder.keys[text]
            self._report(f"the key {shown(text)} stands twice in one mapping (first in line {first.line})")
            kept = False
        return _Key(text, self.last, kept)

    def _is_plain(self, event: NodeEvent) -> bool:
        """Refuses anchors, aliases and tags: a storyboard needs none, and they are how YAML bombs are built."""
        if isinstance(event, AliasEvent):
            self._report(
                f"the alias *{event.anchor} is not allowed: write it out (text that begins with * needs quotes)"
            )
            return False
        if (tag := getattr(event, "tag", None)) is not None:
            name = shown(str(tag).replace("tag:yaml.org,2002:", "!!", 1))
            self._report(f"the YAML tag {name} is not allowed: text that begins with ! needs quotes")
            return False
        if event.anchor is not None:
            self._report(f"the anchor &{event.anchor} is not allowed: text that begins with & needs quotes")
            return False
        return True

    def _read_scalar(self, event: ScalarEvent, node: Node) -> Value:
        text, whole = self._readable(event)
        if not whole:
            node.sound = False
        return resolve(text) if event.implicit[0] and not event.style else text

    def _readable(self, event: ScalarEvent) -> tuple[str, bool]:
        """The scalar's text without what is no character, and whether it was whole. A lone surrogate that stayed in
        would stop whoever encodes the text later (pydantic does)."""
        text = str(event.value)
        hidden = [c for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs")]
        if not hidden:
            return text, True
        self._report(f"an escape gives U+{ord(hidden[0]):04X}, which is no character of a text: delete it")
        return "".join(c for c in text if c not in hidden), False

    def _report(self, message: str) -> None:
        self.mistakes.append(Mistake(self.file, *self.last, "", message))
