"""Services over UDP: each datagram is answered by itself (RFC 862, 863, 864, 867)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from netfsm.errors import ReserveError
from netfsm.services.words import LINE, Clock, daytime, pattern
from netfsm.stack import Report, Stack

__all__ = ["ANSWERS", "Datagrams"]

LONGEST_CHARGEN: Final = 512
"""Octets of a chargen datagram at the most (RFC 864)."""


def _echo(data: bytes, _: int) -> bytes | None:
    """The same data (RFC 862)."""
    return data


def _discard(_data: bytes, _: int) -> bytes | None:
    """Nothing (RFC 863)."""
    return None


def _chargen(_data: bytes, now: int) -> bytes | None:
    """Some lines of a pattern that begins elsewhere each second (RFC 864)."""
    return pattern(now // 1_000_000, LONGEST_CHARGEN // LINE)


def _daytime(_data: bytes, now: int) -> bytes | None:
    """The date and the time in words (RFC 867)."""
    return daytime(now)


ANSWERS: Final[Mapping[str, Callable[[bytes, int], bytes | None]]] = {
    "echo": _echo,
    "discard": _discard,
    "chargen": _chargen,
    "daytime": _daytime,
}


class Datagrams:
    """Services over UDP on `stack`, by name and port; `clock` gives the time of day.

    Raises KeyError for a service that is none of ANSWERS, and what `udp.open` raises.
    """

    def __init__(self, stack: Stack, wanted: Mapping[int, str], clock: Clock) -> None:
        self._stack = stack
        self._clock = clock
        self._sockets = {
            stack.command("udp.open", port=port): ANSWERS[name] for port, name in wanted.items()
        }

    def report(self, report: Report) -> None:
        """Answer what has come to one of the sockets."""
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
                interface=to.interface,
            )
            packet.write(data)
            self._stack.commit(packet)
