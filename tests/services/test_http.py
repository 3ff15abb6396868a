"""The server of files, spoken to in octets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netfsm.services.http import LONGEST_HEAD, Http


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file, a directory, and a secret beside it."""
    (tmp_path / "secret").write_text("nobody may see it")
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (root / "page.html").write_bytes(b"<p>hello</p>")
    (root / "sub" / "a & b.txt").write_bytes(b"text")
    (root / "large").write_bytes(bytes(200_000))
    (root / "out").symlink_to(tmp_path / "secret")
    return root


def asked(folder: Path, *pieces: bytes) -> tuple[bytes, bool]:
    """All that is said to what is asked, and whether the server is done then."""
    program = Http(folder, lambda: 0)
    said = b""
    for piece in pieces:
        program.take(piece)
        said += b"".join(all_of(program))
    return said, program.over


def all_of(program: Http) -> Iterator[bytes]:
    """What a program gives until it has nothing to say."""
    while data := program.give():
        yield data


def get(target: str, *fields: str, method: str = "GET") -> bytes:
    """A request."""
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: x", *fields, "", ""]).encode()


def head_of(said: bytes) -> list[str]:
    """The lines of an answer's head."""
    return said.partition(b"\r\n\r\n")[0].decode().split("\r\n")


def test_a_file_is_sent_whole(folder: Path) -> None:
    """With its length and its kind; the connection stays."""
    said, over = asked(folder, get("/page.html"))
    expected = [
        "HTTP/1.1 200 OK",
        "Date: Thu, 01 Jan 1970 00:00:00 GMT",
        "Content-Type: text/html",
        "Content-Length: 12",
    ]
    assert (expected, b"<p>hello</p>", False) == (
        head_of(said),
        said.partition(b"\r\n\r\n")[2],
        over,
    )


def test_a_large_file_comes_in_pieces(folder: Path) -> None:
    """More octets than one piece has."""
    said, _ = asked(folder, get("/large"))
    assert bytes(200_000) == said.partition(b"\r\n\r\n")[2]


def test_head_says_no_content(folder: Path) -> None:
    """The same head, and nothing behind it."""
    said, _ = asked(folder, get("/page.html", method="HEAD"))
    assert ("Content-Length: 12", b"") == (head_of(said)[3], said.partition(b"\r\n\r\n")[2])


def test_a_directory_is_listed_with_links_that_work(folder: Path) -> None:
    """Names are escaped for HTML and for targets."""
    said, _ = asked(folder, get("/sub/"))
    assert b'<li><a href="./a%20%26%20b.txt">a &amp; b.txt</a></li>' in said
    found, _ = asked(folder, get("/sub/a%20%26%20b.txt"))
    assert b"text" == found.partition(b"\r\n\r\n")[2]


def test_a_directory_without_a_slash_is_elsewhere(folder: Path) -> None:
    """Links of its page would not work otherwise."""
    said, _ = asked(folder, get("/sub"))
    assert ("HTTP/1.1 301 Moved Permanently", True) == (
        head_of(said)[0],
        b"Location: /sub/" in said,
    )


@pytest.mark.parametrize(
    "target",
    ["/../secret", "/%2e%2e/secret", "/sub/../../secret", "/out", "/none", "secret", "/a%00b"],
)
def test_nothing_outside_the_folder_is_found(folder: Path, target: str) -> None:
    """By no path and by no link."""
    said, _ = asked(folder, get(target))
    assert "HTTP/1.1 404 Not Found" == head_of(said)[0]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("/", method="POST"), "405 Method Not Allowed"),
        (b"nonsense\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nbad header\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/3.0\r\n\r\n", "505 HTTP Version Not Supported"),
        (b"GET / HTTP/1.1\r\n\r\n", "400 Bad Request"),
        (get("/", "Content-Length: " + "9" * 5000), "400 Bad Request"),
        (get("/", "Transfer-Encoding: gzip"), "501 Not Implemented"),
        (b"x" * (LONGEST_HEAD + 1), "431 Request Header Fields Too Large"),
    ],
)
def test_what_is_no_good_request_is_refused(folder: Path, request_: bytes, status: str) -> None:
    """By the status that says why."""
    said, _ = asked(folder, request_)
    assert f"HTTP/1.1 {status}" == head_of(said)[0]


def test_requests_come_in_any_pieces(folder: Path) -> None:
    """Two requests behind one another, octet by octet and at once, earn the same answers."""
    both = get("/page.html", "Content-Length: 3") + b"abc" + get("/sub/")
    single = [both[place : place + 1] for place in range(len(both))]
    assert asked(folder, both) == asked(folder, *single)
    assert 2 == asked(folder, both)[0].count(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("request_", "over"),
    [
        (get("/", "Connection: close"), True),
        (get("/"), False),
        (b"GET / HTTP/1.0\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
    ],
)
def test_the_peer_says_whether_the_connection_stays(
    folder: Path, request_: bytes, over: bool
) -> None:
    """RFC 9112 §9.3."""
    assert over == asked(folder, request_)[1]


@pytest.mark.parametrize("size", [3, 300_000])
def test_a_file_that_grows_is_sent_as_long_as_it_was(folder: Path, size: int) -> None:
    """Its length has been said; what is added belongs to no answer."""
    (folder / "log").write_bytes(b"x" * size)
    program = Http(folder, lambda: 0)
    program.take(get("/log"))
    said = program.give()
    with (folder / "log").open("ab") as file:
        file.write(b"y" * 100_000)
    said += b"".join(all_of(program))
    assert (b"x" * size, False) == (said.partition(b"\r\n\r\n")[2], program.over)


def test_a_file_that_shrinks_ends_the_connection(folder: Path) -> None:
    """Nothing else can tell the peer that the rest will not come."""
    program = Http(folder, lambda: 0)
    program.take(get("/large"))
    said = program.give()
    (folder / "large").write_bytes(b"")
    said += b"".join(all_of(program))
    assert (b"", True) == (said.partition(b"\r\n\r\n")[2], program.over)


def test_what_is_no_file_is_not_opened(folder: Path) -> None:
    """A pipe would hold up the whole stack; a link to itself leads nowhere."""
    os.mkfifo(folder / "pipe")
    (folder / "ring").symlink_to(folder / "ring")
    said = [
        head_of(asked(folder, get(target))[0])[0] for target in ("/pipe", "/ring", "/" + "x" * 999)
    ]
    assert ["HTTP/1.1 403 Forbidden", *["HTTP/1.1 404 Not Found"] * 2] == said


def test_a_peer_that_waits_may_go_on(folder: Path) -> None:
    """RFC 9110 §10.1.1: the content of a request may wait for an interim answer."""
    asks = get("/page.html", "Content-Length: 3", "Expect: 100-continue")
    said, _ = asked(folder, asks, b"abc")
    first, _, rest = said.partition(b"\r\n\r\n")
    assert (b"HTTP/1.1 100 ", True) == (first, rest.startswith(b"HTTP/1.1 200 OK"))


def test_a_peer_that_has_asked_all_is_answered(folder: Path) -> None:
    """Who closes his side behind the request still gets the answer."""
    said, over = asked(folder, get("/page.html") + get("/page.html"), b"")
    assert (2, True) == (said.count(b"<p>hello</p>"), over)
