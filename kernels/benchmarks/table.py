"""``python -m benchmarks.table`` prints the table of ``kernels/README.md``; ``--write`` puts it there.

From ``predictions.csv`` and the results that are kept in ``results/``; of several runs of one thing on one card, the
last line counts. What was not measured stays empty.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks import predictions
from benchmarks.predictions import Prediction
from benchmarks.row import lines

RESULTS = Path(__file__).with_name("results")
README = Path(__file__).parents[1] / "README.md"
BEGINS, ENDS = "<!-- table: python -m benchmarks.table --write -->", "<!-- table ends -->"
HEAD = ["| what | target | predicted, H200 | measured | held against |", "|---|---|---|---|---|"]
Line = dict[str, str]
Measured = dict[tuple[str, str], dict[str, Line]]
"""By section and name, by card."""


def table(expected: Iterable[Prediction], results: Iterable[Line]) -> str:
    """Markdown, a row for every prediction that has a name for people."""
    measured: Measured = {}
    for line in results:
        if line["median_ms"]:
            measured.setdefault((line["section"], line["name"]), {})[line["gpu"]] = line
    rows = list(expected)
    named = predictions.by_name(rows)
    return "\n".join([*HEAD, *(_row(row, named, measured) for row in rows if row.what)])


def _row(row: Prediction, named: Mapping[tuple[str, str], Prediction], measured: Measured) -> str:
    found = measured.get((row.section, row.name), {})
    peers = measured.get((row.section, row.peer), {})
    cells = [row.what, row.target, _expected(row)]
    cells.append("; ".join(_found(row, line, _verdict(row, line, measured)) for line in found.values()))
    cells.append(_peer(row, named.get((row.section, row.peer)), [peers[gpu] for gpu in found if gpu in peers]))
    return f"| {' | '.join(cells)} |"


def _verdict(row: Prediction, line: Line, measured: Measured) -> str:
    """``reached``, ``missed``, or nothing when there is no target or something that it needs was not measured."""

    def of(name: str, column: str) -> float | None:
        return _number(measured.get((row.section, name), {}).get(line["gpu"], {}).get(column, ""))

    met: list[bool | None] = []
    if row.target_ratio is not None:
        met.append(_at_least(_number(line["ratio"]), row.target_ratio))
    if row.target_copy_share is not None:
        met.append(_at_least(_number(line["copy_share"]), row.target_copy_share))
    if row.also_ratio is not None:
        other_ms = of(row.also_peer, "median_ms")
        met.append(_at_least(other_ms and other_ms / float(line["median_ms"]), row.also_ratio))
    if row.error_peer:
        # the same error twice is not the same number twice
        error, allowed = _number(line["output_error"]), of(row.error_peer, "output_error")
        met.append(None if error is None or allowed is None else error <= 1.02 * allowed)
    if not met or None in met:
        return ""
    return "reached" if all(met) else "**missed**"


def _at_least(value: float | None, least: float) -> bool | None:
    return None if value is None else value >= least


def _number(text: str) -> float | None:
    return float(text) if text else None


def _peer(row: Prediction, peer: Prediction | None, found: list[Line]) -> str:
    if not row.peer or row.peer == row.name:
        return ""
    expected_ms = (
        peer.h200_ms if peer else row.h200_ms * row.predicted_ratio if row.h200_ms and row.predicted_ratio else None
    )
    words = [_ms(float(line["median_ms"])) for line in found]
    if not words and expected_ms:
        words = [f"{_ms(expected_ms)} predicted"]
    return ": ".join([row.peer.removeprefix(f"{row.name} "), *["; ".join(words)] * bool(words)])


def _expected(row: Prediction) -> str:
    if row.h200_ms is None:
        return ""
    return _ms(row.h200_ms) + (
        f", {_times(row.predicted_ratio)}" if row.predicted_ratio and row.peer != row.name else ""
    )


def _found(row: Prediction, line: Line, verdict: str) -> str:
    words = [_ms(float(line["median_ms"]))]
    ratio, share, equal = (_number(line[column]) for column in ("ratio", "copy_share", "equal_copy_share"))
    if ratio is not None and line["peer"] != line["name"]:
        words.append(_times(ratio))
    if share is not None and row.section == "ops":
        words.append(f"{share:.0%} of a copy" + (f" ({equal:.0%} of an equal one)" if equal is not None else ""))
    return f"{', '.join([*words, *[verdict] * bool(verdict)])} ({line['gpu']}, {line['commit']})"


def _ms(value: float) -> str:
    return f"{value / 1e3:.3g} s" if value >= 1e3 else f"{value:.3g} ms"


def _times(ratio: float) -> str:
    return f"{ratio:.0f}x" if ratio >= 10 else f"{ratio:.2g}x"


def current() -> str:
    """The table of what is kept here."""
    return table(predictions.read(), lines(sorted(RESULTS.glob("*.csv"))))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put it into kernels/README.md")
    if parser.parse_args().write:
        before, _, rest = README.read_text("utf-8").partition(BEGINS)
        after = rest.partition(ENDS)[2]
        README.write_text(f"{before}{BEGINS}\n{current()}\n{ENDS}{after}", "utf-8")
    else:
        print(current())


if __name__ == "__main__":
    main()
