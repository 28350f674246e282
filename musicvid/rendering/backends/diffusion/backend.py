"""The backend that has open video models make the takes, through diffusers.

A *clip* is what the model makes: a legal number of frames at its own rate and size, kept without loss in the workspace.
A *take* is cut from one clip or several that go on from each other. Only clips cost the graphics card.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import InputError, RenderError
from musicvid.rendering.backend import Capabilities, IdentityChanged, RenderCost, RenderRequest
from musicvid.rendering.backends.diffusion.briefing import Briefed, Briefing
from musicvid.rendering.backends.diffusion.briefing_all import all_briefed
from musicvid.rendering.backends.diffusion.clip_store import Clip
from musicvid.rendering.backends.diffusion.conform import conformed, conformed_by, joined
from musicvid.rendering.backends.diffusion.explain import explained
from musicvid.rendering.backends.diffusion.few_steps import with_few_steps
from musicvid.rendering.backends.diffusion.options import read_options
from musicvid.rendering.backends.diffusion.remarks import model_remarks, take_remarks
from musicvid.rendering.backends.diffusion.timings import Timings, work_of
from musicvid.rendering.backends.diffusion.where import local_folder, row_of, weights_of
from musicvid.rendering.backends.diffusion.workshop import Workshop
from musicvid.schema.progress import OnProgress, Progress
from musicvid.schema.release import Release
from musicvid.schema.storyboard import OptionValue

if TYPE_CHECKING:
    from musicvid.diffusion.models import Condition, VideoModel

_FIELDS: Mapping[str, frozenset[Condition]] = {
    "first_frame": frozenset({"first"}),
    "last_frame": frozenset({"last"}),
    "continues": frozenset({"first", "extend"}),
    "references": frozenset({"references"}),
    "sound": frozenset({"sound"}),
}
"""Fields of a request, each with the conditions of which a model takes at least one where it can honour the field."""
_SWITCHES = {"references": "references", "sound": "song"}
"""Fields that an option switches off or on."""


class Diffusion:
    """Video models through diffusers: a name of the table (``musicvid models``), a folder, or a hub name."""

    name = "diffusion"
    version = "1"
    summary = "open video models through diffusers: Wan, LTX, and others; see: musicvid models"

    def __init__(self, options: Mapping[str, OptionValue], *, model: str, base: Path) -> None:
        self._base = base
        self._row: VideoModel | None = row_of(model, base)
        self._asked = model
        self.model = Path(model).name if self._row is None or self._row.key != model else model
        self.options = with_few_steps(read_options(options, base), self._row, base)
        self._folder: Path | None = None
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._shop: Workshop | None = None
        self._briefing: Briefing | None = None
        self._requests: tuple[RenderRequest, ...] = ()
        self._named: dict[tuple[str, int], list[str]] = {}
        self._coming: dict[tuple[str, int], RenderRequest] = {}
        self._release: Release | None = None
        self._on_progress: OnProgress | None = None

    def capabilities(self) -> Capabilities:
        devices = self._devices()
        can = self._row.conditions if self._row is not None else frozenset().union(*_FIELDS.values())
        asked = {name for name in _FIELDS if name not in _SWITCHES or getattr(self.options, _SWITCHES[name])}
        heeds = {name for name in asked if _FIELDS[name] & can}
        return Capabilities(
            conditions=frozenset({"prompt", "prompts", "seed"} | heeds),
            refused=frozenset(asked - heeds),
            parallel=len(devices) > 1,
            most_workers=len(devices),
        )

    def check_release(self, release: Release) -> None:
        """Raises :class:`InputError` when the model's licence excludes the release. What is known only once the weights
        are here is checked then."""
        from musicvid.diffusion.licences import refusal

        self._release = release
        if self._row is not None and (reason := refusal(self._row, release)):
            raise InputError(reason)

    def keep_in(self, folder: Path) -> None:
        self._folder = folder

    def report_to(self, on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        if self._shop is not None:
            self._shop.on_progress = on_progress

    def prepare(self, requests: Sequence[RenderRequest]) -> None:
        """Find the weights and brief every clip. Raises our errors, all shots that the model cannot make at once."""
        self._requests = tuple(requests)
        silent = next((request for request in requests if self.options.song and request.sound is None), None)
        if silent is not None:
            raise InputError(
                "`song: true` needs the song, and this run has none",
                where=silent.shot_id,
                hint="give it: render(shots, song=…), or leave `song` out",
            )
        if self._shop is None or self._shop.home != self._home:
            self.close()
            self._check_machine()
            weights = weights_of(self._asked, self._base, self.options, self._home / "revisions.json", self._note)
            self._row = weights.model
            if self._release is not None:
                self.check_release(self._release)
            self._shop = Workshop(weights, self.options, self._home, self._devices())
            self._shop.on_progress = self._on_progress
        self._brief_all()

    def _check_machine(self) -> None:
        from musicvid.diffusion.readiness import readiness

        for finding in readiness(self.options.device):
            if finding.state == "bad":
                raise RenderError(f"{finding.what}: {finding.detail}", hint=finding.fix or "see: musicvid doctor")
            self._note(f"{finding.what}: {finding.detail}")

    def estimate(self, requests: Sequence[RenderRequest], pending: Sequence[RenderRequest]) -> RenderCost | None:
        """From clips that this model made on this machine's first card before; None when there were none. Clips that
        are kept already are not counted where it is known where they would be."""
        if self._row is None:
            return None
        briefing = Briefing(self._row, self.options, requests)
        all_briefed(briefing, requests)
        briefs = dict.fromkeys(brief for request in pending for brief in briefing.of(request).briefs)
        if self._folder is not None and local_folder(self._asked, self._base) is not None:
            self.prepare(requests)
            briefs = {brief: None for brief in briefs if self._ready.names.find(brief) is None}
        device = self._devices()[0]
        return Timings().cost([work_of(brief, self._row, self.options, device) for brief in briefs])

    def explain(self, requests: Sequence[RenderRequest]) -> tuple[str, ...]:
        return explained(self._row, self.options, requests)

    def _brief_all(self) -> None:
        shop = self._ready
        self._briefing = Briefing(shop.model, self.options, self._requests, shop.fits if self.options.shrink else None)
        for briefed in all_briefed(self._briefing, self._requests):
            shop.check_settings(briefed.briefs)

    def identity(self, request: RenderRequest) -> Mapping[str, object]:
        briefed = self._briefed(request)
        places = hashlib.sha256(" ".join(map(str, briefed.positions)).encode()).hexdigest()
        names = self._named[request.shot_id, request.take] = self._ready.names_of(briefed)
        return {"clips": names, "places": places, **conformed_by(self.options.retime)}

    def notes(self, request: RenderRequest) -> tuple[str, ...]:
        briefed = self._briefed(request)
        kept = [self._ready.names.find(brief) for brief in briefed.briefs]
        general = model_remarks(self._ready.model, self.options, request) if request.index == 0 else ()
        return (*briefed.notes, *take_remarks(request, [clip for clip in kept if clip is not None]), *general)

    def warm_up(self, requests: Sequence[RenderRequest]) -> None:
        """Encode every prompt, and let the card work ahead of whoever cuts and encodes takes."""
        self._coming = {(request.shot_id, request.take): request for request in requests}
        self._begin()

    def _begin(self) -> None:
        self._ready.begin([self._briefed(request) for request in self._coming.values()])

    def render(self, request: RenderRequest) -> Iterator[NDArray[np.uint8]]:
        briefed, key = self._briefed(request), (request.shot_id, request.take)
        try:
            clips = self._ready.clips(briefed, self._named.get(key) or self._ready.names_of(briefed))
        except IdentityChanged:
            self._brief_anew()
            raise
        self._coming.pop(key, None)
        return self._conformed(request, briefed, clips)

    def _conformed(
        self, request: RenderRequest, briefed: Briefed, clips: Sequence[Clip]
    ) -> Iterator[NDArray[np.uint8]]:
        frames = joined(self._ready.store, clips, briefed.segments)
        yield from conformed(frames, briefed.positions, request.size, self.options.retime)

    def close(self) -> None:
        """Stop the card's thread and let go of everything on the card."""
        self._coming.clear()
        if self._shop is not None:
            self._shop.close()

    def _briefed(self, request: RenderRequest) -> Briefed:
        if self._briefing is None:
            raise RenderError("diffusion was not prepared for this take", where=request.shot_id)
        briefed = self._briefing.of(request)
        if self.options.shrink and not all(map(self._ready.fits, briefed.briefs)):
            self._brief_anew()  # memory ran out meanwhile, for a clip that the card made ahead of its turn
            briefed = self._briefing.of(request)
        return briefed

    def _brief_anew(self) -> None:
        """Less memory than planned may make pictures smaller, and what goes on from them begins with others."""
        self._brief_all()
        if self._coming and self._ready.works_ahead:
            self._begin()

    @property
    def _ready(self) -> Workshop:
        if self._shop is None:
            raise RenderError("diffusion was not prepared", hint="call prepare() with the run's requests first")
        return self._shop

    @property
    def _home(self) -> Path:
        """Where clips are kept: the workspace's folder, or one that goes away with this object."""
        if self._folder is not None:
            return self._folder
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="musicvid-clips-")
        return Path(self._temporary.name)

    def _devices(self) -> tuple[str, ...]:
        from musicvid.diffusion.cards import parse_devices

        return parse_devices(self.options.device)

    def _note(self, text: str) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress("render", 0, len(self._requests), note=text))

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs: where clips are kept, not what is loaded here."""
        home = self._home
        return {**self.__dict__, "_folder": home, "_temporary": None, "_on_progress": None}
