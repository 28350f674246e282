"""Open files that strangers made: only from disk, only formats that cannot name a second file.

A "movie" may really be an ffconcat script, an HLS playlist or an SDP file that makes FFmpeg read other files or the
network. A protocol whitelist alone does not stop that (a playlist may name local files); the list of formats does.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.errors import MediaError

if TYPE_CHECKING:
    from av.container import InputContainer

# Self-contained formats by their FFmpeg demuxer names. Left out on purpose: concat, hls, dash, sdp, image2 (patterns).
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,mxf,gif,apng,"
    "wav,w64,aiff,au,caf,mp3,flac,ogg,aac,ac3,eac3,ape,wv,tta,amr,dsf,voc,"
    "png_pipe,jpeg_pipe,webp_pipe,bmp_pipe,tiff_pipe"
)
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}

_PACKETS_ONLY = {"skip_frame": "all", "fpsprobesize": "0"}


def open_media(path: str | os.PathLike[str], *, packets_only: bool = False) -> InputContainer:
    """Open a media file for reading; use the result as a context manager.

    ``packets_only`` keeps FFmpeg from decoding the first picture just to look at it, which for a 720p segment is most
    of the time it takes to copy it; the pixel format then stays unknown and nothing can be decoded.

    Raises :class:`MediaError` with one line for a file that is missing, empty, a folder, unreadable, not media, or of
    a kind that could name other files.
    """
    import av

    file = existing_file(path)
    try:
        # `file:` and an absolute path: names such as "http:x.mp4" or "-x.mp4" stay plain file names.
        options = _OPTIONS | (_PACKETS_ONLY if packets_only else {})
        return av.open(f"file:{file}", options=options, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise media_error(error, path) from error


def existing_file(path: str | os.PathLike[str]) -> Path:
    """The absolute path of a readable, non-empty regular file. Raises :class:`MediaError`."""
    where = os.fspath(path)
    file = Path(where).absolute()
    try:
        if file.is_dir():
            raise MediaError("this is a folder, a file was expected", where=where)
        facts = file.stat()
        if not stat.S_ISREG(facts.st_mode):  # opening a pipe would wait for ever
            raise MediaError("this is no ordinary file", where=where)
        with file.open("rb"):
            pass
    except FileNotFoundError:
        raise MediaError("there is no such file", where=where, hint="check the path") from None
    except (OSError, ValueError) as error:
        raise MediaError(f"the file cannot be read: {_reason(error)}", where=where) from error
    if facts.st_size == 0:
        raise MediaError("the file is empty", where=where)
    return file


def media_error(error: BaseException, path: str | os.PathLike[str], doing: str = "read") -> MediaError:
    """One line of ours for what FFmpeg said about ``path``."""
    reason = _reason(error)
    if "Invalid data" in reason:
        message = "this is not a media file that can be read, or it is damaged"
    else:
        message = f"the file cannot be {doing}: {reason}"
    return MediaError(message, where=os.fspath(path))


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())


@contextmanager
def media_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn FFmpeg's exceptions while reading ``path`` into :class:`MediaError` naming it."""
    import av

    try:
        yield
    except av.FFmpegError as error:
        raise media_error(error, path) from error
