"""A small server of files: GET and HEAD (RFC 9110), framed by h11 (RFC 9112)."""

from __future__ import annotations

from collections import deque
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Final

import h11

from netfsm.services.files import Answer, find, plain
from netfsm.services.words import Clock

__all__ = ["LONGEST_HEAD", "Http"]

LONGEST_HEAD: Final = 16384
"""Octets of a request without its content."""
PIECE: Final = 65536
_METHODS: Final = (b"GET", b"HEAD")
_VERSIONS: Final = (b"1.0", b"1.1")


class Http:
    """Serves the files under `folder`, and lists directories. One request after the other."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder.resolve()
        self._clock = clock
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=LONGEST_HEAD)
        self._request: h11.Request | None = None
        self._said: deque[bytes] = deque()
        self._file: BinaryIO | None = None
        self._left = 0
        self._closing = False

    @property
    def listens(self) -> bool:
        """Not before the last answer has left."""
        return not self._said and self._file is None

    @property
    def over(self) -> bool:
        """When the peer has asked all, or the connection was to close."""
        return self.listens and self._closing

    def take(self, data: bytes) -> None:
        """A piece of a request; nothing where the peer will ask no more."""
        if not self._closing:
            self._connection.receive_data(data)

    def give(self) -> bytes:
        """A piece of the answer."""
        if self.listens and not self._closing:
            self._hear()
        if self._said:
            return self._said.popleft()
        return self._piece(self._file) if self._file is not None else b""

    def close(self) -> None:
        """The file that is being sent is closed."""
        if self._file is not None:
            self._file.close()
            self._file = None

    # ---- requests

    def _hear(self) -> None:
        """Go through what has been heard until there is something to say."""
        more = True
        while more and self.listens and not self._closing:
            more = self._turn()

    def _turn(self) -> bool:
        """Take one thing that has been heard; False where there is none."""
        connection = self._connection
        if connection.our_state is h11.DONE and connection.their_state is h11.DONE:
            connection.start_next_cycle()
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint)
            return False
        if event is h11.NEED_DATA or event is h11.PAUSED:
            if connection.they_are_waiting_for_100_continue:
                self._say(h11.InformationalResponse(status_code=100, headers=[]))
            return False
        self._take(event)
        return True

    def _take(self, event: object) -> None:
        """What one event asks for. The content of a request means nothing to a GET."""
        match event:
            case h11.Request(http_version=version) if version not in _VERSIONS:
                self._refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
            case h11.Request(method=method) if method not in _METHODS:
                self._answer(plain(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD"}))
                self._closing = True
            case h11.Request():
                self._request = event
            case h11.EndOfMessage() if self._request is not None:
                self._answer(find(self._folder, self._request.target))
            case h11.ConnectionClosed():
                self._closing = True
            case _:
                pass

    def _refuse(self, status: int) -> None:
        """Refuse what is no request, and hear no more."""
        if self._connection.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._answer(plain(HTTPStatus(status)))
        self._closing = True

    # ---- answers

    def _answer(self, answer: Answer) -> None:
        """Say the head of an answer, and all of it where it is no file."""
        fields = {"Date": formatdate(self._clock() / 1_000_000, usegmt=True), **answer.fields}
        fields["Content-Length"] = str(answer.size)
        status, phrase = answer.status.value, answer.status.phrase
        self._say(h11.Response(status_code=status, headers=list(fields.items()), reason=phrase))
        self._file, self._left = answer.file, answer.size
        if self._request is not None and self._request.method == b"HEAD":
            self._finish()
        elif answer.file is None:
            self._say(h11.Data(data=answer.content))
            self._finish()

    def _say(self, event: h11.Event) -> None:
        """Queue what an event is in octets."""
        if data := self._connection.send(event):
            self._said.append(data)

    def _finish(self) -> None:
        """The answer is said."""
        self.close()
        self._request = None
        self._say(h11.EndOfMessage())
        if self._connection.our_state is h11.MUST_CLOSE:
            self._closing = True

    def _piece(self, file: BinaryIO) -> bytes:
        """Octets of the file: as many as were promised, though it may have grown."""
        data = file.read(min(PIECE, self._left))
        if not data and self._left:  # it has shrunk: only the end of the connection can tell
            self.close()
            self._closing = True
            return b""
        self._left -= len(data)
        said = self._connection.send(h11.Data(data=data))
        if not self._left:
            self._finish()
        return said or self.give()
