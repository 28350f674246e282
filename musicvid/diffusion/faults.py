"""What can go wrong while a clip is made, as errors that the caller acts on."""

from __future__ import annotations

from typing import Literal

from musicvid.errors import RenderError

Phase = Literal["encode", "denoise", "decode"]


class OutOfMemory(RenderError):
    """The card's memory did not suffice in ``phase``. The engine is usable: ask again with a lower plan."""

    def __init__(self, phase: Phase) -> None:
        super().__init__(
            f"the card ran out of memory in its {phase} stage",
            hint="use a smaller `render_size`, a smaller model, or allow `shrink: true`",
        )
        self.phase = phase
