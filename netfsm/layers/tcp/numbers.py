"""Numbers that TCP's machines ask of their hands: initial sequence numbers, time stamps, windows.

They are functions of their arguments, of a secret and of an offset that a stack draws once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2s
from random import Random
from typing import Any, Final

from attrs import frozen

from netfsm.layers.tcp.sockets import ConnectionKey

__all__ = ["Numbers"]

SPACE: Final = 0xFFFFFFFF
HALF: Final = 0x80000000


@frozen
class Numbers:
    """`secret` keys the hashes, `epoch` is what the time stamps' clock shows at time 0.

    `longest` is the most that `since` tells, in microseconds; `field` the most that a window
    field tells, `largest` the largest window.
    """

    secret: bytes
    epoch: int
    longest: int
    field: int
    largest: int

    @classmethod
    def drawn(cls, random: Random, longest: int, field: int, largest: int) -> Numbers:
        """Numbers of a stack, with a secret from its source of chance."""
        return cls(random.randbytes(32), random.getrandbits(32), longest, field, largest)

    def isn(self, key: ConnectionKey, now: int) -> int:
        """An initial sequence number: a clock of 4 µs and a keyed hash (RFC 9293 §3.4.1)."""
        return ((now >> 2) + self.hashed(b"isn", key)) & SPACE

    def hashed(self, purpose: bytes, key: ConnectionKey) -> int:
        """32 bits that nobody can guess who does not know the secret."""
        local, lport, remote, rport = key
        text = purpose + local + remote + lport.to_bytes(2) + rport.to_bytes(2)
        return int.from_bytes(blake2s(text, digest_size=4, key=self.secret).digest())

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """The functions that `tcp.connection` declares."""
        epoch, longest, field, largest = self.epoch, self.longest, self.field, self.largest

        def clock(moment: int) -> int:
            """Milliseconds (RFC 7323 §5.4)."""
            return (moment // 1000 + epoch) & SPACE

        def since(tick: int, moment: int) -> int:
            """Microseconds; nothing where the stamp is none that we have sent."""
            passed = (clock(moment) - tick) & SPACE
            return 0 if passed >= HALF else min(passed * 1000, longest)

        def widened(window: int, shift: int) -> int:
            """A field shifted left."""
            return min(window << shift, largest)

        def shown(window: int, shift: int) -> int:
            """A window shifted right."""
            return min(window >> shift, field)

        def whole(count: int, size: int) -> int:
            """The largest multiple of `size` within `count`."""
            return count - count % size if size else count

        table = (clock, since, widened, shown, whole)
        return {function.__name__: function for function in table}
