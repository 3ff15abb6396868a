"""TCP segments in frames, made by the codecs and taken apart again."""

from __future__ import annotations

from typing import Any, NamedTuple

from netfsm.wire.offload import ChecksumState, Offload
from tests.wire.samples import codec, decoded

SRC, DST = 0xC0000201, 0xC0000202
SRC6, DST6 = (int.from_bytes(bytes.fromhex("20010db8") + bytes(11) + end) for end in (b"\1", b"\2"))
LINK = b"\x02\0\0\0\0\x02" + b"\x02\0\0\0\0\x01"
TCP_OFFSET = 16
"""Where a TCP header has its checksum."""


class Segment(NamedTuple):
    """A decoded segment and the header that carried it."""

    ip: Any
    tcp: Any


def tcp_octets(text: bytes, pseudo: int, *, partial: bool = False, **fields: Any) -> bytes:
    """A segment with time stamps among its options, so that its header has 32 octets."""
    tcp = codec("tcp.segment")
    assert tcp.options is not None
    given = {"SPORT": 7, "DPORT": 9, "SEQ": 1000, "ACK": 2000, "WND": 512, "CTL": 0x10, **fields}
    given["options"] = tcp.options(timestamps_present=True, timestamps_value=5, timestamps_echo=6)
    buffer = bytearray(32) + text
    tcp.encode_into(buffer, 0, len(buffer), pseudo=pseudo, partial=partial, **given)
    return bytes(buffer)


def frame4(segment: bytes, **fields: Any) -> bytes:
    """An Ethernet frame with IPv4 around a segment."""
    ip = codec("ipv4.header")
    given = {"ttl": 64, "protocol": 6, "src": SRC, "dst": DST, "id": 7, "DF": True, **fields}
    return LINK + b"\x08\0" + ip.encode(ip.make(**given, payload=segment))


def frame6(segment: bytes) -> bytes:
    """An Ethernet frame with IPv6 around a segment."""
    head = b"\x60\0\0\0" + len(segment).to_bytes(2) + b"\x06\x40"
    return LINK + b"\x86\xdd" + head + SRC6.to_bytes(16) + DST6.to_bytes(16) + segment


def aid(segment: int, ip: int = 20) -> Offload:
    """What is known of a frame that is to be cut into `segment` octets of text each."""
    return Offload(ChecksumState.PARTIAL, 14 + ip, TCP_OFFSET, segment, 14)


def taken_apart(frame: bytes) -> Segment:
    """The headers of a frame with IPv4, whose checksums and lengths are right."""
    ip = decoded("ipv4.header", frame[14:])
    return Segment(ip, decoded("tcp.segment", ip.payload, ip.src + ip.dst))
