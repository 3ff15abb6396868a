"""A file server: of HTTP/1.1 (RFC 9110, 9112) what fetching a folder needs.

GET and HEAD of files and listings below one folder, persistent connections, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from mimetypes import guess_type
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from netfsm.stream_services import PIECE, Talk

__all__ = ["FileServer"]

MOST_HEAD: Final = 16384
"""Octets of a request's head at the most."""
_WORDS: Final = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}


class FileServer(Talk):
    """One connection of a client, to the files below `folder`."""

    def __init__(self, folder: Path, now: int) -> None:
        super().__init__(now)
        self._folder = folder.resolve()
        self._head = b""
        self._body: Iterator[bytes] = iter(())
        self._last = False

    def heard(self, data: bytes) -> bytes:
        """The answer's head, when the request's is whole."""
        self._head += data
        return self._next()

    def more(self) -> bytes:
        """The next piece of the body, or the answer to the next request."""
        piece = next(self._body, b"")
        if piece:
            return piece
        if self._last:
            self.finished = True
            return b""
        return self._next()

    def _next(self) -> bytes:
        head, found, rest = self._head.partition(b"\r\n\r\n")
        if not found:
            if len(self._head) > MOST_HEAD:
                return self._answer(400, b"the request is too long\n", "text/plain", last=True)
            return b""
        self._head = rest
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ")
        fields = dict(line.lower().split(":", 1) for line in lines[1:] if ":" in line)
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return self._answer(400, b"that is no request\n", "text/plain", last=True)
        last = fields.get("connection", "").strip() == "close" or words[2] == "HTTP/1.0"
        if words[0] not in ("GET", "HEAD"):
            return self._answer(405, b"GET and HEAD are served\n", "text/plain", last=True)
        return self._serve(words[1], last=last, bare=words[0] == "HEAD")

    def _serve(self, target: str, *, last: bool, bare: bool) -> bytes:
        path = (self._folder / unquote(target.partition("?")[0]).lstrip("/")).resolve()
        if not path.is_relative_to(self._folder) or not path.exists():
            return self._answer(404, b"there is no such file\n", "text/plain", last=last, bare=bare)
        if path.is_dir():
            return self._answer(200, _listing(path), "text/html", last=last, bare=bare)
        kind = guess_type(path.name)[0] or "application/octet-stream"
        if not bare:
            self._body = _pieces(path)
        return self._told(200, path.stat().st_size, kind, last=last)

    def _answer(
        self, status: int, body: bytes, kind: str, *, last: bool, bare: bool = False
    ) -> bytes:
        head = self._told(status, len(body), kind, last=last)
        return head if bare else head + body

    def _told(self, status: int, length: int, kind: str, *, last: bool) -> bytes:
        self._last = last
        lines = [
            f"HTTP/1.1 {status} {_WORDS[status]}",
            f"Content-Length: {length}",
            f"Content-Type: {kind}",
            *(["Allow: GET, HEAD"] if status == 405 else []),
            f"Connection: {'close' if last else 'keep-alive'}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _listing(folder: Path) -> bytes:
    """Links to what a folder has."""
    names = sorted(each.name + ("/" if each.is_dir() else "") for each in folder.iterdir())
    links = "".join(f'<li><a href="{quote(name)}">{escape(name)}</a>\n' for name in names)
    return f"<!DOCTYPE html>\n<title>files</title>\n<ul>\n{links}</ul>\n".encode()
