"""Progress on a terminal, plain lines in a pipe, nothing with ``--quiet``. Results alone go to standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from musicvid.schema.progress import OnProgress, Progress


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
    """At most some twenty lines a stage, however many items it has."""

    def __init__(self) -> None:
        self._kept: dict[str, int] = {}

    def __call__(self, event: Progress) -> None:
        self._kept[event.stage] = self._kept.get(event.stage, 0) + event.kept
        step = max(1, event.total // 20)
        if event.note:
            say(f"{event.stage}: {event.note}")
        if event.done == event.total:
            kept = self._kept.pop(event.stage)
            say(f"{event.stage}: {event.done} of {event.total} done" + (f", {kept} of them kept" if kept else ""))
        elif event.done % step == 0 and not event.kept:
            say(f"{event.stage}: {event.done} of {event.total} ({event.item})")


@contextmanager
def _bars() -> Iterator[OnProgress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = [
        TextColumn("{task.description:>9}"),
        BarColumn(bar_width=32),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("[dim]{task.fields[item]}"),
    ]
    with Bars(*columns, console=Console(stderr=True)) as bars:
        rows: dict[str, object] = {}

        def show(event: Progress) -> None:
            if event.stage not in rows:
                rows[event.stage] = bars.add_task(event.stage, total=event.total, item="")
            if event.note:
                bars.console.print(f"{event.stage}: {event.note}", markup=False)
            bars.update(rows[event.stage], completed=event.done, total=event.total, item=event.item)

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
