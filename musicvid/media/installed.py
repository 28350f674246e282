"""What the FFmpeg inside the wheel can do."""

from __future__ import annotations


def available_encoders() -> frozenset[str]:
    """The names of FFmpeg's encoders that can be opened here."""
    import av

    found = set()
    for name in av.codecs_available:
        try:
            av.Codec(name, "w")
        except (av.codec.codec.UnknownCodecError, ValueError):
            continue
        found.add(name)
    return frozenset(found)
