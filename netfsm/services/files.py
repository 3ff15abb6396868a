"""What a server of files answers: a file, the list of a directory, or why there is nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import quote, unquote_to_bytes

__all__ = ["Answer", "find", "plain"]


class Answer(NamedTuple):
    """What a request earns: a status, header fields, and `size` octets of content or of a file."""

    status: HTTPStatus
    fields: Mapping[str, str]
    size: int
    content: bytes = b""
    file: BinaryIO | None = None


def find(folder: Path, target: bytes) -> Answer:
    """What is at `target` under `folder`, a path without links. Nothing outside it is found."""
    name = target.partition(b"?")[0]
    try:
        path = _path(folder, name)
        if path is None:
            return plain(HTTPStatus.NOT_FOUND)
        if not path.is_dir():
            return _file(path)
        if not name.endswith(b"/"):
            where = name.decode("latin-1") + "/"
            return plain(HTTPStatus.MOVED_PERMANENTLY, {"Location": where})
        index = path / "index.html"
        return _file(index) if index.is_file() else _directory(path, path.relative_to(folder))
    except PermissionError:
        return plain(HTTPStatus.FORBIDDEN)
    except (OSError, RuntimeError):  # RuntimeError: links that lead to themselves
        return plain(HTTPStatus.NOT_FOUND)


def plain(status: HTTPStatus, fields: Mapping[str, str] | None = None) -> Answer:
    """A status in words."""
    content = f"{status.value} {status.phrase}\n".encode()
    return Answer(status, {"Content-Type": "text/plain", **(fields or {})}, len(content), content)


def _path(folder: Path, name: bytes) -> Path | None:
    """The file or directory that is meant; None where there is none under the folder."""
    plain_name = unquote_to_bytes(name)
    if not plain_name.startswith(b"/") or b"\0" in plain_name:
        return None
    path = (folder / os.fsdecode(plain_name).lstrip("/")).resolve()
    return path if path.is_relative_to(folder) and path.exists() else None


def _directory(path: Path, name: Path) -> Answer:
    names = sorted(one.name + "/" * one.is_dir() for one in path.iterdir())
    links = "".join(f'<li><a href="{_link(name)}">{escape(name)}</a></li>\n' for name in names)
    title = escape(f"/{name}/" if name.name else "/")
    page = f"<!DOCTYPE html>\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n{links}</ul>\n"
    content = page.encode("utf-8", "replace")
    return Answer(
        HTTPStatus.OK, {"Content-Type": "text/html; charset=utf-8"}, len(content), content
    )


def _file(path: Path) -> Answer:
    """A regular file; to open any other kind could wait for ever."""
    if not path.is_file():
        return plain(HTTPStatus.FORBIDDEN)
    kind = guess_type(path.name)[0] or "application/octet-stream"
    file = path.open("rb")
    size = os.fstat(file.fileno()).st_size
    return Answer(HTTPStatus.OK, {"Content-Type": kind}, size, file=file)


def _link(name: str) -> str:
    return "./" + quote(os.fsencode(name), safe="/")
