"""Protocols over IPv4, over IPv6 or over both: what their hands have in common.

Addresses are octets, and how many there are says whose they are: 4 are IPv4's, 16 IPv6's. None at
all stand for each of ours, of either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import define, field

from netfsm.layers import addresses6
from netfsm.layers.contracts import Inbound, Internet
from netfsm.stack import Hands, Verdict

__all__ = ["ANY", "V4", "V6", "Answer", "Transport", "every", "is_group", "zone"]

ANY: Final = b""
"""Each of our addresses."""
V4: Final = 4
V6: Final = 16
"""Octets of an address."""
_SPACES: Final = {V4: "ipv4.protocol", V6: "ipv6.protocol"}


@define
class Answer:
    """What a row said to the one who asked: a value, or why not."""

    value: Any = field(default=None, kw_only=True)
    error: Exception | None = field(default=None, kw_only=True)

    def result(self) -> Any:
        """The value. Raises the error where there is one."""
        if self.error is not None:
            raise self.error
        return self.value


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

    def carrier(self, octets: int) -> Internet | None:
        """The IP whose addresses have so many octets; None where it is not loaded, or none has."""
        space = _SPACES.get(octets)
        if space is None or not self.has(space):
            return None
        found: Internet = self.below(space)
        return found

    def internet(self, octets: int) -> Internet:
        """The IP whose addresses have so many octets. OSError where it is not loaded."""
        found = self.carrier(octets)
        if found is None:
            raise OSError(f"{_SPACES[octets].partition('.')[0]} is not loaded")
        return found

    def free_port(self, *tests: Callable[[int], bool]) -> int:
        """A port by chance for who names none (RFC 6056 §3.3.1), which passes the first test.

        One that passes the next test will do where none passes. OSError where none will do.
        """
        first, last = self.number("FIRST_EPHEMERAL"), self.number("LAST_EPHEMERAL")
        count = last - first + 1
        start = self.random.randrange(count)
        for is_free in tests:
            for step in range(count):
                port = first + (start + step) % count
                if is_free(port):
                    return port
        raise OSError("no port is free")

    def source(self, address: bytes, interface: str = "") -> bytes:
        """Our address on the way to `address`, ANY where there is no way there."""
        internet = self.carrier(len(address))
        if internet is None:
            return ANY
        way = internet.tables.way(int.from_bytes(address), interface)
        return way.src.to_bytes(len(address)) if way.src else ANY

    def is_ours(self, address: bytes) -> bool:
        """Whether it is one of our addresses in use."""
        internet = self.carrier(len(address))
        return internet is not None and internet.tables.is_ours(int.from_bytes(address))


def every(address: bytes) -> bool:
    """Whether an address stands for each of ours, of one IP or of both."""
    return not any(address)


def is_group(address: bytes) -> bool:
    """Whether an address is a multicast group's (RFC 1112 §4, RFC 4291 §2.7)."""
    number = int.from_bytes(address)
    return addresses6.is_group(number) if len(address) == V6 else number >> 28 == 0xE


def zone(address: bytes, interface: str) -> str:
    """The interface, where an address means something on one link only (RFC 4007 §5); else ""."""
    return addresses6.zone(int.from_bytes(address), interface) if len(address) == V6 else ""
