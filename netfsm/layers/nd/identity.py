"""Interface identifiers that are stable and opaque (RFC 7217)."""

from __future__ import annotations

from hashlib import blake2s

BITS = 64
"""Bits of an interface identifier on Ethernet (RFC 2464 §4)."""
RESERVED = ((0, 0), (0xFDFF_FFFF_FFFF_FF80, 0xFDFF_FFFF_FFFF_FFFF))
"""Identifiers that no interface may have: of the subnet's routers, and of anycast (RFC 5453)."""


def stable_address(secret: bytes, interface: str, hwaddr: bytes, network: int, counter: int) -> int:
    """The address of `network`/64 that RFC 7217 §5 gives.

    F() is BLAKE2s, keyed with `secret`; Net_Iface is the interface's name and hardware address.
    An identifier that is reserved is passed over, as §5 has it: the next counter's is taken.
    """
    while True:
        told = blake2s(key=secret, digest_size=8)
        for part in (network.to_bytes(16), interface.encode(), hwaddr, counter.to_bytes(8)):
            told.update(len(part).to_bytes(2) + part)
        identifier = int.from_bytes(told.digest())
        if not any(first <= identifier <= last for first, last in RESERVED):
            return network >> BITS << BITS | identifier
        counter += 1 << 32
