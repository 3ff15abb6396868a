"""One connection as its hands see it: the octets, the way to the peer, and the user's socket."""

from __future__ import annotations

from typing import Any

from attrs import define

from netfsm.layers import transport
from netfsm.layers.contracts import Inbound
from netfsm.layers.tcp.receive_buffer import ReceiveBuffer
from netfsm.layers.tcp.send_queue import SendQueue
from netfsm.wire.checksum import Octets

Key = tuple[bytes, int, bytes, int]
"""Our address and port, the peer's address and port."""

MODULUS = 1 << 32


@define(eq=False, weakref_slot=False)
class Stream:
    """What belongs to a connection besides its machines.

    `via` is the interface where the peer's address means something on one link only. `sending` and
    `receiving` are there while there is something in them.
    `begun`: our SYN was sent. `listener` is where it was called, while it is half open. `socket` is
    0 until a user has it; `error` is why the connection is no more, `ended` that the peer sends no
    more; `told`: the user knows that there is text.
    """

    key: Key
    via: str
    traffic_class: int = 0
    socket: int = 0
    listener: tuple[bytes, int] | None = None
    begun: bool = False
    sending: SendQueue | None = None
    receiving: ReceiveBuffer | None = None
    error: Exception | None = None
    ended: bool = False
    gone: bool = False
    wants_room: bool = False
    told: bool = False

    @property
    def unsent(self) -> int:
        """Octets that are to be sent, or were not acknowledged yet."""
        return 0 if self.sending is None else len(self.sending)

    @property
    def unread(self) -> int:
        """Octets that wait for a RECEIVE."""
        return 0 if self.receiving is None else self.receiving.unread

    def queue(self, text: Octets, number: int) -> None:
        """Put text behind what is to be sent; the first octet has that sequence number."""
        if self.sending is None:
            self.sending = SendQueue(number)
        self.sending.append(text)

    def release(self, upto: int) -> None:
        """Let go of text before the sequence number `upto`."""
        if self.sending is not None:
            self.sending.release(upto)
            if not self.sending:
                self.sending = None

    def buffer(self, number: int) -> ReceiveBuffer:
        """What keeps the peer's text; `number` is that of the next octet in order."""
        if self.receiving is None:
            self.receiving = ReceiveBuffer()
        self.receiving.number = number
        return self.receiving

    def read(self, count: int) -> bytes:
        """The oldest `count` octets in order, or fewer where they are not there."""
        if self.receiving is None:
            return b""
        found = self.receiving.receive(count)
        self.let_go()
        return found

    def forget(self) -> None:
        """Nothing comes any more before what is held."""
        if self.receiving is not None:
            self.receiving.forget()
            self.let_go()

    def let_go(self) -> None:
        """An idle connection keeps no empty buffers."""
        if self.receiving is not None and not (self.receiving.unread or self.receiving.holds):
            self.receiving = None

    def mark(self, codepoint: int) -> None:
        """Segments leave with this codepoint, its bits left of ECN's (RFC 2474 §3, RFC 3168 §5)."""
        self.traffic_class = codepoint << 2


@define
class Answer(transport.Answer):
    """What a row said to the one who called.

    `stream` is the connection that was called, `data` what it was to send; `receives` tells a
    RECEIVE from other calls.
    """

    stream: Stream | None = None
    data: bytes = b""
    receives: bool = False


@define
class Arrived:
    """A segment that is being judged, and what IP told of it; an address has `octets`."""

    segment: Any
    inbound: Inbound
    text: memoryview
    octets: int
    again: bool = False
