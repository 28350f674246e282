"""Curves that drive pictures. Value ``k`` belongs to ``k / rate`` seconds; a curve reaches from 0 to the song's end.

============== =========== ====== ========== ========================================================================
curve          unit        hop    range      what it is
============== =========== ====== ========== ========================================================================
loudness       relative    20 ms  0 to 1     A-weighted level of the song, from 40 dB below loud to loud
bass           relative    20 ms  0 to 1     level below 150 Hz on the same scale
brightness     relative    20 ms  0 to 1     centre of mass of the spectrum in octaves
onset          relative    20 ms  0 to 1     strength of whatever begins to sound, falling to 1/e in 0.18 s
kick           relative    20 ms  0 to 1     the same for strokes like a bass drum's: below 120 Hz
snare          relative    20 ms  0 to 1     the same for strokes with a body and noise: 150 to 500 and 1500 to 8000 Hz
hihat          relative    20 ms  0 to 1     the same for strokes above 9000 Hz: hi-hats and other cymbals
vocals         probability 100 ms 0 to 1     how likely somebody sings or speaks: the pitch of a voice is never at rest
energy         relative    100 ms 0 to 1     how much is going on: mostly loudness, then onsets and brightness
loudness_lufs  LUFS        100 ms -70 to 10  momentary loudness of the 400 ms around, ITU-R BS.1770-5, over all channels
beat_phase     turns       20 ms  0 to 1     0 on a beat, rising evenly to the next; 1 before the first, after the last
bar_phase      turns       20 ms  0 to 1     the same from downbeat to downbeat
============== =========== ====== ========== ========================================================================

``relative`` is relative to the song's own quiet and loud. ``turns`` go round: between two samples
:meth:`~musicvid.schema.song.Curve.at` goes on over the top and does not fall back through the middle.
"""

from musicvid.analysis.curves.measure import CURVE_HZ, CURVES, energy_of, measure_curves
from musicvid.analysis.curves.phases import phase_curves

__all__ = ["CURVE_HZ", "CURVES", "energy_of", "measure_curves", "phase_curves"]
