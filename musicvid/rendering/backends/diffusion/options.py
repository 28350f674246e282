"""The options of the diffusion backend, as they stand under ``renderer:`` in a storyboard."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from musicvid.diffusion.acceleration import check_cache
from musicvid.diffusion.schedules import SCHEDULERS
from musicvid.diffusion.settings import Lora
from musicvid.errors import InputError, UnknownNameError
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.storyboard import OptionValue


@dataclass(frozen=True, slots=True)
class Options:
    """Empty and None: as the model's row says, else what suits the machine.

    How a clip is made: ``steps``, ``guidance``, ``guidance_2``, ``shift``, ``sigmas``, ``scheduler``, ``few_step`` (a
    variant of the model's row), ``lora`` and ``lora_low`` (``file:weight``, commas between), ``lora_licence``,
    ``dtype``, ``vae_dtype``, ``text_tokens``, ``cache``, ``cache_threshold`` and
    ``cache_ratios`` (a lossy acceleration).

    How shots are fitted: ``render_size``, ``clip_fps``, ``most_frames``, ``counts`` (few lengths), ``long_shots``
    (``chain`` or ``slow``), ``retime`` (``hold``, ``blend`` or ``flow``, for moments between a clip's frames), ``hops``
    (how many shots may continue each other before one starts afresh), ``song`` (it drives the picture), ``references``
    (``false``: pictures of the cast are left out), ``retries`` (other seeds for clips that came out broken), ``guards``
    (``false``: a black or frozen clip is what was wanted).

    Where: ``device`` (``auto``, ``cpu``, ``cuda:0,cuda:1``), ``memory`` (``12GiB``: plan for a smaller card),
    ``shrink`` (a smaller picture is better than none), ``attention``, ``compile``, ``preview_every`` (steps),
    ``revision`` (of a hub model).
    """

    steps: int | None = None
    guidance: float | None = None
    guidance_2: float | None = None
    shift: float | None = None
    sigmas: tuple[float, ...] = ()
    scheduler: str = ""
    few_step: str = ""
    lora: tuple[Lora, ...] = ()
    lora_low: tuple[Lora, ...] = ()
    lora_licence: str = ""
    dtype: Literal["auto", "bf16", "fp16", "fp32"] = "auto"
    vae_dtype: Literal["auto", "bf16", "fp16", "fp32"] = "auto"
    text_tokens: int | None = None
    cache: str = ""
    cache_threshold: float | None = None
    cache_ratios: tuple[float, ...] = ()
    render_size: FrameSize | None = None
    clip_fps: FrameRate | None = None
    most_frames: int | None = None
    counts: int = 0
    long_shots: Literal["chain", "slow"] = "chain"
    retime: Literal["hold", "blend", "flow"] = "hold"
    hops: int = 4
    song: bool = False
    references: bool = True
    retries: int = 2
    guards: bool = True
    device: str = "auto"
    memory: int | None = None
    shrink: bool = False
    attention: str = ""
    compile: bool = False
    preview_every: int = 0
    revision: str = ""

    @property
    def loras(self) -> tuple[Lora, ...]:
        return self.lora + self.lora_low


KNOWN = tuple(field.name for field in fields(Options))
_WORDS = {
    "dtype": ("auto", "bf16", "fp16", "fp32"),
    "vae_dtype": ("auto", "bf16", "fp16", "fp32"),
    "long_shots": ("chain", "slow"),
    "retime": ("hold", "blend", "flow"),
}
_WHOLE = {
    "steps": (1, 1000),
    "text_tokens": (1, 4096),
    "most_frames": (1, 10_000),
    "counts": (0, 64),
    "hops": (0, 1000),
    "retries": (0, 20),
    "preview_every": (0, 1000),
}
_NUMBERS = {"guidance": (0.0, 50.0), "guidance_2": (0.0, 50.0), "shift": (0.001, 100.0), "cache_threshold": (0.0, 10.0)}
_SWITCHES = ("song", "guards", "references", "shrink", "compile")
_BYTES = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(GiB|MiB|GB|MB)\s*", re.IGNORECASE)
_MOST_BYTES = 1e9  # in whichever unit
_UNITS = {"gib": 2**30, "mib": 2**20, "gb": 10**9, "mb": 10**6}


def read_options(options: Mapping[str, OptionValue], base: Path) -> Options:
    """Check a storyboard's options. Raises :class:`InputError` naming the option, its value and what it may be."""
    read: dict[str, object] = {}
    for name, value in options.items():
        if name not in KNOWN:
            raise UnknownNameError("option of diffusion", name, KNOWN)
        read[name] = _read(name, value, base)
    return _checked(Options(**read))  # type: ignore[arg-type]


def _checked(options: Options) -> Options:
    """What one option says against another, and names that would else be looked up after minutes of loading."""
    if options.cache:
        check_cache(options.cache, options.cache_threshold, options.cache_ratios)
    for name in ("cache_threshold", "cache_ratios"):
        if getattr(options, name) not in (None, ()) and not options.cache:
            raise InputError(f"diffusion: {name} goes with a cache, and there is none", hint=f"leave `{name}` out")
    if options.scheduler and options.scheduler not in SCHEDULERS:
        raise UnknownNameError("scheduler of diffusion", options.scheduler, SCHEDULERS)
    if options.sigmas and options.steps not in (None, len(options.sigmas)):
        raise InputError(
            f"diffusion: steps is {options.steps}, and sigmas are {len(options.sigmas)} noise levels: one step each",
            hint="leave `steps` out",
        )
    return options


def _read(name: str, value: OptionValue, base: Path) -> object:
    if name in _WORDS:
        return _one_of(name, value, _WORDS[name])
    if name in _WHOLE:
        return _whole(name, value, *_WHOLE[name])
    if name in _NUMBERS:
        return _number(name, value, *_NUMBERS[name])
    if name in _SWITCHES:
        if not isinstance(value, bool):
            raise _wrong(name, value, "true or false")
        return value
    return _READERS.get(name, _text)(name, value, base)


def _one_of(name: str, value: OptionValue, known: tuple[str, ...]) -> str:
    if value not in known:
        raise UnknownNameError(f"value of diffusion's {name}", str(value), known)
    return str(value)


def _whole(name: str, value: OptionValue, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise _wrong(name, value, f"a whole number from {lowest} to {highest}")
    return value


def _number(name: str, value: OptionValue, lowest: float, highest: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
        raise _wrong(name, value, f"a number from {lowest:g} to {highest:g}")
    return float(value)


def _text(name: str, value: OptionValue, base: Path) -> str:
    if not isinstance(value, str):
        raise _wrong(name, value, "a text")
    return value


def _size(name: str, value: OptionValue, base: Path) -> FrameSize:
    try:
        return FrameSize.parse(_text(name, value, base))
    except InputError:
        raise _wrong(name, value, "a size such as 832x480") from None


def _rate(name: str, value: OptionValue, base: Path) -> FrameRate:
    try:
        return FrameRate.parse(str(value))
    except InputError:
        raise _wrong(name, value, "frames per second such as 16 or 23.976") from None


def _memory(name: str, value: OptionValue, base: Path) -> int:
    match = _BYTES.fullmatch(str(value))
    if not match or not 0 < float(match[1]) < _MOST_BYTES:
        raise _wrong(name, value, "an amount such as 12GiB")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def _numbers(name: str, value: OptionValue, base: Path) -> tuple[float, ...]:
    try:
        numbers = tuple(float(word) for word in str(value).split(","))
    except ValueError:
        numbers = (math.nan,)
    if isinstance(value, bool) or not all(map(math.isfinite, numbers)):
        raise _wrong(name, value, "numbers with commas between, such as 1.0, 0.75, 0.4")
    return numbers


def _sigmas(name: str, value: OptionValue, base: Path) -> tuple[float, ...]:
    sigmas = _numbers(name, value, base)
    if any(b >= a for a, b in itertools.pairwise(sigmas)) or not all(0 <= s <= 1 for s in sigmas):
        raise _wrong(name, value, "falling numbers from 1 to 0")
    return sigmas


def _loras(name: str, value: OptionValue, base: Path) -> tuple[Lora, ...]:
    """``style.safetensors:0.8, owner/name:1.0``; a weight that is not written is 1."""
    expert: Literal["high", "low"] = "low" if name == "lora_low" else "high"
    loras = []
    for word in filter(None, (word.strip() for word in _text(name, value, base).split(","))):
        path, weight = _weighted(word)
        if not math.isfinite(weight):
            raise _wrong(name, value, "adapters with weights that are numbers")
        here = base / path
        try:
            is_there = here.exists()
        except OSError:  # longer than any file's name
            raise _wrong(name, value, "a name that a file can have") from None
        loras.append(Lora(str(here.absolute()) if is_there else path, weight, expert=expert))
    return tuple(loras)


def _weighted(word: str) -> tuple[str, float]:
    path, sign, weight = word.rpartition(":")
    try:
        return (path, float(weight)) if sign else (word, 1.0)
    except ValueError:
        return word, 1.0


def _wrong(name: str, value: OptionValue, wanted: str) -> InputError:
    return InputError(f"diffusion: {name} is {value!r}, {wanted} was expected")


_READERS = {
    "render_size": _size,
    "clip_fps": _rate,
    "memory": _memory,
    "sigmas": _sigmas,
    "cache_ratios": _numbers,
    "lora": _loras,
    "lora_low": _loras,
}
