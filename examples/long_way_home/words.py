"""How the words are pronounced, syllable by syllable, so that the synthetic voices can form them.

Phonemes carry their ARPAbet names; ``|`` parts the syllables as the score does.
"""

from __future__ import annotations

_WORDS = """
a: AH
again: AH | G EH N
all: AO L
and: AE N D
another: AH N | AH DH | ER
are: AA R
boat: B OW T
by: B AY
chalk: CH AO K
counting: K AW N | T IH NG
dust: D AH S T
every: EH V | R IY
fields: F IY L D Z
finds: F AY N D Z
fold: F OW L D
folded: F OW L D | IH D
for: F AO R
go: G OW
hadn't: HH AE D | AH N T
hand: HH AE N D
home: HH OW M
i: AY
if: IH F
in: IH N
is: IH Z
it: IH T
know: N OW
let: L EH T
lights: L AY T S
long: L AO NG
me: M IY
names: N EY M Z
now: N AW
of: AH V
on: AA N
one: W AH N
our: AW R
ours: AW R Z
out: AW T
own: OW N
pane: P EY N
paper: P EY | P ER
planned: P L AE N D
rain: R EY N
river: R IH V | ER
road: R OW D
roam: R OW M
runs: R AH N Z
sea: S IY
sleeve: S L IY V
small: S M AO L
stars: S T AA R Z
still: S T IH L
take: T EY K
the: DH AH
there: DH EH R
there's: DH EH R Z
to: T UW
train: T R EY N
us: AH S
walk: W AO K
was: W AH Z
way: W EY
we: W IY
we'll: W IY L
when: W EH N
will: W IH L
with: W IH TH
would: W UH D
years: Y IH R Z
yellow: Y EH L | OW
you: Y UW
your: Y AO R
"""

PRONUNCIATIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    word: tuple(tuple(syllable.split()) for syllable in sounds.split("|"))
    for word, _, sounds in (line.partition(":") for line in _WORDS.strip().splitlines())
}


def sounds_of(word: str, syllable: int) -> tuple[str, ...]:
    """Phonemes of one syllable of a written word (case and punctuation do not matter). Raises KeyError."""
    return PRONUNCIATIONS[word.lower().strip(".,;:!?")][syllable]
