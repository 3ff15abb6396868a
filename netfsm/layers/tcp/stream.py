"""One connection as its hands see it: the octets, the way to the peer, and the user's socket."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from netfsm.layers.contracts import Flow, Inbound
from netfsm.layers.tcp.receive_buffer import ReceiveBuffer
from netfsm.layers.tcp.send_queue import SendQueue

Key = tuple[bytes, int, bytes, int]
"""Our address and port, the peer's address and port."""

MODULUS = 1 << 32


@define(eq=False)
class Stream:
    """What belongs to a connection besides its machines.

    `begun`: our SYN was sent. `socket` is 0 until a user has it; `error` is why the connection is
    no more, `ended` that the peer sends no more; `told`: the user knows that there is text.
    """

    key: Key
    flow: Flow
    socket: int = 0
    listener: tuple[bytes, int] | None = None
    begun: bool = False
    sending: SendQueue = field(factory=SendQueue)
    receiving: ReceiveBuffer = field(factory=ReceiveBuffer)
    error: Exception | None = None
    ended: bool = False
    gone: bool = False
    opened: bool = False
    wants_room: bool = False
    told: bool = False

    def mark(self, codepoint: int) -> None:
        """Segments leave with this codepoint, its bits left of ECN's (RFC 2474 §3, RFC 3168 §5)."""
        self.flow = self.flow._replace(traffic_class=codepoint << 2)


@define
class Answer:
    """What a row said to the one who called: a value, or why not.

    `stream` is the connection that was called, `data` what it was to send; `receives` tells a
    RECEIVE from other calls.
    """

    stream: Stream | None = None
    data: bytes = b""
    receives: bool = False
    value: Any = None
    error: Exception | None = None

    def result(self) -> Any:
        """The value. Raises the error where there is one."""
        if self.error is not None:
            raise self.error
        return self.value


@define
class Arrived:
    """A segment that is being judged, and what IP told of it; an address has `octets`."""

    segment: Any
    inbound: Inbound
    text: memoryview
    octets: int
    again: bool = False
