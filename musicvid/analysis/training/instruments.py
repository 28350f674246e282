"""Which instruments take which part: program numbers of General MIDI, counted from 0.

An instrument that stands twice is drawn twice as often.
"""

from __future__ import annotations

LEADS = (4, 11, 22, 24, 25, 27, 29, 30, 40, 52, 53, 54, 56, 60, 64, 65, 66, 68, 71, 73, 75, 80, 81, 82, 85, 87)
"""For the melody: voices, winds, strings, guitars, synthesizers."""
CHORD_SOUNDS = (0, 1, 2, 4, 5, 6, 16, 18, 24, 25, 26, 27, 28, 29, 30, 30, 46, 50, 61, 62, 81, 90)
"""For chords and riffs: pianos, organs, guitars, brass."""
PADS = (48, 49, 50, 51, 52, 88, 89, 90, 91, 94, 95)
"""For held chords: strings, choirs, synthesizers."""
BASSES = (32, 33, 33, 34, 35, 36, 38, 39, 87)
"""For the bass."""
DISTORTED = (29, 30)
"""For fifths in eighths: driven guitars."""
KITS = (0, 0, 8, 16, 24, 25, 40)
"""Drum kits: standard, room, power, electronic, analogue, brush."""
COMPOSED_KITS = (0, 0, 8, 16, 24, 25, 25, 40)
"""The same for composed songs, which are electronic more often."""

LEAD, CHORDS, PAD, BASS, RIFF = range(5)
"""MIDI channels of the band that plays composed songs."""
