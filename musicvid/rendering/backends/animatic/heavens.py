"""The sky of a scene: gradient, sun or moon, clouds, stars."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas, Layer, Table
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import gradient, mix, scaled, yuv
from musicvid.rendering.backends.animatic.deck import Deck
from musicvid.rendering.backends.animatic.stage import Stage, View

_SUN = {
    #        lowest, highest, radius, wide halo, tight halo
    "dawn": (0.02, 0.13, 0.050, 0.62, 0.55),
    "day": (0.30, 0.46, 0.030, 0.42, 0.60),
    "golden": (0.08, 0.20, 0.058, 0.66, 0.55),
    "sunset": (-0.01, 0.09, 0.075, 0.72, 0.55),
    "dusk": (-0.12, -0.06, 0.0, 0.60, 0.0),
    "night": (0.20, 0.36, 0.042, 0.30, 0.42),
}


class Heavens:
    """Paints everything above the horizon. ``sun`` is how far up it stands, in reference lengths."""

    def __init__(self, stage: Stage) -> None:
        p, shot, brief = stage.palette, stage.shot, stage.brief
        self.stage = stage
        lowest, highest, radius, self.wide, self.tight = _SUN[brief.time]
        self.sun = shot.between("sun", lowest, highest)
        self.radius = radius * shot.between("sun size", 0.85, 1.25)
        if "moon" in brief.things and brief.time in ("dusk", "night"):
            self.sun, self.radius, self.tight = shot.between("sun", 0.16, 0.32), 0.075, 0.45
        if brief.time == "night" and ("mountains" in brief.kinds or brief.family in ("city", "canal", "forest")):
            self.sun = shot.between("sun", 0.34, 0.44)
        self.sun = min(self.sun, max(stage.horizon / stage.unit - 0.11, 0.02))
        dull = bool(brief.moods & {"storm", "fog"}) or "rain" in brief.weather
        if (
            "fireworks" in brief.weather or "stars" in brief.weather
        ) and "moon" not in brief.things:  # nothing competes with them
            self.radius, self.tight, self.wide = 0.0, 0.0, 0.5 * self.wide
        if dull:
            self.radius, self.tight, self.wide = 0.0, 0.0, self.wide * 0.6
        low, high = mix(p.horizon, p.middle, 0.25), mix(p.horizon, p.middle, 0.92)
        steep = shot.between("steep", 0.70, 1.40)
        tones = ((-0.02, p.horizon), (0.06, low), (0.26, high), (0.40, p.middle), (0.95, p.zenith))
        self.stops = [(place * steep, tone) for place, tone in tones]
        self._ramp = gradient(self.stops, (np.arange(1100, dtype=np.float32) - 50.0) / 512.0)
        heavy = 0.30 if "storm" in brief.moods else 0.18 if "fog" in brief.moods else 0.0
        self.cover = heavy or stage.words.between("cover", -0.06, 0.16)
        self.deck = Deck(stage)
        dark = brief.time in ("night", "dusk")
        self.lit = mix(p.halo, p.sun, 0.5) if not dark else mix(p.middle, p.halo, 0.55)
        self.shade = mix(p.middle, p.far, 0.6) if not dark else mix(p.zenith, p.middle, 0.55)
        if dull:
            self.lit, self.shade = mix(p.horizon, yuv("#ffffff"), 0.12), scaled(mix(p.middle, p.far, 0.4), 0.86)
        self.alpha = 0.55 if brief.time == "night" else 0.85
        starry = "stars" in brief.weather or (brief.time == "night" and not dull and "snow" not in brief.weather)
        self._stars = self._star_table() if starry else None
        if self._stars is not None and "stars" in brief.weather and "moon" not in brief.things:
            self.alpha *= 0.5

    def _star_table(self) -> Table:
        stage = self.stage
        many = "stars" in stage.brief.weather
        n = 260 if many else 70
        r = stage.look.many("stars", n, 5)
        table = np.empty((n, 9), np.float32)
        table[:, 0], table[:, 1] = r[:, 0] * 1.3 - 0.15, r[:, 1] ** 0.8
        table[:, 2] = table[:, 3] = (0.0010 + 0.0019 * r[:, 2] ** 4) * stage.unit
        table[:, 4], table[:, 5] = 1.0, 0.35 + 0.65 * r[:, 3]
        table[:, 6:] = mix(yuv("#ffffff"), stage.palette.halo, 0.25)
        return np.concatenate([self._milky_way(), table]) if many else table

    def _milky_way(self) -> Table:
        """A slanting band of soft light, in the star table's own terms."""
        stage, r = self.stage, self.stage.look.many("milky way", 22, 3)
        t, lean = np.linspace(-0.1, 1.1, 22, dtype=np.float32), 0.7 * stage.shot.side("milky way")
        table = np.empty((22, 9), np.float32)
        table[:, 0], table[:, 1] = 0.5 + lean * (t - 0.5) + 0.05 * (r[:, 0] - 0.5), t * 1.05 + 0.08 * (r[:, 1] - 0.5)
        table[:, 2], table[:, 3] = (0.16 + 0.12 * r[:, 2]) * stage.unit, (0.09 + 0.06 * r[:, 1]) * stage.unit
        table[:, 4], table[:, 5] = 1.0, 0.14
        table[:, 6:] = mix(stage.palette.halo, yuv("#e8e0ff"), 0.4)
        return table

    def place(self, view: View) -> tuple[float, float]:
        """The sun's column and row."""
        drift = view.centre - 0.5 * self.stage.width
        return self.stage.sun_x + drift, view.horizon - self.sun * self.stage.unit

    def _rows(self, layer: Layer, horizon: float) -> Table:
        """The gradient per row, looked up in a table of 1/512 reference lengths."""
        rise = (horizon - (np.arange(layer.height, dtype=np.float32) + 0.5) / layer.scale) * np.float32(
            512.0 / self.stage.unit
        )
        return self._ramp[np.clip(rise + 50.0, 0, len(self._ramp) - 1).astype(np.int32)]

    def paint(self, canvas: Canvas, view: View, now: Moment, below: float = 0.0) -> None:
        """Fill the soft layer down to the horizon, and ``below`` pixels further."""
        stage, p, layer, (x, y) = self.stage, self.stage.palette, canvas.haze, self.place(view)
        sun = np.array([x, y, 0.0, self.wide + 0.06 * now.pulse, self.tight], np.float32)
        layer.sky(self._rows(layer, view.horizon), stage.unit, sun, p.halo, p.sun, view.horizon + below + 16)
        radius = self.radius * stage.unit
        density = self.deck.density(layer, view, now)
        if density is not None:
            edge = 0.30 - 1.2 * self.cover
            layer.clouds(density, stage.unit, view.horizon, sun, edge, 0.75, self.alpha, self.lit, self.shade)
        canvas.clear(view.horizon + below)
        if radius:
            canvas.soft.glows(self._disc(x, y, radius))

    def _disc(self, x: float, y: float, radius: float) -> Table:
        """The sun or the moon, a little veiled where clouds are."""
        return np.array([(x, y, radius, radius, 0.02, 0.94, *self.stage.palette.sun)], np.float32)

    def stars(self, canvas: Canvas, view: View, now: Moment) -> None:
        """Stars on the full picture; some twinkle with the onsets."""
        if self._stars is None:
            return
        stage, table = self.stage, self._stars.copy()
        table[:, 0] = table[:, 0] * stage.width + (view.centre - 0.5 * stage.width)
        table[:, 1] = view.horizon * (1.0 - table[:, 1]) - 0.02 * stage.unit
        n = len(table)
        twinkle = 0.75 + 0.25 * np.sin(now.time * (1.5 + 2.0 * np.arange(n) % 3) + np.arange(n))
        table[:, 5] *= twinkle * (0.8 + 0.2 * now.onset)
        table[:, 5] *= np.clip((view.horizon - table[:, 1]) / (0.25 * stage.unit), 0.0, 1.0)
        if canvas.mid.scale < 1.0:
            table[:, 2:4] *= 1.35
        canvas.mid.glows(table)
