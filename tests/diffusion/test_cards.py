"""One process, one card: with real processes, also killed ones."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from musicvid.diffusion.cards import Claimed, claim, parse_devices
from musicvid.errors import InputError, RenderError, StorageError

TWO = ("cpu", "cpu")
HOLDER = """
import sys
from musicvid.diffusion.cards import claim
print(claim(("cpu", "cpu"), sys.argv[1], timeout_s=float(sys.argv[2])).index, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def start(tmp_path):
    """Start a process that claims one of two places, prints which, and keeps it until its input ends."""
    started = []

    def holder(timeout_s=60.0):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path), str(timeout_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield holder
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def machine(monkeypatch):
    def has(cuda=0, mps=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return has


@pytest.mark.parametrize(
    ("cuda", "mps", "text", "devices"),
    [
        (0, False, "auto", ("cpu",)),
        (0, True, "auto", ("mps",)),
        (1, False, "auto", ("cuda:0",)),
        (3, True, " AUTO ", ("cuda:0", "cuda:1", "cuda:2")),
        (2, False, "cuda", ("cuda:0",)),
        (2, False, "cuda:1, cuda:0", ("cuda:1", "cuda:0")),
        (2, False, "cuda:1,cuda:01", ("cuda:1", "cuda:1")),
        (1, False, "cpu,cpu", TWO),
        (0, True, "mps,cpu", ("mps", "cpu")),
    ],
)
def test_devices_by_name(machine, cuda, mps, text, devices):
    machine(cuda, mps)
    assert parse_devices(text) == devices


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cuda:2", "device cuda:2 is not on this machine (there are: cuda:0, cuda:1, cpu)"),
        ("cuda:0,mps", "device mps is not on this machine"),
        ("gpu1", "'gpu1' is not a device (write auto, or some of: cuda:0, cuda:1, cpu)"),
        ("cuda:0,", "'' is not a device"),
        ("auto,cpu", "'auto' is not a device"),
        ("cuda:-1", "'cuda:-1' is not a device"),
    ],
)
def test_devices_that_are_not_there(machine, text, words):
    machine(cuda=2)
    with pytest.raises(InputError) as error:
        parse_devices(text)
    assert words in str(error.value)


def test_this_machine_has_what_torch_can_use():
    for device in parse_devices("auto"):
        assert torch.ones(1, device=device).sum() == 1


def test_two_processes_get_a_place_each_and_a_third_waits_for_the_killed_one(start, tmp_path):
    first = start()
    assert first.stdout.readline() == "0\n"
    second = start()
    assert second.stdout.readline() == "1\n"
    with pytest.raises(RenderError, match=r"all devices \(cpu, cpu\) were taken by other processes for 0.3 s"):
        claim(TWO, tmp_path, timeout_s=0.3)
    third = start()
    first.kill()  # as SIGKILL: nothing of its own runs any more
    first.wait()
    assert third.stdout.readline() == "0\n"


def test_a_process_that_ends_frees_its_place(start):
    first = start()
    assert first.stdout.readline() == "0\n"
    first.communicate()
    assert first.returncode == 0
    assert start().stdout.readline() == "0\n"


def test_a_process_that_gives_up_says_why_and_in_our_words(start):
    assert start().stdout.readline() == "0\n"
    assert start().stdout.readline() == "1\n"
    late = start(0.2)
    _, errors = late.communicate()
    assert late.returncode != 0
    assert "RenderError" in errors
    assert "give more devices" in errors


def test_a_process_has_one_place_however_often_it_asks(tmp_path):
    assert claim(TWO, tmp_path) == Claimed("cpu", 0)
    assert claim(TWO, tmp_path) == Claimed("cpu", 0)
    assert claim(TWO, tmp_path / "other") == Claimed("cpu", 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_a_forked_child_gets_a_place_of_its_own(tmp_path):
    assert claim(TWO, tmp_path).index == 0
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, str(claim(TWO, tmp_path, timeout_s=0.5).index).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    assert os.read(reading, 9) == b"1"
    os.close(reading)


def test_a_folder_that_cannot_be_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="no lock can be kept here"):
        claim(TWO, tmp_path / "file" / "locks")
