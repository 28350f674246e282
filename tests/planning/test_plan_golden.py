"""The shot list of one song, kept as text: a change of it is a change that users see.

To accept a new one: ``cd tests/planning && python golden_story.py > golden_shots.txt``, and read the difference.
"""

from __future__ import annotations

from pathlib import Path

from golden_story import golden_text


def test_the_golden_shot_list() -> None:
    assert golden_text() == (Path(__file__).parent / "golden_shots.txt").read_text("utf-8")
