"""The Long Way Home: an original song that is composed and played by code, with its lyrics and its storyboard.

>>> from examples.long_way_home import compose, truth
>>> compose("demo")  # doctest: +SKIP
PosixPath('demo/long_way_home.flac')
>>> len(truth().bars)
67

``score.py`` and ``melody.py`` are the composition, ``arrangement.py`` says who plays what, ``synth/`` plays it, and
``truth.py`` knows where every beat, bar, section and word is, to the sample.
"""

from .compose import compose, render_song, storyboard_path
from .truth import SongTruth, truth

__all__ = ["SongTruth", "compose", "render_song", "storyboard_path", "truth"]
