"""Opening: real media of every kind open; files that would make FFmpeg read other files do not."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import pytest
from media_samples import ffmpeg, numbered, write_movie

from musicvid.errors import MediaError
from musicvid.media.opening import open_media


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A private movie and a stream that hostile files try to reach."""
    root = tmp_path_factory.mktemp("hostile")
    write_movie(root / "private.mp4", (numbered(0, k) for k in range(6)))
    ffmpeg("-i", root / "private.mp4", "-c", "copy", root / "good.ts")
    (root / "secret.txt").write_text("TOPSECRET\n" * 50)
    return root


def hostile(root: Path) -> dict[str, str]:
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\n"
    return {
        "script relative": "ffconcat version 1.0\nfile private.mp4\n",
        "script absolute": f"ffconcat version 1.0\nfile '{root / 'private.mp4'}'\n",
        "playlist local": f"{head}{root / 'good.ts'}\n#EXT-X-ENDLIST\n",
        "playlist http": f"{head}http://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
        "playlist concat": f"{head}concat:{root / 'secret.txt'}|{root / 'good.ts'}\n#EXT-X-ENDLIST\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
        "a=rtpmap:96 H264/90000\n",
        "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="a" '
        'bandwidth="1"><BaseURL>private.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>',
    }


@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".txt", ".mov", ".wav"])
@pytest.mark.parametrize("kind", list(hostile(Path("/"))))
def test_files_that_name_other_files_are_refused(kind, suffix, folder):
    path = folder / f"evil{suffix}"
    path.write_text(hostile(folder)[kind])
    with pytest.raises(MediaError) as caught:
        open_media(path)
    assert caught.value.where == str(path)
    assert "\n" not in str(caught.value)


def test_the_attack_is_real_without_our_door(folder):
    """Control: plain PyAV does open the script, so the refusals above are ours."""
    path = folder / "control.mp4"
    path.write_text(hostile(folder)["script relative"])
    with av.open(str(path)) as container:
        assert container.format.name == "concat"


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".avi", ".ts", ".webm"])
def test_real_movies_still_open(suffix, folder):
    path = folder / f"real{suffix}"
    ffmpeg("-i", folder / "private.mp4", *(("-c:v", "libvpx") if suffix == ".webm" else ("-c", "copy")), path)
    with open_media(path) as container:
        assert sum(1 for _ in container.decode(video=0)) == 6


@pytest.mark.parametrize(
    "name",
    ["-x.mp4", "a%03d.mp4", 'it\'s "q".mp4', "file|pipe.mp4", "http:x.mp4", "concat:a.mp4", "ünï 歌.mp4", "a*.mp4"],
)
def test_strange_names_are_only_names(name, folder, tmp_path, monkeypatch):
    shutil.copy(folder / "private.mp4", tmp_path / name)
    monkeypatch.chdir(tmp_path)
    with open_media(name) as container:
        assert container.streams.video


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"", "empty"),
        (b"hello, this is a text file\n" * 40, "not a media file"),
        (bytes(5000), "media file"),
    ],
)
def test_what_is_no_media_file_gets_one_line(content, message, tmp_path):
    path = tmp_path / "song.mp3"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError, match=message) as caught:
        open_media(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_folders_and_impossible_names_are_refused(tmp_path):
    with pytest.raises(MediaError, match="folder"):
        open_media(tmp_path)
    with pytest.raises(MediaError):
        open_media(tmp_path / "nul\0byte.mp4")
    with pytest.raises(MediaError):
        open_media(tmp_path / ("x" * 300 + ".mp4"))
