"""The header that travels before a frame where offloads are agreed (virtio 1.2 §5.1.6).

Ten octets in the machine's own byte order, as Linux has them on a TAP: flags, the kind of segment,
the octets of its headers, the octets of text in each piece, and where the checksum runs from and
where its field is.
"""

from __future__ import annotations

import struct
from typing import Final

from netfsm.wire.buffer import Buffer
from netfsm.wire.offload import Arrival, ChecksumState, Offload, Received

__all__ = ["NOTHING", "OCTETS", "received", "written"]

OCTETS: Final = 10
NOTHING: Final = bytes(OCTETS)
"""A frame that needs no help."""

_HEADER: Final = struct.Struct("=BBHHHH")
_NEEDS_CSUM, _DATA_VALID = 1, 2
_NONE, _TCPV4, _TCPV6, _ECN = 0, 1, 4, 0x80
_VALID: Final = Offload(ChecksumState.VALID)
_NETWORK: Final = 14
_ETHERNET_TAGS: Final = frozenset({b"\x81\x00", b"\x88\xa8"})


def received(octets: bytes) -> Received | None:
    """A frame with its header in front, as a driver gives it; None where the header makes no sense.

    The frame is a view of `octets`. What is neither verified nor partial comes as it is.
    """
    if len(octets) < OCTETS:
        return None
    frame = memoryview(octets)[OCTETS:]
    if octets[0] == 0 == octets[1]:
        return frame
    flags, kind, _, segment, start, offset = _HEADER.unpack_from(octets)
    if kind & ~_ECN == _NONE:
        if flags & _NEEDS_CSUM:
            if start + offset + 2 > len(frame):
                return None
            return Arrival(frame, Offload(ChecksumState.PARTIAL, start, offset))
        return Arrival(frame, _VALID) if flags & _DATA_VALID else frame
    known = kind & ~_ECN in (_TCPV4, _TCPV6) and flags & _NEEDS_CSUM
    if not known or segment == 0 or start + 20 > len(frame):
        return None
    place = _network(frame)
    return Arrival(frame, Offload(ChecksumState.PARTIAL, start, offset, segment, place))


def written(buffer: Buffer) -> memoryview:
    """A view of the frame in `buffer` with its header in front, in the headroom; nothing is moved.

    Raises `wire.buffer.NoRoom` where the headroom is too small.
    """
    start = buffer.prepend(OCTETS)
    buffer.head += OCTETS
    data = buffer.data
    if buffer.checksum is not ChecksumState.PARTIAL:
        data[start : start + OCTETS] = NOTHING
    else:
        head, first = buffer.head, buffer.sum_start
        segment, kind, headers = buffer.segment, _NONE, 0
        if segment:
            kind = _TCPV4 if data[buffer.network] >> 4 == 4 else _TCPV6
            headers = first - head + (data[first + 12] >> 4) * 4
        place = first - head
        _HEADER.pack_into(
            data, start, _NEEDS_CSUM, kind, headers, segment, place, buffer.sum_offset
        )
    return memoryview(data)[start : buffer.tail]


def _network(frame: memoryview) -> int:
    """Where the IP header begins: behind Ethernet's own, and behind tags (IEEE 802.1Q)."""
    at = _NETWORK
    while bytes(frame[at - 2 : at]) in _ETHERNET_TAGS:
        at += 4
    return at
