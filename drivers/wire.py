"""A wire in process: what goes in at one end comes out at the other, in order and whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from netfsm.drivers.address import mac_for
from netfsm.drivers.base import ETHERNET, BaseDriver
from netfsm.stack.driver import Rows
from netfsm.wire.checksum import Octets

__all__ = ["Wire", "WireEnd"]


class WireEnd(BaseDriver):
    """One end; frames that were sent into the other wait in `queue`."""

    def __init__(self, mac: bytes, mtu: int, link_type: int) -> None:
        super().__init__(mac, mtu, link_type)
        self.queue: deque[bytes] = deque()
        self.peer: WireEnd = self
        self.closed = False
        self._call: Callable[[], None] | None = None

    def on_arrival(self, call: Callable[[], None] | None) -> None:
        """Have `call` called when the far end has sent something."""
        self._call = call

    def receive(self) -> Sequence[Octets]:
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

    def take(self, frame: bytes) -> None:
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
    ) -> None:
        left, right = macs or (mac_for(f"{name}:left"), mac_for(f"{name}:right"))
        self.left = WireEnd(left, mtu, link_type)
        self.right = WireEnd(right, mtu, link_type)
        self.left.peer, self.right.peer = self.right, self.left

    def __iter__(self) -> Iterator[WireEnd]:
        """Left end, right end."""
        yield self.left
        yield self.right
