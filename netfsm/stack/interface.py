"""An interface: where frames enter and leave a stack."""

from __future__ import annotations

from collections import Counter
from typing import Final, Protocol, runtime_checkable

from attrs import define, field

from netfsm.stack.driver import Capability
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.verdicts import Verdict
from netfsm.wire.buffer import BufferPool
from netfsm.wire.offload import PLAIN, Offload

ETHERNET: Final = 1  # hardware types are those of ARP (RFC 826); beyond 255 as Linux numbers links
LOOPBACK: Final = 772
RAW: Final = 65534
BUFFERS: Final = 256
"""Packets that may be under way at once on one interface."""
LARGE_BUFFERS: Final = 32
"""Segments that are still to be cut and may be under way at once on one interface."""
LARGEST: Final = 65535
"""Octets of the largest packet of IP."""


@runtime_checkable
class Link(Protocol):
    """What a layer binds to its link type in the space `link.type`."""

    def receive(self, interface: Interface, frame: memoryview) -> object:
        """Take a frame that arrived; the verdict comes back."""
        ...

    def reserve(self, interface: Interface, size: int, whole: int = 0) -> Outgoing:
        """Room for a packet of `size` octets that leaves by `interface`.

        `whole` octets are handed over at once where they are to be cut into packets of `size`.
        Raises TooBig beyond the MTU, NoBuffers where none is free, LinkDown while nothing can
        leave.
        """
        ...

    def send(self, packet: Outgoing, to: bytes, protocol: int) -> Verdict:
        """Send `packet` to the station `to`; `protocol` is its EtherType."""
        ...


class Port(Protocol):
    """What a stack needs to know of a driver to make an interface of it."""

    @property
    def mac(self) -> bytes:
        """The station's address, empty where the link has none."""
        ...

    @property
    def mtu(self) -> int:
        """The largest packet in octets, without the link's header."""
        ...

    @property
    def link_type(self) -> int:
        """The ARP hardware type."""
        ...

    @property
    def capabilities(self) -> Capability:
        """What the driver does for the stack."""
        ...


@define(eq=False)
class Interface:
    """A named attachment point.

    `link_type` is the ARP hardware type (1 for Ethernet), `hwaddr` the station's address and
    `broadcast` that of all stations (both empty where the link has none), `mtu` in octets without
    the link's header. Packets that leave are built in `buffers`, segments that are still to be cut
    in `large`; `starved` tells that one was asked for in vain. `finishes` and `cuts` tell what the
    driver does: finish partial checksums, cut segments. `arriving` is what is known of the frame
    that is being delivered, `arriving_octets` its length. `outcomes` counts what became of each
    frame that arrived, by the name of its verdict: their sum is `in_frames`.
    """

    name: str
    link_type: int
    hwaddr: bytes
    mtu: int
    broadcast: bytes = b""
    up: bool = False
    running: bool = False
    noarp: bool = False
    promiscuous: bool = False
    peer: bytes = b""
    in_frames: int = 0
    in_octets: int = 0
    out_frames: int = 0
    out_octets: int = 0
    starved: bool = False
    finishes: bool = False
    cuts: bool = False
    arriving: Offload = PLAIN
    arriving_octets: int = 0
    outcomes: Counter[str] = field(factory=Counter[str])
    buffers: BufferPool = field(init=False)
    large: BufferPool = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Let packets be built in buffers that hold the MTU and the shortest frame's padding."""
        self.buffers = BufferPool(BUFFERS, max(self.mtu, 64))
        self.large = BufferPool(LARGE_BUFFERS, LARGEST)

    @property
    def loopback(self) -> bool:
        """True for the interface that returns what it is given."""
        return self.link_type == LOOPBACK

    @property
    def resolves(self) -> bool:
        """True where a neighbour's hardware address must be found before a packet can go."""
        return bool(self.broadcast) and not self.noarp and not self.peer

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags that are set, in the words of `ip link`."""
        return tuple(
            name
            for name, is_set in (
                ("UP", self.up),
                ("RUNNING", self.running),
                ("BROADCAST", bool(self.broadcast)),
                ("POINTOPOINT", bool(self.peer)),
                ("NOARP", self.noarp),
                ("LOOPBACK", self.loopback),
                ("PROMISC", self.promiscuous),
            )
            if is_set
        )
