"""The shipped font draws what it says it draws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from musicvid.errors import MediaError
from musicvid.media.fonts import font_path, missing_glyphs

SENTENCES = (
    "The quick brown fox – “jumps” over… the lazy dog! 0123456789 & €£$",
    "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "Zażółć gęślą jaźń; Îngheţată, Þórður, Øyvind, ß, ğış, ñ, ç, œ, æ",
    "Ζαφείρι δέξου πάγκαλο, βαθῶν ψυχῆς τὸ σῆμα",
    "Съешь ещё этих мягких французских булок, да выпей чаю; Їжак, ґанок",
    "Tiếng Việt: đường về nhà rất xa",
)


@pytest.mark.parametrize("weight", ["medium", "bold"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_european_scripts_are_covered(sentence, weight):
    assert missing_glyphs(sentence, font_path(weight)) == ""


def test_what_is_missing_is_named_once_in_order():
    assert missing_glyphs("a日本b日 ♪\n\tc\u200d\ufe0f", font_path()) == "日本♪"


def pixels(character: str) -> bytes:
    image = Image.new("L", (80, 90))
    ImageDraw.Draw(image).text((10, 10), character, font=ImageFont.truetype(str(font_path()), 48), fill=255)
    return image.tobytes()


@given(
    st.characters(
        min_codepoint=0x21, max_codepoint=0x4FF, exclude_categories=("Cn", "Cc", "Cf", "Zs", "Mn", "Me", "Lm")
    )
)
def test_present_means_drawn(character):
    """Oracle: what FreeType draws for a character the font certainly lacks is its empty box."""
    box = pixels("\u4e00")
    assert (pixels(character) == box) is (missing_glyphs(character, font_path()) == character)


def test_licence_stands_beside_the_fonts():
    licence = (font_path().parent / "OFL.txt").read_text()
    assert licence.startswith("Copyright")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert sum(path.stat().st_size for path in font_path().parent.glob("*.ttf")) < 900_000


def test_what_is_no_font(tmp_path):
    (tmp_path / "x.ttf").write_bytes(b"no font at all" * 50)
    for name in ("x.ttf", "gone.ttf"):
        with pytest.raises(MediaError) as caught:
            missing_glyphs("a", tmp_path / name)
        assert caught.value.where == str(tmp_path / name)
        assert "\n" not in str(caught.value)
