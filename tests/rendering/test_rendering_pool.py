"""The pool by itself: outcomes, order of blame, and workers that die while nothing is to do."""

import atexit
import contextlib
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from musicvid.rendering.pool import WorkerLost, run_jobs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def work(job):
    kind, number, folder = job
    if kind == "fail":
        raise ValueError(number)
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "slow":
        time.sleep(0.3)
    if kind == "farewell":
        atexit.register((Path(folder) / str(os.getpid())).touch)
    if kind == "stay":
        threading.Thread(target=time.sleep, args=(3600,)).start()  # Python waits for it before a process ends
    if kind == "pid":
        # Leave the way to this worker, so that the test can end it when it is idle.
        (Path(folder) / str(os.getpid())).touch()
    return number


def run(kinds, workers, folder=""):
    lost = []
    jobs = [(kind, number, str(folder)) for number, kind in enumerate(kinds)]
    outcomes = {one.job[1]: one for one in run_jobs(work, jobs, workers, on_loss=lambda job: lost.append(job[1]))}
    assert sorted(outcomes) == list(range(len(kinds)))
    return outcomes, lost


def test_every_job_has_one_outcome():
    outcomes, lost = run(["ok", "fail", "ok", "ok", "fail"], 2)
    assert [outcomes[k].result for k in (0, 2, 3)] == [0, 2, 3]
    assert [(type(outcomes[k].error), outcomes[k].error.args) for k in (1, 4)] == [
        (ValueError, (1,)),
        (ValueError, (4,)),
    ]
    assert lost == []


def test_only_the_guilty_are_blamed():
    # Two that always die run beside slow ones, which are lost with them but come through on their own.
    outcomes, lost = run(["slow", "die", "slow", "die", "slow"], 2)
    assert {k for k, one in outcomes.items() if isinstance(one.error, WorkerLost)} == {1, 3}
    assert [outcomes[k].result for k in (0, 2, 4)] == [0, 2, 4]
    assert {1, 3} <= set(lost)


def test_a_worker_that_dies_idle_costs_no_job(tmp_path):
    jobs = [("pid", number, str(tmp_path)) for number in range(6)]
    results = []
    for outcome in run_jobs(work, jobs, 2, on_loss=lambda job: None):
        results.append(outcome.result)
        for path in tmp_path.iterdir():
            pid = int(path.name)
            path.unlink()
            if len(results) in (2, 4):
                with contextlib.suppress(ProcessLookupError):  # the pool has retired it already: as dead as killed
                    os.kill(pid, signal.SIGKILL)
                time.sleep(0.2)  # let the pool notice before it is given more
    assert sorted(results) == list(range(6))


def test_more_workers_than_jobs_and_no_jobs():
    assert run(["ok"], 4)[0][0].result == 0
    assert list(run_jobs(work, [], 4, on_loss=lambda job: None)) == []


def test_workers_end_by_themselves_when_all_is_done(tmp_path):
    """What they registered for their end is run, which a killed one never does."""
    run(["farewell"] * 4, 2, tmp_path)
    assert 1 <= len(list(tmp_path.iterdir())) <= 2


def test_a_worker_that_does_not_end_is_killed():
    outcomes, lost = run(["stay", "ok"], 2)
    assert [one.result for _, one in sorted(outcomes.items())] == [0, 1]
    assert lost == []
