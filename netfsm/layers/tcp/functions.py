"""What TCP's spec leaves to the hands to compute: clocks, shifts and multiples."""

from __future__ import annotations

from hashlib import blake2s
from typing import Final

TICK: Final = 1000
"""Microseconds in a tick of the time stamps' clock (RFC 7323 §4.1)."""
ISN_TICK: Final = 4
"""Microseconds in a tick of the clock that ISNs follow (RFC 9293 §3.4.1)."""
MODULUS: Final = 1 << 32


def clock(moment: int, offset: int) -> int:
    """Our time stamp: milliseconds, from a begin of the stack's own."""
    return (moment // TICK + offset) % MODULUS


def since(tick: int, moment: int, offset: int, most: int) -> int:
    """The time since a time stamp of ours in microseconds, `most` where it is no recent one."""
    return min((clock(moment, offset) - tick) % MODULUS * TICK, most)


def widened(window: int, shift: int, most: int) -> int:
    """A window as the peer means it (RFC 7323 §2.3)."""
    return min(window << shift, most)


def shown(window: int, shift: int, most: int) -> int:
    """What the window field says of a window; never more than there is (RFC 7323 §2.3)."""
    return min(window >> shift, most)


def whole(count: int, size: int) -> int:
    """The largest multiple of `size` within `count`."""
    return count - count % size if size else 0


def initial_number(moment: int, four: bytes, secret: bytes) -> int:
    """An initial sequence number: a clock, and a keyed hash of both sockets (RFC 9293 §3.4.1)."""
    keyed = blake2s(four, key=secret, digest_size=4).digest()
    return (moment // ISN_TICK + int.from_bytes(keyed)) % MODULUS
