"""A run that is killed or stopped in the middle of a clip loses that clip and nothing else, and goes on when asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from diffusion_films import clip_files, diffusion, film, parts_left, planes, rendered, spied

from musicvid.diffusion.steps import Cancelled
from musicvid.rendering.backends.diffusion.clip_store import ClipStore
from musicvid.rendering.render import render

RUN = Path(__file__).with_name("film_run.py")
STEPS = {"steps": 4}
LENGTHS = (3, 3, 3, 3)


@pytest.fixture
def wan(tiny_model):
    return tiny_model("wan-t2v")


def started(model, work, **more):
    asked = {"model": str(model), "work": str(work), "log": str(work) + ".log", "options": STEPS, "lengths": LENGTHS}
    environment = {**os.environ, "MUSICVID_CACHE": str(work) + ".cache"}
    return subprocess.Popen(
        [sys.executable, str(RUN), json.dumps({**asked, **more})],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def steps_logged(work):
    log = Path(str(work) + ".log")
    return log.read_text().splitlines() if log.exists() else []


def make_old(paths):
    """As if an hour had passed since: only then are parts of another machine's process cleared away."""
    for path in paths:
        os.utime(path, (time.time() - 4000,) * 2)


def test_a_run_killed_in_the_middle_of_a_clip_goes_on_where_it_was(wan, tmp_path, monkeypatch):
    """Four clips of four steps; killed after the tenth step, in the middle of the third clip."""
    work, shots = tmp_path / "work", film(LENGTHS)
    process = started(wan, work, kill_at=10)
    process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL
    assert len(steps_logged(work)) == 10
    finished = [path for path in clip_files(work) if path.with_suffix(".json").exists()]
    assert len(finished) in (1, 2)  # the second may just be being written
    make_old(parts_left(work))

    specs = spied(monkeypatch)
    takes = rendered(wan, work, shots, **STEPS)
    assert [spec.seed for spec in specs] == [100, 101, 102, 103][len(finished) :]
    assert set(finished) < set(clip_files(work))
    assert parts_left(work) == []
    whole = rendered(wan, tmp_path / "whole", shots, **STEPS)
    assert [Path(a.path).read_bytes() for a in takes] == [Path(b.path).read_bytes() for b in whole]


def test_a_run_killed_while_it_writes_leaves_parts_that_the_next_one_clears(wan, tmp_path, monkeypatch):
    """The process is a fork that dies where its first clip is half written."""
    from musicvid.media.lossless import LosslessWriter

    rendered(wan, tmp_path / "warm", film((1,)))
    work, pid = tmp_path / "work", os.fork()
    if pid == 0:
        usual = LosslessWriter.write

        def write(writer, picture):
            usual(writer, picture)
            if writer.frame_count == 2:
                os.kill(os.getpid(), signal.SIGKILL)

        LosslessWriter.write = write
        try:
            rendered(wan, work, film((3,)))
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL
    left = parts_left(work)
    assert [path.suffix for path in left] == [".mp4"]
    assert clip_files(work) == []
    make_old(left)
    assert len(rendered(wan, work, film((3,)))) == 1
    assert parts_left(work) == []


def test_pages_and_previews_that_were_being_written_are_cleared_as_well(wan, tmp_path):
    rendered(wan, tmp_path / "work", film((3,)), preview_every=1, steps=2)
    clips = tmp_path / "work" / "clips"
    parts = [
        clips / "prompts" / f".{'a' * 64}.part-999999999-0.safetensors",
        clips / "previews" / ".x.part-999999999-0.jpg",
    ]
    for part in parts:
        part.write_bytes(b"half")
    make_old(parts)
    ClipStore(clips).open()
    assert parts_left(tmp_path / "work") == []


def test_ctrl_c_stops_within_a_step_and_the_same_command_goes_on(wan, tmp_path):
    work, steps = tmp_path / "work", {"steps": 60}
    process = started(wan, work, options=steps, lengths=(3, 3), stop_at=64)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert len(steps_logged(work)) < 64 + 40  # a step is a tenth of a second now
    assert out.splitlines()[-1].startswith("stopped")
    assert "musicvid-card" not in out
    assert len(clip_files(work)) == 1
    assert parts_left(work) == []
    takes = rendered(wan, work, film((3, 3)), **steps)
    assert len(takes) == len(clip_files(work)) == 2


def test_no_step_follows_the_one_in_which_a_run_is_left(wan, tmp_path):
    """The caller leaves while the card is at the third step of the second clip: the step ends, and that is all."""
    heard, hold = [], threading.Event()

    def hear(event):
        if event.step:
            heard.append((event.item, event.step))
            if heard[-1] == ("verse-1/02", 3):
                reached.set()
                hold.wait(60)

    reached = threading.Event()
    takes = render(film((3, 3, 3)), diffusion(wan, tmp_path, steps=50), tmp_path / "work", workers=1, on_progress=hear)
    next(takes)
    assert reached.wait(60)
    leaving = threading.Thread(target=takes.close)
    leaving.start()
    time.sleep(0.05)
    hold.set()
    leaving.join(60)
    assert not leaving.is_alive()
    assert heard[-1] == ("verse-1/02", 3)
    assert not any(thread.name == "musicvid-card" for thread in threading.enumerate())
    assert len(clip_files(tmp_path / "work")) == 1


def test_who_waits_for_another_process_to_make_a_clip_can_leave(tmp_path):
    store, key = ClipStore(tmp_path), "a" * 64
    asked = []

    def check():
        asked.append(0)
        if len(asked) == 2:
            raise Cancelled("nobody waits any more")

    with store.lock(key):
        other = ClipStore(tmp_path)
        with pytest.raises(Cancelled), other.lock(key, check):
            raise AssertionError("two hold the same lock")
    with other.lock(key):
        pass


def test_a_finished_film_is_read_and_nothing_is_loaded(wan, tmp_path, monkeypatch):
    first = rendered(wan, tmp_path / "work", film((3, 3)))
    monkeypatch.setattr("musicvid.diffusion.engine.Engine.__init__", None)
    again = rendered(wan, tmp_path / "work", film((3, 3)))
    assert [planes(take.path).tobytes() for take in again] == [planes(take.path).tobytes() for take in first]
