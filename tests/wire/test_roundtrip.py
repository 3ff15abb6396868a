"""What is encoded decodes to itself, for every format."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netfsm.wire.checksum import pseudo_sum
from netfsm.wire.malformed import malformed
from netfsm.wire.refusal import EncodeError, Refusal
from netfsm.wire.strategies import boundary, packets
from tests.wire.samples import NAMES, codec


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_encoded_packets_decode_to_themselves(name: str, data: st.DataObject) -> None:
    """A packet is what its octets decode to, whatever kind of buffer they lie in."""
    format_codec = codec(name)
    packet = data.draw(packets(format_codec))
    octets = format_codec.encode(packet)
    assert packet == format_codec.decode(octets)
    assert packet == format_codec.decode(memoryview(octets))
    assert packet == format_codec.decode(bytearray(octets))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data(), front=st.binary(max_size=5))
@settings(max_examples=60, deadline=None)
def test_decoded_octets_encode_to_themselves(name: str, data: st.DataObject, front: bytes) -> None:
    """Octets in the encoder's own order come back, wherever in a buffer they stand."""
    format_codec = codec(name)
    octets = format_codec.encode(data.draw(packets(format_codec)))
    end = len(front) + len(octets)
    found = format_codec.decode(front + octets, len(front), end)
    assert octets == format_codec.encode(found)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_encoding_in_place_writes_the_same_octets(name: str, data: st.DataObject) -> None:
    """A header written below its payload gives what `encode` gives, and touches nothing else."""
    format_codec = codec(name)
    packet = data.draw(packets(format_codec))
    octets = format_codec.encode(packet)
    payload = bytes(getattr(packet, "payload", b""))
    fields = {k: v for k, v in packet._asdict().items() if k != "payload"}
    end = 3 + len(octets)
    buffer = bytearray(b"\xee" * (end + 4))
    buffer[end - len(payload) : end] = payload
    format_codec.encode_into(memoryview(buffer), 3, end, **fields)
    assert b"\xee" * 3 + octets + b"\xee" * 4 == bytes(buffer)


@pytest.mark.parametrize("name", NAMES)
def test_boundary_packets_decode_to_themselves(name: str) -> None:
    """Each field at its least and greatest value survives."""
    format_codec = codec(name)
    found = boundary(format_codec)
    assert len(found) > 3
    for packet in found:
        assert packet == format_codec.decode(format_codec.encode(packet))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_malformed_octets_are_refused_for_the_reason(name: str, data: st.DataObject) -> None:
    """Each fault gets its own reason, one of those that the format lists."""
    format_codec = codec(name)
    fault = data.draw(malformed(format_codec))
    found = format_codec.decode(fault.octets)
    assert Refusal(name, fault.reason) == found
    assert fault.reason in format_codec.format.reasons


@pytest.mark.parametrize("name", NAMES)
@given(octets=st.binary(max_size=120), pseudo=st.integers(0, 1 << 64), checked=st.booleans())
@settings(max_examples=300, deadline=None)
def test_random_octets_never_raise(name: str, octets: bytes, pseudo: int, checked: bool) -> None:
    """Anything at all decodes or is refused for a reason that the format lists."""
    format_codec = codec(name)
    found = format_codec.decode(octets, 0, None, pseudo, checked)
    if isinstance(found, Refusal):
        assert found.reason in format_codec.format.reasons
    else:
        assert found == format_codec.decode(memoryview(octets), 0, None, pseudo, checked)
        assert len(format_codec.format.message_fields) == len(format_codec.message(found))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_mutated_packets_never_raise(name: str, data: st.DataObject) -> None:
    """A valid packet with octets changed, cut or doubled decodes or is refused by name."""
    format_codec = codec(name)
    octets = bytearray(format_codec.encode(data.draw(packets(format_codec))))
    for _ in range(data.draw(st.integers(1, 4))):
        if octets:
            octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(octets)))
    for wrong in (octets, octets[:cut], octets + octets[cut:]):
        found = format_codec.decode(bytes(wrong), checked=True)
        if isinstance(found, Refusal):
            assert found.reason in format_codec.format.reasons


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_message_follows_message_fields(name: str, data: st.DataObject) -> None:
    """Parameters come in the order and with the types that the format tells machines."""
    format_codec = codec(name)
    packet = data.draw(packets(format_codec))
    values = format_codec.message(packet)
    fields = format_codec.format.message_fields
    told = {field.name: value for field, value in zip(fields, values, strict=True)}
    for name_, value in told.items():
        owner, _, part = name_.partition(".")
        if part:
            assert getattr(packet.options, f"{owner}_{part}") == value
        elif name_ != "len":
            assert getattr(packet, name_) == value
    if "len" in told:
        assert len(packet.payload) == told["len"]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_emissions_build_packets(name: str, data: st.DataObject) -> None:
    """`build` takes the names of an output, and gives the packet that they say."""
    format_codec = codec(name)
    packet = data.draw(packets(format_codec))
    values = format_codec.message(packet)
    settable = [field.name for field in format_codec.format.settable]
    said = dict(zip(settable, values, strict=False))
    built = format_codec.build(said, getattr(packet, "payload", b""))
    if format_codec.options is not None:
        built = built._replace(options=built.options._replace(unknown=packet.options.unknown))
    assert packet == built


@pytest.mark.parametrize("name", ["udp.datagram", "tcp.segment"])
@given(data=st.data(), src=st.integers(0, (1 << 128) - 1), dst=st.integers(0, (1 << 32) - 1))
@settings(max_examples=60, deadline=None)
def test_pseudo_headers_are_summed(name: str, data: st.DataObject, src: int, dst: int) -> None:
    """Addresses are part of the checksum: other addresses, another sum."""
    format_codec = codec(name)
    packet = data.draw(packets(format_codec))
    octets = format_codec.encode(packet, src + dst)
    assert packet == format_codec.decode(octets, pseudo=src + dst)
    assert pseudo_sum(src, dst, 0, 0) == src + dst
    if not name.startswith("udp") or octets[6:8] != b"\x00\x00":
        assert Refusal(name, "bad_checksum") == format_codec.decode(octets, pseudo=src + dst + 1)


@pytest.mark.parametrize("name", NAMES)
def test_values_that_do_not_fit_are_refused(name: str) -> None:
    """A number one too large, or octets of a wrong length, raise EncodeError and nothing else."""
    format_codec = codec(name)
    base = boundary(format_codec)[0]
    for wire in format_codec.format.fields:
        if not wire.visible or str(wire.type) == "bool":
            continue
        wrong: object = bytes(7) if str(wire.type) == "mac" else 1 << wire.bits
        if not wire.bits:
            wrong = bytes(600)
        with pytest.raises(EncodeError, match=name):
            format_codec.encode(base._replace(**{wire.name: wrong}))
