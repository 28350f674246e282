"""Palettes: the colours of a time of day, bent by season, weather, colour words and the section's own hue."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from musicvid.rendering.backends.animatic.brief import Brief
from musicvid.rendering.backends.animatic.colour import Colour, mix, scaled, turned, yuv


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours (Y'UV). ``zenith``, ``middle`` and ``horizon`` make the sky, ``sun`` is the disc, ``halo`` its light,
    ``far`` and ``near`` are the ends of the haze, ``ground`` lies under foot, ``lamp`` is artificial light, ``accent``
    the one colour that stands out. ``day`` is 0 in the night and 1 at noon: how much of their own colour figures show.
    """

    zenith: Colour
    middle: Colour
    horizon: Colour
    sun: Colour
    halo: Colour
    far: Colour
    near: Colour
    ground: Colour
    lamp: Colour
    accent: Colour
    day: float

    def haze(self, depth: float) -> Colour:
        """The colour of a silhouette at ``depth`` 0 (before the lens) to 1 (melting into the horizon)."""
        return mix(self.near, self.far, depth)


def _palette(line: str, day: float) -> Palette:
    return Palette(*(yuv(f"#{c}") for c in line.split()), day=day)


#                zenith middle horizon sun    halo   far    near   ground lamp   accent
_TIMES = {
    "dawn": _palette("42588c a79bb8 fbd3b4 fff3d6 ffd9a6 a596b4 262a48 50506c ffdf9e e2574c", 0.55),
    "day": _palette("3f86c4 86bddc e6f1ec fffdf0 fff6d8 9dc4d2 1f4650 5c8a68 fff0c0 e0473c", 1.0),
    "golden": _palette("5b7ba6 dba878 ffdf9c fff6cf ffd07a d69a68 33222c 7a5638 ffd98a c8402c", 0.7),
    "sunset": _palette("2a2454 a83c64 ff9350 ffe3a0 ff9a58 96405e 1a1230 40203c ffc070 f05a4a", 0.35),
    "dusk": _palette("121c44 38548e d99a94 fff0dc e8a890 47588a 0c1228 1c2848 ffcb80 e0607c", 0.25),
    "night": _palette("070d22 122748 2c4e70 eaf1ff 6f97c0 21395c 05080f 0c1728 ffcf86 d8503c", 0.15),
}
_NEON = _palette("0b0720 2c0e52 b02c86 ffd6f4 ff4fae 3a1a66 08050f 150a2c 4fe3ff ff3d96", 0.2)
_TINTS = {
    #         colour the light leans to, share, saturation
    "winter": ("#c4d6ea", 0.30, 0.66),
    "autumn": ("#c8743a", 0.20, 1.08),
    "spring": ("#f0c4cc", 0.18, 1.08),
    "storm": ("#747e88", 0.42, 0.48),
    "fog": ("#b4bcc0", 0.28, 0.60),
    "warm": ("#f0b878", 0.10, 1.0),
    "cold": ("#84a8c8", 0.20, 0.82),
}
_SKY = ("zenith", "middle", "horizon", "halo", "far", "ground")
_ALL = tuple(f.name for f in fields(Palette) if f.name != "day")


def palette_for(brief: Brief) -> Palette:
    """The palette of ``brief``: its time of day, leaning towards its moods and colour words, turned by the section."""
    palette = _NEON if "neon" in brief.moods else _TIMES[brief.time]
    for mood in sorted(brief.moods & _TINTS.keys()):
        name, share, saturation = _TINTS[mood]
        palette = _leaning(palette, yuv(name), share * (0.6 if brief.time in ("night", "dusk") else 1.0), saturation)
    if brief.tint:
        palette = _leaning(palette, yuv(brief.tint), 0.30, 1.0)
        palette = replace(palette, accent=yuv(brief.tint))
    if brief.earth:
        own = scaled(yuv(brief.earth), 0.35 + 0.65 * palette.day)
        palette = replace(palette, ground=mix(palette.ground, own, 0.55), far=mix(palette.far, own, 0.10))
    degrees = brief.look.between("hue", -11.0, 11.0)
    saturation = brief.look.between("saturation", 0.92, 1.08) * (0.86 + 0.26 * brief.energy)
    if "mono" in brief.moods:
        saturation = 0.0
    kept = ("sun", "lamp", "accent")
    changed = {n: turned(getattr(palette, n), 0.0 if n in kept else degrees, saturation) for n in _ALL}
    # Energy opens the contrast: near things darker, light lighter.
    push = 0.08 * (brief.energy - 0.5)
    changed["near"] = scaled(changed["near"], 1.0 - 2.0 * push)
    changed["halo"] = scaled(changed["halo"], 1.0 + push)
    return replace(palette, **changed)


def _leaning(palette: Palette, colour: Colour, share: float, saturation: float) -> Palette:
    """``palette`` with its sky and haze leaning towards ``colour``, each keeping most of its own lightness."""
    changed = {}
    for name in _SKY:
        own = getattr(palette, name)
        level = (float(own[0]) - 16.0) / max(float(colour[0]) - 16.0, 20.0)
        toned = scaled(colour, min(level, 1.3), min(max(level, 0.35), 1.1))
        changed[name] = turned(mix(own, mix(toned, colour, 0.25), share), 0.0, saturation)
    changed["near"] = mix(palette.near, scaled(colour, 0.18), share * 0.5)
    return replace(palette, **changed)
