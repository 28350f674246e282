"""The contract that any backend must pass, for authors of plug-ins. Needs no pytest; with it, subclass::

    from musicvid.rendering.conformance import BackendContract

    class TestFireworks(BackendContract):
        def make_backend(self, **options):
            return Fireworks(options, model="", base=Path("."))

or call ``check_backend(make)`` anywhere. Every check raises AssertionError with one clear sentence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from musicvid.errors import InputError
from musicvid.rendering.backend import Backend, Capabilities, RenderRequest
from musicvid.rendering.pool import run_jobs
from musicvid.rendering.specimens import make_request, motion_of
from musicvid.schema.frames import FrameRate, FrameSize

MakeBackend = Callable[..., Backend]
"""``make()`` makes the backend with options that work; ``make(word=value)`` adds an option to them."""

COUNTS = (1, 2, 7, 25)
SIZES = ("64x64", "320x180", "180x320")
RATES = ("24", "23.976", "60")
_CAN_BE_TRIED = ("prompt", "seed", "motion", "camera", "energy")


def check_backend(make: MakeBackend, *, takes_options: bool = True, depends_on: tuple[str, ...] | None = None) -> None:
    """Run every check. ``takes_options`` is false for backends made in Python only; ``depends_on`` as for
    :func:`check_dependence`."""
    check_description(make())
    check_identity(make)
    check_notes(make)
    check_counts(make)
    check_sizes(make)
    check_rates(make)
    check_early_close(make)
    check_repeatable(make)
    check_other_process(make)
    check_dependence(make, depends_on)
    if takes_options:
        check_unknown_option(make)


def check_description(backend: Backend) -> None:
    """Name, version, model and capabilities are there and of the right kind."""
    _require(isinstance(backend, Backend), f"{type(backend).__name__} lacks a member of the Backend protocol")
    _require(isinstance(backend.name, str) and bool(backend.name), f"name is {backend.name!r}, not a text")
    _require(
        isinstance(backend.version, str) and bool(backend.version),
        f"version is {backend.version!r}: it must be a text that is not empty, for it is part of every take's key",
    )
    _require(isinstance(backend.model, str), f"model is {backend.model!r}, not a text")
    abilities = backend.capabilities()
    _require(isinstance(abilities, Capabilities), f"capabilities() gave {type(abilities).__name__}")
    _require(
        abilities.pixel_format in ("yuv420p", "rgb24"), f"pixel_format {abilities.pixel_format!r} is neither of the two"
    )


def check_identity(make: MakeBackend) -> None:
    """``identity`` is made of JSON values, and the same when asked again."""
    request = make_request()
    backend = _prepared(make, request)
    first, again = dict(backend.identity(request)), dict(backend.identity(request))
    try:
        read_back = json.loads(json.dumps(first, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"identity is not made of JSON values: {error}") from error
    _require(read_back == first, f"identity {first!r} is not the same after a trip through JSON: use text keys, lists")
    _require(first == again, f"identity changes from call to call: {first!r}, then {again!r}")


def check_notes(make: MakeBackend) -> None:
    """``notes`` is a tuple of texts."""
    request = make_request()
    notes = _prepared(make, request).notes(request)
    good = isinstance(notes, tuple) and all(isinstance(note, str) for note in notes)
    _require(good, f"notes() gave {notes!r}, a tuple of texts was expected")


def check_counts(make: MakeBackend, counts: tuple[int, ...] = COUNTS) -> None:
    """Exactly as many frames as asked for, odd counts and single frames too, each of the promised shape and type."""
    for count in counts:
        for head in {0, min(2, count - 1)}:
            _render(make, make_request(frame_count=count, head_frames=head))


def check_sizes(make: MakeBackend, sizes: tuple[str, ...] = SIZES) -> None:
    """Square, wide and upright pictures."""
    for size in sizes:
        _render(make, make_request(size=FrameSize.parse(size), frame_count=2))


def check_rates(make: MakeBackend, rates: tuple[str, ...] = RATES) -> None:
    """The number of frames does not depend on the rate."""
    for rate in rates:
        _render(make, make_request(rate=FrameRate.parse(rate)))


def check_early_close(make: MakeBackend) -> None:
    """Whoever wants the first frame only may stop there, and render again."""
    request = make_request()
    backend = _prepared(make, request)
    frames = iter(backend.render(request))
    first = _digest(next(frames))
    if hasattr(frames, "close"):
        frames.close()
    _require(_digests(backend, request)[0] == first, "after an early stop, the first frame came out different")


def check_repeatable(make: MakeBackend) -> None:
    """The same request gives the same pixels: again, from another instance, and whatever was rendered in between."""
    request = make_request()
    other = make_request(shot_id="verse-1/02", index=1, prompt="fireworks", seed=8)
    backend = _prepared(make, request, other)
    first = _digests(backend, request)
    _digests(backend, other)
    _require(_digests(backend, request) == first, "the same request gave other pixels the second time")
    fresh = _prepared(make, request, other)
    if dict(fresh.identity(request)) == dict(backend.identity(request)):
        _require(_digests(fresh, request) == first, "a second instance gave other pixels for the same request")


def check_other_process(make: MakeBackend) -> None:
    """After ``prepare`` the backend can be sent to another process, and gives the same pixels there.

    Backends that say ``parallel=False`` are never sent, and pass.
    """
    request = make_request()
    backend = _prepared(make, request)
    if not backend.capabilities().parallel:
        return
    here = _digests(backend, request)
    for outcome in run_jobs(_digests_of, [(backend, request)], 1, on_loss=lambda job: None):
        _require(
            outcome.error is None,
            f"after prepare() it cannot work in another process: {type(outcome.error).__name__}: {outcome.error}",
        )
        _require(outcome.result == here, "in another process the same request gave other pixels")


def check_dependence(make: MakeBackend, depends_on: tuple[str, ...] | None = None) -> None:
    """What the backend says it heeds changes its pixels or its identity.

    ``depends_on`` are fields of the request (prompt, seed, motion, camera, energy); None takes them from the
    ``conditions`` of its capabilities.
    """
    changed: dict[str, Any] = {
        "prompt": "an empty dance hall at night, red light",
        "seed": 8,
        "motion": motion_of(7, pulse_frames=3),
        "camera": "orbit left",
        "energy": 0.1,
    }
    claimed = make().capabilities().conditions if depends_on is None else depends_on
    for field in [name for name in _CAN_BE_TRIED if name in claimed]:
        request = make_request()
        other = replace(request, shot_id="verse-1/02", index=1, **{field: changed[field]})
        backend = _prepared(make, request, other)
        same_pixels = _digests(backend, request) == _digests(backend, other)
        _require(not same_pixels, f"it claims to heed {field}, but another {field} gave the same pixels")


def check_unknown_option(make: MakeBackend) -> None:
    """A misspelt option is refused by name, and the known ones are told."""
    try:
        make(no_such_option=1)
    except InputError as error:
        text = str(error)
        _require("no_such_option" in text, f"the refusal does not name the option: {text!r}")
        listed = getattr(error, "known", ())
        _require(bool(listed) or "known" in text, f"the refusal does not list the known options: {text!r}")
    else:
        raise AssertionError("an unknown option was accepted: a typing error would go unnoticed")


class BackendContract:
    """One test method per check. Subclasses say how to make the backend."""

    takes_options = True
    depends_on: tuple[str, ...] | None = None

    def make_backend(self, **options: object) -> Backend:
        raise NotImplementedError("say how to make the backend")

    def test_description(self) -> None:
        check_description(self.make_backend())

    def test_identity(self) -> None:
        check_identity(self.make_backend)

    def test_notes(self) -> None:
        check_notes(self.make_backend)

    def test_counts(self) -> None:
        check_counts(self.make_backend)

    def test_sizes(self) -> None:
        check_sizes(self.make_backend)

    def test_rates(self) -> None:
        check_rates(self.make_backend)

    def test_early_close(self) -> None:
        check_early_close(self.make_backend)

    def test_repeatable(self) -> None:
        check_repeatable(self.make_backend)

    def test_other_process(self) -> None:
        check_other_process(self.make_backend)

    def test_dependence(self) -> None:
        check_dependence(self.make_backend, self.depends_on)

    def test_unknown_option(self) -> None:
        if self.takes_options:
            check_unknown_option(self.make_backend)


def _prepared(make: MakeBackend, *requests: RenderRequest) -> Backend:
    backend = make()
    backend.prepare(requests)
    return backend


def _render(make: MakeBackend, request: RenderRequest) -> None:
    _digests(_prepared(make, request), request)


def _digests_of(job: tuple[Backend, RenderRequest]) -> list[str]:
    return _digests(*job)


def _digests(backend: Backend, request: RenderRequest) -> list[str]:
    """The hashes of all frames, each frame checked on the way."""
    digests = [_digest(frame) for frame in _checked_frames(backend, request)]
    _require(
        len(digests) == request.frame_count,
        f"{len(digests)} frames came, {request.frame_count} were asked for ({request.size}, {request.rate} fps)",
    )
    return digests


def _checked_frames(backend: Backend, request: RenderRequest) -> Iterator[np.ndarray]:
    width, height = request.size.width, request.size.height
    rgb = backend.capabilities().pixel_format == "rgb24"
    shape = (height, width, 3) if rgb else (height * 3 // 2, width)
    for number, frame in enumerate(backend.render(request)):
        _require(isinstance(frame, np.ndarray), f"frame {number} is a {type(frame).__name__}, not an array")
        found = f"frame {number} of {request.size} is {frame.dtype} {frame.shape}"
        _require(frame.dtype == np.uint8 and frame.shape == shape, f"{found}, uint8 {shape} was promised")
        _require(number < request.frame_count, f"more than the {request.frame_count} frames that were asked for came")
        yield frame


def _digest(frame: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(frame).tobytes()).hexdigest()


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
