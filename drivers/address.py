"""Hardware addresses of our own: locally administered, the same for the same name every time."""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["mac_for"]

_GROUP = 0x01
_LOCAL = 0x02


def mac_for(name: str, taken: bytes = b"") -> bytes:
    """A unicast, locally administered address (IEEE 802) made from `name`; never `taken`.

    On a TAP both ends stand on the same link: `taken` is the kernel's.
    """
    octets = bytearray(blake2b(name.encode(), digest_size=6).digest())
    octets[0] = octets[0] & ~_GROUP | _LOCAL
    if bytes(octets) == taken:
        octets[5] ^= 1
    return bytes(octets)
