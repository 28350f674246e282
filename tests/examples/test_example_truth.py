"""The example song's truth against numbers worked out by hand, and the consistency of its score."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from itertools import pairwise

import mir_eval
import numpy as np
import pytest

from examples.long_way_home import truth
from examples.long_way_home.arrangement import PAD_RANGE, placed_chords
from examples.long_way_home.clock import Clock
from examples.long_way_home.harmony import voicings
from examples.long_way_home.notation import chord, midi, phrase
from examples.long_way_home.patterns import PATTERNS
from examples.long_way_home.score import SECTIONS
from examples.long_way_home.truth import beats_text, lyrics_text, truth_json
from examples.long_way_home.words import sounds_of
from musicvid.schema.song import SECTION_LABELS

RATE_HZ = 44_100


class TestTruth:
    def test_bars_and_beats_counted_by_hand(self):
        song = truth()
        # intro 4, verse 8, chorus 8, instrumental 4, verse 8, chorus 8, bridge 8 and a 2/4 bar, chorus 12, outro 6
        assert len(song.bars) == 4 + 8 + 8 + 4 + 8 + 8 + 9 + 12 + 6 == 67
        assert len(song.beats) == 66 * 4 + 2
        assert [bar.number for bar in song.bars if bar.beat_count != 4] == [49]
        assert [beat.position for beat in song.beats[:9]] == [1, 2, 3, 4, 1, 2, 3, 4, 1]
        assert len(song.downbeats) == 67

    def test_times_follow_from_two_tempos(self):
        song = truth()
        last_chorus = Fraction(1, 2) + 194 * Fraction(60, 108)
        assert song.beats[0].time_s == 0.5
        assert song.section("verse 1").start_s == pytest.approx(
            float(Fraction(1, 2) + 16 * Fraction(60, 108)), abs=1e-9
        )
        assert song.section("chorus 3").start_s == pytest.approx(float(last_chorus), abs=1e-9)
        assert song.bars[-1].stop_s == pytest.approx(float(last_chorus + 72 * Fraction(60, 112)), abs=1e-9)
        assert song.sample_count == 22_050 + 194 * 24_500 + 72 * 23_625 + 110_250
        assert 130 <= song.duration_s <= 170
        assert [(round(step.start_s, 3), step.bpm) for step in song.tempo] == [(0.0, 108), (108.278, 112)]

    def test_beats_lie_on_samples(self):
        for beat in truth().beats:
            assert beat.time_s * RATE_HZ == pytest.approx(round(beat.time_s * RATE_HZ), abs=1e-6)
        steps = {round((b.time_s - a.time_s) * RATE_HZ) for a, b in pairwise(truth().beats)}
        assert steps == {24_500, 23_625}

    def test_bars_and_sections_tile(self):
        song = truth()
        assert all(a.stop_s == b.start_s for a, b in pairwise(song.bars))
        assert song.sections[0].start_s == 0.0
        assert song.sections[-1].stop_s == song.duration_s
        assert all(a.stop_s == b.start_s for a, b in pairwise(song.sections))
        downbeats = {beat.time_s for beat in song.downbeats}
        assert all(section.start_s in downbeats for section in song.sections[1:])

    def test_section_names(self):
        song = truth()
        assert {section.label for section in song.sections} == set(SECTION_LABELS)
        assert [section.name for section in song.sections] == [
            "intro", "verse 1", "chorus 1", "instrumental", "verse 2", "chorus 2", "bridge", "chorus 3", "outro",
        ]  # fmt: skip
        with pytest.raises(KeyError, match="verse 1"):
            song.section("verse")

    def test_words_lie_in_their_sections_and_in_order(self):
        song = truth()
        assert len(song.lines) == 4 * 6 + 2 + 1
        for line in song.lines:
            section = song.section(line.section)
            assert section.start_s <= line.start_s < line.stop_s <= section.stop_s
            assert line.text.lower() == " ".join(word.text for word in line.words).lower()
        for a, b in pairwise(song.words):
            assert a.start_s < a.stop_s <= b.start_s + 1e-9

    def test_words_start_on_the_notes_of_the_score(self):
        # "home" of the last line of chorus 1: bar 8 of it, its first beat.
        song = truth()
        home = [line for line in song.lines if line.section == "chorus 1"][-1].words[-1]
        assert home.text == "home."
        assert home.start_s == song.bars[4 + 8 + 8 - 1].start_s

    def test_beats_text_is_read_by_a_foreign_reader(self, tmp_path):
        file = tmp_path / "song.beats"
        file.write_text(beats_text(truth()))
        times, positions = mir_eval.io.load_labeled_events(str(file))
        np.testing.assert_allclose(times, [beat.time_s for beat in truth().beats], atol=1e-6)
        assert [int(p) for p in positions] == [beat.position for beat in truth().beats]

    def test_json_holds_everything(self):
        document = json.loads(truth_json(truth()))
        assert len(document["beats"]) == 266
        assert len(document["downbeats"]) == 67
        assert document["sections"][6]["name"] == "bridge"
        assert document["tempo"][1]["bpm"] == 112
        assert len(document["words"]) == len(truth().words)

    def test_lyrics_carry_word_times(self):
        rows = [row for row in lyrics_text(truth()).splitlines() if re.match(r"\[\d", row)]
        assert len(rows) == len(truth().lines)
        for row, line in zip(rows, truth().lines, strict=True):
            times = [60 * int(m) + float(s) for m, s in re.findall(r"(\d\d):(\d\d\.\d\d)", row)]
            expected = [line.start_s, *(word.start_s for word in line.words), line.stop_s]
            assert times == pytest.approx(expected, abs=0.0101)
            assert all(time >= right - 1e-6 for time, right in zip(times, expected, strict=True))
            assert re.sub(r"[\[<][\d:.]+[\]>]", "", row).strip() == line.text


class TestScore:
    def test_notation(self):
        assert midi("A4") == 69
        assert midi("C#5") == 73
        assert chord("A/C#").tones == (9, 1, 4)
        assert chord("A/C#").bass == 1
        first, second, third = phrase("pa-/A4/1 per/F#4/.5 ~/E4/.5 -/1 sea/D4/2", start_beat=4)
        assert (first.word, first.number, second.word, second.number) == ("paper", 0, "paper", 1)
        assert [note.pitch for note in second.notes] == [66, 64]
        assert (third.beat, third.end_beat) == (7, 9)
        with pytest.raises(ValueError, match="sea/D4"):
            phrase("sea/D4")

    def test_every_bar_has_its_drums_and_every_word_its_sounds(self):
        for section in SECTIONS:
            patterns = section.drums.split()
            assert len(patterns) == len(section.bars)
            for name, beats in zip(patterns, section.beats_per_bar, strict=True):
                assert all(stroke.sixteenth < 4 * beats for stroke in PATTERNS[name])
            for line in section.sung():
                assert all(sounds_of(syllable.word, syllable.number) for syllable in line)

    def test_melodies_stay_in_range_and_in_their_sections(self):
        for section in SECTIONS:
            notes = [note for line in section.sung() for syllable in line for note in syllable.notes]
            assert all(midi("A3") <= note.pitch <= midi("F#5") for note in notes)
            for tune in (notes, section.lead_notes(), section.counter_notes()):
                assert all(a.beat + a.beats <= b.beat + 1e-9 for a, b in pairwise(tune))
                assert not tune or tune[-1].beat + tune[-1].beats <= section.beat_count

    def test_voices_are_led_in_small_steps(self):
        chords = [placed.chord for placed in placed_chords(Clock())]
        led = voicings(chords, *PAD_RANGE, 4)
        for name, voicing in zip(chords, led, strict=True):
            assert {pitch % 12 for pitch in voicing} == set(name.tones)
        steps = [abs(x - y) for a, b in pairwise(led) for x, y in zip(a, b, strict=True)]
        assert np.mean(steps) < 2.5
        assert max(steps) <= 7
