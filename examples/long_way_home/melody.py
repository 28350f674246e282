"""What is sung and what the lead plays: every syllable with its pitch and its length in beats.

A line is ``(bar of its section from 1, phrase)``. Most lines are seven syllables over two bars, stressed on every
second one. The verses walk down to the dominant and wait. The chorus pushes ahead of the beat and climbs to the E of
"ours" before it comes home to D; the last one lands its "home" on B minor first, and only then, an octave higher, on D.
"""

from __future__ import annotations

Lines = tuple[tuple[int, str], ...]

VERSE_1: Lines = (
    (1, "There/F#4/.5 was/F#4/.5 chalk/A4/1 dust/F#4/.5 on/E4/.5 your/D4/1 sleeve,/E4/2.5"),
    (3, "yel-/D4/.5 low/D4/.5 pa-/F#4/1 per/E4/.5 in/D4/.5 your/B3/1 hand,/D4/2.5"),
    (5, "and/F#4/.5 you/F#4/.5 fold-/A4/1 ed/B4/.5 us/A4/.5 a/F#4/1 boat/B4/1.5 ~/A4/1"),
    (7, "for/B4/.5 a/A4/.5 sea/G4/1 we/F#4/.5 had-/E4/.5 n't/D4/1 planned./D4/1 ~/E4/2"),
)

VERSE_2: Lines = (
    (1, "Now/F#4/.5 a/F#4/.5 train/A4/1 is/F#4/.5 count-/E4/.5 ing/D4/1 fields,/E4/2.5"),
    (3, "there's/D4/.5 a/D4/.5 small/F#4/1 hand/E4/.5 on/D4/.5 the/B3/1 pane,/D4/1.5 ~/E4/1"),
    (5, "and/F#4/.5 you/F#4/.5 fold/A4/1 an-/B4/.5 oth-/A4/.5 er/F#4/1 boat/B4/2.5"),
    (7, "out/B4/.5 of/A4/.5 pa-/G4/1 per,/F#4/.5 out/E4/.5 of/D4/1 rain./D4/1 ~/E4/2"),
)

CHORUS: Lines = (
    (1, "Take/B4/1 the/A4/.5 long/D5/1.5 way/C#5/.5 home/E5/.5 ~/C#5/1 with/B4/.5 me,/A4/2"),
    (3, "ev-/A4/1 ery/A4/.5 riv-/C#5/1.5 er/B4/.5 finds/D5/1.5 the/C#5/.5 sea./B4/2"),
    (5, "All/B4/1 the/A4/.5 years/D5/1.5 are/C#5/.5 ours/E5/1.5 to/D5/.5 roam,/C#5/1.5"),
    (7, "let/D5/.5 us/D5/.5 take/B4/1 the/A4/.5 long/F#4/.5 way/E4/1 home./D4/2.5"),
)

BRIDGE: Lines = (
    (1, "If/F#4/.5 the/F#4/.5 lights/D5/1 go,/C#5/1 one/B4/.5 by/A4/.5 one,/C#5/1.5 ~/A4/1"),
    (3, "and/B4/.5 the/A4/.5 road/B4/1 runs/D5/.5 out/B4/.5 of/G4/1 names,/A4/2.5"),
    (5, "I/G4/.5 will/G4/.5 know/B4/1 you/D5/.5 by/D5/.5 your/B4/1 hand,/D5/2.5"),
    (7, "I/D5/.5 would/D5/.5 walk/E5/1 it/D5/.5 all/A#4/.5 a-/G4/1 gain./A4/2 ~/B4/1 ~/C#5/1"),
)

LAST_CHORUS: Lines = (
    *CHORUS[:3],
    (7, "let/D5/.5 us/D5/.5 take/B4/1 the/A4/.5 long/F#4/.5 way/E4/1 home./D4/1.5 ~/F#4/1.5"),
    (9, "When/B4/1 the/A4/.5 stars/D5/1.5 are/C#5/.5 all/E5/1.5 we/D5/.5 own,/C#5/1.5"),
    (11, "still/D5/.5 we'll/D5/.5 take/E5/1 the/D5/.5 long/D5/.5 way/E5/1 home./F#5/2 ~/E5/.5 ~/D5/1.5"),
)

OUTRO: Lines = ((3, "-/1 The/F#4/.5 long/B4/1.5 way/A4/1 ~/G4/1.5 ~/E4/1.5 -/1 home./F#4/1 ~/D4/2.5"),)

INSTRUMENTAL_LEAD = (
    "D5/1.5 B4/.5 D5/1 G5/1 F#5/1.5 E5/.5 C#5/1.5 -/.5 D5/1.5 C#5/.5 B4/1 F#5/1 A5/1.5 G5/.5 F#5/.5 E5/1 -/.5"
)

COUNTER = "B5/2 D6/2 C#6/3 A5/1 A5/2 C#6/2 B5/4 D6/2 B5/2 G5/2 A5/2 F#5/2 A5/2 D6/3.5 -/.5"

LAST_COUNTER = (
    "B5/2 D6/2 C#6/3 A5/1 A5/2 C#6/2 B5/4 D6/2 B5/2 G5/2 A5/2 F#5/2 A5/2 B5/2 D6/2 B5/2 D6/2 C#6/2 E6/2 D6/2 A#5/2 A5/4"
)
