"""One model for a whole film: loads are counted, memory stays flat, and several processes share the work."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from diffusion_films import clip_files, diffusion, film, rendered, spied
from filelock import FileLock, Timeout

from musicvid.rendering.backends.diffusion.clip_store import ClipStore
from musicvid.rendering.render import render
from musicvid.rendering.requests import requests_for

TWO = {"device": "cpu,cpu"}


@pytest.fixture
def wan(tiny_model):
    return tiny_model("wan-t2v")


@pytest.fixture
def counted(monkeypatch):
    """The counts of every engine that is made from now on."""
    from musicvid.diffusion.engine import Engine

    counts, usual = [], Engine.__init__

    def init(engine, *args, **kwargs):
        usual(engine, *args, **kwargs)
        counts.append(engine.counts)

    monkeypatch.setattr(Engine, "__init__", init)
    return counts


def test_six_shots_load_the_model_once_and_encode_each_text_once(wan, tmp_path, counted):
    shots = film((3,) * 6, prompt={k: f"wave {k % 4}" for k in range(6)})
    rendered(wan, tmp_path / "work", shots)
    (counts,) = counted
    assert (counts.loads, counts.encoder_loads, counts.clips) == (1, 1, 6)
    assert counts.encoded == 4 + 1  # four prompts and what to avoid
    assert counts.placed == ["resident"]


def test_chains_and_roads_share_what_is_loaded(tiny_model, tmp_path, counted):
    """Clips from a prompt alone and from pictures take turns: two classes, one set of weights."""
    shots = film((3,) * 4, continues={1: 0, 3: 2})
    rendered(tiny_model("wan22-ti2v"), tmp_path / "work", shots, render_size="64x32")
    (counts,) = counted
    assert (counts.loads, counts.encoder_loads, counts.clips) == (1, 1, 4)


def test_two_processes_make_the_same_film_each_on_a_place_of_its_own(tiny_model, tmp_path):
    """Of six shots the last three go on from each other: whoever comes first makes the clips before, others wait."""
    model, shots = tiny_model("wan22-ti2v"), film((3,) * 6, continues={4: 3, 5: 4})
    here, heard, work = rendered(model, tmp_path / "here", shots, render_size="64x32"), [], tmp_path / "there"
    backend = diffusion(model, tmp_path, render_size="64x32", **TWO)
    assert (backend.capabilities().parallel, backend.capabilities().most_workers) == (True, 2)
    takes = {take.shot_id: take for take in render(shots, backend, work, workers=5, on_progress=heard.append)}
    for take in here:
        assert takes[take.shot_id].key == take.key
        assert Path(takes[take.shot_id].path).read_bytes() == Path(take.path).read_bytes()
    store = ClipStore(work / "clips")
    assert sorted(store.find(path.stem).facts["shot"] for path in clip_files(work)) == sorted(takes)
    assert len(list((work / "clips").glob("card-*.lock"))) == 2
    assert any("at most 2 processes" in event.note for event in heard)


def test_a_place_that_this_process_took_is_free_after_the_run(wan, tmp_path):
    """One shot is made here, on the first place; processes of the next run find it free."""
    takes = render(film((2,)), diffusion(wan, tmp_path, **TWO), tmp_path / "work")
    place = FileLock(tmp_path / "work" / "clips" / "card-0.lock")
    next(takes)
    with pytest.raises(Timeout):
        place.acquire(blocking=False)
    assert list(takes) == []
    place.acquire(blocking=False)
    place.release()


def test_one_device_is_for_one_process(wan, tmp_path):
    assert not diffusion(wan, tmp_path).capabilities().parallel


def test_what_travels_is_small_and_finds_the_same_names(wan, tmp_path):
    backend = diffusion(wan, tmp_path, **TWO)
    backend.keep_in(tmp_path / "clips")
    requests = requests_for(film((3,) * 3))
    backend.prepare(requests)
    backend.report_to(print)
    data = pickle.dumps(backend)
    assert len(data) < 100_000
    twin = pickle.loads(data)
    assert [dict(twin.identity(one)) for one in requests] == [dict(backend.identity(one)) for one in requests]
    twin.close()
    backend.close()


def test_a_backend_without_a_workspace_keeps_its_clips_while_it_lives(wan, tmp_path, monkeypatch):
    specs, backend = spied(monkeypatch), diffusion(wan, tmp_path)
    (request,) = requests_for(film((3,)))
    backend.prepare([request])
    first = [frame.tobytes() for frame in backend.render(request)]
    assert [frame.tobytes() for frame in backend.render(request)] == first
    assert len(specs) == 1
    backend.close()


def test_memory_stays_flat_over_a_hundred_clips(tiny_model, tmp_path):
    """The numbers are those of the process that makes them; what is loaded first comes with the first ten clips."""
    run = Path(__file__).with_name("flat_memory_run.py")
    done = subprocess.run(
        [sys.executable, str(run), str(tiny_model("ltx")), str(tmp_path / "work")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "MUSICVID_CACHE": str(tmp_path / "cache")},
    )
    resident_mib = [float(line) for line in done.stdout.splitlines()]
    assert len(resident_mib) == 10
    assert len(clip_files(tmp_path / "work")) == 100
    assert max(resident_mib[1:]) - resident_mib[0] < 50


_COUNTS_SEMAPHORES = """
import sys
sys.path[:0] = sys.argv[4:]
from multiprocessing.synchronize import SemLock
from pathlib import Path
opened, usual = [], SemLock.__init__

def counted(lock, *args, **more):
    opened.append(args)
    usual(lock, *args, **more)

SemLock.__init__ = counted
from diffusion.stock_calls import CASES, RESIDENT, cpu, spec_of
from musicvid.diffusion.folder import recognise
from musicvid.rendering.backends.diffusion.engines import engine_here
from musicvid.rendering.backends.diffusion.where import Weights
folder = Path(sys.argv[1])
engine = engine_here(Weights(recognise(folder), folder, "x"), cpu(), Path(sys.argv[2]), ("cpu",) * int(sys.argv[3]))
engine.frames(spec_of(CASES["wan-t2v"]), RESIDENT)
print(len(opened))
"""


def test_a_process_that_may_be_killed_opens_no_semaphore_of_the_system(wan, tmp_path):
    """Killed, it would leave it behind, and Python would say so in the middle of our lines. Alone, nobody kills it: the
    libraries open theirs."""
    folders = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]
    opened = [
        subprocess.run(
            [sys.executable, "-c", _COUNTS_SEMAPHORES, str(wan), str(tmp_path), places, *folders],
            capture_output=True, text=True, check=True,
        ).stdout.split()[-1]
        for places in "21"
    ]  # fmt: skip
    assert opened == ["0", "1"]
