"""What a packet of IPv6 holds behind its extension headers: for quotes, where nothing is judged."""

from __future__ import annotations

from typing import Final, NamedTuple

from netfsm.stack import Hands
from netfsm.wire.refusal import Refusal

PASSED: Final = frozenset({0, 43, 60})
"""Headers of the common form: hop-by-hop options, routing, destination options (RFC 8200 §4)."""
FRAGMENT: Final = 44


class Quoted(NamedTuple):
    """Addresses of a packet, its octets as it was sent, and what its last header is followed by.

    `protocol` is None where what there is of the packet does not reach so far.
    """

    src: int
    dst: int
    octets: int
    protocol: int | None
    payload: memoryview


class Quotes:
    """Reads the beginnings of packets, for the hands that ask."""

    def __init__(self, hands: Hands) -> None:
        codec = hands.codec("ipv6.quoted")
        self._decode, self._fixed = codec.decode, codec.header_octets
        self._extension = hands.codec("ipv6.extension").decode
        self._fragment = hands.codec("ipv6.fragment").decode

    def read(self, packet: memoryview) -> Quoted | None:
        """What is there of `packet`, from its header on; None where not even that is whole."""
        header = self._decode(packet)
        if isinstance(header, Refusal):
            return None
        kind, rest = self._last(header.next_header, header.payload)
        return Quoted(header.src, header.dst, self._fixed + header.payload_length, kind, rest)

    def _last(self, kind: int, rest: memoryview) -> tuple[int | None, memoryview]:
        """Behind all extension headers. Every turn takes eight octets at least."""
        while kind in PASSED or kind == FRAGMENT:
            found = (self._fragment if kind == FRAGMENT else self._extension)(rest)
            if isinstance(found, Refusal) or (kind == FRAGMENT and found.offset):
                return None, rest
            kind, rest = found.next_header, found.payload
        return kind, rest
