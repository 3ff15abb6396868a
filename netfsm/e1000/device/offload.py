"""What the card does to a packet on its way out: checksums, segments, VLAN tags; all bytes.

A context is as the guest wrote it and may lie: each offset is held against the packet, and what
does not fit is left undone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from netfsm.wire.checksum import ones_sum

__all__ = ["MOST_SEGMENTS", "Context", "context_of", "insert", "segments", "tagged"]

MOST_SEGMENTS: Final = 4096
_TCP: Final = 1
_IPV4: Final = 2
_FIN_PSH: Final = 0x09


@frozen
class Context:
    """Where checksums begin, go and end (0: at the packet's end), and how a packet is cut."""

    ip: tuple[int, int, int] = (0, 0, 0)
    upper: tuple[int, int, int] = (0, 0, 0)
    command: int = 0
    header: int = 0
    mss: int = 0


def context_of(words: bytes) -> Context:
    """The context in a descriptor of 16 octets."""
    ip, upper, lower, high = words[:4], words[4:8], words[8:12], words[12:]
    return Context(
        ip=struct.unpack("<BBH", ip),
        upper=struct.unpack("<BBH", upper),
        command=lower[3],
        header=high[1],
        mss=int.from_bytes(high[2:], "little"),
    )


def insert(packet: bytearray, place: tuple[int, int, int], more: int = 0) -> None:
    """Put the checksum of the octets from a start to an end, both inside the packet, in its place.

    What stands in the place counts too: a pseudo-header's sum. `more` is added to it.
    """
    start, offset, last = place
    end = last + 1 if last else len(packet)
    if start >= len(packet) or offset + 2 > len(packet) or not start < end <= len(packet):
        return
    value = 0xFFFF - ones_sum(memoryview(packet)[start:end], more)
    struct.pack_into(">H", packet, offset, value)


def tagged(packet: bytes | bytearray, ethertype: int, tag: int) -> bytes:
    """The frame with a VLAN tag behind its addresses."""
    return bytes(packet[:12]) + struct.pack(">HH", ethertype, tag) + bytes(packet[12:])


def segments(packet: bytes, context: Context) -> Iterator[bytearray] | None:
    """The packet cut into segments; None where its context makes no sense."""
    payload = len(packet) - context.header
    start, upper = context.ip[0], context.upper[0]
    if context.mss == 0 or payload <= 0 or upper + 20 > context.header or start + 20 > upper:
        return None
    if -(-payload // context.mss) > MOST_SEGMENTS:
        return None
    return _cut(packet, context)


def _cut(packet: bytes, context: Context) -> Iterator[bytearray]:
    header, mss = context.header, context.mss
    for number, at in enumerate(range(header, len(packet), mss)):
        found = bytearray(packet[:header]) + packet[at : at + mss]
        _fit(found, context, number)
        if context.command & _TCP:
            seq = context.upper[0] + 4
            old = int.from_bytes(found[seq : seq + 4], "big")
            struct.pack_into(">I", found, seq, (old + at - header) & 0xFFFFFFFF)
            if at + mss < len(packet):
                found[context.upper[0] + 13] &= ~_FIN_PSH & 0xFF
        elif context.upper[0] + 6 <= header:
            struct.pack_into(">H", found, context.upper[0] + 4, len(found) - context.upper[0])
        yield found


def _fit(found: bytearray, context: Context, number: int) -> None:
    """Write the lengths of the segment, and the number of its datagram."""
    start = context.ip[0]
    if context.command & _IPV4:
        struct.pack_into(">H", found, start + 2, (len(found) - start) & 0xFFFF)
        identity = int.from_bytes(found[start + 4 : start + 6], "big")
        struct.pack_into(">H", found, start + 4, (identity + number) & 0xFFFF)
    else:
        struct.pack_into(">H", found, start + 4, (len(found) - start - 40) & 0xFFFF)
