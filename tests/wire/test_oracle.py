"""Scapy as an independent oracle, both ways: its octets decode to its values, ours to ours."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netfsm.wire.refusal import Refusal
from netfsm.wire.strategies import packets
from tests.wire.samples import codec, decoded

scapy = pytest.importorskip("scapy.all", reason="scapy is the oracle: pip install scapy")

macs = st.binary(min_size=6, max_size=6)
addresses = st.integers(0, (1 << 32) - 1)
ports = st.integers(0, 65535)
payloads = st.binary(max_size=50)


def mac(octets: bytes) -> str:
    """A MAC address as scapy writes it."""
    return octets.hex(":")


def ipv4(number: int) -> str:
    """An IPv4 address as scapy writes it."""
    return ".".join(str(octet) for octet in number.to_bytes(4, "big"))


@given(macs, macs, ports, payloads)
def test_ethernet_from_scapy(dst: bytes, src: bytes, type_: int, payload: bytes) -> None:
    """Scapy's frame has our fields."""
    frame = bytes(scapy.Ether(dst=mac(dst), src=mac(src), type=type_) / scapy.Raw(payload))
    assert (dst, src, type_, payload) == codec("ethernet.frame").decode(frame)


@given(packets(codec("ethernet.frame")))
def test_ethernet_to_scapy(packet: Any) -> None:
    """Our frame has scapy's fields."""
    found = scapy.Ether(codec("ethernet.frame").encode(packet))
    if isinstance(found, scapy.Ether):  # below 0x0600 scapy reads another frame, IEEE 802.3
        assert (mac(packet.dst), mac(packet.src)) == (found.dst, found.src)
        assert packet.type == found.type
    else:
        assert packet.type <= 1500
        assert packet.type == found.len


@given(macs, addresses, macs, addresses, st.integers(0, 65535))
def test_arp_both_ways(sha: bytes, spa: int, tha: bytes, tpa: int, op: int) -> None:
    """A packet for Ethernet and IPv4 is the same octets in both."""
    theirs = scapy.ARP(op=op, hwsrc=mac(sha), psrc=ipv4(spa), hwdst=mac(tha), pdst=ipv4(tpa))
    packet = decoded("arp.packet", bytes(theirs))
    found = (packet.hrd, packet.pro, packet.op, packet.sha, packet.tha)
    assert (1, 0x0800, op, sha, tha) == found
    assert (spa, tpa) == (int.from_bytes(packet.spa, "big"), int.from_bytes(packet.tpa, "big"))
    assert bytes(theirs) == codec("arp.packet").encode(packet)


def scapy_ip_options(draw: st.DrawFn) -> list[Any]:
    """Options as scapy makes them."""
    routers = st.lists(addresses.map(ipv4), min_size=1, max_size=2)
    makers = st.sampled_from([
        lambda: scapy.IPOption_RR(routers=draw(routers), pointer=4),
        lambda: scapy.IPOption_LSRR(routers=draw(routers), pointer=4),
        lambda: scapy.IPOption_Router_Alert(alert=draw(st.integers(0, 65535))),
        scapy.IPOption_NOP,
        lambda: scapy.IPOption_Stream_Id(security=draw(st.integers(0, 65535))),
    ])  # fmt: skip  # a list of makers
    chosen = draw(st.lists(makers, max_size=3, unique=True))
    return [make() for make in chosen]


@st.composite
def scapy_datagrams(draw: st.DrawFn) -> Any:
    """IPv4 datagrams of scapy's, with options."""
    return scapy.IP(
        tos=draw(st.integers(0, 255)),
        id=draw(ports),
        flags=draw(st.sampled_from(["", "DF"])),
        ttl=draw(st.integers(0, 255)),
        proto=253,
        src=ipv4(draw(addresses)),
        dst=ipv4(draw(addresses)),
        options=scapy_ip_options(draw),
    ) / scapy.Raw(draw(payloads))


@given(scapy_datagrams())
@settings(deadline=None)
def test_ipv4_from_scapy(theirs: Any) -> None:
    """Scapy's datagram, options and all, decodes to its values, and its checksum holds."""
    octets = bytes(theirs)
    packet = codec("ipv4.header").decode(octets)
    assert not isinstance(packet, Refusal)
    assert (theirs.tos, theirs.id) == (packet.tos, packet.id)
    assert (theirs.ttl, 253) == (packet.ttl, packet.protocol)
    assert (theirs.src, theirs.dst) == (ipv4(packet.src), ipv4(packet.dst))
    assert ("DF" in theirs.flags) == packet.DF
    assert bytes(theirs.payload) == packet.payload
    for option in theirs.options:
        if isinstance(option, scapy.IPOption_RR) and option.option == 7:
            assert packet.options.record_route_present
            routers = b"".join(scapy.inet_aton(r) for r in option.routers)
            assert routers == packet.options.record_route_route
        if isinstance(option, scapy.IPOption_Router_Alert):
            assert option.alert == packet.options.router_alert_value
        if isinstance(option, scapy.IPOption_Stream_Id):
            assert option.security == packet.options.stream_id


@given(packets(codec("ipv4.header")))
@settings(deadline=None)
def test_ipv4_to_scapy(packet: Any) -> None:
    """Our datagram's header is scapy's: lengths and checksum as it computes them."""
    octets = codec("ipv4.header").encode(packet)
    found = scapy.IP(octets)
    assert (packet.tos, packet.id, packet.ttl) == (found.tos, found.id, found.ttl)
    assert (packet.offset, packet.protocol) == (found.frag, found.proto)
    assert (ipv4(packet.src), ipv4(packet.dst)) == (found.src, found.dst)
    assert (packet.DF, packet.MF) == (bool(found.flags.DF), bool(found.flags.MF))
    assert len(octets) == found.len
    head = bytearray(octets[: found.ihl * 4])
    head[10:12] = b"\x00\x00"
    assert scapy.checksum(bytes(head)) % 0xFFFF == found.chksum % 0xFFFF


@given(st.sampled_from([0, 8]), ports, ports, payloads)
def test_icmp_echo_both_ways(type_: int, id_: int, seq: int, payload: bytes) -> None:
    """An echo is the same octets in both, its checksum too."""
    theirs = bytes(scapy.ICMP(type=type_, id=id_, seq=seq) / scapy.Raw(payload))
    packet = codec("icmp.message").decode(theirs)
    assert not isinstance(packet, Refusal)
    assert (type_, 0, id_, seq, payload) == (*packet[:4], packet.payload)
    assert theirs == codec("icmp.message").encode(packet)


@pytest.mark.parametrize(
    ("fields", "attribute", "value"),
    [
        ({"type": 3, "code": 4, "nexthopmtu": 1400}, "mtu", 1400),
        ({"type": 5, "code": 1, "gw": "192.0.2.9"}, "gateway", 0xC0000209),
        ({"type": 12, "ptr": 20}, "pointer", 20),
        ({"type": 11, "code": 1}, "code", 1),
        ({"type": 4}, "type", 4),
    ],
)
def test_icmp_errors_from_scapy(fields: dict[str, Any], attribute: str, value: int) -> None:
    """The word behind the checksum is read by type."""
    quoted = scapy.IP(src="192.0.2.1", dst="192.0.2.2") / scapy.UDP(sport=1, dport=2)
    octets = bytes(scapy.ICMP(**fields) / quoted)
    packet = decoded("icmp.message", octets)
    assert value == getattr(packet, attribute)
    assert bytes(quoted) == packet.payload


@given(ports, ports, payloads, addresses, addresses)
def test_udp_from_scapy(sport: int, dport: int, payload: bytes, src: int, dst: int) -> None:
    """Scapy's datagram, with the sum over its pseudo-header."""
    outer = scapy.IP(src=ipv4(src), dst=ipv4(dst)) / scapy.UDP(sport=sport, dport=dport)
    octets = bytes(outer / scapy.Raw(payload))[20:]
    assert (sport, dport, payload) == codec("udp.datagram").decode(octets, pseudo=src + dst)
    ours = codec("udp.datagram").make(sport=sport, dport=dport, payload=payload)
    assert octets == codec("udp.datagram").encode(ours, src + dst)


def test_udp_without_a_checksum() -> None:
    """Zero on the wire means that the sender made none (RFC 768)."""
    octets = bytes.fromhex("0001 0002 000a 0000 6869")
    assert (1, 2, b"hi") == codec("udp.datagram").decode(octets, pseudo=12345)


@st.composite
def scapy_segments(draw: st.DrawFn) -> Any:
    """TCP segments of scapy's, with options."""
    words = st.integers(0, (1 << 32) - 1)
    blocks = draw(st.lists(st.tuples(words, words), min_size=1, max_size=3))
    known = [
        ("MSS", draw(ports)),
        ("WScale", draw(st.integers(0, 14))),
        ("SAckOK", b""),
        ("Timestamp", (draw(words), draw(words))),
        ("SAck", tuple(edge for block in blocks for edge in block)),
        ("NOP", None),
    ]
    chosen: list[Any] = []
    room = 40
    for option in draw(st.lists(st.sampled_from(known), max_size=4, unique_by=lambda o: o[0])):
        size = {"MSS": 4, "WScale": 3, "SAckOK": 2, "Timestamp": 10, "NOP": 1}.get(option[0])
        size = 2 + 8 * len(blocks) if size is None else size
        if size <= room:
            chosen.append(option)
            room -= size
    return scapy.TCP(
        sport=draw(ports),
        dport=draw(ports),
        seq=draw(words),
        ack=draw(words),
        flags=draw(st.integers(0, 255)),
        window=draw(ports),
        urgptr=draw(ports),
        options=chosen,
    )


@given(scapy_segments(), payloads, addresses, addresses)
@settings(deadline=None)
def test_tcp_from_scapy(theirs: Any, payload: bytes, src: int, dst: int) -> None:
    """Scapy's segment with its options, and the sum over its pseudo-header."""
    outer = scapy.IP(src=ipv4(src), dst=ipv4(dst)) / theirs / scapy.Raw(payload)
    octets = bytes(outer)[20:]
    packet = codec("tcp.segment").decode(octets, pseudo=src + dst)
    assert not isinstance(packet, Refusal)
    assert (theirs.seq, theirs.ack, int(theirs.flags)) == (packet.SEQ, packet.ACK, packet.CTL)
    assert (theirs.window, theirs.urgptr, payload) == (packet.WND, packet.UP, packet.payload)
    told = dict(theirs.options)
    options = packet.options
    assert told.get("MSS", 0) == options.mss_value
    assert ("MSS" in told) == options.mss_present
    assert told.get("WScale", 0) == options.window_scale_value
    assert ("SAckOK" in told) == options.sack_permitted_present
    assert told.get("Timestamp", (0, 0)) == (options.timestamps_value, options.timestamps_echo)
    blocks = told.get("SAck", ())
    assert len(blocks) // 2 == options.sack_count
    edges = [f"sack_{side}{number}" for number in (1, 2, 3) for side in ("left", "right")]
    assert list(blocks) == [getattr(options, edge) for edge in edges[: len(blocks)]]


@given(packets(codec("tcp.segment")))
@settings(deadline=None)
def test_tcp_to_scapy(packet: Any) -> None:
    """Our segment has scapy's fields, and the length that it says."""
    found = scapy.TCP(codec("tcp.segment").encode(packet))
    assert (packet.SPORT, packet.DPORT, packet.SEQ) == (found.sport, found.dport, found.seq)
    assert (packet.ACK, packet.CTL, packet.WND) == (found.ack, int(found.flags), found.window)
    assert packet.payload == bytes(found.payload)
    if packet.options.mss_present:
        assert ("MSS", packet.options.mss_value) in found.options
