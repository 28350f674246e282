"""What a person sees of a renderer that takes its time: plain lines in a pipe, a bar on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from musicvid.cli import console
from musicvid.schema.progress import Progress


class Clock:
    now_s = 50.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(console, "say", lines.append)
    return lines


def step(number, item="chorus-1/02", done=3, **more):
    return Progress("render", done, 8, item, step=number, steps=30, **more)


def test_in_a_pipe_a_long_take_says_a_line_in_ten_seconds(said):
    clock = Clock()
    lines = console._Lines(clock)
    for second in range(41):
        lines(step(second % 30 + 1))
        clock.now_s += 1
    assert [line.split("step ")[1] for line in said] == ["11/30)", "21/30)", "1/30)", "11/30)"]
    assert said[0] == "render: 3 of 8 (chorus-1/02 step 11/30)"


def test_takes_that_are_quick_say_nothing_of_their_steps(said):
    clock = Clock()
    lines = console._Lines(clock)
    for k in range(8):
        for number in range(1, 31):
            lines(step(number, f"a/{k}", done=k))
            clock.now_s += 0.3
        lines(Progress("render", k + 1, 8, f"a/{k}"))
    assert said == [*(f"render: {k + 1} of 8 (a/{k})" for k in range(7)), "render: 8 of 8 done"]


@pytest.mark.parametrize(
    ("item_s", "all_s", "text"),
    [
        (None, None, "chorus-1/02 step 12/30"),
        (14.2, 720, "chorus-1/02 step 12/30, 14 s left, 12 min left in all"),
        (95, 3900, "chorus-1/02 step 12/30, 2 min left, 1 h 05 min left in all"),
        (None, 59.6, "chorus-1/02 step 12/30, 1 min left in all"),
        (0.2, 3599, "chorus-1/02 step 12/30, 0 s left, 1 h 00 min left in all"),
    ],
)
def test_how_long_it_takes_in_words(item_s, all_s, text):
    assert console._item(step(12, item_s=item_s, all_s=all_s)) == text


def test_a_note_is_a_line_of_its_own(said):
    lines = console._Lines(Clock())
    lines(Progress("render", 0, 8, note="slow works in at most 2 processes"))
    lines(Progress("render", 3, 8, "chorus-1/02", note="less memory is free than planned"))
    assert said == [
        "render: slow works in at most 2 processes",
        "render: chorus-1/02: less memory is free than planned",
    ]


def test_on_a_terminal_the_bar_moves_with_the_steps():
    screen = io.StringIO()
    shares = []
    with console._bars(Console(file=screen, force_terminal=True, width=120)) as show:
        bars = show.__closure__[next(k for k, n in enumerate(show.__code__.co_freevars) if n == "bars")].cell_contents
        show(Progress("render", 3, 8, "[chorus-1/01]"))
        for number in (0, 12, 30):
            show(step(number, item_s=14, all_s=720))
            shares.append(bars.tasks[0].completed)
        show(Progress("render", 3, 8, "chorus-1/02", note="a note"))
        assert bars.tasks[0].completed == shares[-1]
        bars.refresh()
    assert shares == [3, 3.4, 4]
    assert "chorus-1/02 step 30/30, 14 s left, 12 min left in all" in screen.getvalue()
