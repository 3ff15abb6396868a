"""A stack on an Ethernet link, and neighbour discovery messages of other nodes made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address
from typing import Any, NamedTuple

from netfsm.stack import Frame, Report, Stack
from netfsm.stack.messages import Output
from tests.layers.ipv6.bench6 import icmp6, ipv6
from tests.stack.bench import OUR_MAC, PEER_MAC, Plug, ethernet, frames_of

OURS = "2001:db8::1"
PEER = "fe80::9"
ROUTER = "fe80::5"
ALL_NODES = "ff02::1"
LAYERS = ("ethernet", "ipv6", "icmpv6", "nd", "mld")
RS, RA, NS, NA, REDIRECT = 133, 134, 135, 136, 137
SOLICITED, OVERRIDE = 0x40, 0x20
SECOND = 1_000_000


def fresh(layers: Sequence[str] = LAYERS, **settings: Any) -> Stack:
    """A stack whose eth0 has come up this moment."""
    settings.setdefault("strict", True)
    stack = Stack(layers=layers, **settings)
    stack.attach(Plug(), "eth0")
    return stack


def settled(**settings: Any) -> Stack:
    """A stack that has 2001:db8::1/64 and an address of the link in use, ten seconds later."""
    stack = fresh(**settings)
    add(stack, OURS)
    stack.step(10 * SECOND)
    return stack


def add(stack: Stack, address: str, *, probe: bool | None = None) -> None:
    """Give eth0 an address."""
    more = {} if probe is None else {"probe": probe}
    stack.command("ipv6.add_address", interface="eth0", address=address, prefix=64, **more)


def states(stack: Stack) -> dict[str, str]:
    """Our addresses and the states of their detection."""
    return {one.address: one.state for one in stack.query("nd.addresses", interface="eth0")}


def link_local(stack: Stack) -> str:
    """Our address of the link's scope."""
    (found,) = [one for one in states(stack) if one.startswith("fe80")]
    return found


def known(stack: Stack) -> dict[str, tuple[str, str]]:
    """Neighbours: their link-layer addresses and states."""
    return {one.address: (one.lladdr, one.state) for one in stack.query("nd.neighbours")}


def counted(stack: Stack, layer: str = "nd") -> dict[str, int]:
    """The counters of a layer that are not zero."""
    return {name: count for name, count in stack.layer(layer).counters.items() if count}


def option(kind: int, value: bytes) -> bytes:
    """An option, whose value fills units of eight octets with its two (RFC 4861 §4.6)."""
    return bytes((kind, (len(value) + 2) // 8)) + value


def source_link(mac: bytes = PEER_MAC) -> bytes:
    """Who sends it."""
    return option(1, mac)


def target_link(mac: bytes = PEER_MAC) -> bytes:
    """Where the target is."""
    return option(2, mac)


def prefix_option(
    prefix: str, *, bits: int = 64, flags: int = 0xC0, valid: int = 86400, preferred: int = 14400
) -> bytes:
    """A prefix information option."""
    times = valid.to_bytes(4) + preferred.to_bytes(4) + bytes(4)
    return option(3, bytes((bits, flags)) + times + IPv6Address(prefix).packed)


def solicitation(target: str, options: bytes = b"") -> bytes:
    """The body of a neighbour solicitation, behind type, code and checksum."""
    return bytes(4) + IPv6Address(target).packed + options


def advertisement(target: str, flags: int, options: bytes = b"") -> bytes:
    """The body of a neighbour advertisement."""
    return bytes((flags, 0, 0, 0)) + IPv6Address(target).packed + options


def router_body(options: bytes = b"", *, lifetime: int = 1800, hops: int = 64) -> bytes:
    """The body of a router advertisement that says no times."""
    return bytes((hops, 0)) + lifetime.to_bytes(2) + bytes(8) + options


def redirect_body(better: str, destination: str, options: bytes = b"") -> bytes:
    """The body of a redirect."""
    return bytes(4) + IPv6Address(better).packed + IPv6Address(destination).packed + options


def frame(
    kind: int,
    body: bytes,
    *,
    to: str = OURS,
    source: str = PEER,
    hop_limit: int = 255,
    code: int = 0,
    mac: bytes = PEER_MAC,
) -> bytes:
    """A message as it comes by the link."""
    message = icmp6(kind, body, code=code, to=to, source=source)
    packet = ipv6(message, to=to, source=source, hop_limit=hop_limit)
    group = IPv6Address(to).packed
    station = b"\x33\x33" + group[12:] if group[0] == 0xFF else OUR_MAC
    return ethernet(0x86DD, packet, station, mac)


def solicited_node(address: str) -> str:
    """The group in which whoever has the address listens."""
    low = int(IPv6Address(address)) & 0xFFFFFF
    return str(IPv6Address((0xFF02 << 112) | 0x1FF000000 | low))


class Seen(NamedTuple):
    """What left and what was reported, read before a buffer is used again."""

    frames: tuple[bytes, ...] = ()
    reports: tuple[str, ...] = ()

    def __add__(self, other: object) -> Seen:
        """Both, in order."""
        assert isinstance(other, Seen)
        return Seen(self.frames + other.frames, self.reports + other.reports)

    def messages(self, kind: int) -> list[bytes]:
        """The ICMPv6 messages of a type, from their type on."""
        return [one[54:] for one in self.frames if one[20] == 58 and one[54] == kind]


def seen(outputs: Iterable[Output]) -> Seen:
    """What can be seen of a step from outside."""
    every = list(outputs)
    told = tuple(one.name for one in every if isinstance(one, Report))
    return Seen(tuple(frames_of(every)), told)


def hear(stack: Stack, *frames: bytes) -> Seen:
    """Hand frames in, now; what comes of them."""
    return seen(stack.step(stack.clock.now, [Frame("eth0", one) for one in frames])[0])


def run(stack: Stack, until: int) -> Seen:
    """Let time pass, timer by timer; all that comes of it."""
    found = Seen()
    while (due := stack.clock.next_deadline()) is not None and due <= until:
        found += seen(stack.step(due)[0])
    return found + seen(stack.step(until)[0])
