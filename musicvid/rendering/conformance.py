"""The contract that any backend must pass, for authors of plug-ins. Needs no pytest; with it, subclass::

    from musicvid.rendering.conformance import BackendContract

    class TestFireworks(BackendContract):
        def make_backend(self, **options):
            return Fireworks(options, model="", base=Path("."))

or call ``check_backend(make)`` anywhere. Every check raises AssertionError with one clear sentence.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from musicvid.errors import InputError, RenderError
from musicvid.rendering.backend import Backend, Capabilities, RenderRequest, TakeRef
from musicvid.rendering.pool import run_jobs
from musicvid.rendering.specimens import make_request, motion_of
from musicvid.rendering.trials import MakeBackend, digest, digests, digests_of, picture, prepared, require, traces
from musicvid.schema.frames import FrameRate, FrameSize

COUNTS = (1, 2, 7, 25)
SIZES = ("64x64", "320x180", "180x320")
RATES = ("24", "23.976", "60")
_CAN_BE_TRIED = ("prompt", "seed", "motion", "camera", "energy")


def check_backend(
    make: MakeBackend,
    *,
    takes_options: bool = True,
    depends_on: tuple[str, ...] | None = None,
    counts: tuple[int, ...] = COUNTS,
    sizes: tuple[str, ...] = SIZES,
    rates: tuple[str, ...] = RATES,
) -> None:
    """Run every check. ``takes_options`` is false for backends made in Python only; ``depends_on`` as for
    :func:`check_dependence`. Slow backends are tried with fewer ``counts``, ``sizes`` and ``rates``."""
    check_description(make())
    check_identity(make)
    check_notes(make)
    check_counts(make, counts)
    check_sizes(make, sizes)
    check_rates(make, rates)
    check_early_close(make)
    check_repeatable(make)
    check_other_process(make)
    check_dependence(make, depends_on)
    check_conditions(make)
    if takes_options:
        check_unknown_option(make)


def check_description(backend: Backend) -> None:
    """Name, version, model and capabilities are there and of the right kind."""
    require(isinstance(backend, Backend), f"{type(backend).__name__} lacks a member of the Backend protocol")
    require(isinstance(backend.name, str) and bool(backend.name), f"name is {backend.name!r}, not a text")
    require(
        isinstance(backend.version, str) and bool(backend.version),
        f"version is {backend.version!r}: it must be a text that is not empty, for it is part of every take's key",
    )
    require(isinstance(backend.model, str), f"model is {backend.model!r}, not a text")
    abilities = backend.capabilities()
    require(isinstance(abilities, Capabilities), f"capabilities() gave {type(abilities).__name__}")
    require(
        abilities.pixel_format in ("yuv420p", "rgb24"), f"pixel_format {abilities.pixel_format!r} is neither of the two"
    )


def check_identity(make: MakeBackend) -> None:
    """``identity`` is made of JSON values, and the same when asked again."""
    request = make_request()
    backend = prepared(make, request)
    first, again = dict(backend.identity(request)), dict(backend.identity(request))
    try:
        read_back = json.loads(json.dumps(first, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"identity is not made of JSON values: {error}") from error
    require(read_back == first, f"identity {first!r} is not the same after a trip through JSON: use text keys, lists")
    require(first == again, f"identity changes from call to call: {first!r}, then {again!r}")


def check_notes(make: MakeBackend) -> None:
    """``notes`` is a tuple of texts."""
    request = make_request()
    notes = prepared(make, request).notes(request)
    good = isinstance(notes, tuple) and all(isinstance(note, str) for note in notes)
    require(good, f"notes() gave {notes!r}, a tuple of texts was expected")


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
    backend = prepared(make, request)
    frames = iter(backend.render(request))
    first = digest(next(frames))
    if hasattr(frames, "close"):
        frames.close()
    require(digests(backend, request)[0] == first, "after an early stop, the first frame came out different")


def check_repeatable(make: MakeBackend) -> None:
    """The same request gives the same pixels: again, from another instance, and whatever was rendered in between."""
    request = make_request()
    other = make_request(shot_id="verse-1/02", index=1, prompt="fireworks", seed=8)
    backend = prepared(make, request, other)
    first = digests(backend, request)
    digests(backend, other)
    require(digests(backend, request) == first, "the same request gave other pixels the second time")
    fresh = prepared(make, request, other)
    if dict(fresh.identity(request)) == dict(backend.identity(request)):
        require(digests(fresh, request) == first, "a second instance gave other pixels for the same request")


def check_other_process(make: MakeBackend) -> None:
    """After ``prepare`` the backend can be sent to another process, and gives the same pixels there.

    Backends that say ``parallel=False`` are never sent, and pass.
    """
    request = make_request()
    backend = prepared(make, request)
    if not backend.capabilities().parallel:
        return
    here = digests(backend, request)
    for outcome in run_jobs(digests_of, [(backend, request)], 1, on_loss=lambda job: None):
        require(
            outcome.error is None,
            f"after prepare() it cannot work in another process: {type(outcome.error).__name__}: {outcome.error}",
        )
        require(outcome.result == here, "in another process the same request gave other pixels")


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
        backend = prepared(make, request, other)
        same_pixels = digests(backend, request) == digests(backend, other)
        require(not same_pixels, f"it claims to heed {field}, but another {field} gave the same pixels")


def check_conditions(make: MakeBackend) -> None:
    """Pictures and earlier takes that the backend says it heeds change its pixels or its identity.

    Whoever names none of ``first_frame``, ``last_frame`` and ``continues`` among its conditions passes.
    """
    claimed = make().capabilities().conditions
    for name in [name for name in ("first_frame", "last_frame") if name in claimed]:
        try:
            same = _same_with(make, name)
        except RenderError:  # it may take the one only beside the other
            other = {"first_frame": "last_frame", "last_frame": "first_frame"}[name]
            same = _same_with(make, name, **{other: str(picture("green"))})
        require(not same, f"it claims to heed {name}, but another picture changed neither pixels nor identity")
    if "continues" in claimed:
        before, other = make_request(), make_request(prompt="fireworks", seed=8)
        after = make_request(shot_id="verse-1/02", index=1, continues=TakeRef(before.shot_id, before.take))
        same = traces(make, after, before) == traces(make, after, other)
        require(not same, "it claims to heed continues, but going on from another take changed nothing")


def _same_with(make: MakeBackend, name: str, **more: str) -> bool:
    """Whether it is all the same which picture is given as ``name``."""
    red, blue = (make_request(**{name: str(picture(colour))}, **more) for colour in ("red", "blue"))
    return traces(make, red) == traces(make, blue)


def check_unknown_option(make: MakeBackend) -> None:
    """A misspelt option is refused by name, and the known ones are told."""
    try:
        make(no_such_option=1)
    except InputError as error:
        text = str(error)
        require("no_such_option" in text, f"the refusal does not name the option: {text!r}")
        listed = getattr(error, "known", ())
        require(bool(listed) or "known" in text, f"the refusal does not list the known options: {text!r}")
    else:
        raise AssertionError("an unknown option was accepted: a typing error would go unnoticed")


class BackendContract:
    """One test method per check. Subclasses say how to make the backend, and what a slow one is tried with."""

    takes_options = True
    depends_on: tuple[str, ...] | None = None
    counts: tuple[int, ...] = COUNTS
    sizes: tuple[str, ...] = SIZES
    rates: tuple[str, ...] = RATES

    def make_backend(self, **options: object) -> Backend:
        raise NotImplementedError("say how to make the backend")

    def test_description(self) -> None:
        check_description(self.make_backend())

    def test_identity(self) -> None:
        check_identity(self.make_backend)

    def test_notes(self) -> None:
        check_notes(self.make_backend)

    def test_counts(self) -> None:
        check_counts(self.make_backend, self.counts)

    def test_sizes(self) -> None:
        check_sizes(self.make_backend, self.sizes)

    def test_rates(self) -> None:
        check_rates(self.make_backend, self.rates)

    def test_early_close(self) -> None:
        check_early_close(self.make_backend)

    def test_repeatable(self) -> None:
        check_repeatable(self.make_backend)

    def test_other_process(self) -> None:
        check_other_process(self.make_backend)

    def test_dependence(self) -> None:
        check_dependence(self.make_backend, self.depends_on)

    def test_conditions(self) -> None:
        check_conditions(self.make_backend)

    def test_unknown_option(self) -> None:
        if self.takes_options:
            check_unknown_option(self.make_backend)


def _render(make: MakeBackend, request: RenderRequest) -> None:
    digests(prepared(make, request), request)
