"""Requirements of RFC 9293 that no row can show: options, checksums, numbers and addresses."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from socket import inet_aton
from typing import Any

import pytest

from netfsm.layers.tcp.functions import ISN_TICK, initial_number
from netfsm.spec.formats import Format
from netfsm.spec.load import load_spec
from netfsm.stack import Stack
from netfsm.stack.messages import Frame, Output, Report
from netfsm.wire.codec import Codec, compile_format
from netfsm.wire.refusal import Refusal
from tests.stack.bench import (
    LAYERS,
    OURS,
    PEER,
    PEER_MAC,
    arp,
    ethernet,
    frames_of,
    given,
    ipv4,
    ready_stack,
    reports_of,
    take_address,
)

PSEUDO = 0xC0000209 + 0xC0000201
SYN, RST, ACK, URG = 2, 4, 16, 32
FOUR = bytes(range(12))


@cache
def _codec() -> Codec:
    layout = load_spec("tcp.segment")
    assert isinstance(layout, Format)
    return compile_format(layout)


def _segment(
    options: bytes = b"",
    text: bytes = b"",
    *,
    control: int = ACK,
    acknowledged: int = 0,
    number: int = 100,
    urgent: int = 0,
) -> bytes:
    """A segment from port 4000 to 7 whose checksum is right, its options as they are given."""
    head = bytes.fromhex("0fa0 0007") + number.to_bytes(4) + acknowledged.to_bytes(4)
    size = 20 + len(options)
    head += bytes((size // 4 << 4, control)) + b"\xff\xff\0\0" + urgent.to_bytes(2) + options + text
    sum_ = _sum(PSEUDO + 6 + len(head), head)
    return head[:16] + sum_.to_bytes(2) + head[18:]


def _sum(begin: int, octets: bytes) -> int:
    padded = octets + b"\0" * (len(octets) % 2)
    total = begin + sum(int.from_bytes(padded[at : at + 2]) for at in range(0, len(padded), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _decoded(octets: bytes) -> Any:
    return _codec().decode(octets, pseudo=PSEUDO)


def _encoded(**options: Any) -> bytes:
    """A SYN,ACK with `options`, as our side writes it."""
    codec = _codec()
    assert codec.options is not None
    made = codec.make(
        SPORT=7, DPORT=4000, SEQ=1, CTL=SYN | ACK, options=codec.options(**options), payload=b""
    )
    return codec.encode(made, pseudo=PSEUDO)


def _host() -> Stack:
    """A stack that listens on port 7 and knows the peer's address on the link."""
    stack = ready_stack((*LAYERS, "tcp"))
    stack.command("tcp.listen", port=7)
    given(stack, arp(1))
    return stack


def _answer(stack: Stack, segment: bytes, options: bytes = b"") -> Any:
    """The one segment that answers `segment`, sent in a datagram with IP `options`."""
    (frame,) = given(stack, ethernet(0x0800, ipv4(segment, protocol=6, options=options)))
    return _carried(frame)


def _open(stack: Stack, **more: int) -> tuple[int, bytes, bytes]:
    """A connection from port 7 to the peer's 4000: its socket, our SYN, and what answers his."""
    socket = stack.command("tcp.connect", address=PEER, port=4000, local_port=7, **more)
    (syn,) = _segments(stack.step(stack.clock.now)[0])
    answer = _segment(control=SYN | ACK, acknowledged=_carried(syn).SEQ + 1)
    (ack,) = given(stack, ethernet(0x0800, ipv4(answer, protocol=6)))
    return int(str(socket)), syn, ack


def _segments(outputs: Iterable[Output]) -> list[bytes]:
    """Frames that hold IPv4."""
    return [one for one in frames_of(outputs) if one[12:14] == b"\x08\0"]


def _carried(frame: bytes) -> Any:
    """The segment in a frame; a link pads short frames behind it."""
    return _decoded(frame[34 : 14 + int.from_bytes(frame[16:18])])


# ---- checksums


@pytest.mark.requirement("RFC 9293 MUST-2", "RFC 9293 MUST-3")
def test_the_checksum_is_made_and_checked() -> None:
    """What we encode adds up by hand, and any octet that is another is refused."""
    octets = _encoded(mss_present=True, mss_value=1460)
    assert 0 == _sum(PSEUDO + 6 + len(octets), octets)
    for place in range(len(octets)):
        broken = bytearray(octets)
        broken[place] ^= 0x10
        assert isinstance(_decoded(bytes(broken)), Refusal), place


# ---- options


@pytest.mark.requirement("RFC 9293 MUST-4", "RFC 9293 MUST-14")
def test_the_mandatory_options() -> None:
    """End of list, no operation and MSS, in one header."""
    segment = _decoded(_segment(b"\1\1" + b"\2\4\5\xb4" + b"\0\0", control=SYN))
    assert (True, 1460) == (segment.options.mss_present, segment.options.mss_value)


@pytest.mark.requirement("RFC 9293 MUST-5")
@pytest.mark.parametrize("control", [SYN, ACK, SYN | ACK, RST, RST | ACK, ACK | 1])
def test_an_option_in_any_segment(control: int) -> None:
    """Whatever the control bits are, options are read, and text behind them is found."""
    segment = _decoded(_segment(b"\2\4\5\xb4", b"text", control=control))
    assert (1460, b"text") == (segment.options.mss_value, bytes(segment.payload))


@pytest.mark.requirement("RFC 9293 MUST-6", "RFC 9293 MUST-68")
def test_options_that_nobody_knows_are_passed_over() -> None:
    """Kinds 253 and 77, the latter with no value, stand before an MSS that is read still."""
    unknown = b"\xfd\4\xab\xcd" + b"\x4d\2"
    segment = _decoded(_segment(unknown + b"\2\4\5\xb4" + b"\1\1", control=SYN))
    assert 1460 == segment.options.mss_value


@pytest.mark.requirement("RFC 9293 MUST-7")
@pytest.mark.parametrize("length", [0, 1, 5, 255])
def test_an_illegal_length_is_refused(length: int) -> None:
    """A segment with a length too small, or one beyond its header, is dropped and counted."""
    stack = _host()
    segment = _segment(bytes((253, length, 0, 0)), control=SYN)
    assert [] == given(stack, ethernet(0x0800, ipv4(segment, protocol=6)))
    assert 1 == stack.layer("tcp").counters["bad_options"]


@pytest.mark.requirement("RFC 9293 MUST-64")
@pytest.mark.parametrize("before", range(4))
def test_an_option_begins_on_any_octet(before: int) -> None:
    """No operations before an MSS move it off the word boundary."""
    options = b"\1" * before + b"\2\4\5\xb4" + b"\1" * (4 - before)
    assert 1460 == _decoded(_segment(options, control=SYN)).options.mss_value


@pytest.mark.requirement("RFC 9293 MUST-68", "RFC 9293 MUST-69")
def test_what_we_send_has_lengths_and_is_padded_with_zeros() -> None:
    """Every option but no operation brings its length; from the end of the list on all is zero."""
    octets = _encoded(window_scale_present=True, window_scale_value=7, sack_permitted_present=True)
    options = octets[20 : octets[12] >> 4 << 2]
    kinds, place = list[int](), 0
    while place < len(options) and options[place] != 0:
        kinds.append(options[place])
        place += 1 if options[place] == 1 else options[place + 1]
    assert [3, 4] == [kind for kind in kinds if kind != 1]
    assert bytes(len(options) - place) == options[place:]


# ---- initial sequence numbers


@pytest.mark.requirement("RFC 9293 MUST-8")
def test_initial_numbers_follow_a_clock() -> None:
    """The clock ticks every 4 microseconds and comes round after 2**32 ticks."""
    key = bytes(32)
    first = initial_number(0, FOUR, key)
    assert 1000 == (initial_number(1000 * ISN_TICK, FOUR, key) - first) % (1 << 32)
    assert first == initial_number(ISN_TICK << 32, FOUR, key)
    assert 4 == ISN_TICK


@pytest.mark.requirement("RFC 9293 MUST-9", "RFC 9293 SHLD-1")
def test_initial_numbers_are_keyed() -> None:
    """Of 256 neighbouring connections, and of 256 keys, no two begin at the same number."""
    key = bytes(32)
    ports = {initial_number(0, FOUR[:-1] + bytes((last,)), key) for last in range(256)}
    keys = {initial_number(0, FOUR, bytes((first,)) + key[1:]) for first in range(256)}
    assert (256, 256) == (len(ports), len(keys))


# ---- the IP layer


@pytest.mark.requirement("RFC 9293 MUST-50")
def test_ip_options_are_passed_over() -> None:
    """A SYN is answered, whether its datagram has an unknown option, record route or none."""
    unknown, route = b"\x5e\4\0\0", b"\7\7\4\0\0\0\0\0"
    for options in (b"", unknown, route):
        assert SYN | ACK == _answer(_host(), _segment(control=SYN), options).CTL


@pytest.mark.requirement("RFC 9293 MUST-44", "RFC 9293 MUST-45")
def test_the_ip_layer_chooses_our_address() -> None:
    """Of two addresses a SYN leaves from that on the peer's network; so does what follows."""
    stack = _host()
    take_address(stack, "198.51.100.1")
    _, syn, ack = _open(stack)
    assert [inet_aton(OURS)] * 2 == [frame[26:30] for frame in (syn, ack)]


@pytest.mark.requirement("RFC 9293 MUST-67", "RFC 9293 SHLD-6", "RFC 9293 SHLD-5")
def test_the_mss_is_what_the_interface_can_receive() -> None:
    """1,460 octets by a link of 1,500: IPv4's and TCP's headers are not counted."""
    answer = _answer(_host(), _segment(control=SYN))
    assert (True, 1460) == (answer.options.mss_present, answer.options.mss_value)


@pytest.mark.requirement("RFC 9293 MUST-48", "RFC 9293 SHLD-21", "RFC 9293 SHLD-22")
def test_a_program_says_the_differentiated_services() -> None:
    """From the SYN on as the OPEN says, then as it is changed to, the reset too."""
    stack = _host()
    socket, syn, ack = _open(stack, diffserv=46)
    stack.command("tcp.diffserv", socket=socket, codepoint=8)
    stack.command("tcp.send", socket=socket, data=b"text")
    (text,) = _segments(stack.step(stack.clock.now)[0])
    stack.command("tcp.abort", socket=socket)
    (reset,) = _segments(stack.step(stack.clock.now)[0])
    assert [46 << 2] * 2 + [8 << 2] * 2 == [frame[15] for frame in (syn, ack, text, reset)]


# ---- urgent text


@pytest.mark.requirement("RFC 9293 MUST-33")
def test_a_program_learns_how_much_urgent_text_remains() -> None:
    """It is told when the pointer comes, and can ask until it has received all of it."""
    stack = _host()
    socket, _, ack = _open(stack)
    ours = _carried(ack).SEQ
    told = [_urgent(stack, ours, 101, b"abcd", 6), _urgent(stack, ours, 105, b"efgh", 0)]
    asked = [stack.query("tcp.urgent", socket=socket)]
    for _ in range(4):
        stack.command("tcp.receive", socket=socket, count=2)
        asked.append(stack.query("tcp.urgent", socket=socket))
    assert ([[6], []], [6, 4, 2, 0, 0]) == (told, asked)


def _urgent(stack: Stack, ours: int, number: int, text: bytes, pointer: int) -> list[object]:
    """The octets that a segment's urgent pointer makes the stack tell of; none with 0."""
    control = ACK | URG if pointer else ACK
    segment = _segment(text=text, control=control, acknowledged=ours, number=number, urgent=pointer)
    frame = Frame("eth0", ethernet(0x0800, ipv4(segment, protocol=6)))
    outputs = stack.step(stack.clock.now, [frame])[0]
    return [
        int(str(one.data["left"]))
        for one in outputs
        if isinstance(one, Report) and one.name == "tcp.urgent"
    ]


# ---- retransmission


@pytest.mark.requirement("RFC 9293 MUST-20")
def test_at_r1_the_neighbour_is_doubted() -> None:
    """IP is told, whose resolver asks the neighbour again though it was heard a moment ago."""
    stack = _host()
    socket, _, _ = _open(stack)
    stack.command("tcp.send", socket=socket, data=b"text")
    begin = stack.clock.now
    states = list[str]()
    for tenth in range(120):
        reports = reports_of(stack.step(begin + tenth * 100_000)[0])
        (neighbour,) = stack.query("arp.neighbours")
        states += [neighbour.state]
        if "tcp.trouble" in reports:
            break
    assert (["REACHABLE"] * (len(states) - 1), "PROBE") == (states[:-1], states[-1])


@pytest.mark.requirement("RFC 9293 SHLD-20")
@pytest.mark.parametrize("wanted", [True, False])
def test_a_program_hears_of_soft_errors_if_it_wants_to(wanted: bool) -> None:
    """It is asked by the ERROR_REPORTS call; the errors that end a connection are told anyway."""
    stack = _host()
    socket, _, _ = _open(stack)
    stack.command("tcp.error_reports", socket=socket, on=wanted)
    stack.command("tcp.send", socket=socket, data=b"text")
    begin, told = stack.clock.now, set[str]()
    for second in range(1200):
        told |= set(reports_of(stack.step(begin + second * 1_000_000)[0]))
    assert (wanted, True) == ("tcp.trouble" in told, "tcp.closed" in told)


@pytest.mark.requirement("RFC 9293 MUST-21")
@pytest.mark.parametrize(("times", "sent"), [(5, 6), (4, 5), (0, 4)])
def test_a_program_sets_r2_of_its_connection(times: int, sent: int) -> None:
    """Text leaves once and so often again, and R1 is the least."""
    stack = _host()
    socket, _, _ = _open(stack)
    stack.command("arp.set_neighbour", interface="eth0", address=PEER, lladdr=PEER_MAC)
    stack.command("tcp.insist", socket=socket, times=times)
    stack.command("tcp.send", socket=socket, data=b"text")
    begin, count, told = stack.clock.now, 0, list[str]()
    for second in range(240):
        outputs = stack.step(begin + second * 1_000_000)[0]
        count += sum(bytes(_carried(one).payload) == b"text" for one in _segments(outputs))
        told += [name for name in reports_of(outputs) if name == "tcp.closed"]
    assert (sent, ["tcp.closed"]) == (count, told)
