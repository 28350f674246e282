"""Under which licence the weights in a folder are, as far as the folder says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from musicvid.diffusion.models import Licence

_COMMERCIAL_BY_SPDX = {"apache-2.0": "Apache-2.0", "mit": "MIT", "bsd-3-clause": "BSD-3-Clause", "cc0-1.0": "CC0-1.0",
                       "cc-by-4.0": "CC-BY-4.0", "cc-by-sa-4.0": "CC-BY-SA-4.0"}  # fmt: skip
_SAYS_NOTHING = ("", "other", "unknown")


def licence_of(folder: Path, usual: Licence | None) -> Licence:
    """What the model card in ``folder`` says, else that there is a licence file, else that nobody knows.

    ``usual`` is the licence of models of this kind. Where it forbids something (territories, large companies) it is
    taken to hold unless the card names another: renaming a folder does not free the weights.
    """
    card = _card(folder / "README.md")
    name = str(card.get("license_name") or "") or str(card.get("license") or "")
    if usual is not None and _plain(name) == _plain(usual.name):
        return usual
    if name.lower() not in _SAYS_NOTHING:
        return _named(name, str(card.get("license_link") or ""))
    if usual is not None and (usual.excluded or usual.paid_from_usd is not None):
        return replace(usual, checked="", note=f"the folder does not say; models of this kind: {usual.note}")
    papers = sorted(path.name for path in folder.glob("LICEN[SC]E*") if path.is_file())
    if papers:
        return Licence(f"see {papers[0]} in the folder", note="nobody has read it for you")
    return Licence("unknown", note="the folder says nothing: look where the weights came from")


def _named(name: str, link: str) -> Licence:
    said = "the model card in the folder"
    spdx = _COMMERCIAL_BY_SPDX.get(name.lower())
    if spdx is not None:
        return Licence(spdx, link, said, commercial="yes")
    if name.lower().startswith("cc-by-nc"):
        return Licence(name.upper(), link, said, commercial="no")
    return Licence(name, link, said, note="its terms are not known here: read them")


def _plain(name: str) -> str:
    words = name.lower().replace("-", " ").replace("_", " ").split()
    return " ".join(word for word in words if word not in ("license", "licence", "agreement"))


def _card(path: Path) -> dict[str, Any]:
    """The YAML at the head of a model card; empty without one. A card that is no YAML says nothing about licences."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if not path.is_file():
        return {}
    text = path.read_text("utf-8", errors="replace")
    if not text.startswith("---"):
        return {}
    try:
        head = YAML(typ="safe", pure=True).load(text[3:].split("\n---", 1)[0])
    except YAMLError:
        return {}
    return head if isinstance(head, dict) else {}
