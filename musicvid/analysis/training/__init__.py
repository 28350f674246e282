"""How the analyser's network was made: labelled music without end, and the training. See ``README.md`` beside this.

Run as ``python -m musicvid.analysis.training``. Nothing of the product imports this package (the import contract says
so); it needs the extra ``musicvid[training]``, FluidSynth and three soundfonts.

From the floor up::

    scores                                  notes in beats, and the labels that follow from them
    midi_files, pop909                      MIDI files of others, read
    bar_lines, phrase_starts, placing       where POP909's bars and phrases are
    instruments, lines, drumming, players   what a band plays
    composing, arranging                    songs that never were; other clothes for songs that are
    performing                              beats become seconds
    playing, machines, mixing               seconds become sound
    songbook, song_files                    number k of seed s is always the same song, kept as measured features
    examples, losses, learning              songs as tensors, what counts as wrong, the loop
    choice_fitting, choice_songs            weights of the choice of level, phase and bar line, from annotated songs
    form_songs, form_learning, form_scores  the network that hears where parts begin
"""
