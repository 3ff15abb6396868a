"""A stack with one Ethernet port, and frames of another station made by hand."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from socket import inet_aton
from typing import Any, NamedTuple

from netfsm.stack import Frame, Report, Stack, Taken, Transmit
from netfsm.stack.driver import Capability
from netfsm.stack.messages import Output

OURS = "192.0.2.1"
PEER = "192.0.2.9"
PEER_MAC = bytes.fromhex("020000000009")
OUR_MAC = bytes.fromhex("020000000001")
ALL = b"\xff" * 6
LAYERS = ("ethernet", "arp", "ipv4", "icmp")


class Plug(NamedTuple):
    """A driver, as far as a stack looks at it."""

    mac: bytes = OUR_MAC
    mtu: int = 1500
    link_type: int = 1
    capabilities: Capability = Capability(0)


def ready_stack(layers: Sequence[str] = LAYERS, **settings: Any) -> Stack:
    """A stack whose eth0 has 192.0.2.1/24 in use; it has sent its announcement."""
    settings.setdefault("strict", True)
    stack = Stack(layers=layers, **settings)
    stack.attach(Plug(), "eth0")
    take_address(stack, OURS)
    stack.step(3_000_000)
    return stack


def take_address(stack: Stack, address: str) -> None:
    """Let eth0 use the address at once."""
    stack.command("ipv4.add_address", interface="eth0", address=address, prefix=24, probe=False)


def given(stack: Stack, *frames: bytes, interface: str = "eth0") -> list[bytes]:
    """Hand frames in and return those that come out, at the time of the last step."""
    return frames_of(stack.step(stack.clock.now, [Frame(interface, one) for one in frames])[0])


def frames_of(outputs: Iterable[Output]) -> list[bytes]:
    """The frames among the outputs of a step."""
    return [bytes(one.data) for one in outputs if isinstance(one, Transmit)]


def reports_of(outputs: Iterable[Output]) -> list[str]:
    """The names of the reports among the outputs of a step."""
    return [one.name for one in outputs if isinstance(one, Report)]


def rows_of(outputs: Iterable[Output]) -> list[str]:
    """The rows among the outputs of a traced stack's step."""
    return [f"{one.machine}/{one.row}" for one in outputs if isinstance(one, Taken)]


def ethernet(kind: int, payload: bytes, to: bytes = OUR_MAC, source: bytes = PEER_MAC) -> bytes:
    """An Ethernet frame (RFC 894)."""
    return to + source + kind.to_bytes(2) + payload


def spoken_to(frame: bytes, mac: bytes) -> bytes:
    """The frame with another destination."""
    return mac + frame[6:]


def arp(
    op: int,
    sender: str = PEER,
    target: str = OURS,
    *,
    mac: bytes = PEER_MAC,
    to: bytes = ALL,
    target_mac: bytes = bytes(6),
) -> bytes:
    """An ARP packet of `sender` at `mac` in a frame (RFC 826); `op` 1 asks, 2 replies."""
    head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, op)
    packet = head + mac + inet_aton(sender) + target_mac + inet_aton(target)
    return ethernet(0x0806, packet, to, mac)


def echo(sequence: int = 1, *, size: int = 56, to: str = OURS, source: str = PEER) -> bytes:
    """An ICMP echo request in a frame (RFC 792)."""
    body = struct.pack("!BBHHH", 8, 0, 0, 1, sequence) + bytes(size)
    body = body[:2] + checksum(body) + body[4:]
    return ethernet(0x0800, ipv4(body, to=to, source=source))


def ipv4(
    payload: bytes,
    *,
    protocol: int = 1,
    to: str = OURS,
    source: str = PEER,
    fragment: int = 0,
    number: int = 7,
    options: bytes = b"",
) -> bytes:
    """An IPv4 datagram (RFC 791 §3.1); `fragment` holds the flags and the offset."""
    ends = inet_aton(source) + inet_aton(to) + options
    size = 20 + len(options)
    first = 0x40 | size // 4
    fields = (first, 0, size + len(payload), number, fragment, 64, protocol, 0)
    head = struct.pack("!BBHHHBBH", *fields) + ends
    return head[:10] + checksum(head) + head[12:] + payload


def udp(
    payload: bytes, *, port: int = 7, sport: int = 4000, source: str = PEER, to: str = OURS
) -> bytes:
    """A UDP datagram with its checksum (RFC 768)."""
    size = 8 + len(payload)
    head = struct.pack("!HHHH", sport, port, size, 0)
    pseudo = inet_aton(source) + inet_aton(to) + struct.pack("!BBH", 0, 17, size)
    return head[:6] + checksum(pseudo + head + payload) + payload


def checksum(octets: bytes) -> bytes:
    """The Internet checksum (RFC 1071), the long way."""
    total = sum(
        int.from_bytes(octets[at : at + 2].ljust(2, b"\0")) for at in range(0, len(octets), 2)
    )
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return (total ^ 0xFFFF).to_bytes(2)
