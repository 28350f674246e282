"""The card's thread: order, lead, errors, and the moments at which two threads meet."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.rendering.backends.diffusion import ahead as module
from musicvid.rendering.backends.diffusion.ahead import Ahead


class Works:
    """Work that is written down. ``gate`` holds it back; items of ``broken`` raise."""

    def __init__(self, *broken):
        self.done, self.broken = [], broken
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, item):
        self.gate.wait()
        self.done.append(item)
        if item in self.broken:
            raise ValueError(f"no {item}")


def until(what) -> None:
    for _ in range(2000):
        if what():
            return
        time.sleep(0.005)
    raise AssertionError("it never came to that")


def test_items_are_worked_on_in_order_at_most_lead_of_them_unasked():
    works = Works()
    ahead = Ahead(works, "abcdef", lead=2)
    until(lambda: works.done == ["a", "b"])
    time.sleep(0.05)
    assert works.done == ["a", "b"]
    ahead.wait_for("a")
    until(lambda: works.done == ["a", "b", "c"])
    for item in "bcdef":
        ahead.wait_for(item)
    ahead.stop()
    assert works.done == list("abcdef")


def test_what_is_asked_for_out_of_turn_comes_next():
    works = Works()
    works.gate.clear()
    ahead = Ahead(works, "abcdef", lead=1)
    asking = threading.Thread(target=ahead.wait_for, args=("f",))
    asking.start()
    until(lambda: ahead._wanted == "f")
    works.gate.set()
    asking.join()
    ahead.stop()
    assert works.done.index("f") <= 1


def test_what_work_raises_reaches_whoever_waits_and_the_others_go_on():
    works = Works("b")
    ahead = Ahead(works, "abc")
    ahead.wait_for("a")
    with pytest.raises(ValueError, match="no b"):
        ahead.wait_for("b")
    ahead.wait_for("c")
    ahead.stop()


def test_once_fetched_an_item_is_worked_on_anew():
    works = Works()
    ahead = Ahead(works, "a")
    ahead.wait_for("a")
    ahead.wait_for("a")
    ahead.stop()
    assert works.done == ["a", "a"]


def test_even_an_exception_that_is_no_error_reaches_whoever_waits():
    def leave(item):
        raise SystemExit(3)

    ahead = Ahead(leave, "ab")
    for item in "ab":
        with pytest.raises(SystemExit):
            ahead.wait_for(item)
    ahead.stop()


class JustMissed(Future):
    """A short look at it ends right before it is done, as may happen at any time."""

    def result(self, timeout=None):
        if timeout is not None and not self.done():
            super().exception()
            raise TimeoutError
        return super().result(timeout)


def test_a_result_that_comes_as_a_look_ends_is_a_result(monkeypatch):
    monkeypatch.setattr(module, "Future", JustMissed)
    works = Works()
    works.gate.clear()
    ahead = Ahead(works, "a")
    threading.Timer(0.05, works.gate.set).start()
    ahead.wait_for("a")
    ahead.stop()
    assert works.done == ["a"]


def test_work_that_runs_into_a_timeout_says_so():
    def late(item):
        raise TimeoutError("the server slept")

    ahead = Ahead(late, "a")
    with pytest.raises(TimeoutError, match="the server slept"):
        ahead.wait_for("a")
    ahead.stop()


def test_stopping_waits_for_the_item_at_work_and_begins_no_other():
    works = Works()
    works.gate.clear()
    ahead = Ahead(works, "abc")
    stopping = threading.Thread(target=ahead.stop)
    stopping.start()
    until(lambda: ahead.stopped)
    assert stopping.is_alive()
    works.gate.set()
    stopping.join()
    assert works.done == ["a"]
    assert not any(thread.name == "musicvid-card" for thread in threading.enumerate())
    ahead.stop()
    with pytest.raises(RuntimeError):
        ahead.wait_for("b")


def test_another_plan_replaces_what_was_not_begun():
    works = Works()
    ahead = Ahead(works, "abcd", lead=1)
    until(lambda: works.done == ["a"])
    ahead.expect("xy")
    until(lambda: works.done == ["a", "x"])
    for item in "xy":
        ahead.wait_for(item)
    ahead.stop()
    assert works.done == ["a", "x", "y"]


@given(
    items=st.lists(st.integers(0, 9), max_size=8),
    asked=st.lists(st.integers(0, 9), max_size=12),
    lead=st.integers(1, 4),
)
def test_whatever_is_asked_in_whatever_order_is_done_by_then(items, asked, lead):
    done = []
    ahead = Ahead(done.append, items, lead)
    for item in asked:
        before = len(done)
        ahead.wait_for(item)
        assert item in done
        assert len(done) - before <= lead + 1
    ahead.stop()
    assert set(done) <= set(items) | set(asked)
