"""Protocols over IPv4, over IPv6 or over both: what their hands have in common.

Addresses are octets, and how many there are says whose they are: 4 are IPv4's, 16 IPv6's. None at
all stand for each of ours, of either.
"""

from __future__ import annotations

from typing import Final

from netfsm.layers.contracts import Inbound, Internet
from netfsm.stack import Hands, Verdict

__all__ = ["ANY", "V4", "V6", "Transport", "every", "zone"]

ANY: Final = b""
"""Each of our addresses."""
V4: Final = 4
V6: Final = 16
"""Octets of an address."""
_SPACES: Final = {V4: "ipv4.protocol", V6: "ipv6.protocol"}
_LINK_LOCAL: Final = 0xFE80 >> 6
_LINK_GROUP: Final = 0xFF02


class Transport(Hands):
    """Hands with `receive` and `told` for IPv4, `receive6` and `told6` for IPv6."""

    def receive(self, payload: memoryview, inbound: Inbound) -> Verdict:
        """A datagram's payload from IPv4."""
        return self.arrived(payload, inbound, V4)

    def receive6(self, payload: memoryview, inbound: Inbound) -> Verdict:
        """A datagram's payload from IPv6."""
        return self.arrived(payload, inbound, V6)

    def told(self, failure: str, quoted: memoryview, src: int, dst: int) -> None:
        """IPv4's network reports that something of ours did not arrive."""
        self.failed(failure, quoted, src.to_bytes(V4), dst.to_bytes(V4))

    def told6(self, failure: str, quoted: memoryview, src: int, dst: int) -> None:
        """IPv6's network reports that something of ours did not arrive."""
        self.failed(failure, quoted, src.to_bytes(V6), dst.to_bytes(V6))

    def arrived(self, payload: memoryview, inbound: Inbound, octets: int) -> Verdict:
        """A payload; `octets` says how many an address has."""
        raise NotImplementedError

    def failed(self, failure: str, quoted: memoryview, src: bytes, dst: bytes) -> None:
        """A datagram from `src` to `dst` did not arrive (see `contracts.ErrorHandler`)."""
        raise NotImplementedError

    def internet(self, octets: int) -> Internet:
        """The IP whose addresses have so many octets. OSError where it is not loaded."""
        space = _SPACES[octets]
        if not self.has(space):
            raise OSError(f"{space.partition('.')[0]} is not loaded")
        found: Internet = self.below(space)
        return found

    def reaches(self, address: bytes) -> bool:
        """Whether the IP of an address is loaded; nobody's address is of none."""
        return len(address) in _SPACES and self.has(_SPACES[len(address)])

    def source(self, address: bytes, interface: str = "") -> bytes:
        """Our address on the way to `address`, ANY where there is no way there."""
        if not self.reaches(address):
            return ANY
        way = self.internet(len(address)).tables.way(int.from_bytes(address), interface)
        return way.src.to_bytes(len(address)) if way.src else ANY

    def is_ours(self, address: bytes) -> bool:
        """Whether it is one of our addresses in use."""
        number = int.from_bytes(address)
        return self.reaches(address) and self.internet(len(address)).tables.is_ours(number)


def every(address: bytes) -> bool:
    """Whether an address stands for each of ours, of one IP or of both."""
    return not any(address)


def zone(address: bytes, interface: str) -> str:
    """The interface, where an address means something on one link only (RFC 4007 §5); else ""."""
    first = int.from_bytes(address[:2])
    near = len(address) == V6 and (first >> 6 == _LINK_LOCAL or first == _LINK_GROUP)
    return interface if near else ""
