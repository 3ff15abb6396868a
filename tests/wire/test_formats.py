"""Wrong format files get findings with line and column; right ones say what they hold."""

from __future__ import annotations

import pytest

from netfsm.wire.refusal import Refusal
from tests.wire.samples import codec, decoded, layout_of, sample

OCTET = "fields: {a: {bits: 8}}\n"
WHOLE = "{bits: 8, counts: whole}"
SUM = "{bits: 16, checksum: {over: whole}}"
TAGGED = "fields: {a: {bits: 8}}\nvariants:\n  by: a\n"
OCTETS = "fields: {v: {bits: 8}}"
KIND = "  kind: {bits: 8}\n  length: {bits: 8, counts: whole}\n"
LISTED = f"{OCTET}options:\n{KIND}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fields:\n  a: {says: nothing}\n", "2:6 FORMAT-WIDTH"),
        ("fields:\n  a: {bits: 8, bytes: 3}\n", "2:7 FORMAT-WIDTH"),
        ("fields:\n  a: {bits: 8, enum: {X: 1}, seq: snd}\n", "2:30 FORMAT-WIDTH"),
        ("fields:\n  a: {bits: 2, flags: [X, Y, Z]}\n", "2:16 FORMAT-WIDTH"),
        ("fields:\n  a: {type: mac, bits: 48}\n", "2:7 UNKNOWN-NAME"),
        ("fields:\n  a: {bits: 129}\n", "2:13 OUT-OF-BOUNDS"),
        ("fields:\n  a: {bits: 8, type: Nothing}\n", "2:16 UNKNOWN-NAME"),
        ("fields:\n  a: {bits: 4}\n  b: {bytes: 2}\n", "3:3 FORMAT-ALIGN"),
        ("fields:\n  a: {bits: 7}\n", "2:3 FORMAT-ALIGN"),
        ("fields:\n  a: {bits: 8, counts: b}\n", "2:3 FORMAT-COUNTS"),
        ("fields:\n  a: {bits: 8, counts: payload}\n", "2:3 FORMAT-COUNTS"),
        ("fields:\n  a: {bits: 8, counts: b}\n  b: {bytes: 4}\n", "2:3 FORMAT-COUNTS"),
        (f"fields:\n  a: {WHOLE}\n  b: {WHOLE}\n", "3:3 FORMAT-COUNTS"),
        ("fields:\n  b: {bytes: 2}\n  a: {bits: 8, counts: whole}\n", "3:3 FORMAT-COUNTS"),
        ("fields:\n  b: {bytes: rest}\n  a: {bits: 8}\n", "2:3 FORMAT-COUNTS"),
        ("fields:\n  b: {bytes: rest}\npayload: data\n", "2:3 FORMAT-COUNTS"),
        ("fields:\n  a: {bytes: b}\n  b: {bits: 8}\n", "2:14 UNKNOWN-NAME"),
        (OCTET + "usual: {a: 6}\n", "2:9 FORMAT-COUNTS"),
        ("fields:\n  a: {bits: 8, checksum: {over: whole}}\n", "2:3 FORMAT-CHECKSUM"),
        (f"fields:\n  b: {{bits: 8}}\n  a: {SUM}\n  c: {{bits: 8}}\n", "3:3 FORMAT-CHECKSUM"),
        ("fields:\n  a: {bits: 16, checksum: {over: all}}\n", "2:34 UNKNOWN-WORD"),
        ("fields:\n  a: {bits: 4, const: 16}\n  b: {bits: 4}\n", "2:23 FORMAT-VALUE"),
        ("fields:\n  a: {bits: 8, enum: {X: 1}, default: Y}\n", "2:39 FORMAT-VALUE"),
        ("fields:\n  a: {bits: 8, enum: {X: 1, Y: 1}}\n", "2:32 FORMAT-VALUE"),
        ("fields:\n  a: {bits: 8, enum: {X: 256}}\n", "2:26 OUT-OF-BOUNDS"),
        ("fields:\n  a: {bits: 8, flags: [X], min: 1}\n", "2:28 FORMAT-VALUE"),
        ("fields:\n  a: {bits: 8, const: 1, reserved: true}\n", "2:16 FORMAT-ROLE"),
        ("fields:\n  a: {bits: 8, const: 1, drop: Bad-One}\n", "2:26 FORMAT-REASON"),
        ("fields:\n  a b: {bits: 8}\n", "2:3 BAD-NAME"),
        ("fields:\n  in: {bits: 8}\n", "2:3 BAD-NAME"),
        ("fields:\n  payload: {bits: 8}\n", "2:3 BAD-NAME"),
        ("fields:\n  a: {bits: 8, bit: 3}\n", "2:16 UNKNOWN-KEY"),
        (OCTET + "variants:\n  by: b\n  of: {x: {when: 1}}\n", "3:7 UNKNOWN-NAME"),
        (TAGGED + "  of: {x: {when: 256}}\n", "4:18 FORMAT-VALUE"),
        (TAGGED + "  of: {x: {when: 1}, y: {when: [2, 1]}}\n", "4:36 FORMAT-VALUE"),
        (TAGGED + "  of: {x: {when: else}, y: {when: 1}}\n", "4:25 FORMAT-VALUE"),
        (TAGGED + "  of: {x: {when: 1, fields: {a: {bits: 8}}}}\n", "4:30 DUPLICATE-NAME"),
        (LISTED + "  end: 0\n  of: {x: {kind: 0}}\n", "6:12 FORMAT-OPTION"),
        (LISTED + "  of: {x: {kind: 1}, y: {kind: 1}}\n", "5:26 FORMAT-OPTION"),
        (LISTED + "  align: 4\n", "5:3 FORMAT-OPTION"),
        (LISTED + "  of: {x: {kind: 1, fields: {v: {bytes: 2}}}}\n", "5:30 FORMAT-OPTION"),
        (OCTET + f"options:\n  kind: {{bits: 9}}\n  length: {WHOLE}\n", "3:10 FORMAT-WIDTH"),
        (OCTET + "valid:\n  - {holds: b > 1, drop: bad, ref: RFC 791 §3}\n", "3:13 UNKNOWN-NAME"),
        (OCTET + "valid:\n  - {holds: a + 1, drop: bad, ref: RFC 791 §3}\n", "3:13 TYPE"),
        (OCTET + "derive: {a: a + 1}\n", "2:10 DUPLICATE-NAME"),
        (OCTET + "derive: {b: len(header)}\n", "2:17 UNKNOWN-NAME"),
    ],
)  # fmt: skip  # a line a fault
def test_a_fault_is_told_where_it_stands(text: str, expected: str) -> None:
    """One finding, at the line and column of what is wrong (lines count from below the head)."""
    _, found = layout_of(text)
    assert [expected] == found


MARKS = ("2:6", "3:23", "4:16", "5:1")


def test_all_faults_of_a_file_are_told_at_once() -> None:
    """Reading goes on behind the first fault."""
    text = "fields:\n  a: {}\n  b: {bits: 4, const: 99}\n  c: {bits: 4, drop: No}\nwrong: 1\n"
    _, found = layout_of(text)
    assert [
        "2:6 FORMAT-WIDTH",
        "3:23 FORMAT-VALUE",
        "4:16 FORMAT-REASON",
        "5:1 UNKNOWN-KEY",
    ] == found


def test_message_fields_have_the_types_of_the_wire() -> None:
    """A segment's numbers come in the receiver's spaces and leave in the sender's."""
    layout = codec("tcp.segment").format
    received = {field.name: str(field.type) for field in layout.message_fields}
    sent = {field.name: str(field.type) for field in layout.settable}
    assert ("rcv", "snd") == (received["SEQ"], received["ACK"])
    assert ("snd", "rcv") == (sent["SEQ"], sent["ACK"])
    assert "nat 65537" == received["LEN"]
    assert ("bool", "nat 65535") == (received["mss.present"], received["mss.value"])
    assert "nat 4" == received["sack.count"]
    assert {"SPORT", "DPORT", "SEQ", "CTL"} == layout.required
    assert not {"DOFF", "checksum", "RSRVD", "LEN", "SYN"} & set(sent)


def test_arp_is_told_without_its_lengths() -> None:
    """The lengths are those of the addresses, so a machine neither sees nor sets them."""
    layout = codec("arp.packet").format
    names = [field.name for field in layout.message_fields]
    assert ["hrd", "pro", "op", "sha", "spa", "tha", "tpa"] == names
    assert set(names) == layout.required
    assert ("truncated",) == layout.reasons


def test_a_packet_tells_the_length_of_its_payload() -> None:
    """A machine reads `len` from the packet as it reads any field."""
    packet = sample(OCTET + "payload: text\n").decode(b"\x07abc")
    assert 3 == getattr(packet, "len")  # noqa: B009  # the class is made from the format


def test_derived_names_are_computed_from_the_packet() -> None:
    """`SEG.LEN` counts SYN and FIN (RFC 9293 §3.4)."""
    tcp = codec("tcp.segment")
    packet = tcp.make(SPORT=1, DPORT=2, SEQ=3, CTL=3, payload=b"text")
    assert (True, True, False, 6) == (packet.SYN, packet.FIN, packet.RST, packet.LEN)


@pytest.mark.parametrize(
    ("rule", "expected"), [("first", (1, 1)), ("last", (2, 1)), ("malformed", "bad_options")]
)
def test_duplicates_follow_their_rule(rule: str, expected: object) -> None:
    """Two of one option: the first counts, the last, or the packet is refused."""
    text = f"options:\n{KIND}  of:\n    x: {{kind: 5, {OCTETS}, duplicates: {rule}}}\n"
    found = sample(OCTET + text).decode(bytes.fromhex("07 050301 050302"))
    if isinstance(found, Refusal):
        assert expected == found.reason
    else:
        assert expected == (found.options.x_v, len(found.options.unknown) + 1)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("07 0500", "bad_options"),
        ("07 0501", "bad_options"),
        ("07 05", "bad_options"),
        ("07 0504 11", "bad_options"),
        ("07 0502", "bad_options"),
        ("07 09ff", "bad_options"),
        ("07 0903 aa 050311", (0x11, ((9, b"\xaa"),))),
        ("07 01 01 050322 00 0500", (0x22, ())),
    ],
)
def test_lengths_of_options_that_lie(octets: str, expected: object) -> None:
    """A length below its own head, beyond the list or not the option's is refused."""
    text = f"options:\n{KIND}  end: 0\n  padding: 1\n  of: {{x: {{kind: 5, {OCTETS}}}}}\n"
    found = sample(OCTET + text).decode(bytes.fromhex(octets))
    if isinstance(found, Refusal):
        assert expected == found.reason
    else:
        assert expected == (found.options.x_v, found.options.unknown)


def test_reasons_come_in_the_order_of_the_checks() -> None:
    """Of several faults the first in the documented order is told."""
    ip = codec("ipv4.header")
    good = ip.encode(ip.make(ttl=1, protocol=1, src=1, dst=2, payload=b"12345678"))
    wrong = bytearray(good)
    wrong[10] ^= 1
    assert "bad_checksum" == ip.decode(bytes(wrong)).reason
    wrong[2:4] = b"\x00\x13"
    assert "bad_total_length" == ip.decode(bytes(wrong)).reason
    wrong[0] = 0x44
    assert "bad_header_length" == ip.decode(bytes(wrong)).reason
    wrong[0] = 0x64
    assert "bad_version" == ip.decode(bytes(wrong)).reason
    assert "truncated" == ip.decode(bytes(wrong[:19])).reason


def test_a_fragment_beyond_the_largest_datagram_is_refused() -> None:
    """The ping of death, and a middle fragment of odd size (RFC 791 §3.2)."""
    ip = codec("ipv4.header")
    beyond = ip.make(offset=8191, ttl=1, protocol=1, src=1, dst=2, payload=bytes(100))
    assert "bad_fragment" == ip.decode(ip.encode(beyond)).reason
    odd = ip.make(MF=True, ttl=1, protocol=1, src=1, dst=2, payload=bytes(7))
    assert "bad_fragment" == ip.decode(ip.encode(odd)).reason


def test_padding_of_the_link_is_left_alone() -> None:
    """Octets behind a total length are no payload."""
    ip = codec("ipv4.header")
    octets = ip.encode(ip.make(ttl=1, protocol=1, src=1, dst=2, payload=b"data"))
    assert b"data" == decoded("ipv4.header", octets + bytes(22)).payload


def test_a_traceback_shows_the_generated_line() -> None:
    """The source is in linecache under the codec's file name."""
    import linecache

    arp = codec("arp.packet")
    assert arp.source == "".join(linecache.getlines(arp.filename))
    assert "def decode(data" in arp.source
