"""Options that several commands share, and how they become nouns of ``production.job``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

from musicvid.errors import InputError
from musicvid.media.encode import CODECS, PRESETS
from musicvid.production.job import Encoding, Wishes
from musicvid.schema.grid import Corrections

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _stack(*options: Decorator) -> Decorator:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


class Duration(click.ParamType):
    """``90``, ``90 s``, ``5 min``, ``2 h`` to seconds."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, int | float):
            return float(value)
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|sec|min|m|h)?\s*", str(value))
        if not match:
            self.fail(f"{value!r} is not a time: write 90 s, 5 min or 2 h", param, ctx)
        return float(match[1]) * {"h": 3600, "m": 60, "min": 60}.get(match[2] or "s", 1)


def option_pair(text: str) -> tuple[str, str | int | float | bool]:
    """``slate=true`` to its name and a scalar value."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
    if value.lower() in ("true", "false"):
        return name, value.lower() == "true"
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


quiet_option = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors and results.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
work_option = click.option("--work", default="", metavar="DIR", help="Workspace folder (default: beside the film).")
workers_option = click.option("--workers", type=click.IntRange(1), help="Processes to use (default: one per core).")
memory_option = click.option(
    "--memory", default="", metavar="AMOUNT", help="Plan for a graphics card with so much: 12GiB, 12GB, 12288MiB."
)

correction_options = _stack(
    click.option("--beats", default="", metavar="FILE", help="Take the beats from this file: .beats, .txt, .csv, .svl, "
                 "Rekordbox .xml, mixxxdb.sqlite, Live .als."),
    click.option("--tracker", default="", metavar="NAME", help="Another beat tracker; musicvid doctor lists them."),
    click.option("--bpm", type=float, help="The tempo, where it is known."),
    click.option("--halve", "levels", flag_value="halve", multiple=True, help="Keep every second beat only."),
    click.option("--double", "levels", flag_value="double", multiple=True, help="Add a beat between every two."),
    click.option("--offset", "offset_s", type=float, metavar="SECONDS", help="Shift every beat."),
    click.option("--anchor", "anchors", multiple=True, metavar="'beat 97 at 1:02.11'",
                 help="A beat whose time is known. Repeat, or put commas between them."),
    click.option("--downbeat", default="", metavar="TIME", help="Where a bar begins, such as 0:12.40."),
)  # fmt: skip
wish_options = _stack(
    click.option("--renderer", default="", metavar="NAME", help="See: musicvid backends."),
    click.option("--model", default="", metavar="NAME", help="Model of that renderer."),
    click.option("--takes", type=click.IntRange(1), help="Takes of each shot."),
    click.option("--size", default="", metavar="SIZE", help="1280x720, 720p, 1080p, vertical, square."),
    click.option("--fps", default="", metavar="RATE", help="24, 25, 30, 50, 60, 23.976, 29.97, 59.94 or 24000/1001."),
    click.option("--seed", type=int, help="Seed of the whole film."),
    click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="An option of the renderer."),
    memory_option,
)
encoding_options = _stack(
    click.option("--draft", is_flag=True, help="Quick look: ultrafast encoding."),
    click.option("--codec", type=click.Choice(CODECS), default="h264", show_default=True),
    click.option("--preset", type=click.Choice(PRESETS), help="Encoder preset (default: veryfast, drafts: ultrafast)."),
    click.option("--crf", type=click.IntRange(1, 51), default=20, show_default=True, help="Quality, lower is better."),
    click.option("--lossless", is_flag=True, help="Keep the song lossless (FLAC; PCM in .mov)."),
)


def corrections(values: dict[str, Any]) -> Corrections:
    """Take the correction options out of ``values``. Raises :class:`InputError` for those that contradict."""
    levels, written, downbeat = (values.pop(name) for name in ("levels", "anchors", "downbeat"))
    if len(set(levels)) > 1:
        raise InputError("--halve and --double contradict each other", hint="give one of them")
    found: dict[str, Any] = {}
    if written or downbeat:
        from musicvid.production.storyboard.anchors import parse_anchors, parse_moment_s

        found["anchors"] = tuple(anchor for text in written for anchor in parse_anchors(text))
        found["downbeat_s"] = parse_moment_s(downbeat) if downbeat else None
    return Corrections(
        beats=values.pop("beats"),
        bpm=values.pop("bpm"),
        level=levels[0] if levels else "",
        offset_s=values.pop("offset_s"),
        tracker=values.pop("tracker"),
        **found,
    )


def wishes(values: dict[str, Any]) -> Wishes:
    """Take the wish options out of ``values``."""
    names = ("renderer", "model", "takes", "size", "fps", "seed")
    options = tuple(option_pair(text) for text in values.pop("settings"))
    memory = values.pop("memory")
    if memory:
        options = (*(pair for pair in options if pair[0] != "memory"), ("memory", memory))
    return Wishes(**{name: values.pop(name) for name in names}, options=options)


def encoding(values: dict[str, Any]) -> Encoding:
    """Take the encoding options out of ``values``."""
    return Encoding(
        codec=values.pop("codec"),
        preset=values.pop("preset") or "",
        crf=values.pop("crf"),
        draft=values.pop("draft"),
        lossless_sound=values.pop("lossless"),
    )
