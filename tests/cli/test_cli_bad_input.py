"""Bad input gets one clear line and exit code 1, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from musicvid.cli.main import main


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run the command line in this process; returns (exit code, standard output, standard error)."""
    monkeypatch.setenv("MUSICVID_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["musicvid", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr()
        return ended.value.code, out.out, out.err

    return call


def tone(path: Path, length_s: float, level: float = 0.3) -> Path:
    time = np.arange(int(22050 * length_s)) / 22050
    soundfile.write(path, level * np.sin(440 * 2 * np.pi * time) * (1 + np.sign(np.sin(4 * np.pi * time))), 22050)
    return path


def silent_video(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(25):
            frame = av.VideoFrame.from_ndarray(np.full((96, 64), 90, np.uint8), format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


BAD_SONGS = {
    "missing": lambda d: d / "no.flac",
    "folder": lambda d: d,
    "empty": lambda d: written(d / "empty.wav", b""),
    "corrupt": lambda d: written(d / "bad.mp3", np.random.default_rng(0).bytes(30_000)),
    "text": lambda d: written(d / "song.ogg", b"this is not music\n" * 100),
    "headers only": lambda d: written(d / "cut.flac", tone(d / "t.flac", 3).read_bytes()[:60]),
    "silent": lambda d: tone(d / "silent.wav", 5, 0.0),
    "too short": lambda d: tone(d / "short.wav", 0.2),
    "video without sound": lambda d: silent_video(d / "mute.mp4"),
    "name too long": lambda d: d / ("x" * 300 + ".wav"),
    "pipe": lambda d: pipe(d / "pipe.wav"),
    "name of nobody": lambda d: Path("~nobody-of-this-name.wav"),
    "playlist": lambda d: written(d / "list.mp3", b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n"),
}


@pytest.mark.parametrize("case", BAD_SONGS)
def test_bad_songs_get_one_line(run, tmp_path, case):
    song = BAD_SONGS[case](tmp_path)
    code, out, err = run("analyse", song)
    assert code == 1
    assert out == ""
    lines = [line for line in err.splitlines() if line and not line.startswith("analyse: ")]
    assert len(lines) == 1, err
    assert lines[0].startswith("musicvid: error: ")
    assert song.name in lines[0]


BAD_STORIES = {
    "not yaml": ("musicvid: 1\nscenes: [", ":2:"),
    "tab": ("musicvid: 1\nscenes:\n\t- in: intro\n", ":3:1: "),
    "duplicate": ("musicvid: 1\ntitle: a\ntitle: b\n", "stands twice"),
    "unknown key": ("musicvid: 1\nscnes: []\n", "did you mean 'scenes'?"),
    "alias bomb": ("musicvid: 1\na: &a [1,1]\nb: &b [*a,*a]\n", "not allowed"),
    "wrong type": ("musicvid: 1\nscenes: verse\n", "not a list"),
    "no such section": ("musicvid: 1\nscenes:\n  - {in: middle-eight, note: x}\n", "middle-eight"),
    "odd size": ("musicvid: 1\nvideo: {size: 1281x720}\n", "1281"),
    "fps 0": ("musicvid: 1\nvideo: {fps: 0}\n", "fps"),
    "no such shot": ("musicvid: 1\nshots:\n  verse-9/77: {seed: 3}\n", "verse-9/77"),
    "no such renderer": ("musicvid: 1\nrenderer: {name: animatik}\n", "did you mean 'animatic'?"),
    "no such option": ("musicvid: 1\nrenderer: {name: animatic, slat: true}\n", "slat"),
    "not utf-8": (b"musicvid: 1\ntitle: caf\xe9\n", "UTF-8"),
    "empty": ("", "empty"),
}


@pytest.mark.parametrize("case", BAD_STORIES)
def test_bad_storyboards_say_where_and_what(run, tmp_path, case):
    text, wanted = BAD_STORIES[case]
    song = tone(tmp_path / "song.wav", 6)
    story = tmp_path / "story.yaml"
    story.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, _out, err = run("make", song, story, "-o", "film.mp4", "--size=64x64", "--quiet")
    assert code == 1, err
    assert wanted in err
    assert "Traceback" not in err
    assert not (tmp_path / "film.mp4").exists()


def test_usage_mistakes_are_exit_code_2(run):
    assert run("make")[0] == 2
    assert run("analyse", "a", "b")[0] == 2
    code, _, err = run("mkae")
    assert code == 2
    assert "did you mean 'make'?" in err


@pytest.mark.parametrize("target", ["film.avi", "film", "film.mp4/"])
def test_targets_that_cannot_be_films(run, tmp_path, target):
    (tmp_path / "film.mp4").mkdir()
    song, story = tone(tmp_path / "song.wav", 6), tmp_path / "story.yaml"
    story.write_text("musicvid: 1\n")
    code, _, err = run("make", song, story, "-o", target)
    assert code == 1
    assert err.startswith("musicvid: error: ")


@pytest.mark.parametrize("command", ["schema", "--help", "backends"])
def test_output_that_cannot_be_written_is_one_line(command):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "musicvid", command], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr.startswith("musicvid: error: ")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_leaves_is_no_error():
    code = f"{sys.executable} -m musicvid schema | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["{", "0"]
    assert done.stderr == ""


def test_closed_standard_streams_do_not_matter(tmp_path):
    """Files that are opened must not get the number of a closed stream, nor may worker processes miss one."""
    song, story = tone(tmp_path / "song.wav", 6), tmp_path / "story.yaml"
    story.write_text("musicvid: 1\nvideo: {size: 64x36}\npace: {default: 1 s}\n")
    words = f"{sys.executable} -m musicvid make {song} {story} -o film.mp4 --bpm 120 --workers 2 <&- >&- 2>&-"
    env = {**os.environ, "MUSICVID_CACHE": str(tmp_path / "cache")}
    assert subprocess.run(["bash", "-c", words], cwd=tmp_path, env=env).returncode == 0
    assert (tmp_path / "film.mp4").is_file()


def test_import_is_light_and_help_needs_no_heavy_library():
    code = "import sys, musicvid; musicvid.__version__; print({'numpy', 'torch', 'av', 'click'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
    code = (
        "import sys; sys.argv = ['musicvid', '--help']\n"
        "from musicvid.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print({'numpy', 'torch', 'av', 'rich', 'pydantic'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip().endswith("set()")
