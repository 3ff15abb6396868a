"""A stack with one link of bare IP, and packets of the node at its other end made by hand."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import IPv6Address
from typing import Any

from netfsm.stack import Frame, Stack
from netfsm.stack.interface import RAW
from tests.stack.bench import Plug, checksum, frames_of

OURS = "2001:db8::1"
PEER = "2001:db8::9"
OUR_LINK = "fe80::1"
PEER_LINK = "fe80::9"
LAYERS = ("ipv6", "icmpv6")
ICMPV6, NONE, HOP_BY_HOP, ROUTING, FRAGMENT, OPTIONS = 58, 59, 0, 43, 44, 60


def ready6(layers: Sequence[str] = LAYERS, mtu: int = 1500, **settings: Any) -> Stack:
    """A stack whose tun0 has 2001:db8::1/64 and fe80::1/64 in use."""
    settings.setdefault("strict", True)
    stack = Stack(layers=layers, **settings)
    stack.attach(Plug(mac=b"", mtu=mtu, link_type=RAW), "tun0")
    for address in (OURS, OUR_LINK):
        stack.command("ipv6.add_address", interface="tun0", address=address, prefix=64)
    stack.step(1_000_000)
    return stack


def given6(stack: Stack, *packets: bytes) -> list[bytes]:
    """Hand packets in and return those that come out, at the time of the last step."""
    return frames_of(stack.step(stack.clock.now, [Frame("tun0", one) for one in packets])[0])


def counted6(stack: Stack, *names: str) -> tuple[int, ...]:
    """Counters of IPv6."""
    return tuple(stack.layer("ipv6").counters[name] for name in names)


def fate(stack: Stack) -> str:
    """What became of the only frame of tun0."""
    (found,) = stack.interface("tun0").outcomes
    return found


def ipv6(
    payload: bytes,
    kind: int = ICMPV6,
    *,
    to: str = OURS,
    source: str = PEER,
    hop_limit: int = 64,
) -> bytes:
    """A packet (RFC 8200 §3)."""
    head = struct.pack("!IHBB", 6 << 28, len(payload), kind, hop_limit)
    return head + IPv6Address(source).packed + IPv6Address(to).packed + payload


def icmp6(
    kind: int,
    body: bytes = bytes(4),
    *,
    code: int = 0,
    to: str = OURS,
    source: str = PEER,
) -> bytes:
    """An ICMPv6 message with its checksum over the pseudo-header (RFC 4443 §2.3)."""
    whole = bytes((kind, code, 0, 0)) + body
    ends = IPv6Address(source).packed + IPv6Address(to).packed
    pseudo = ends + struct.pack("!IxxxB", len(whole), ICMPV6)
    return whole[:2] + checksum(pseudo + whole) + whole[4:]


def echo6(size: int = 8, *, to: str = OURS, source: str = PEER) -> bytes:
    """The message of an echo request."""
    return icmp6(128, b"\x00\x07\x00\x03" + bytes(size), to=to, source=source)


def extension(kind: int, data: bytes = b"\x01\x04\0\0\0\0") -> bytes:
    """An extension header of the common form that says that `kind` follows (RFC 8200 §4.3)."""
    size, odd = divmod(len(data) + 2, 8)
    assert not odd
    return bytes((kind, size - 1)) + data


def fragment(kind: int, data: bytes, at: int = 0, *, more: bool = False, number: int = 7) -> bytes:
    """A fragment header and octets from octet `at` on (RFC 8200 §4.5)."""
    return struct.pack("!BBHI", kind, 0, at | more, number) + data


def pieces(payload: bytes, size: int, kind: int = ICMPV6, number: int = 7) -> list[bytes]:
    """Packets with fragments of `size` octets, a multiple of 8."""
    return [
        ipv6(
            fragment(
                kind, payload[at : at + size], at, more=at + size < len(payload), number=number
            ),
            FRAGMENT,
        )
        for at in range(0, len(payload), size)
    ]


def verified(packet: bytes) -> bytes:
    """The ICMPv6 message of a packet whose checksum holds, checksum and all."""
    message = packet[40:]
    pseudo = packet[8:40] + struct.pack("!IxxxB", len(message), ICMPV6)
    assert b"\0\0" == checksum(pseudo + message)
    return message
