"""A small server of files: HTTP/1.1, GET and HEAD (RFC 9112, RFC 9110)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from mimetypes import guess_type
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from netfsm.services.words import Clock

__all__ = ["Http"]

LONGEST_HEAD: Final = 16384
"""Octets of a request without its content."""
PIECE: Final = 65536
_REASONS: Final[Mapping[int, str]] = {
    200: "OK",
    301: "Moved Permanently",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    411: "Length Required",
    431: "Request Header Fields Too Large",
    505: "HTTP Version Not Supported",
}


class Request(NamedTuple):
    """The head of a request; `fields` by their names in lower case."""

    method: str
    target: str
    version: str
    fields: Mapping[str, str]

    @property
    def stays(self) -> bool:
        """Whether the connection stays open behind the answer (RFC 9112 §9.3)."""
        wishes = {one.strip().lower() for one in self.fields.get("connection", "").split(",")}
        if self.version == "HTTP/1.0":
            return "keep-alive" in wishes
        return "close" not in wishes


class Answer(NamedTuple):
    """What a request earns: a status, header fields, and what is said or the file that is."""

    status: int
    fields: Mapping[str, str]
    content: bytes = b""
    file: BinaryIO | None = None
    size: int = 0


class Http:
    """Serves the files under `folder`, and lists directories. One request after the other."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder.resolve()
        self._clock = clock
        self._heard = bytearray()
        self._skip = 0
        self._said: list[bytes] = []
        self._file: BinaryIO | None = None
        self._ended = False
        self._closing = False

    @property
    def listens(self) -> bool:
        """Not before the last answer has left."""
        return not self._said and self._file is None

    @property
    def over(self) -> bool:
        """When the peer has asked all, or the connection was to close."""
        return self.listens and (self._ended or self._closing)

    def take(self, data: bytes) -> None:
        """A piece of a request."""
        self._heard += data
        self._ended = not data

    def give(self) -> bytes:
        """A piece of the answer."""
        if self.listens:
            self._answer_next()
        if self._said:
            return self._said.pop(0)
        data = self._file.read(PIECE) if self._file is not None else b""
        if self._file is not None and not data:
            self.close()
            return self.give()
        return data

    def close(self) -> None:
        """The file that is being sent is closed."""
        if self._file is not None:
            self._file.close()
            self._file = None

    # ---- requests

    def _answer_next(self) -> None:
        """Answer the first whole request; nothing is being said."""
        skipped = min(self._skip, len(self._heard))
        del self._heard[:skipped]
        self._skip -= skipped
        if self._skip or self._closing:
            return
        end = self._heard.find(b"\r\n\r\n")
        if end < 0:
            if len(self._heard) > LONGEST_HEAD:
                self._last(431)
            return
        head = bytes(self._heard[:end])
        del self._heard[: end + 4]
        request = _read(head)
        if request is None:
            self._last(400)
        elif request.version not in ("HTTP/1.0", "HTTP/1.1"):
            self._last(505)
        elif "transfer-encoding" in request.fields:
            self._last(411)
        else:
            self._skip = int(request.fields.get("content-length", "0"))
            self._say(request, self._found(request))

    def _last(self, status: int) -> None:
        """Refuse what is no request, and hear no more."""
        request = Request("GET", "/", "HTTP/1.0", {})
        self._say(request, _plain(status))

    def _say(self, request: Request, answer: Answer) -> None:
        stays = request.stays and not self._ended
        self._closing = not request.stays
        size = answer.size if answer.file is not None else len(answer.content)
        lines = [
            f"HTTP/1.1 {answer.status} {_REASONS[answer.status]}",
            f"Content-Length: {size}",
            *(f"{name}: {value}" for name, value in answer.fields.items()),
            f"Connection: {'keep-alive' if stays else 'close'}",
        ]
        self._said = ["\r\n".join([*lines, "", ""]).encode("latin-1")]
        if request.method == "HEAD":
            if answer.file is not None:
                answer.file.close()
            return
        self._file = answer.file
        if answer.content:
            self._said.append(answer.content)

    # ---- files

    def _found(self, request: Request) -> Answer:
        if request.method not in ("GET", "HEAD"):
            return _plain(405, {"Allow": "GET, HEAD"})
        path = self._path(request.target)
        if path is None:
            return _plain(404)
        if path.is_dir():
            return self._directory(path, request.target.partition("?")[0])
        return _file(path)

    def _path(self, target: str) -> Path | None:
        """The file or directory that is meant; None where there is none under the folder."""
        name = unquote_to_bytes(target.partition("?")[0])
        if not name.startswith(b"/") or b"\0" in name:
            return None
        path = (self._folder / name.decode("utf-8", "surrogateescape").lstrip("/")).resolve()
        inside = path == self._folder or self._folder in path.parents
        return path if inside and path.exists() else None

    def _directory(self, path: Path, target: str) -> Answer:
        if not target.endswith("/"):
            return _plain(301, {"Location": f"{target}/"})
        index = path / "index.html"
        if index.is_file():
            return _file(index)
        names = sorted(one.name + "/" * one.is_dir() for one in path.iterdir())
        links = "".join(f'<li><a href="{_link(name)}">{escape(name)}</a></li>\n' for name in names)
        title = escape(target)
        page = f"<!DOCTYPE html>\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n{links}</ul>\n"
        return Answer(
            200, {"Content-Type": "text/html; charset=utf-8"}, page.encode("utf-8", "replace")
        )


def _read(head: bytes) -> Request | None:
    """The head of a request, None where it is none."""
    first, *lines = head.decode("latin-1").lstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if (
        len(words) != 3 or not all(words) or not words[2].startswith("HTTP/")
    ):  # method, target, version
        return None
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            return None
        fields[name.lower()] = value.strip()
    if not fields.get("content-length", "0").isdecimal():
        return None
    return Request(words[0], words[1], words[2], fields)


def _plain(status: int, fields: Mapping[str, str] | None = None) -> Answer:
    content = f"{status} {_REASONS[status]}\n".encode()
    return Answer(status, {"Content-Type": "text/plain", **(fields or {})}, content)


def _file(path: Path) -> Answer:
    kind = guess_type(path.name)[0] or "application/octet-stream"
    try:
        file = path.open("rb")
    except OSError:
        return _plain(404)
    return Answer(200, {"Content-Type": kind}, file=file, size=path.stat().st_size)


def _link(name: str) -> str:
    return quote(name.encode("utf-8", "surrogateescape"), safe="/")
