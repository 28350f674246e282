"""Nouns ↔ JSON documents, without loss.

Every document starts with ``{"document": …, "version": 1}``, then what a person wants to read, then what is bulky. For
each kind there are ``X_to_document`` and ``X_from_document`` (dictionaries of JSON values) and ``read_X`` and
``write_X`` (files). What is damaged, foreign or newer raises :class:`InputError` naming the file and the field.
"""

from musicvid.production.documents.envelope import document_text, read_document, write_document
from musicvid.production.documents.shots import read_shots, shots_from_document, shots_to_document, write_shots
from musicvid.production.documents.song import read_song, song_from_document, song_to_document, write_song
from musicvid.production.documents.sync import read_sync, sync_from_document, sync_to_document, write_sync
from musicvid.production.documents.take import takes_to_document
from musicvid.production.documents.timeline import (
    read_timeline,
    timeline_from_document,
    timeline_to_document,
    write_timeline,
)

__all__ = [
    "document_text",
    "read_document",
    "read_shots",
    "read_song",
    "read_sync",
    "read_timeline",
    "shots_from_document",
    "shots_to_document",
    "song_from_document",
    "song_to_document",
    "sync_from_document",
    "sync_to_document",
    "takes_to_document",
    "timeline_from_document",
    "timeline_to_document",
    "write_document",
    "write_shots",
    "write_song",
    "write_sync",
    "write_timeline",
]
