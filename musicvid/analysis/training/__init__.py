"""How the analyser's network was made: endless labelled music, training, cards. ``python -m musicvid.analysis.training``.

Nothing of the product imports this package. It needs the extra ``musicvid[training]`` and the programs and soundfonts
named in ``DATA_CARD.md``.
"""
