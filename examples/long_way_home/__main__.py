"""``python -m examples.long_way_home FOLDER`` writes the song, its lyrics and its storyboard into a folder."""

import sys

from .compose import compose

if len(sys.argv) != 2:
    sys.exit("usage: python -m examples.long_way_home FOLDER")
print(compose(sys.argv[1]))
