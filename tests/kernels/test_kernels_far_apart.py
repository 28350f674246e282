"""Addresses beyond 32 bits: samples that lie more than two billion bytes apart. The memory is never touched in between.

A kernel that counts in 32 bits reads where nothing is, which ends the process: each runs in one of its own.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAD = """
import torch
from musicvid_kernels.catalogue import ops
def spread(shape, strides):
    room = 1 + sum((length - 1) * stride for length, stride in zip(shape, strides))
    view = torch.empty(room, dtype=torch.uint8).as_strided(shape, strides)
    return view.copy_(torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(0)))
by_name = {op.name: op for op in ops()}
def check(name, **arguments):
    op = by_name[name]
    for one, other in zip(op.outputs(op.triton, arguments), op.outputs(op.reference, arguments), strict=True):
        assert torch.equal(one, other), (name, one, other)
"""
CHANNELS = "spread((1, 3, 2, 4), (8, 2**30 + 16, 4, 1))"
CASES = {
    "channels of frames": f"check('finish', frames={CHANNELS})",
    "channels that are gathered": f"check('finish', frames={CHANNELS}, height=4, width=4)",
    "rows of blocks": "check('block_motion', frames=spread((2, 66, 4), (8, 2**26 + 64, 1)), block=4, radius=32)",
    "frames that differ": "check('frame_difference', frames=spread((3, 64), (2**31 + 64, 1)))",
    "frames that are mixed": "check('timewarp', frames=spread((3, 64), (2**31 + 64, 1)), "
    "positions=torch.tensor([0.25, 1.5, 2.0]))",
}


@pytest.mark.parametrize("name", CASES)
def test_what_lies_far_apart_is_found(name):
    pytest.importorskip("triton")
    done = subprocess.run([sys.executable, "-c", HEAD + CASES[name]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
