"""``few_step: NAME``: a published way to fewer steps, as options that hold where the user says nothing."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from musicvid.diffusion.models import VideoModel
from musicvid.errors import InputError, UnknownNameError
from musicvid.rendering.backends.diffusion.options import Options, read_options


def with_few_steps(options: Options, row: VideoModel | None, base: Path) -> Options:
    """Raises :class:`UnknownNameError` for a variant that the model's row does not have."""
    if not options.few_step:
        return options
    if row is None or not row.few_step:
        raise InputError(
            f"no few-step variant is known for this model, {options.few_step!r} was asked for",
            hint="set `steps`, `guidance` and `lora` yourself",
        )
    variant = next((one for one in row.few_step if one.name == options.few_step), None)
    if variant is None:
        raise UnknownNameError(f"few_step of {row.key}", options.few_step, [one.name for one in row.few_step])
    offered, plain = read_options(dict(variant.settings), base), Options()
    taken = {
        field.name: getattr(offered, field.name)
        for field in fields(Options)
        if getattr(options, field.name) == getattr(plain, field.name)
    }
    return replace(options, **{**taken, "few_step": options.few_step})
