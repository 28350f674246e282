"""Licences of models: what is shown before a download, and what a film may not be released under."""

from __future__ import annotations

from collections.abc import Iterable

from musicvid.diffusion.models import Licence, VideoModel
from musicvid.schema.release import Release
from musicvid.schema.territories import WORLD, countries_in

_ASK = "write release: {territory: [DE], use: personal} in the storyboard, with your own countries"


def refusal(model: VideoModel, release: Release) -> str:
    """Why ``model`` may not make a film that is released like that, in one line; empty when nothing speaks against it.

    Only a licence that excludes territories asks for them to be said. A release in a member state is one in the EU and
    the other way round; ``world`` is everywhere.
    """
    licence = model.licence
    barred = countries_in(licence.excluded)
    if barred and not release.territories:
        return _line(model, f"excludes {_words(licence.excluded)}, and where the film is released is not said", _ASK)
    met = [territory for territory in release.territories if countries_in([territory]) & barred]
    if met:
        excluded = f"excludes {_words(licence.excluded)}, and the film is released in {_words(met)}"
        return _line(model, excluded, "choose another model, see musicvid models")
    if release.use == "commercial" and licence.commercial == "no":
        return _line(model, "forbids commercial use", "choose another model, see musicvid models")
    limit, revenue = licence.paid_from_usd, release.yearly_revenue_usd
    if limit is not None and revenue is not None and revenue >= limit:
        paid = f"asks for a paid licence from {limit:,} US dollars of yearly revenue on, and {revenue:,} are stated"
        return _line(model, paid, "get a paid licence and load its weights from a folder, or choose another model")
    return ""


def shown(licence: Licence) -> tuple[str, ...]:
    """What a person should read before a first download, a line each."""
    lines = [f"licence: {licence.name}" + (f" ({licence.url})" if licence.url else "")]
    if licence.excluded:
        lines.append(f"not licensed in: {_words(licence.excluded)}")
    lines.append(f"commercial use: {licence.commercial}")
    if licence.paid_from_usd is not None:
        lines.append(f"paid licence needed: from {licence.paid_from_usd:,} US dollars of yearly revenue on")
    if licence.note:
        lines.append(f"note: {licence.note}")
    lines.append(f"read in: {licence.checked}" if licence.checked else "not verified: read it yourself before use")
    return tuple(lines)


def _line(model: VideoModel, what: str, todo: str) -> str:
    doubt = "" if model.licence.checked else " (as far as known, not verified)"
    return f"the model {model.key} cannot be used: its licence, {model.licence.name}, {what}{doubt}: {todo}"


def _words(territories: Iterable[str]) -> str:
    return ", ".join("the whole world" if territory == WORLD else territory for territory in territories)
