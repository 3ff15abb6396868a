"""The table and the hex view of a format."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netfsm.wire.hexview import hex_lines, hex_view
from netfsm.wire.places import places, put_bits, take_bits
from netfsm.wire.strategies import packets
from netfsm.wire.table import format_rows, markdown
from tests.wire.samples import NAMES, codec


def test_hex_view_of_an_arp_request() -> None:
    """Octets beside fields, names beside numbers."""
    octets = bytes.fromhex("0001080006040001020000000001c0000201000000000000c0000202")
    lines = hex_view(codec("arp.packet").format, octets).splitlines()
    assert 9 == len(lines)
    assert lines[0].startswith("0000  00 01")
    assert lines[0].endswith("hrd ETHERNET (1)")
    assert lines[1].endswith("pro IPV4 (0x0800)")
    assert lines[4].endswith("op REQUEST (1)")
    assert lines[5].endswith("sha 02:00:00:00:00:01")


def test_hex_view_of_options_and_payload() -> None:
    """Bit fields share a line, options have one each, and padding is told."""
    tcp = codec("tcp.segment")
    made = tcp.options
    assert made is not None
    options = made(
        mss_present=True, mss_value=1460, window_scale_present=True, window_scale_value=7
    )
    packet = tcp.make(SPORT=1, DPORT=2, SEQ=3, CTL=2, options=options, payload=b"hello")
    told = [name for line in hex_lines(tcp.format, tcp.encode(packet)) for name, _ in line.fields]
    assert ["mss", "window_scale", "padding", "payload"] == told[-4:]
    assert "CTL SYN" in hex_view(tcp.format, tcp.encode(packet))


@pytest.mark.parametrize("name", NAMES)
@given(octets=st.binary(max_size=80))
@settings(max_examples=100, deadline=None)
def test_anything_has_a_hex_view(name: str, octets: bytes) -> None:
    """Wrong packets show too, and no octet stands twice."""
    lines = hex_lines(codec(name).format, octets)
    at = 0
    for line in lines:
        assert at <= line.offset
        assert octets[line.offset : line.offset + len(line.octets)] == line.octets
        at = line.offset + len(line.octets)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_places_cover_a_whole_packet(name: str, data: st.DataObject) -> None:
    """Every bit of a valid packet has a place, and the places hold the decoder's values."""
    format_codec = codec(name)
    packet = data.draw(packets(format_codec))
    octets = format_codec.encode(packet)
    at = 0
    for place in places(format_codec.format, octets):
        assert at == place.start
        at += place.bits
        wire = place.field
        if wire is not None and wire.visible and wire.bits and str(wire.type) != "mac":
            assert getattr(packet, wire.name) == take_bits(octets, place)
            changed = bytearray(octets)
            put_bits(changed, place, ~take_bits(octets, place))
            put_bits(changed, place, take_bits(octets, place))
            assert octets == bytes(changed)
    assert 8 * len(octets) == at


@pytest.mark.parametrize("name", NAMES)
def test_table_has_a_row_for_everything(name: str) -> None:
    """Each field, option and the payload stand in the table once."""
    layout = codec(name).format
    rows = format_rows(layout)
    names = [row.name for row in rows]
    for wire in layout.all_fields:
        assert 1 == names.count(wire.name)
    text = markdown(layout)
    for reason in layout.reasons:
        assert f"`{reason}`" in text
    assert len(rows) + 4 == len(text.splitlines())


def test_table_of_ipv4() -> None:
    """Places and words as the RFC draws them."""
    rows = {row.name: row for row in format_rows(codec("ipv4.header").format)}
    version, ihl = rows["version"], rows["ihl"]
    assert ("0", "4 bits", "always 4") == (version.place, version.width, version.holds)
    assert ("0.4", "length of header in units of 4 octets") == (ihl.place, ihl.holds)
    assert "checksum of header" == rows["checksum"].holds
    assert "16" == rows["dst"].place
