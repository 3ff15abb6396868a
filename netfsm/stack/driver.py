"""What a shell asks of a driver. The stack itself never calls one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Flag, auto
from typing import Protocol

from netfsm.wire.buffer import Buffer
from netfsm.wire.checksum import Octets
from netfsm.wire.offload import Received

__all__ = ["Capability", "Driver", "Rows"]

Rows = tuple[str, ...]
"""Rows that a frame took or came from, as `machine/row`; empty where the stack is not traced."""


class Capability(Flag):
    """What a driver does for the stack."""

    CHECKSUM = auto()
    """Finishes a checksum whose field holds the sum of the pseudo-header."""
    SEGMENTATION = auto()
    """Takes a segment larger than the MTU and cuts it."""


class Driver(Protocol):
    """Where frames come from and go to. Nothing here blocks, and nothing here reads a clock.

    Times are microseconds on the clock of the shell.
    """

    @property
    def mac(self) -> bytes:
        """The station's own address; empty where the link has none."""
        ...

    @property
    def mtu(self) -> int:
        """Octets of the largest packet, without the link's header."""
        ...

    @property
    def link_type(self) -> int:
        """The ARP hardware type (1 for Ethernet), or Linux's number for links without one."""
        ...

    @property
    def capabilities(self) -> Capability:
        """What the driver does for the stack."""
        ...

    def fileno(self) -> int | None:
        """A file descriptor that is readable when frames wait; None where there is none."""
        ...

    def on_arrival(self, call: Callable[[], None] | None) -> None:
        """Have `call` called when a frame has come and no descriptor tells so; None: not any more.

        A shell that sleeps sets it; a driver in the same program as its peer calls it.
        """
        ...

    def advance(self, now: int) -> None:
        """Say what time it is. Comes before the calls below, whenever time has passed."""
        ...

    def receive(self) -> Sequence[Received]:
        """Frames that arrived, oldest first; empty where there are none.

        Where the driver knows something of a frame it comes as an `Arrival`. Octets in `bytes` are
        their receiver's for ever, others are the driver's again with the next call.
        """
        ...

    def told(self, rows: Sequence[Rows]) -> None:
        """The rows that the frames of the last `receive` took, in order; traced stacks only."""
        ...

    def transmit(self, frame: Octets, rows: Rows = ()) -> None:
        """Send a frame. The driver copies what it keeps: the buffer is the caller's again."""
        ...

    def lend(self) -> Sequence[Buffer]:
        """Free buffers of the driver's own memory, in which the next packets may be built."""
        ...

    def launch(self, buffer: Buffer, rows: Rows = ()) -> None:
        """Send the frame that was built in `buffer`, which may be one that the driver lent.

        Its checksum may be partial, and it may have a segment size, only where `capabilities` say
        so.
        """
        ...

    def deadline(self) -> int | None:
        """When the driver wants to be asked again although no descriptor is readable."""
        ...

    def close(self) -> None:
        """Give back what the system lent. Closing twice is harmless."""
        ...
