"""Workers that die, Ctrl-C, a parent that dies, and scripts without a main guard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flat_backend import FlatBackend, collect, decoded, make_shots

import musicvid
from musicvid.errors import RenderError
from musicvid.rendering.render import render

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
PATIENCE_S = 120

LONG_RUN = """
import sys
from flat_backend import FlatBackend, make_shots
from musicvid.rendering.render import render

shots = make_shots((3, 3, 3, 4000, 4000, 4000))
print(len(list(render(shots, FlatBackend(frame_s=0.05), sys.argv[1], workers=int(sys.argv[2])))))
"""

UNGUARDED = """
import sys
import numpy as np
from flat_backend import FlatBackend, make_shots
from musicvid.rendering.render import render

print("the script runs")

class Mine(FlatBackend):
    def _picture(self, request, k, fault):
        return super()._picture(request, k, fault)

takes = list(render(make_shots((3, 4, 5)), Mine(name="mine"), sys.argv[1], workers=2))
print(sorted(take.frame_count for take in takes))
"""


def start(script: str, *arguments: str) -> subprocess.Popen:
    folders = [str(Path(musicvid.__file__).parents[1]), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*folders, os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )


def wait_for(condition, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"gave up waiting for {what}"
        time.sleep(0.05)


def parts_in(folder: Path) -> list[Path]:
    return list(folder.glob("takes/*/.*"))


def group_members(session: int) -> list[str]:
    """Command lines of the living processes of a session, from the system itself (none without /proc)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # After the name in brackets: state, parent, group, session.
            state, _, _, its_session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it ended while we looked
    return found


def begun(folder: Path, workers: int):
    """True once the short shots are finished and every worker is in the middle of a long one."""
    return lambda: len(list(folder.glob("takes/*/[!.]*.json"))) == 3 and len(parts_in(folder)) == workers


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_stops_at_once_and_keeps_what_is_finished(tmp_path, workers):
    process = start(LONG_RUN, str(tmp_path), str(workers))
    wait_for(begun(tmp_path, workers), "the first takes")
    os.killpg(process.pid, signal.SIGINT)  # the terminal sends it to every process of the group
    _, said = process.communicate(timeout=PATIENCE_S)  # a long shot would take more than three minutes
    assert process.returncode == -signal.SIGINT
    assert said.count("Traceback") == 1, said
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert parts_in(tmp_path) == []
    wait_for(lambda: group_members(process.pid) == [], "the workers to end")
    log = tmp_path / "log"
    again = list(render(make_shots((3, 3, 3)), FlatBackend(log=str(log)), tmp_path, workers=1))
    assert [take.frame_count for take in again] == [3, 3, 3]
    assert not log.exists(), "finished takes were rendered again"


def test_workers_end_when_their_parent_is_killed(tmp_path):
    process = start(LONG_RUN, str(tmp_path), "2")
    wait_for(begun(tmp_path, 2), "the first takes")
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    wait_for(lambda: parts_in(tmp_path) == [], "the workers to remove their parts")
    wait_for(lambda: not any("loky" in one for one in group_members(process.pid)), "the workers to end")


def test_script_without_main_guard(tmp_path):
    process = start(UNGUARDED, str(tmp_path))
    said, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, errors
    assert said.splitlines() == ["the script runs", "[3, 4, 5]"]


def test_worker_killed_once_is_made_good(tmp_path):
    log = tmp_path / "log"
    faults = {"verse-1/02": f"kill once {tmp_path / 'killed'}"}
    backend = FlatBackend(log=str(log), faults=faults)
    takes = list(render(make_shots((4, 5, 6, 7)), backend, tmp_path / "work", workers=2))
    assert (tmp_path / "killed").exists()
    assert sorted((take.shot_id, len(decoded(take.path))) for take in takes) == [
        ("verse-1/01", 4),
        ("verse-1/02", 5),
        ("verse-1/03", 6),
        ("verse-1/04", 7),
    ]
    assert log.read_text().count("verse-1/02") == 2
    assert parts_in(tmp_path / "work") == []


def test_shot_that_kills_its_worker_twice_is_named_and_the_others_finish(tmp_path):
    backend = FlatBackend(faults={"verse-1/02": "kill"})
    done = []
    with pytest.raises(RenderError, match=r"verse-1/02: its worker process was lost twice: ended by .*SIGKILL"):
        collect(render(make_shots(), backend, tmp_path, workers=2), done)
    assert sorted(done) == ["verse-1/01", "verse-1/03"]
    assert parts_in(tmp_path) == []


def test_closing_the_iterator_stops_the_workers(tmp_path):
    takes = render(make_shots((3, 3000, 3000)), FlatBackend(frame_s=0.05), tmp_path, workers=2)
    assert next(takes).shot_id == "verse-1/01"
    takes.close()
    assert parts_in(tmp_path) == []


def test_backend_that_cannot_be_sent_is_refused_with_the_way_out(tmp_path):
    backend = FlatBackend()
    backend.handle = (tmp_path / "open").open("w")
    with backend.handle, pytest.raises(RenderError, match=r"cannot be sent to a worker process.*--workers 1"):
        list(render(make_shots(), backend, tmp_path, workers=2))
    assert len(list(render(make_shots(), backend, tmp_path, workers=1))) == 3
