"""The JSON Schema of the storyboard, for editors (``musicvid schema > storyboard.schema.json``)."""

from __future__ import annotations

from typing import Any

from musicvid.production.storyboard.model import StoryboardFile

SCHEMA_FILE = "storyboard.schema.json"


def storyboard_schema() -> dict[str, Any]:
    """Draft 2020-12. What it refuses, loading refuses; loading checks more (files, consent, names of the cast)."""
    schema: dict[str, Any] = _tidy(StoryboardFile.model_json_schema(by_alias=True, mode="validation"))
    for shots in schema["properties"]["shots"]["anyOf"]:
        if "patternProperties" in shots:
            shots["additionalProperties"] = False
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:musicvid:storyboard:1",
        **schema,
        "title": "musicvid storyboard",
    }


def _tidy(schema: Any) -> Any:
    """Without what only pydantic means: ``default: null`` says "not given", which an editor would offer as a value."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if isinstance(schema, dict):
        return {key: _tidy(item) for key, item in schema.items() if not (key == "default" and item is None)}
    return schema
