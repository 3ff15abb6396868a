"""Frames in the field's words, made by the formats and bindings of the specs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netfsm.sim import Labeller
from netfsm.spec import load_spec
from netfsm.spec.model import Layer
from tests.stack.bench import OUR_MAC, OURS, PEER, arp, echo, ethernet, ipv4


def layers(*names: str) -> list[Layer]:
    """The specs of layers."""
    specs = [load_spec(name) for name in names]
    return [spec for spec in specs if isinstance(spec, Layer)]


def labeller(*names: str) -> Labeller:
    """Names frames by the layers of these names."""
    return Labeller(layers(*names))


ALL = labeller("ethernet", "arp", "raw", "ipv4", "icmp")


def icmp(kind: int, code: int = 0) -> bytes:
    """An ICMP message with a sum that is right, in a frame."""
    body = bytes([kind, code, 0, 0, 0, 0, 0, 0])
    total = (int.from_bytes(body[:2]) ^ 0xFFFF).to_bytes(2)
    return ethernet(0x0800, ipv4(body[:2] + total + body[4:]))


STRANGE = ethernet(0x0800, ipv4(b"abc", protocol=99))


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (arp(1), "ARP who has 192.0.2.1? tell 192.0.2.9"),
        (arp(1, "0.0.0.0"), "ARP probe 192.0.2.1"),
        (arp(1, PEER, PEER), "ARP announcement 192.0.2.9"),
        (arp(2), "ARP 192.0.2.9 is at 02:00:00:00:00:09"),
        (echo(5), "ICMP echo request id=1 seq=5"),
        (icmp(0), "ICMP echo reply id=0 seq=0"),
        (icmp(3, 1), "ICMP destination unreachable code=1"),
        (icmp(200), "ICMP 200 code=0"),
        (STRANGE, "IPv4 192.0.2.9 > 192.0.2.1 protocol=99 3 octets"),
        (ethernet(0x86DD, bytes(46)), "Ethernet type=0x86dd 46 octets"),
        (arp(1)[:20], "arp truncated"),
        (echo()[:25], "ipv4 truncated"),
        (echo()[:-1] + b"\1", "icmp bad checksum"),
        (b"", "ethernet truncated"),
    ],
)
def test_frames_have_short_names(frame: bytes, expected: str) -> None:
    """The innermost packet is named; what a format refuses is named with the reason."""
    assert expected == ALL.label(frame, 1)


def test_links_without_addresses_are_named_too() -> None:
    """On a bare IP link the first octet tells the version."""
    assert "ICMP echo request id=1 seq=5" == ALL.label(echo(5)[14:], 65534)
    assert "3 octets" == ALL.label(b"abc", 65534)
    assert "5 octets" == ALL.label(b"hello", 99)


def test_only_what_the_layers_know_is_told() -> None:
    """Without ICMP the datagram is named, without IPv4 the frame."""
    assert f"IPv4 {PEER} > {OURS} protocol=1 64 octets" == labeller("ethernet", "ipv4").label(
        echo(), 1
    )
    assert "Ethernet type=0x0800 84 octets" == labeller("ethernet").label(echo(), 1)


def test_a_format_without_words_tells_its_fields() -> None:
    """The format's name and its first fields, as a person writes them."""
    plain = Labeller(layers("ethernet", "arp"), words={})
    assert plain.label(arp(1), 1).startswith("arp.packet hrd=1 pro=2048 op=REQUEST")


@settings(deadline=None)
@given(st.binary(max_size=120), st.sampled_from([1, 772, 65534, 3]), st.booleans())
def test_no_octets_break_it(octets: bytes, link_type: int, to_us: bool) -> None:
    """Whatever stands in a frame, its label is one line."""
    frame = ethernet(0x0800, octets, OUR_MAC) if to_us else octets
    assert 1 == len(ALL.label(frame, link_type).splitlines())
