"""The same input gives the same bytes, in every process; and planning loads nothing heavy."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from golden_story import golden_shots

from musicvid.production.documents import document_text, shots_to_document

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAM = """
import hashlib
from golden_story import golden_shots
from musicvid.production.documents import document_text, shots_to_document
print(hashlib.sha256(document_text(shots_to_document(golden_shots())).encode()).hexdigest())
"""


def run(program: str, hash_seed: str) -> str:
    env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{HERE}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, cwd=HERE, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    here = hashlib.sha256(document_text(shots_to_document(golden_shots())).encode()).hexdigest()
    assert {run(PROGRAM, seed) for seed in ("0", "1", "4242")} == {here}


def test_planning_loads_only_the_standard_library() -> None:
    program = "import sys, musicvid.planning.plan\nprint(*sorted(m.partition('.')[0] for m in sys.modules))"
    loaded = set(run(program, "0").split())
    assert not loaded & {"numpy", "torch", "librosa", "av", "cv2", "pydantic", "click", "rich", "ruamel"}
    assert "musicvid" in loaded
