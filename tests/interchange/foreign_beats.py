"""Files as DJ software and Live write them, made here by hand from the formats' public descriptions."""

from __future__ import annotations

import gzip
import sqlite3
import struct
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

Tempo = tuple[float, float, str, int]
"""Inizio, Bpm, Metro, Battito."""


def rekordbox(tracks: Iterable[tuple[str, Iterable[Tempo]]]) -> str:
    rows = []
    for number, (path, tempos) in enumerate(tracks, 1):
        rows.append(
            f'    <TRACK TrackID="{number}" Name={quoteattr(Path(path).stem)} Artist="" TotalTime="60" '
            f'AverageBpm="120.00" Location="file://localhost{quote(path)}">\n'
        )
        rows += [f'      <TEMPO Inizio="{a:.3f}" Bpm="{b:.2f}" Metro="{m}" Battito="{n}"/>\n' for a, b, m, n in tempos]
        rows.append('      <POSITION_MARK Name="" Type="0" Start="0.1" Num="-1"/>\n    </TRACK>\n')
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<DJ_PLAYLISTS Version="1.0.0">\n'
        f'  <PRODUCT Name="rekordbox" Version="6.7.7" Company="AlphaTheta"/>\n  <COLLECTION Entries="{number}">\n'
        + "".join(rows)
        + '  </COLLECTION>\n  <PLAYLISTS><NODE Type="0" Name="ROOT" Count="1"><NODE Name="a" Type="1" KeyType="0" '
        'Entries="1"><TRACK Key="1"/></NODE></NODE></PLAYLISTS>\n</DJ_PLAYLISTS>\n'
    )


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; negative numbers as 64 bits of two's complement."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def lengthy(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def beat_message(frame: int, enabled: bool | None = None) -> bytes:
    return b"\x08" + varint(frame) + (b"" if enabled is None else b"\x10" + varint(enabled))


def grid_message(bpm: float, first_frame: int) -> bytes:
    return lengthy(1, b"\x09" + struct.pack("<d", bpm) + b"\x10\x02") + lengthy(2, beat_message(first_frame))


def map_message(frames: Iterable[int]) -> bytes:
    return b"".join(lengthy(1, beat_message(frame, True) + b"\x18\x00") for frame in frames)


def mixxx(path: Path, tracks: Iterable[tuple[str, str, bytes, int]]) -> Path:
    """``tracks``: location, beats_version, beats, samplerate."""
    with sqlite3.connect(path) as library:
        library.executescript(
            "CREATE TABLE track_locations (id INTEGER PRIMARY KEY, location VARCHAR(512) UNIQUE, filename VARCHAR(512),"
            " directory VARCHAR(512), filesize INTEGER, fs_deleted INTEGER, needs_verification INTEGER);"
            "CREATE TABLE library (id INTEGER PRIMARY KEY AUTOINCREMENT, artist VARCHAR(64), title VARCHAR(64),"
            " location INTEGER REFERENCES track_locations(id), duration FLOAT, samplerate INTEGER, bpm FLOAT,"
            " mixxx_deleted INTEGER, beats BLOB, beats_version TEXT, beats_sub_version TEXT DEFAULT '');"
        )
        for number, (location, version, beats, rate_hz) in enumerate(tracks, 1):
            library.execute(
                "INSERT INTO track_locations VALUES (?, ?, ?, ?, 1, 0, 0)",
                (number, location, Path(location).name, str(Path(location).parent)),
            )
            library.execute(
                "INSERT INTO library (location, samplerate, mixxx_deleted, beats, beats_version)"
                " VALUES (?, ?, 0, ?, ?)",
                (number, rate_hz, beats, version),
            )
    library.close()
    return path


def clip(
    file: str, markers: Iterable[tuple[float, float]], metre: tuple[int, int] = (4, 4), warped: bool = True
) -> str:
    rows = "".join(
        f'        <WarpMarker Id="{k}" SecTime="{second!r}" BeatTime="{beat!r}" />\n'
        for k, (second, beat) in enumerate(markers)
    )
    return (
        '      <AudioClip Id="3" Time="0">\n       <TimeSignature><TimeSignatures><RemoteableTimeSignature Id="0">'
        f'<Numerator Value="{metre[0]}" /><Denominator Value="{metre[1]}" /><Time Value="0" />'
        "</RemoteableTimeSignature></TimeSignatures></TimeSignature>\n       <SampleRef><FileRef>"
        f'<RelativePathType Value="3" /><RelativePath Value={quoteattr("Samples/Imported/" + Path(file).name)} />'
        f'<Path Value={quoteattr(file)} /><Type Value="1" /></FileRef><LastModDate Value="1" /></SampleRef>\n'
        f'       <IsWarped Value="{str(warped).lower()}" />\n       <WarpMarkers>\n{rows}       </WarpMarkers>\n'
        "      </AudioClip>\n"
    )


def live_set(clips: Iterable[str]) -> bytes:
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Ableton MajorVersion="5" MinorVersion="11.0_433" Creator="Live '
        '11.0">\n <LiveSet><Tracks><AudioTrack Id="8"><Name><EffectiveName Value="1-Audio" /></Name><DeviceChain>\n'
        '  <MainSequencer><ClipSlotList><ClipSlot Id="0"><ClipSlot><Value>\n'
        + "".join(clips)
        + "  </Value></ClipSlot></ClipSlot></ClipSlotList></MainSequencer>\n  <Devices><OriginalSimpler><SampleRef>"
        '<FileRef><Path Value="/x/song.wav" /></FileRef></SampleRef><SampleWarpProperties><WarpMarkers>'
        '<WarpMarker Id="0" SecTime="0" BeatTime="0" /></WarpMarkers></SampleWarpProperties></OriginalSimpler>'
        "</Devices></DeviceChain></AudioTrack></Tracks></LiveSet>\n</Ableton>\n"
    )
    return gzip.compress(xml.encode())


def layer(rate_hz: int, points: Iterable[tuple[int, str]]) -> str:
    rows = "".join(f"      <point frame={quoteattr(str(f))} label={quoteattr(text)} />\n" for f, text in points)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE sonic-visualiser>\n<sv>\n  <data>\n'
        f'    <model id="3" name="" sampleRate="{rate_hz}" start="0" end="9" type="sparse" dimensions="1" '
        'resolution="1" notifyOnAdd="true" dataset="2" />\n    <dataset id="2" dimensions="1">\n'
        f"{rows}    </dataset>\n  </data>\n  <display>\n"
        '    <layer id="1" type="timeinstants" name="Time Instants" model="3" />\n  </display>\n</sv>\n'
    )
