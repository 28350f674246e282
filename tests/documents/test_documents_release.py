"""Where a film is released stands in the shot list, and documents from before it did are read."""

from __future__ import annotations

from typing import Any

import pytest
from handmade_nouns import SHOTS

from musicvid.errors import InputError
from musicvid.production import documents
from musicvid.schema.release import Release


def test_shot_lists_written_before_films_had_a_release_are_read() -> None:
    document: Any = documents.shots_to_document(SHOTS)
    assert document["release"] == {"territories": ["DE", "EU"], "use": "commercial", "yearly_revenue_usd": 12_000_000}
    del document["release"]
    assert documents.shots_from_document(document).release == Release()


def test_a_damaged_release_is_named() -> None:
    document: Any = documents.shots_to_document(SHOTS)
    document["release"]["use"] = "barter"
    with pytest.raises(InputError, match=r"release\.use: one of , personal, commercial was expected, 'barter'"):
        documents.shots_from_document(document)
