"""``.svl``: one layer of Sonic Visualiser, as its File > Export Annotation Layer writes it.

``<model sampleRate="44100" …>`` says the unit of ``<point frame="86960" label="1.1" />``; see ``svgui``'s source,
``SparseModel``. Time instants and time values have such points, and so do notes and regions, which begin at them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from musicvid.errors import InputError
from musicvid.interchange.annotations.marks import LAST_S, BeatMark, number, positions_of
from musicvid.interchange.annotations.markup import walk


def read_layer(chunks: Iterable[bytes], where: str) -> tuple[BeatMark, ...]:
    """The layer's points in order. Raises :class:`InputError` with file:line."""
    rate_hz: float | None = None
    points: list[tuple[float, str, str]] = []

    def on_start(name: str, attributes: Mapping[str, str], line: int) -> None:
        nonlocal rate_hz
        place = f"{where}:{line}"
        if name == "model" and "sampleRate" in attributes:
            found = number(attributes["sampleRate"])
            if not found or found < 1:
                raise InputError(f"a sample rate of {attributes['sampleRate']!r} is none", where=place)
            if rate_hz not in (None, found):
                raise InputError("two models in one layer", where=place, hint="export the layer of beats alone")
            rate_hz = found
        elif name == "point":
            frame = number(attributes.get("frame"))
            if rate_hz is None:
                raise InputError("a point before the model that says its sample rate", where=place)
            if frame is None or not 0 <= frame / rate_hz <= LAST_S:
                raise InputError(f"{attributes.get('frame')!r} is no frame of a song", where=place)
            points.append((frame / rate_hz, attributes.get("label", ""), place))

    walk(chunks, where, on_start)
    points.sort(key=lambda point: point[0])
    marks: list[BeatMark] = []
    positions = positions_of([label for _, label, _ in points], [place for _, _, place in points])
    for (time_s, _, place), position in zip(points, positions, strict=True):
        if marks and time_s <= marks[-1].time_s:
            raise InputError(f"two points at {time_s:g} s", where=place)
        marks.append(BeatMark(time_s, position))
    if not marks:
        raise InputError("no points in this layer", where=where, hint="export the layer of beats")
    return tuple(marks)
