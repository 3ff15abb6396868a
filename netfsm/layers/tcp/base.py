"""What the parts of TCP's hands share: machines, tables of sockets, numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netfsm.layers.answer import Answer
from netfsm.layers.contracts import Internet, Path
from netfsm.layers.tcp.numbers import Numbers
from netfsm.layers.tcp.sockets import ConnectionKey, ListenerKey, Listening, Socket
from netfsm.machine import CompiledMachine
from netfsm.stack import Hands

HEADERS = 40
"""Octets of an IPv4 and a TCP header without options (RFC 9293 §3.7.1)."""
LONGEST_HEADERS = 80
"""Octets of an IPv4 header and the longest TCP header."""


class Base(Hands):
    """Bound to protocol 6 of IPv4."""

    _numbers: Numbers

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """The functions of `tcp.connection`."""
        longest, field, largest = (self.number(n) for n in ("MAX_TRIP", "FIELD", "MAX_WINDOW"))
        self._numbers = Numbers.drawn(self.random, longest, field, largest)
        return self._numbers.functions()

    def number(self, constant: str) -> int:
        """A constant of the layer."""
        return int(str(self.constants[constant]))

    def setup(self) -> None:
        """Resolve what every segment needs."""
        self._input = self.part("tcp.input")
        self._connection = self.part("tcp.connection")
        self._listener = self.part("tcp.listener")
        self._keepalive = self.part("tcp.keepalive")
        self._internet: Internet = self.below("ipv4.protocol")
        self._protocol = self.number("PROTOCOL")
        self._by_key: dict[ConnectionKey, Socket] = {}
        self._listeners: dict[ListenerKey, Listening] = {}
        self._by_number: dict[int, Socket | Listening] = {}
        self._last = 0

    def quiesce(self) -> None:
        """Nobody listens, and every connection is aborted."""
        self._listener.step_all("unlisten")
        self._connection.step_all("ABORT")

    def _socket(self, instance: CompiledMachine) -> Socket:
        """The socket of an instance of `tcp.connection`."""
        scope = instance.scope
        return self._by_key[scope.local, scope.lport, scope.remote, scope.rport]

    def _new_number(self) -> int:
        self._last += 1
        return self._last

    def _path(self, remote: int) -> tuple[int, int]:
        """Text that a segment may carry to a peer, and what the interface takes at once."""
        path: Path = self._internet.path(remote)
        whole = max(path.whole - LONGEST_HEADERS, 0)
        return max(path.mtu - HEADERS, 1), whole


def refuse(context: object, error: Exception) -> None:
    """Tell whoever asked; nobody waits where the stack itself did."""
    if isinstance(context, Answer):
        context.error = error
