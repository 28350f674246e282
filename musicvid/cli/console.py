"""Progress on a terminal, plain lines in a pipe, nothing with ``--quiet``. Results alone go to standard output."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from musicvid.schema.progress import OnProgress, Progress

if TYPE_CHECKING:
    from rich.console import Console

_STEP_LINES_S = 10.0


@contextmanager
def progress(quiet: bool) -> Iterator[OnProgress | None]:
    """The callback for a verb's ``on_progress``; bars end with the block."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bars() as callback:
            yield callback
    else:
        yield _Lines()


class _Lines:
    """At most some twenty lines a stage, however many items it has, and for an item that takes long one in ten seconds.

    ``clock`` gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept: dict[str, int] = {}
        self._clock = clock
        self._in_work: tuple[str, str] | None = None
        self._said_s = 0.0

    def __call__(self, event: Progress) -> None:
        if event.note:
            say(_note(event))
        if event.steps:
            self._step(event)
        elif not event.note:
            self._finished(event)

    def _step(self, event: Progress) -> None:
        if self._in_work != (event.stage, event.item):
            self._in_work, self._said_s = (event.stage, event.item), self._clock()
        elif self._clock() - self._said_s >= _STEP_LINES_S:
            self._said_s = self._clock()
            say(f"{event.stage}: {event.done} of {event.total} ({_item(event)})")

    def _finished(self, event: Progress) -> None:
        self._kept[event.stage] = self._kept.get(event.stage, 0) + event.kept
        step = max(1, event.total // 20)
        if event.done == event.total:
            kept = self._kept.pop(event.stage)
            say(f"{event.stage}: {event.done} of {event.total} done" + (f", {kept} of them kept" if kept else ""))
        elif event.done % step == 0 and not event.kept:
            say(f"{event.stage}: {event.done} of {event.total} ({_item(event)})")


def _note(event: Progress) -> str:
    return f"{event.stage}: {event.item}: {event.note}" if event.item else f"{event.stage}: {event.note}"


def _item(event: Progress) -> str:
    """``chorus-1/02 step 12/30, 14 s left, 12 min left in all``, as far as it is known."""
    words = f"{event.item} step {event.step}/{event.steps}" if event.steps else event.item
    left = f", {_about(event.item_s)} left" if event.item_s is not None else ""
    return words + left + (f", {_about(event.all_s)} left in all" if event.all_s is not None else "")


def _about(seconds: float) -> str:
    """``14 s``, ``12 min``, ``1 h 05 min``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


@contextmanager
def _bars(console: Console | None = None) -> Iterator[OnProgress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Task, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars
    from rich.text import Text

    class TimeLeft(TimeRemainingColumn):
        """By the pace of finished items, except where the stage tells it itself: one of two answers is wrong."""

        def render(self, task: Task) -> Text:
            return Text() if task.fields["told"] else super().render(task)

    columns = [
        TextColumn("{task.description:>9}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeLeft(elapsed_when_finished=True),
        TextColumn("{task.fields[item]}", style="dim", markup=False),
    ]
    with Bars(*columns, console=console or Console(stderr=True)) as bars:
        rows: dict[str, object] = {}

        def show(event: Progress) -> None:
            if event.stage not in rows:
                rows[event.stage] = bars.add_task(event.stage, total=event.total, item="", told=False)
            if event.note:
                bars.console.print(_note(event), markup=False)
                if not event.steps:
                    return
            done = event.done + (event.step / event.steps if event.steps else 0)
            told = event.all_s is not None
            bars.update(rows[event.stage], completed=done, total=event.total, item=_item(event), told=told)

        yield show


def say(line: str) -> None:
    """A line for the person, on standard error. When nobody can read it (``2>&1 | head``), the work goes on."""
    with suppress(OSError):
        click.echo(line, err=True)


def print_table(headings: list[str], rows: list[list[str]], *, numbers: tuple[int, ...] = ()) -> None:
    """A table on standard output: drawn on a terminal, tab-separated in a pipe. Columns ``numbers`` align right."""
    if not sys.stdout.isatty():
        for row in [headings, *rows]:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for i, heading in enumerate(headings):
        table.add_column(heading, justify="right" if i in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
