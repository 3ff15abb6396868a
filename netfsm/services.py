"""The small services that a host can offer to test it: echo, discard, chargen and daytime.

RFC 862, 863, 864 and 867, over UDP; `stream_services` has those over TCP. A service is a program on
the stack: it opens a socket by command and is called with what the stack reports; a shell gives it
the time of day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from netfsm.errors import ReserveError
from netfsm.file_server import FileServer
from netfsm.stack import Report, Stack
from netfsm.stream_services import STREAM_SERVICES, StreamServices, Talk, daytime

__all__ = ["SERVICES", "Services"]

Clock = Callable[[], int]
"""The time of day in microseconds since 1970."""
LONGEST_CHARGEN: Final = 512
"""Octets of a chargen datagram at the most (RFC 864)."""
_PRINTABLE: Final = bytes(range(32, 127))


def _echo(data: bytes, _: int) -> bytes | None:
    """The same data (RFC 862)."""
    return data


def _discard(_data: bytes, _: int) -> bytes | None:
    """Nothing (RFC 863)."""
    return None


def _chargen(_data: bytes, now: int) -> bytes | None:
    """Lines of 72 printing characters, each begun one further on (RFC 864)."""
    first = now // 1_000_000 % len(_PRINTABLE)
    lines = b""
    ring = _PRINTABLE * 2
    while len(lines) + 74 <= LONGEST_CHARGEN:
        lines += ring[first : first + 72] + b"\r\n"
        first = (first + 1) % len(_PRINTABLE)
    return lines


def _daytime(_data: bytes, now: int) -> bytes | None:
    return daytime(now)


SERVICES: Final[Mapping[str, Callable[[bytes, int], bytes | None]]] = {
    "echo": _echo,
    "discard": _discard,
    "chargen": _chargen,
    "daytime": _daytime,
}


def _streams(name: str) -> Callable[[int], Talk]:
    """What serves a connection: a service by name, or `http=DIR`."""
    if name.startswith("http="):
        return partial(FileServer, Path(name.removeprefix("http=")))
    return STREAM_SERVICES[name]


class Services:
    """Services on `stack`, by name and port, over UDP and TCP; `clock` gives the time of day.

    `http=DIR` serves the files of a folder, over TCP only.

    Raises KeyError for a service that is none of SERVICES, and what `udp.open` raises.
    """

    def __init__(self, stack: Stack, wanted: Mapping[int, str], clock: Clock) -> None:
        self._stack = stack
        self._clock = clock
        self._sockets = {
            stack.command("udp.open", port=port): SERVICES[name]
            for port, name in wanted.items()
            if name in SERVICES
        }
        makers = {port: _streams(name) for port, name in wanted.items()}
        self._streams = StreamServices(stack, makers, clock)

    def report(self, report: Report) -> None:
        """Answer what has come to one of the sockets."""
        self._streams.report(report)
        socket = report.data.get("socket")
        if report.name == "udp.readable" and socket in self._sockets:
            self._serve(int(str(socket)))

    def _serve(self, socket: int) -> None:
        answer = self._sockets[socket]
        with suppress(BlockingIOError):
            while True:
                datagram: Any = self._stack.command("udp.receive", socket=socket)
                data = answer(datagram.data, self._clock())
                if data is not None:
                    self._send(socket, data, datagram)

    def _send(self, socket: int, data: bytes, to: Any) -> None:
        """Answer where there is room and the asker has a port; nobody waits for an answer."""
        with suppress(ReserveError, OSError):
            packet = self._stack.reserve(
                "udp.datagram",
                max(len(data), 1),
                socket=socket,
                address=to.source,
                port=to.source_port,
            )
            packet.write(data)
            self._stack.commit(packet)
