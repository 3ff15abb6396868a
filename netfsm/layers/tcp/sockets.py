"""What the hands know of a connection and of a listener beside their machines."""

from __future__ import annotations

from attrs import define, field

from netfsm.layers.contracts import Flow
from netfsm.layers.tcp.receive_buffer import ReceiveBuffer
from netfsm.layers.tcp.send_queue import SendQueue

__all__ = ["ConnectionKey", "ListenerKey", "Listening", "Socket"]

ConnectionKey = tuple[bytes, int, bytes, int]
"""Local address and port, remote address and port."""
ListenerKey = tuple[bytes, int]
"""Address and port; the address that means any is zero."""


@define(eq=False)
class Socket:
    """One connection. It outlives its machine until its user has closed it.

    `listener` is that of a connection that is not open yet; `error` is why it ended, None where it
    ended well; `over`: its machine is gone; `closed`: its user has let go of it; `ended`: the peer
    has sent all; `told`: its user knows that there is text; `refused`: a send found no room.
    """

    number: int
    key: ConnectionKey
    flow: Flow
    listener: ListenerKey | None = None
    sending: SendQueue = field(factory=SendQueue)
    received: ReceiveBuffer = field(factory=ReceiveBuffer)
    error: OSError | None = None
    over: bool = False
    closed: bool = False
    ended: bool = False
    told: bool = False
    refused: bool = False


@define(eq=False)
class Listening:
    """A listener that is open."""

    number: int
    key: ListenerKey
