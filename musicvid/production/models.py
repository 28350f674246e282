"""Which video models there are, what one needs, and what this machine has. Looks, never downloads anything."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from musicvid.diffusion.hub_names import HubName, parse_hub_name
from musicvid.diffusion.licences import shown
from musicvid.diffusion.models import FrameRule, Licence, VideoModel
from musicvid.diffusion.registry import find_model, known_models, model_of_repo
from musicvid.errors import InputError
from musicvid.schema.frames import FrameSize

if TYPE_CHECKING:
    from musicvid.diffusion.models import Condition

HEADINGS = ("name", "makes", "takes", "licence", "memory", "steps")
_ORDER: tuple[Condition, ...] = ("first", "last", "extend", "references", "sound", "prompts")
_TEXT_PARTS = ("text_encoder", "text_encoder_2", "connectors")


@dataclass(frozen=True, slots=True)
class Here:
    """What this machine has. ``weights`` is the folder that they lie in, empty while there is none.

    ``card`` is empty without one that torch can use; memory and disk are bytes, None where they are not known.
    """

    weights: str
    card: str
    card_free_bytes: int | None
    card_total_bytes: int | None
    disk: str
    disk_free_bytes: int
    download_bytes: int | None


@dataclass(frozen=True, slots=True)
class Examined:
    """``named`` says what the name was: a row of the table, a local folder, or a hub name."""

    model: VideoModel
    named: Literal["row", "folder", "hub"]
    here: Here


def table() -> list[list[str]]:
    """A line for each model under :data:`HEADINGS`."""
    return [
        [m.key, _makes(m), _takes(m), m.licence.name, m.memory, str(m.steps) if m.steps else "-"]
        for m in known_models()
    ]


def all_models() -> list[dict[str, object]]:
    """Every field of every model as JSON values."""
    return [_values(model) for model in known_models()]


def examine(name: str) -> Examined:
    """The model called ``name``: a key of the table, a folder, or a hub name that is in the table or was downloaded.

    Raises :class:`UnknownNameError` for any other word, :class:`InputError` for a folder that is no video model and a
    hub name of which nothing is known here.
    """
    model = find_model(name)
    if model is not None:
        return Examined(model, "row", _here(model, _cached(HubName(model.repo))))
    folder = Path(name).expanduser()
    if folder.is_dir():
        from musicvid.diffusion.folder import recognise

        found = recognise(folder)
        return Examined(found, "folder", _here(found, folder))
    return _from_hub(name)


def as_json(examined: Examined) -> dict[str, object]:
    return {
        "model": _values(examined.model),
        "named": examined.named,
        "here": {field.name: getattr(examined.here, field.name) for field in fields(Here)},
        "licence_lines": list(shown(examined.model.licence)),
    }


def as_lines(examined: Examined) -> list[tuple[str, str]]:
    """(label, text) for a person; an empty label goes on with the one before."""
    model, here = examined.model, examined.here
    lines = [("model", model.key if examined.named == "row" else f"like {model.key}")]
    lines += [("weights", here.weights or f"{model.repo}, not downloaded yet")]
    lines += [("makes", _makes(model)), ("sizes", f"{_sizes(model)}; multiples of {model.size_multiple}")]
    lines += _labelled("roads", [f"{road.pipeline}: {_road_words(road.takes, road.needs)}" for road in model.roads])
    lines += [("steps", _steps(model))]
    lines += _labelled("fewer steps", [_few(way.name, way.note, way.source) for way in model.few_step])
    lines += _labelled("licence", [line.removeprefix("licence: ") for line in shown(model.licence)])
    if model.weights_gib:
        lines += [("size", ", ".join(f"{part} {gib:.1f} GiB" for part, gib in model.weights_gib) + " (bfloat16)")]
    lines += [("memory", model.memory)] if model.memory else []
    lines += [("speed", model.speed)] if model.speed else []
    lines += _labelled("this machine", [_card_words(model, here), _disk_words(here)])
    lines += _labelled("notes", list(model.notes))
    return [*lines, *([("source", model.source)] if model.source else [])]


def _from_hub(name: str) -> Examined:
    hub = parse_hub_name(name)
    row = model_of_repo(hub.repo) if hub is not None else None
    folder = _cached(hub) if hub is not None else None
    if folder is not None:
        from musicvid.diffusion.folder import recognise

        found = recognise(folder)
        licence = row.licence if row is not None else found.licence
        return Examined(replace(found, repo=hub.repo if hub else "", licence=licence), "hub", _here(found, folder))
    if row is None:
        raise InputError(
            f"nothing is known of {name} before it is downloaded: it is in no table",
            hint=f"look at https://huggingface.co/{hub.repo if hub else name}, or download it and name its folder",
        )
    model = replace(row, repo=hub.repo if hub is not None else row.repo)
    return Examined(model, "hub", _here(model, None))


def _cached(hub: HubName) -> Path | None:
    """The folder of the snapshot that was downloaded last, if the index of the pipeline is in it."""
    from musicvid.diffusion.hub_cache import cached_commit, cached_folder

    commit = hub.commit or cached_commit(hub)
    return cached_folder(hub, commit, "model_index.json") if commit else None


def _here(model: VideoModel, weights: Path | None) -> Here:
    import torch
    from huggingface_hub.constants import HF_HUB_CACHE

    card, free, total = "", None, None
    if torch.cuda.is_available():
        card, (free, total) = torch.cuda.get_device_name(), torch.cuda.mem_get_info()
    disk = Path(HF_HUB_CACHE)
    exists = next(folder for folder in (disk, *disk.parents) if folder.is_dir())
    needed = int(sum(gib for _, gib in model.weights_gib) * 2**30) if model.weights_gib and weights is None else None
    return Here(
        weights=os.fspath(weights) if weights is not None else "",
        card=card,
        card_free_bytes=free,
        card_total_bytes=total,
        disk=os.fspath(disk),
        disk_free_bytes=shutil.disk_usage(exists).free,
        download_bytes=needed,
    )


def _card_words(model: VideoModel, here: Here) -> str:
    if not here.card or here.card_free_bytes is None or here.card_total_bytes is None:
        return "no graphics card that torch can use: it would run on the processor, very slowly"
    free = here.card_free_bytes / 2**30
    words = f"{here.card}, {free:.0f} of {here.card_total_bytes / 2**30:.0f} GiB free"
    on_card = sum(gib for part, gib in model.weights_gib if part not in _TEXT_PARTS)
    if not on_card:
        return words
    if on_card < free:
        return f"{words}: its weights without the text encoder ({on_card:.1f} GiB) fit, {free - on_card:.1f} GiB remain"
    return f"{words}: its weights without the text encoder ({on_card:.1f} GiB) do not fit, they are offloaded"


def _disk_words(here: Here) -> str:
    free = f"{here.disk_free_bytes / 1e9:.1f} GB free in {here.disk}"
    if here.weights:
        return f"nothing to download; {free}"
    if here.download_bytes is None:
        return f"the size of the download is not known; {free}"
    short = "" if here.download_bytes < here.disk_free_bytes else ": NOT ENOUGH, set HF_HOME to a larger disk"
    return f"at least {here.download_bytes / 1e9:.1f} GB to download (bfloat16); {free}{short}"


def _makes(model: VideoModel) -> str:
    low, high = model.rates_fps or (model.rate_fps, model.rate_fps)
    rate = f"{float(low):g}-{float(high):g}" if low != high else f"{float(low):g}"
    size = str(model.sizes[0]) if model.sizes else "any size"
    return f"{_rule(model.frames)} frames to {model.max_frames}, {rate} fps, {size}"


def _rule(frames: FrameRule) -> str:
    whole = f"{frames.step}k+{frames.offset}" if frames.offset else f"{frames.step}k"
    return f"{whole}, cut to {frames.cut}k+1," if frames.cut else whole


def _takes(model: VideoModel) -> str:
    """``!`` marks what it makes nothing without."""
    marks = [f"{word}!" if word in model.needs else word for word in _ORDER if word in model.conditions]
    return ", ".join([*marks, *(["avoid"] if model.negative_prompt else [])])


def _road_words(takes: frozenset[Condition], needs: frozenset[Condition]) -> str:
    if not takes:
        return "a prompt alone"
    return ", ".join(f"{word} (needed)" if word in needs else word for word in _ORDER if word in takes)


def _sizes(model: VideoModel) -> str:
    return ", ".join(map(str, model.sizes)) or "the movie's own: which it was trained for is not known"


def _steps(model: VideoModel) -> str:
    steps = f"{model.steps}" if model.steps else "a schedule of its own"
    guidance = f", guidance {model.guidance:g}" if model.guidance is not None else ""
    shift = f", flow shift {model.flow_shift:g} is advised" if model.flow_shift is not None else ""
    return f"{steps}{guidance}{shift}"


def _few(name: str, note: str, source: str) -> str:
    return f"{name}: {note}" + (f" ({source})" if source else " (not verified)")


def _labelled(label: str, texts: list[str]) -> list[tuple[str, str]]:
    return [(label if k == 0 else "", text) for k, text in enumerate(texts)]


def _values(value: object) -> object:
    """A noun as JSON values: pairs become objects, exact numbers plain ones, sets sorted lists."""
    if isinstance(value, VideoModel | Licence):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        tables = ("calls", "calls_without_guidance", "weights_gib")
        return {name: _values(dict(item) if name in tables else item) for name, item in named.items()}
    if isinstance(value, FrameSize):
        return str(value)
    if is_dataclass(value):
        named = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _values(dict(item) if name == "settings" else item) for name, item in named.items()}
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, dict):
        return {name: _values(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_values(item) for item in value]
    return value
