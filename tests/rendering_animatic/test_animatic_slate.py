"""The slate is read back from the pixels, digit by digit."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from animatic_requests import frames, music, planes, request
from PIL import Image, ImageDraw, ImageFont

from musicvid.media.fonts import font_path
from musicvid.rendering.backends.animatic import Animatic
from musicvid.schema.frames import FrameRate, FrameSize

PROMPT = "Night. The sea, and a prompt that is long enough to be wrapped over more than one line of the slate, calmly."


def _glyphs(size: int) -> dict[str, np.ndarray]:
    """Pictures of the digits, drawn here."""
    font = ImageFont.truetype(str(font_path("bold")), size)
    out = {}
    for digit in "0123456789":
        picture = Image.new("L", (2 * size, 2 * size))
        ImageDraw.Draw(picture).text((size // 2, size // 4), digit, 255, font=font)
        ink = np.array(picture)
        rows, columns = np.flatnonzero(ink.max(1) > 60), np.flatnonzero(ink.max(0) > 60)
        out[digit] = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(float)
    return out


def _read(corner: np.ndarray, size: int) -> str:
    """The digits in a corner of the luma plane: columns of ink, each compared with every glyph."""
    ink = np.clip((corner.astype(float) - 90) / 130, 0, 1)
    lit = ink.max(0) > 0.45
    edges = np.flatnonzero(np.diff(np.concatenate([[0], lit.astype(int), [0]])))
    text = ""
    for left, right in zip(edges[::2], edges[1::2], strict=True):
        piece = ink[:, left:right]
        rows = np.flatnonzero(piece.max(1) > 0.45)
        piece = piece[rows[0] : rows[-1] + 1]
        if piece.shape[0] < 0.55 * size or rows[-1] - rows[0] < 0.55 * size:
            continue  # a colon or a stop
        if piece[piece.shape[0] // 3 : 2 * piece.shape[0] // 3].max() < 0.3:
            continue  # two dots, one above the other
        scores = {}
        for digit, glyph in _glyphs(size).items():
            shape = (glyph.shape[1], glyph.shape[0])
            same = np.array(Image.fromarray((piece * 255).astype(np.uint8)).resize(shape), float)
            gap = abs(piece.shape[1] / piece.shape[0] - glyph.shape[1] / glyph.shape[0])
            scores[digit] = np.corrcoef(same.ravel(), glyph.ravel())[0, 1] - gap
        text += max(scores, key=lambda d: scores[d])
    return text


@pytest.mark.parametrize("rate", ["24", "29.97", "60"])
def test_timecode_and_bar_are_right_in_every_frame(rate: str) -> None:
    wanted = request(PROMPT, size="640x360", frame_count=30, motion=music(30), first_timecode_frame=86388)
    wanted = replace(wanted, rate=FrameRate.parse(rate))
    size, width, height = round(0.030 * 360), 640, 360
    for k, frame in enumerate(frames(wanted, slate=True)):
        luma = planes(frame)[0]
        expected = wanted.rate.timecode(86388 + k).replace(":", "")
        assert _read(luma[:30, width - 130 :], size) == expected
        row = wanted.motion.row(k)
        assert _read(luma[height - 32 :, width - 50 :], size) == f"{int(row[6])}{int(row[7])}"


def test_only_the_corners_change() -> None:
    wanted = request(PROMPT, size="640x360", frame_count=2)
    for plain, slated in zip(frames(wanted), frames(wanted, slate=True), strict=True):
        changed = np.abs(planes(plain)[0].astype(int) - planes(slated)[0]) > 2
        assert changed[:30, :200].any()  # shot id
        assert changed[:30, -200:].any()  # timecode
        assert changed[-60:, :420].any()  # prompt
        assert changed[-40:, -60:].any()  # bar and beat
        assert not changed[60:280].any()
        assert not changed[:, 430:440].any()


def test_running_numbers_run_and_names_stay() -> None:
    first, second = (
        planes(f)[0].astype(int)
        for f in frames(request(PROMPT, size="640x360", frame_count=2, motion=music(2, 1.0)), slate=True)
    )
    changed = np.abs(first - second)
    assert changed[:30, -60:].max() > 60
    assert changed[:24, 10:90].max() < 40


@pytest.mark.parametrize("size", ["16x16", "64x36", "180x320", "320x320", "1920x1080"])
def test_any_size(size: str) -> None:
    wanted = replace(request(PROMPT, frame_count=1), size=FrameSize.parse(size), rate=FrameRate(Fraction(24)))
    assert len(frames(wanted, slate=True)) == 1


def test_undrawable_characters_are_reported() -> None:
    wanted = request("夜の海 at night")
    backend = Animatic({"slate": True})
    backend.prepare([wanted])
    assert "夜" in backend.notes(wanted)[0]
    assert Animatic({}).notes(wanted) == ()
    assert len(frames(wanted, slate=True)) == 1
