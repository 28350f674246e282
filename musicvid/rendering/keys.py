"""The name of a take: a hash of everything that determines its pixels and of nothing else.

Left out on purpose are the shot's id, its place in the movie and the take's number: moving or renaming a shot keeps its
takes. A backend that draws any of these says so in its ``identity``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from musicvid.errors import InputError, RenderError
from musicvid.media.files import sha256_of
from musicvid.rendering.backend import Backend, RenderRequest

KEY_VERSION = 1
"""Changes when :mod:`musicvid.rendering.worker` makes other pixels from the same frames of a backend."""


def take_key(
    request: RenderRequest,
    backend: Mapping[str, object],
    settings_key: str,
    *,
    hold: bool = False,
    overlay_key: str = "",
    overlay_frame: int = 0,
) -> str:
    """Hex SHA-256 that names the take. ``backend`` is what :func:`backend_facts` says. ``overlay_frame`` is the movie
    frame of the take's first frame: what is burnt in depends on it, so it counts where there is an overlay.

    Raises :class:`InputError` for a picture or song that is gone.
    """
    facts = {
        "take": KEY_VERSION,
        **request_facts(request),
        **backend,
        "settings": settings_key,
        "hold": hold,
        "overlay": [overlay_key, overlay_frame] if overlay_key else [],
    }
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def request_facts(request: RenderRequest) -> dict[str, object]:
    """The part of a request that determines pixels, as JSON values.

    Not ``continues``: what a take goes on from is more than its name, so a backend that heeds it tells by ``identity``.
    """
    return {
        "prompt": request.prompt,
        "avoid": request.avoid,
        "frame_count": request.frame_count,
        "head_frames": request.head_frames,
        "rate": str(request.rate),
        "size": str(request.size),
        "seed": request.seed,
        "motion": hashlib.sha256(request.motion.data).hexdigest(),
        "look": list(request.look),
        "camera": request.camera,
        "energy": request.energy,
        "references": [[one.name, content_of(one.path, request.shot_id)] for one in request.references],
        "first_frame": content_of(request.first_frame, request.shot_id),
        "last_frame": content_of(request.last_frame, request.shot_id),
        **_sound(request),
    }


def _sound(request: RenderRequest) -> dict[str, object]:
    """Nothing where there is no sound: keys of takes that were made without it stay what they are."""
    sound = request.sound
    return {"sound": [content_of(sound.path, request.shot_id), sound.first_frame]} if sound else {}


def backend_facts(backend: Backend, request: RenderRequest) -> dict[str, object]:
    """What the backend says determines its pixels besides the request, as JSON values.

    Raises :class:`RenderError` for an identity that is not made of JSON values.
    """
    identity = dict(backend.identity(request))
    try:
        canonical(identity)
    except (TypeError, ValueError) as error:
        raise RenderError(
            f"backend {backend.name!r} has an identity that is not made of JSON values: {error}", where=request.shot_id
        ) from error
    return {
        "backend": backend.name,
        "backend_version": backend.version,
        "model": backend.model,
        "identity": identity,
    }


def canonical(facts: Mapping[str, object]) -> str:
    """JSON that is the same for equal values, whatever their order in memory. NaN is refused (it equals nothing)."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_of(path: str, shot_id: str) -> str:
    """The hash of a file that a shot needs; empty for no path. Raises :class:`InputError` when it is gone."""
    if not path:
        return ""
    try:
        stat = Path(path).stat()
        return _hashed(path, stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        raise InputError(
            f"the file that shot {shot_id} needs cannot be read: {error.strerror or error}", where=path
        ) from error


@lru_cache(maxsize=1024)
def _hashed(path: str, _mtime_ns: int, _size_bytes: int) -> str:
    """One picture or song serves many shots: hash it once as long as it stays the same file."""
    return sha256_of(path)
