"""A plug-in that takes its time, as another distribution would bring it: grey pictures, and a log of what was asked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from musicvid.errors import UnknownNameError
from musicvid.rendering.backend import Capabilities, RenderCost

KNOWN = ("memory", "log", "cost_s", "cards")


class Patient:
    """``cost_s``: seconds that it says each take costs; without it, it does not know."""

    summary = "grey, patiently"
    name, version = "patient", "1"

    def __init__(self, options, *, model, base):
        for word in options:
            if word not in KNOWN:
                raise UnknownNameError("option of patient", word, KNOWN)
        self.options, self.model = dict(options), model

    def capabilities(self):
        names = frozenset({"sound", "continues", "first_frame"})
        return Capabilities(pixel_format="rgb24", conditions=names, most_workers=self.options.get("cards", 1))

    def prepare(self, requests):
        pass

    def estimate(self, requests, pending):
        cost_s = self.options.get("cost_s")
        return None if cost_s is None else RenderCost(cost_s * len(pending), "measured on this card")

    def identity(self, request):
        return {}

    def notes(self, request):
        return ()

    def render(self, request):
        facts = {
            "shot": request.shot_id,
            "continues": request.continues.shot_id if request.continues else "",
            "first_frame": Path(request.first_frame).name,
            "sound": [request.sound.path, request.sound.first_frame],
            "frames": request.frame_count,
            "memory": self.options.get("memory"),
        }
        with Path(self.options["log"]).open("a") as log:
            log.write(json.dumps(facts) + "\n")
        for k in range(request.frame_count):
            yield np.full(
                (request.size.height, request.size.width, 3), (request.index * 47 + 10 + k % 2) % 250, np.uint8
            )


def install(folder: Path) -> None:
    """Lay out the distribution in ``folder``, which must be on the path, as this file's own folder must."""
    about = folder / "patient-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: patient\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[musicvid.backends]\npatient = patient_plugin:Patient\n")
