"""The small services over TCP: echo, discard, chargen and daytime, and a file server.

RFC 862, 863, 864 and 867, and of HTTP/1.1 (RFC 9112) what fetching files needs. Each connection is
a `Talk`: it is given what has come and says what goes out; what the peer has no room for waits
here, and nothing more is read meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from netfsm.stack import Report, Stack

__all__ = ["STREAM_SERVICES", "StreamServices", "Talk", "daytime"]

PIECE: Final = 65536
"""Octets that are read, and kept for sending, at a time."""
_LINES: Final = b"".join(
    bytes(range(32, 127))[first : first + 72].ljust(72, b" ") + b"\r\n" for first in range(23)
)


def daytime(now: int) -> bytes:
    """The date and the time in words (RFC 867)."""
    return (
        datetime.fromtimestamp(now // 1_000_000, UTC).strftime("%A, %B %d, %Y %X-UTC\r\n").encode()
    )


class Talk:
    """One side of a connection: echo, and what the others change."""

    def __init__(self, now: int) -> None:
        """`now` is the time of day in microseconds."""
        self.now = now
        self.finished = False

    def opened(self) -> bytes:
        """What goes out before anything has come."""
        return b""

    def heard(self, data: bytes) -> bytes:
        """What goes out when `data` has come."""
        return data

    def ended(self) -> None:
        """The peer sends no more."""
        self.finished = True

    def more(self) -> bytes:
        """What goes out when there is room again."""
        return b""


class Discard(Talk):
    """Takes everything, says nothing (RFC 863)."""

    def heard(self, data: bytes) -> bytes:
        """Nothing."""
        del data
        return b""


class Chargen(Discard):
    """Lines of printing characters until the peer has enough (RFC 864)."""

    def opened(self) -> bytes:
        """The first lines."""
        return _LINES

    def more(self) -> bytes:
        """More lines."""
        return b"" if self.finished else _LINES * (PIECE // len(_LINES))


class Daytime(Discard):
    """The date and the time in words, and no more (RFC 867)."""

    def opened(self) -> bytes:
        """One line."""
        self.finished = True
        return daytime(self.now)


Maker = Callable[[int], Talk]
STREAM_SERVICES: Final[Mapping[str, Maker]] = {
    "echo": Talk,
    "discard": Discard,
    "chargen": Chargen,
    "daytime": Daytime,
}


class _Connection:
    """A talk at work on a socket."""

    def __init__(self, stack: Stack, socket: int, talk: Talk) -> None:
        self._stack, self._socket, self._talk = stack, socket, talk
        self._waiting = talk.opened()
        self._heard_all = False

    def turn(self) -> bool:
        """Send and read what can be; True when it is over."""
        while self._send():
            if self._talk.finished:
                self._stack.command("tcp.close", socket=self._socket, reads=False)
                return True
            if not self._more() and not self._over() and not self._read():
                return False
        return False

    def _send(self) -> bool:
        """Send what waits; True when nothing waits any more."""
        with suppress(BlockingIOError):
            while self._waiting:
                sent = self._stack.command("tcp.send", socket=self._socket, data=self._waiting)
                self._waiting = self._waiting[sent:]
        return not self._waiting

    def _more(self) -> bool:
        self._waiting = self._talk.more()
        return bool(self._waiting)

    def _over(self) -> bool:
        return self._talk.finished

    def _read(self) -> bool:
        """Read what has come; False where there is nothing to do now."""
        if self._heard_all:
            return False
        try:
            data = self._stack.command("tcp.receive", socket=self._socket, count=PIECE)
        except BlockingIOError:
            return False
        if data:
            self._waiting = self._talk.heard(data)
        else:
            self._heard_all = True
            self._talk.ended()
        return True


class StreamServices:
    """Services on `stack`, a listener each; `clock` gives the time of day.

    Raises what `tcp.listen` raises.
    """

    def __init__(self, stack: Stack, wanted: Mapping[int, Maker], clock: Callable[[], int]) -> None:
        self._stack, self._clock = stack, clock
        self._listeners = {
            stack.command("tcp.listen", port=port): maker for port, maker in wanted.items()
        }
        self._open: dict[int, _Connection] = {}

    def report(self, report: Report) -> None:
        """Take up what the stack tells of one of our sockets."""
        socket = report.data.get("socket")
        if not isinstance(socket, int):
            return
        if report.name == "tcp.acceptable" and socket in self._listeners:
            self._accept(socket)
        elif report.name in ("tcp.readable", "tcp.writable") and socket in self._open:
            self._turn(socket)
        elif report.name == "tcp.closed" and self._open.pop(socket, None) is not None:
            self._stack.command("tcp.close", socket=socket)

    def _accept(self, listener: int) -> None:
        with suppress(BlockingIOError):
            while True:
                socket = self._stack.command("tcp.accept", socket=listener)
                talk = self._listeners[listener](self._clock())
                self._open[socket] = _Connection(self._stack, socket, talk)
                self._turn(socket)

    def _turn(self, socket: int) -> None:
        try:
            over = self._open[socket].turn()
        except OSError:  # the connection broke, which is told as `closed` too
            return
        if over:
            del self._open[socket]
