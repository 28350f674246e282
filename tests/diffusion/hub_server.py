"""A hub on this machine: repositories with commits, served over HTTP as huggingface.co does, and every request kept.

Written from the hub's HTTP API: ``/api/models/…`` (info and tree), ``/…/resolve/…`` with ``X-Repo-Commit`` and ETags,
the redirect of large files to another address, ranges, and ``X-Error-Code`` for what is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

_REPO = r"(?P<repo>[\w.-]+/[\w.-]+)"
_ROUTES = {
    "info": re.compile(rf"/api/models/{_REPO}(?:/revision/(?P<rev>.+))?"),
    "tree": re.compile(rf"/api/models/{_REPO}/tree/(?P<rev>[^/]+)"),
    "resolve": re.compile(rf"/{_REPO}/resolve/(?P<rev>[^/]+)/(?P<path>.+)"),
    "cdn": re.compile(r"/cdn/(?P<blob>[0-9a-f]{64})"),
}


@dataclass
class Repository:
    """``commits``: hash → path → content. ``refs``: branch or tag → hash. ``gated``: files want a token, accepted if it
    is ``good``."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    gated: bool = False

    def commit(self, files: dict[str, bytes], branch: str = "main") -> str:
        listing = "".join(f"{path}:{hashlib.sha1(data).hexdigest()}" for path, data in sorted(files.items()))
        sha = hashlib.sha1(f"{listing}{len(self.commits)}".encode()).hexdigest()
        self.commits[sha] = dict(files)
        self.refs[branch] = sha
        return sha

    def at(self, revision: str) -> str | None:
        revision = unquote(revision)
        return self.refs.get(revision, revision if revision in self.commits else None)


@dataclass
class Hub:
    """``cut_after``: a large file's content breaks off once after so many bytes, by path. ``dead``: paths whose content
    never comes. ``down``: everything is answered by 503."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    cut_after: dict[str, int] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    down: bool = False
    url: str = ""
    files_url: str = ""

    def repository(self, name: str, files: dict[str, bytes], **how) -> Repository:
        self.repositories[name] = repository = Repository(**how)
        repository.commit(files)
        return repository

    def fetched(self) -> list[str]:
        """The paths whose content was asked for, in order; of large files by their first request."""
        return [path for method, path, range_ in self.requests if method == "GET" and path.startswith("file:")]


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def is_large(path: str) -> bool:
    return path.endswith((".safetensors", ".bin"))


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """The hub answers at ``hub.url`` until the block ends."""

    class Handler(_Handler):
        of = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    hub.files_url = f"http://localhost:{server.server_port}"  # large files lie on another host
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    of: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_HEAD(self):
        self._answer()

    def do_GET(self):
        self._answer()

    def _answer(self):
        path = urlsplit(self.path).path
        for route, pattern in _ROUTES.items():
            if found := pattern.fullmatch(path):
                shown = f"file:{found['path']}" if route == "resolve" else path
                if route == "cdn":
                    shown = f"file:{self._path_of(found['blob'])}"
                self.of.requests.append((self.command, shown, self.headers.get("Range", "")))
                if self.of.down:
                    return self._refuse(503, "")
                return getattr(self, f"_{route}")(**found.groupdict())
        self.of.requests.append((self.command, path, ""))
        return self._refuse(404, "")

    def _found(self, repo: str, rev: str | None) -> tuple[Repository, str] | None:
        repository = self.of.repositories.get(repo)
        if repository is None:
            self._refuse(401 if "Authorization" not in self.headers else 404, "RepoNotFound")
            return None
        sha = repository.at(rev or "main")
        if sha is None:
            self._refuse(404, "RevisionNotFound")
            return None
        return repository, sha

    def _info(self, repo: str, rev: str | None):
        if there := self._found(repo, rev):
            repository, sha = there
            siblings = []
            for path, data in repository.commits[sha].items():
                sibling = {"rfilename": path, "size": len(data), "blobId": _git_blob(data)}
                if is_large(path):
                    sibling["lfs"] = {"sha256": _sha256(data), "size": len(data), "pointerSize": 130}
                siblings.append(sibling)
            gated = "auto" if repository.gated else False
            self._json({"_id": "0", "id": repo, "modelId": repo, "sha": sha, "siblings": siblings, "gated": gated})

    def _tree(self, repo: str, rev: str):
        if there := self._found(repo, rev):
            repository, sha = there
            rows = []
            for path, data in repository.commits[sha].items():
                row = {"type": "file", "path": path, "size": len(data), "oid": _git_blob(data)}
                if is_large(path):
                    row["lfs"] = {"oid": _sha256(data), "size": len(data), "pointerSize": 130}
                rows.append(row)
            self._json(rows)

    def _resolve(self, repo: str, rev: str, path: str):
        if not (there := self._found(repo, rev)):
            return None
        repository, sha = there
        token = self.headers.get("Authorization", "")
        if repository.gated and token != "Bearer good":
            return self._refuse(403 if token else 401, "GatedRepo")
        data = repository.commits[sha].get(unquote(path))
        if data is None:
            return self._refuse(404, "EntryNotFound", {"X-Repo-Commit": sha})
        head = {"X-Repo-Commit": sha, "Accept-Ranges": "bytes"}
        if not is_large(path):
            return self._bytes(data, {**head, "ETag": f'"{_git_blob(data)}"'})
        head |= {"X-Linked-Size": str(len(data)), "X-Linked-ETag": f'"{_sha256(data)}"'}
        return self._send(302, {**head, "Location": f"{self.of.files_url}/cdn/{_sha256(data)}"}, b"")

    def _cdn(self, blob: str):
        path = self._path_of(blob)
        data = next(
            d
            for r in self.of.repositories.values()
            for c in r.commits.values()
            for d in c.values()
            if _sha256(d) == blob
        )
        if path in self.of.dead:
            self.close_connection = True
            return None
        return self._bytes(data, {"ETag": f'"{blob}"', "Accept-Ranges": "bytes"}, cut=self.of.cut_after.pop(path, None))

    def _path_of(self, blob: str) -> str:
        every = (item for r in self.of.repositories.values() for c in r.commits.values() for item in c.items())
        return next(path for path, data in every if _sha256(data) == blob)

    def _bytes(self, data: bytes, headers: dict[str, str], cut: int | None = None):
        first = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(first[1]) if first else 0
        status = 206 if first else 200
        if first:
            headers = {**headers, "Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        self._send(status, headers, data[start:], cut=cut)

    def _json(self, document: object):
        self._send(200, {"Content-Type": "application/json"}, json.dumps(document).encode())

    def _refuse(self, status: int, code: str, headers: dict[str, str] | None = None):
        named = {"X-Error-Code": code, "X-Error-Message": code} if code else {}
        self._send(status, {**(headers or {}), **named}, b"")

    def _send(self, status: int, headers: dict[str, str], body: bytes, cut: int | None = None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body[:cut])
        self.close_connection = self.close_connection or cut is not None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _git_blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
