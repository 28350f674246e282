"""Jobs get their keys, and takes are made under the key that holds when they are made.

What determines a backend's pixels may change while it renders (see :class:`IdentityChanged`). A take is therefore named
again right before it starts, in the process that makes it, and once more whenever the backend says that it changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from musicvid.errors import RenderError
from musicvid.rendering.backend import IdentityChanged
from musicvid.rendering.failures import in_our_words
from musicvid.rendering.keys import backend_facts, take_key
from musicvid.rendering.worker import TakeJob, make_take
from musicvid.schema.take import Take

MOST_CHANGES = 8


@dataclass(frozen=True, slots=True)
class Settled:
    """A take and whether it was there already, under a key that became known only when its turn came."""

    take: Take
    kept: bool = False


def named(job: TakeJob) -> TakeJob:
    """``job`` under the key of now. Raises our errors."""
    backend, request = job.backend, job.request
    facts = in_our_words(backend, "identity", lambda: backend_facts(backend, request))
    key = take_key(
        request,
        facts,
        job.settings.key,
        hold=job.hold,
        overlay_key=job.overlay.key if job.overlay else "",
        overlay_frame=job.first_frame,
    )
    return replace(job, key=key, facts=facts)


def settled(job: TakeJob) -> Settled:
    """The take of ``job``: found where its key has changed since it was last looked for, else made.

    Raises our errors only: :class:`RenderError` for a backend that says that it changed and did not, or never settles.
    """
    looked_for = job.key
    for _ in range(MOST_CHANGES + 1):
        job = named(job)
        if job.key != looked_for and (kept := job.store.find(job.key)):
            return Settled(kept, kept=True)
        looked_for = job.key
        try:
            return Settled(make_take(job))
        except IdentityChanged as error:
            if named(job).key == job.key:
                raise RenderError(
                    f"backend {job.backend.name!r} failed: it says that its identity changed, but it is the same "
                    f"({error.message})",
                    where=job.request.shot_id,
                ) from error
            last = error
    raise RenderError(
        f"backend {job.backend.name!r} failed: its identity changed {MOST_CHANGES + 1} times over one take "
        f"(lastly: {last.message})",
        where=job.request.shot_id,
    ) from last
