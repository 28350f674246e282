"""Lyric captions: burnt into the picture as blended strips, or written beside the movie as sidecar files."""

from musicvid.assembly.captions.overlay import CaptionOverlay, Captions, caption_overlay, shot_captions
from musicvid.assembly.captions.sidecars import write_sidecars

__all__ = ["CaptionOverlay", "Captions", "caption_overlay", "shot_captions", "write_sidecars"]
