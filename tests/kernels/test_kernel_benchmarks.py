"""The benchmark of the kernels, without a card: everything small, and what it must never do."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

KERNELS = Path(__file__).parents[2] / "kernels"
PROBES = Path(__file__).with_name("benchmark_probes.py")
AGAIN = "cd kernels && python -m benchmarks.predict && python -m benchmarks.table --write"
pytestmark = pytest.mark.xdist_group("kernel-benchmarks")


def started(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=KERNELS, env={**os.environ, "TRITON_INTERPRET": "1"},
                          capture_output=True, text=True, check=False)  # fmt: skip


def probed(name: str, folder: Path) -> tuple[dict, str]:
    done = started(PROBES, name, folder)
    assert done.returncode == 0, done.stderr[-3000:]
    *said, last = done.stdout.rstrip().splitlines()
    return json.loads(last), "\n".join(said)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Sections that take seconds, and the folder of their files."""
    pytest.importorskip("triton")
    folder = tmp_path_factory.mktemp("tiny")
    done = started("-m", "benchmarks", "--tiny", "--out", folder, "--only", "ceilings", "ops", "frames", "dit-ltx-2b",
                   "vae-ltx", "processor")  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return {path.stem: list(csv.DictReader(path.open(newline=""))) for path in folder.glob("*.csv")}, done.stdout


def test_every_section_leaves_rows_that_say_what_where_and_when(tiny):
    files, said = tiny
    assert sorted(files) == ["ceilings", "dit-ltx-2b", "frames", "ops", "processor", "vae-ltx"]
    for section, rows in files.items():
        for row in rows:
            assert row["section"] == section
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["date"])
            assert row["gpu"].startswith("no card")
            assert row["torch"]
            assert row["triton"]
            assert row["diffusers"]
            assert row["commit"]
            if row["median_ms"]:
                assert 0 < float(row["min_ms"]) <= float(row["median_ms"]) <= float(row["max_ms"])
            else:
                assert row["note"]
            assert not row["predicted_ms"]  # nothing is predicted for this processor
    assert re.search(r"correct: (\d+) of \1 cases", said)


def test_every_op_is_held_against_something_of_the_same_run(tiny):
    rows = {row["name"]: row for row in tiny[0]["ops"]}
    assert {name.split("/")[0] for name in rows} >= {"finish", "modulate", "qk_norm_rope_", "vae_norm_silu"}
    for name, row in rows.items():
        peer_ms = float(rows[row["peer"]]["median_ms"])
        assert float(row["ratio"]) == pytest.approx(peer_ms / float(row["median_ms"]), rel=1e-4)
        if row["peer"] != name:
            assert int(row["moved_bytes"]) > 0
            assert float(row["copy_share"]) > 0


def test_what_is_plugged_in_changes_results_by_rounding_alone(tiny):
    forwards = {row["name"]: row for row in tiny[0]["dit-ltx-2b"]}
    assert float(forwards["fused+cudnn"]["output_error"]) < 1e-6
    assert 0 < float(forwards["block fused"]["output_error"]) < 2 * float(forwards["block stock"]["output_error"])
    decoders = {row["name"]: float(row["output_error"]) for row in tiny[0]["vae-ltx"]}
    assert decoders["stock fp32"] == 0
    assert 0 < decoders["fused bf16"] < 1.2 * decoders["stock bf16"]


def test_a_wrong_kernel_ends_it_without_a_number_and_a_late_one_is_skipped(tmp_path):
    pytest.importorskip("triton")
    found, said = probed("gate", tmp_path)
    assert found["ended"] == {"late": 0, "wrong": 1}
    assert found["files"] == []
    late, _, wrong = said.partition("correct: 1 of 1 cases\n")[2].partition("date ")
    assert [line.split(" skipped")[0] for line in late.splitlines()] == ["-- ceilings:", "-- ops:"]
    assert "WRONG double/numbers float32: relative error 0.001, 2e-06 is allowed" in wrong
    assert "correct: 0 of 1 cases, so nothing is measured" in wrong
    assert " ms" not in wrong
    assert "TB/s" not in wrong


def test_rows_of_a_section_that_dies_are_kept(tmp_path):
    found, _ = probed("broken", tmp_path)
    assert found["failed"] == 1
    assert [(row["name"], row["median_ms"]) for row in found["lines"]] == [("first", "1"), ("ceilings", "")]
    assert found["lines"][1]["note"] == "failed: RuntimeError: the card is gone"


def test_without_a_card_and_with_unknown_words_it_says_so(tmp_path):
    no_card = started("-m", "benchmarks", "--out", tmp_path)
    assert no_card.returncode == 1
    assert "there is no CUDA card here" in no_card.stdout
    unknown = started("-m", "benchmarks", "--out", tmp_path, "--tiny", "--only", "opps")
    assert unknown.returncode == 2
    assert "unknown: opps (known: ceilings, ops, frames" in unknown.stdout


def test_stock_lines_compute_what_the_definitions_do(tmp_path):
    far = probed("peers", tmp_path)[0]["far"]
    assert len(far) > 40
    assert {name: error for name, error in far.items() if not error < 6e-3} == {}  # bfloat16, rounded more often
    assert {name: error for name, error in far.items() if name.endswith("fp32") and not error < 1e-6} == {}


def test_predictions_are_those_of_the_ops_that_there_are(tmp_path):
    found, _ = probed("expected", tmp_path)
    assert (found["missing"], found["gone"]) == ([], []), f"count again: {AGAIN}"
    done = started("-c", "import json; from benchmarks.predict import INSTRUCTIONS; print(json.dumps(INSTRUCTIONS))")
    by_instructions = json.loads(done.stdout)
    assert found["moved"].keys() == by_instructions.keys(), f"count again: {AGAIN}"
    for name, (expected_ms, memory_ms) in found["moved"].items():
        assert expected_ms > memory_ms, name
    assert found["unknown_sections"] == []
    assert found["product"] == [2 * 3 * 5 * 7, 4 * (15 + 35 + 21), 4 * 42]
    assert found["tokens"] == 21 * 30 * 52


def test_the_readme_holds_the_table_of_what_was_predicted_and_measured():
    done = started("-m", "benchmarks.table")
    assert done.returncode == 0, done.stderr
    text = (KERNELS / "README.md").read_text("utf-8")
    shown = text.partition("--write -->\n")[2].partition("<!-- table ends -->")[0]
    assert shown == done.stdout, f"count again: {AGAIN}"


def test_the_table_tells_reached_from_missed(tmp_path):
    code = """
import sys
from benchmarks.predictions import Prediction
from benchmarks.row import COLUMNS
from benchmarks.table import table
assert "torch" not in sys.modules
line = lambda **given: dict.fromkeys(COLUMNS, "") | {"section": "s", "gpu": "Card", "commit": "c0ffee"} | given
two = [Prediction("s", "ours", "what", target="2x", target_ratio=2.0, h200_ms=1.0, peer="stock", predicted_ratio=3.0,
                  also_peer="other", also_ratio=1.0)]
stock, other = line(name="stock", median_ms="9"), line(name="other", median_ms="4")
for ms, ratio in (("3", "3"), ("5", "1.8"), ("4.4", "2.04")):
    print(table(two, [line(name="ours", median_ms=ms, ratio=ratio, peer="stock"), stock, other]).splitlines()[-1])
print(table(two, [line(name="ours", median_ms="3", ratio="3", peer="stock")]).splitlines()[-1])
print(table(two, []).splitlines()[-1])
"""
    done = started("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "| what | 2x | 1 ms, 3x | 3 ms, 3x, reached (Card, c0ffee) | stock: 9 ms |",
        "| what | 2x | 1 ms, 3x | 5 ms, 1.8x, **missed** (Card, c0ffee) | stock: 9 ms |",
        "| what | 2x | 1 ms, 3x | 4.4 ms, 2x, **missed** (Card, c0ffee) | stock: 9 ms |",
        "| what | 2x | 1 ms, 3x | 3 ms, 3x (Card, c0ffee) | stock: 3 ms predicted |",
        "| what | 2x | 1 ms, 3x |  | stock: 3 ms predicted |",
    ]
