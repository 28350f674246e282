"""Samples in, a :class:`~musicvid.schema.song.Song` out."""

ANALYSIS_VERSION = "4"
"""Changes whenever the same file may be heard differently: kept analyses are then made again."""
