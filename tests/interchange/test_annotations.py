"""Beat files: every format gives the same beats; what is wrong is named with its line."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musicvid.errors import InputError
from musicvid.interchange.annotations import BeatMark, read_beats

BEATS = (BeatMark(0.5, 4), BeatMark(1.0, 1), BeatMark(1.5, 2), BeatMark(2.0, 3), BeatMark(2.5, 1))

FORMATS = {
    "plain.txt": "0.5 4\n1.0 1\n1.5 2\n2.0 3\n2.5 1\n",
    "tabs.beats": "0.5\t4\n1.0\t1\n1.5\t2\n2.0\t3\n2.5\t1",
    "floats.txt": "0.5 4.0\n1.0 1.0\n1.5 2.0\n2.0 3.0\n2.5 1.0\n",
    "bar_beat.txt": "# bar.beat\n0.5 1.4\n1.0 2.1\n1.5 2.2\n\n2.0 2.3\n2.5 3.1\n",
    "visualiser.csv": "TIME,LABEL\n0.5,4\n1.0,1\n1.5,2\n2.0,3\n2.5,1\n",
    "values.csv": '"0.5",120.0,"1.4"\n1.0,120.0,2.1\n1.5,121,2.2\n2.0,120,2.3\n2.5,119,3.1\n',
    "semicolons.csv": "time;value\n0.5;4\n1.0;1\n1.5;2\n2.0;3\n2.5;1\n",
    "audacity.txt": "0.5\t0.5\t4\n1.0\t1.0\t1\n1.5\t1.5\t2\n2.0\t2.0\t3\n2.5\t2.5\t1\n",
    "windows.txt": "\ufeff0.5 4\r\n1.0 1\r\n1.5 2\r\n2.0 3\r\n2.5 1\r\n",
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats_agree(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(FORMATS[name].encode())
    assert read_beats(path) == BEATS


@pytest.mark.parametrize(
    "text", ["0.5\n1.0\n", "0.5\t0.5\t\n1.0\t1.0\t\n", "0.5,New Point\n1.0,New Point\n", "; x\n% y\n 0.5 \n 1.0\n"]
)
def test_positions_may_be_missing(tmp_path, text):
    path = tmp_path / "b.txt"
    path.write_text(text)
    assert read_beats(path) == (BeatMark(0.5, None), BeatMark(1.0, None))


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("0.5\nnow\n", ":2", "'now' is not a time"),
        ("0,5\n0,7\n", ":2", "rise"),  # decimal commas read as time 0, position 5
        ("# one\n\n-1\n", ":3", "not within a song"),
        ("nan\n", ":1", "not a time"),
        ("inf\n", ":1", "not a time"),
        ("1e9\n", ":1", "given in seconds"),
        ("1_0\n", ":1", "not a time"),
        ("1.0\n1.0\n", ":2", "rise"),
        ("1.0\n2.0\n1.5\n", ":3", "1.5 s follows 2 s"),
        ("1.0 0\n", ":1", "no position"),
        ("1.0 99\n", ":1", "no position"),
        ("1.0 -2\n", ":1", "no position"),
        ("", "", "no beat times"),
        ("time,label\n", "", "no beat times"),
        ("# nothing\n", "", "no beat times"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path, text, where, words):
    path = tmp_path / "bad.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_beats(path)
    assert caught.value.where == f"{path}{where}"
    assert "\n" not in str(caught.value)


def test_files_that_are_no_text_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such"):
        read_beats(tmp_path / "none.txt")
    with pytest.raises(InputError, match="cannot be read"):
        read_beats(tmp_path)
    (tmp_path / "utf16.txt").write_bytes("0.5\n1.0\n".encode("utf-16"))
    with pytest.raises(InputError, match="UTF-8"):
        read_beats(tmp_path / "utf16.txt")
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(InputError, match="too large"):
        read_beats(tmp_path / "huge.txt")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 16)), min_size=1, unique_by=lambda row: row[0]),
       st.sampled_from([" ", "\t", ",", ";", " \t "]))  # fmt: skip
def test_what_is_written_is_read(tmp_path, rows, gap):
    rows.sort()
    path = tmp_path / "law.txt"
    path.write_text("".join(f"{micro / 1e6:.6f}{gap}{position}\n" for micro, position in rows))
    assert read_beats(path) == tuple(BeatMark(float(f"{micro / 1e6:.6f}"), p) for micro, p in rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text('0123456789.,;\t\n "#-eE+naifx', max_size=80).map(str.encode))
def test_any_bytes_give_beats_or_our_error(tmp_path, content):
    path = tmp_path / "any.txt"
    path.write_bytes(content)
    try:
        marks = read_beats(path)
    except InputError:
        return
    assert all(a.time_s < b.time_s for a, b in pairwise(marks))
    assert all(mark.position is None or 1 <= mark.position <= 64 for mark in marks)
