"""A wire in process: what goes in at one end comes out at the other, in order and whole.

With offloads a checksum stays partial on the wire and a large segment in one piece: nothing spoils
them, and the far end is told what is known of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from netfsm.drivers.address import mac_for
from netfsm.drivers.base import ETHERNET, BaseDriver
from netfsm.stack.driver import Capability, Rows
from netfsm.wire.buffer import Buffer
from netfsm.wire.checksum import Octets
from netfsm.wire.offload import PLAIN, Arrival, Received

__all__ = ["Wire", "WireEnd"]


class WireEnd(BaseDriver):
    """One end; frames that were sent into the other wait in `queue`."""

    def __init__(
        self,
        mac: bytes,
        mtu: int,
        link_type: int,
        capabilities: Capability = Capability(0),  # noqa: B008  # a constant: no capability
    ) -> None:
        super().__init__(mac, mtu, link_type, capabilities)
        self.queue: deque[bytes | Arrival] = deque()
        self.peer: WireEnd = self
        self.closed = False
        self._call: Callable[[], None] | None = None

    def on_arrival(self, call: Callable[[], None] | None) -> None:
        """Have `call` called when the far end has sent something."""
        self._call = call

    def receive(self) -> Sequence[Received]:
        """All that has come out of this end."""
        if not self.queue:
            return ()
        frames = tuple(self.queue)
        self.queue.clear()
        return frames

    def transmit(self, frame: Octets, rows: Rows = ()) -> None:  # noqa: ARG002  # rows stay at home
        """Put a copy of the frame into the wire; a closed far end loses it."""
        if self.peer.closed:
            self.lost["far_end_closed"] += 1
        else:
            self.peer.take(bytes(frame))

    def launch(self, buffer: Buffer, rows: Rows = ()) -> None:
        """Put a copy of a frame into the wire, with what is known of it."""
        offload = buffer.offload
        if offload == PLAIN or self.peer.closed:
            self.transmit(buffer.view, rows)
        else:
            self.peer.take(Arrival(bytes(buffer.view), offload))

    def take(self, frame: bytes | Arrival) -> None:
        """Let a frame of the far end wait, and say so."""
        self.queue.append(frame)
        if self._call is not None:
            self._call()

    def deadline(self) -> int | None:
        """At once while frames wait."""
        return 0 if self.queue else None

    def close(self) -> None:
        """Take nothing any more."""
        self.closed = True
        self.queue.clear()


class Wire:
    """Two ends: `left, right = Wire()`. Both belong to one thread."""

    def __init__(
        self,
        name: str = "wire",
        *,
        mtu: int = 1500,
        link_type: int = ETHERNET,
        macs: tuple[bytes, bytes] | None = None,
        offload: bool = False,
    ) -> None:
        help_ = Capability.CHECKSUM | Capability.SEGMENTATION if offload else Capability(0)
        left, right = macs or (mac_for(f"{name}:left"), mac_for(f"{name}:right"))
        self.left = WireEnd(left, mtu, link_type, help_)
        self.right = WireEnd(right, mtu, link_type, help_)
        self.left.peer, self.right.peer = self.right, self.left

    def __iter__(self) -> Iterator[WireEnd]:
        """Left end, right end."""
        yield self.left
        yield self.right
