"""The table of models: ``models.toml`` read into nouns, and looked up by key, folder or hub name."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from functools import cache
from importlib import resources
from pathlib import Path

from musicvid.diffusion.hub_names import parse_hub_name
from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.table_row import Row
from musicvid.errors import InputError, UnknownNameError

TABLE = "models.toml"


@cache
def known_models() -> tuple[VideoModel, ...]:
    """Every row, best supported first."""
    table = resources.files("musicvid.diffusion").joinpath(TABLE)
    return read_table(table.read_text("utf-8"), TABLE)


def find_model(name: str, base: Path | str = "") -> VideoModel | None:
    """The row called ``name``; None for a folder that is there (seen from ``base``) and for a hub name
    (``owner/name[@revision]``).

    Raises :class:`UnknownNameError`, which lists the known ones, for any other word.
    """
    model = next((model for model in known_models() if model.key == name), None)
    if model is not None or _is_elsewhere(name, Path(base)):
        return model
    raise UnknownNameError("model", name, (model.key for model in known_models()))


def model_of_repo(repo: str) -> VideoModel | None:
    """The row whose weights ``owner/name`` are (the hub does not tell upper from lower case)."""
    wanted = repo.lower()
    rows = known_models()
    named = next((m for m in rows if m.repo.lower() == wanted), None)
    return named or next((m for m in rows if wanted in (other.lower() for other in m.also)), None)


def read_table(text: str, where: str) -> tuple[VideoModel, ...]:
    """The models in the text of a table. Raises :class:`InputError` that names the row and the field."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"this is not TOML: {error}", where=where) from error
    licences = Row(table, where, "the table").tables("licences")
    rows = Row(table, where, "the table").rows("models")
    models = tuple(_model(row, licences) for row in rows)
    keys = [model.key for model in models]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise InputError(f"key {twice[0]!r} stands twice", where=where)
    return models


def _model(row: Row, licences: dict[str, Row]) -> VideoModel:
    """One row. What is left over in it is a field that does not exist."""
    named = row.text("licence")
    if named not in licences:
        raise row.wrong("licence", f"no licence is called {named!r}")
    repo = row.text("repo")
    model = VideoModel(
        key=row.text("key"),
        tier=row.whole("tier"),
        family=row.text("family"),
        repo=repo,
        also=row.texts("also"),
        roads=row.roads("roads"),
        frames=row.frame_rule("frames"),
        default_frames=row.whole("default_frames"),
        max_frames=row.whole("max_frames"),
        rate_fps=Fraction(row.whole("rate_fps")),
        rates_fps=row.rates("rates_fps"),
        size_multiple=row.whole("size_multiple"),
        sizes=row.sizes("sizes"),
        steps=row.whole_or_none("steps"),
        guidance=row.number_or_none("guidance"),
        flow_shift=row.number_or_none("flow_shift"),
        calls=row.arguments("calls"),
        calls_without_guidance=row.arguments("calls_without_guidance"),
        negative_prompt=row.flag("negative_prompt", default=True),
        few_step=row.few_step("few_step"),
        weights_gib=row.gib("weights_gib"),
        memory=row.text("memory", default=""),
        speed=row.text("speed", default=""),
        source=row.text("source", default=""),
        notes=row.texts("notes"),
        licence=licences[named].licence(page=f"https://huggingface.co/{repo}"),
    )
    row.check_nothing_left()
    return _checked(model, row)


def _checked(model: VideoModel, row: Row) -> VideoModel:
    """What one field says against another."""
    if not model.roads:
        raise row.wrong("roads", "a model has at least one")
    if not model.sizes:
        raise row.wrong("sizes", "a model has at least one")
    for name, count in (("default_frames", model.default_frames), ("max_frames", model.max_frames)):
        if not model.frames.allows(count):
            raise row.wrong(name, f"{count} is not {model.frames.step}k+{model.frames.offset}")
    if model.default_frames > model.max_frames:
        raise row.wrong("default_frames", f"more than max_frames, {model.max_frames}")
    for size in model.sizes:
        if size.width % model.size_multiple or size.height % model.size_multiple:
            raise row.wrong("sizes", f"{size} is no multiple of {model.size_multiple}")
    for road in model.roads:
        if not road.needs <= road.takes:
            raise row.wrong("roads", f"{road.pipeline} needs what it does not take")
    return model


def _is_elsewhere(name: str, base: Path) -> bool:
    try:
        return name != "" and ((base / Path(name).expanduser()).is_dir() or parse_hub_name(name) is not None)
    except (OSError, RuntimeError, ValueError):  # too long for a file's name, a zero byte, no such user
        return False
