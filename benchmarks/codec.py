"""Decoding and encoding against hand-written struct code and dpkt, side by side in one run.

Each function times its rivals in turn, round by round, and gives the ratio of their best rounds, so
that a busy machine slows all of them alike. All do the same work: from octets to a value whose
fields have names, with lengths checked and checksums verified, and from loose values to octets.
dpkt verifies no checksum by itself, so its own `in_cksum` is called for it; the last ratio of an
echo leaves verification out on both sides.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from importlib.resources import files
from timeit import Timer
from typing import Any

from netfsm.spec.findings import Findings
from netfsm.spec.read_format import read_format
from netfsm.spec.source import parse_source
from netfsm.wire.codec import Codec, compile_format

ROUNDS = 15
CALLS = 4000

ARP_PACKET = bytes.fromhex("0001080006040001020000000001c0000201000000000000c0000202")
PAYLOAD = bytes(range(56))
SRC, DST = 0xC0000201, 0xC0000202


def load(name: str, path: str) -> Codec:
    """The codec of one of netfsm's own formats."""
    findings = Findings()
    text = (files("netfsm") / "specs" / path).read_text(encoding="utf-8")
    mapping = parse_source(text, path, findings)
    layout = None if mapping is None else read_format(mapping, findings)
    if layout is None or findings.errors:
        raise ValueError(f"{name}: {list(findings)}")
    return compile_format(layout)


def best(rivals: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds a call of each rival, the best of interleaved rounds."""
    timers = {name: Timer(call) for name, call in rivals.items()}
    found = dict.fromkeys(rivals, float("inf"))
    for _ in range(ROUNDS):
        for name, timer in timers.items():
            found[name] = min(found[name], timer.timeit(CALLS) / CALLS)
    return found


class Arp:
    """A hand-written ARP packet for Ethernet and IPv4."""

    __slots__ = ("hln", "hrd", "op", "pln", "pro", "sha", "spa", "tha", "tpa")

    def __init__(  # noqa: PLR0917  # a packet has as many fields as it has
        self, hrd: int, pro: int, hln: int, pln: int, op: int,
        sha: bytes, spa: bytes, tha: bytes, tpa: bytes,
    ) -> None:  # fmt: skip  # as RFC 826 draws it
        self.hrd, self.pro, self.hln, self.pln, self.op = hrd, pro, hln, pln, op
        self.sha, self.spa, self.tha, self.tpa = sha, spa, tha, tpa


_ARP = struct.Struct(">HHBBH6s4s6s4s")


def hand_decode_arp(data: bytes) -> Arp | None:
    """ARP as one writes it by hand."""
    if len(data) < 28:
        return None
    packet = Arp(*_ARP.unpack_from(data))
    if packet.hln != 6 or packet.pln != 4:
        return None
    return packet


def hand_encode_arp(packet: Arp) -> bytes:
    """Its octets."""
    return _ARP.pack(
        packet.hrd, packet.pro, 6, 4, packet.op, packet.sha, packet.spa, packet.tha, packet.tpa
    )


class Echo:
    """A hand-written IPv4 datagram with an ICMP echo in it."""

    __slots__ = ("code", "data", "dst", "flags", "id", "ident", "protocol", "seq", "src", "tos",
                 "ttl", "type")  # fmt: skip  # a list

    def __init__(  # noqa: PLR0917  # a packet has as many fields as it has
        self, tos: int, ident: int, flags: int, ttl: int, protocol: int, src: int, dst: int,
        type: int, code: int, id: int, seq: int, data: bytes,  # noqa: A002  # the RFC's words
    ) -> None:  # fmt: skip  # as RFC 791 and RFC 792 draw it
        self.tos, self.ident, self.flags, self.ttl, self.protocol = tos, ident, flags, ttl, protocol
        self.src, self.dst, self.type, self.code = src, dst, type, code
        self.id, self.seq, self.data = id, seq, data


_IP = struct.Struct(">BBHHHBBHII")
_ECHO = struct.Struct(">BBHHH")


def hand_decode_echo(data: bytes) -> Echo | None:
    """IPv4 and ICMP as one writes them by hand."""
    if len(data) < 20:
        return None
    vihl, tos, total, ident, flags, ttl, protocol, _, src, dst = _IP.unpack_from(data)
    header = (vihl & 15) * 4
    if vihl >> 4 != 4 or header < 20 or header > total or total > len(data) or total < header + 8:
        return None
    if int.from_bytes(data[:header], "big") % 65535:
        return None
    message = int.from_bytes(data[header:total], "big")
    if total - header & 1:
        message <<= 8
    if message % 65535:
        return None
    kind, code, _, ident2, seq = _ECHO.unpack_from(data, header)
    return Echo(tos, ident, flags, ttl, protocol, src, dst, kind, code, ident2, seq,
                data[header + 8 : total])  # fmt: skip  # one line a layer


def hand_encode_echo(packet: Echo) -> bytes:
    """Its octets."""
    data = packet.data
    head = _ECHO.pack(packet.type, packet.code, 0, packet.id, packet.seq)
    number = int.from_bytes(head + data, "big")
    if len(data) & 1:
        number <<= 8
    echo = _ECHO.pack(packet.type, packet.code, -number % 65535, packet.id, packet.seq)
    total = 28 + len(data)
    head = _IP.pack(0x45, packet.tos, total, packet.ident, packet.flags, packet.ttl,
                    packet.protocol, 0, packet.src, packet.dst)  # fmt: skip  # one line a layer
    value = -int.from_bytes(head, "big") % 65535
    return _IP.pack(0x45, packet.tos, total, packet.ident, packet.flags, packet.ttl,
                    packet.protocol, value, packet.src, packet.dst) + echo + data  # fmt: skip


def arp_ratios() -> dict[str, float]:
    """`decode` and `encode` of an ARP packet: ours against hand-written, and dpkt against ours."""
    import dpkt

    codec = load("arp.packet", "arp/packet.yaml")
    sha, spa, tha, tpa = ARP_PACKET[8:14], ARP_PACKET[14:18], ARP_PACKET[18:24], ARP_PACKET[24:]

    def encode_ours() -> bytes:
        return codec.encode(codec.make(hrd=1, pro=0x0800, op=1, sha=sha, spa=spa, tha=tha, tpa=tpa))

    def encode_hand() -> bytes:
        return hand_encode_arp(Arp(1, 0x0800, 6, 4, 1, sha, spa, tha, tpa))

    def encode_peer() -> Any:
        return bytes(dpkt.arp.ARP(op=1, sha=sha, spa=spa, tha=tha, tpa=tpa))

    if {encode_ours(), encode_hand(), encode_peer()} != {ARP_PACKET}:
        raise ValueError("the rivals disagree")
    decode = best(
        {
            "ours": lambda: codec.decode(ARP_PACKET),
            "hand": lambda: hand_decode_arp(ARP_PACKET),
            "dpkt": lambda: dpkt.arp.ARP(ARP_PACKET),
        }
    )
    encode = best(
        {
            "ours": encode_ours,
            "hand": encode_hand,
            "dpkt": encode_peer,
        }
    )
    return _ratios(decode, encode)


def echo_ratios(payload: bytes = PAYLOAD) -> dict[str, float]:
    """The same of an IPv4 datagram with an ICMP echo request."""
    import dpkt

    ip: Any = load("ipv4.header", "ipv4/header.yaml")
    icmp: Any = load("icmp.message", "icmp/message.yaml")
    hand = Echo(0, 7, 0x4000, 64, 1, SRC, DST, 8, 0, 77, 1, payload)
    octets = hand_encode_echo(hand)

    def decode_both() -> Any:
        return icmp.decode(ip.decode(octets).payload)

    def parse_both() -> Any:
        return icmp.decode(ip.decode(octets, checked=True).payload, checked=True)

    def decode_peer() -> Any:
        datagram = dpkt.ip.IP(octets)
        if dpkt.dpkt.in_cksum(octets[:20]) or dpkt.dpkt.in_cksum(octets[20:]):
            return None
        return datagram

    def encode_made() -> Any:
        return ip.encode(
            ip.make(id=7, DF=True, ttl=64, protocol=1, src=SRC, dst=DST,
                    payload=icmp.encode(icmp.make(type=8, id=77, seq=1, payload=payload)))
        )  # fmt: skip  # one line a layer

    def encode_peer() -> Any:
        datagram = dpkt.ip.IP(
            id=7, df=1, ttl=64, p=1, src=b"\xc0\x00\x02\x01", dst=b"\xc0\x00\x02\x02",
            data=dpkt.icmp.ICMP(type=8, data=dpkt.icmp.ICMP.Echo(id=77, seq=1, data=payload)),
        )  # fmt: skip  # one line a layer
        return bytes(datagram)

    def encode_hand() -> bytes:
        return hand_encode_echo(Echo(0, 7, 0x4000, 64, 1, SRC, DST, 8, 0, 77, 1, payload))

    if len({encode_made(), encode_peer(), encode_hand(), octets}) != 1:
        raise ValueError("the rivals disagree")
    decode = best(
        {
            "ours": decode_both,
            "hand": lambda: hand_decode_echo(octets),
            "dpkt": decode_peer,
            "our_parse": parse_both,
            "dpkt_parse": lambda: dpkt.ip.IP(octets),
        }
    )
    encode = best({"ours": encode_made, "hand": encode_hand, "dpkt": encode_peer})
    unverified = decode["dpkt_parse"] / decode["our_parse"]
    return {**_ratios(decode, encode), "dpkt_to_parse": unverified}


def _ratios(decode: Mapping[str, float], encode: Mapping[str, float]) -> dict[str, float]:
    return {
        "decode_to_hand": decode["ours"] / decode["hand"],
        "encode_to_hand": encode["ours"] / encode["hand"],
        "dpkt_to_decode": decode["dpkt"] / decode["ours"],
        "dpkt_to_encode": encode["dpkt"] / encode["ours"],
        "decode_us": decode["ours"] * 1e6,
        "encode_us": encode["ours"] * 1e6,
    }


def main() -> None:
    """Print both tables."""
    for title, ratios in (("ARP", arp_ratios()), ("IPv4 + ICMP echo", echo_ratios())):
        print(title)
        for name, value in ratios.items():
            print(f"  {name:16} {value:6.2f}")


if __name__ == "__main__":
    main()
