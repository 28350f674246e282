"""Clips are written while the next one is made, one at a time, and what fails is told to who waits for it."""

import threading
from contextlib import nullcontext

import pytest
from diffusion_films import film, rendered

from musicvid.diffusion.engine import Engine
from musicvid.errors import StorageError
from musicvid.rendering.backends.diffusion.clip_store import ClipStore
from musicvid.rendering.backends.diffusion.writing import Writing

SOON_S = 60.0


def test_the_next_clip_is_made_while_one_is_written(tiny_model, tmp_path, monkeypatch):
    """The first write ends only once the second clip has begun: without overlap that never happens."""
    second_begun, waited = threading.Event(), []
    make, write = Engine.make, ClipStore.write

    def counted_make(self, *args, **more):
        if self.counts.clips == 1:
            second_begun.set()
        return make(self, *args, **more)

    def slow_write(self, *args, **more):
        if not waited:
            waited.append(second_begun.wait(SOON_S))
        return write(self, *args, **more)

    monkeypatch.setattr(Engine, "make", counted_make)
    monkeypatch.setattr(ClipStore, "write", slow_write)
    takes = rendered(tiny_model("ltx"), tmp_path, film((9, 9, 9)), render_size="96x64")
    assert waited == [True]
    assert len(takes) == 3


def test_at_most_one_is_written_at_a_time():
    writing, running, most = Writing(), [], []

    def job():
        running.append(1)
        most.append(len(running))
        running.pop()

    for key in "abcdef":
        writing.begin(key, job, nullcontext())
    writing.wait()
    writing.close()
    assert most == [1] * 6


def test_what_was_held_is_let_go_also_after_a_failure():
    writing, let_go = Writing(), []

    class Held:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            let_go.append(True)

    def fails():
        raise StorageError("the disk is full")

    writing.begin("a", fails, Held())
    writing.settle()
    assert let_go == [True]
    assert writing.has("a")  # nobody was told yet
    with pytest.raises(StorageError):
        writing.wait()
    assert not writing.has("a")
    writing.wait()
    writing.close()


def test_a_full_disk_ends_the_run_with_its_own_error(tiny_model, tmp_path, monkeypatch):
    def full(self, *args, **more):
        raise StorageError("the disk is full", where="clips")

    monkeypatch.setattr(ClipStore, "write", full)
    with pytest.raises(StorageError, match="the disk is full"):
        rendered(tiny_model("ltx"), tmp_path, film((9, 9)), render_size="96x64")
