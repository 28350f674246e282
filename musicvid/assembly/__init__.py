"""Takes → movie: the edit, dissolves, captions, segments, and the film that is written whole or not at all."""
