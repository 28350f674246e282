"""``release:`` in the storyboard arrives in the noun."""

from __future__ import annotations

import pytest

from musicvid.production.storyboard import Storyboard
from musicvid.schema.release import Release


def release_in(text: str) -> Release:
    return Storyboard.parse(f"musicvid: 1\n{text}\n".encode()).release


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title: x", Release()),
        ("release:", Release()),
        ("release: {}", Release()),
        ("release: {territory: world}", Release(("world",))),
        ("release: {territory: World, use: personal}", Release(("world",), "personal")),
        ("release: {territory: de}", Release(("DE",))),
        ('release: {territory: [no, EU, "NO"], revenue_usd: 0}', Release(("NO", "EU"), "", 0)),
        (
            "release: {territory: [DE, EU], use: commercial, revenue_usd: 12000000}",
            Release(("DE", "EU"), "commercial", 12_000_000),
        ),
    ],
)
def test_what_is_written_arrives(text: str, expected: Release) -> None:
    assert release_in(text) == expected
