"""Checksums that are left to others, and segments of up to 64 KB, through the whole stack."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from functools import partial
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netfsm.errors import NoBuffers, ReserveError, TooBig
from netfsm.layers.contracts import Cut, Flow, Inbound
from netfsm.stack import Frame, Stack, Transmit
from netfsm.stack.driver import Capability
from netfsm.stack.interface import LARGE_BUFFERS
from netfsm.stack.record import RecordedStack, replay
from netfsm.stack.verdicts import DELIVERED, Verdict
from netfsm.wire.buffer import Buffer
from netfsm.wire.cutter import cut
from netfsm.wire.offload import PLAIN, ChecksumState, Offload, finished
from tests.stack.bench import LAYERS, OUR_MAC, OURS, PEER, PEER_MAC, Plug, take_address
from tests.wire.samples import codec
from tests.wire.segments import TCP_OFFSET, frame4, taken_apart, tcp_octets

TCP = 6
OUR, THEIR = 0xC0000201, 0xC0000209
NONE = Capability(0)
BOTH = Capability.CHECKSUM | Capability.SEGMENTATION
FLOW = Flow(THEIR, TCP, OUR, dont_fragment=True)
TEXT = bytes(range(251)) * 240
HEAD = tcp_octets(b"", 0)[:16] + b"\0\0" + tcp_octets(b"", 0)[18:]


def ready(capabilities: Capability = NONE, **settings: Any) -> Stack:
    """A stack with UDP on a driver that can do so much; it knows its peer."""
    recorded = "sink" in settings
    make = RecordedStack if recorded else Stack
    stack = make(layers=[*LAYERS, "udp"], strict=True, **settings)
    stack.attach(Plug(capabilities=capabilities), "eth0")
    take_address(stack, OURS)
    stack.command("arp.set_neighbour", interface="eth0", address=PEER, lladdr=PEER_MAC)
    stack.step(3_000_000)
    return stack


def internet(stack: Stack) -> Any:
    """What a protocol over IPv4 sees of it."""
    return stack.layer("icmp").below("ipv4.protocol")


def left(stack: Stack) -> list[Buffer]:
    """The frames that have left, in the buffers that they were built in."""
    outputs, _ = stack.step(stack.clock.now)
    return [one.buffer for one in outputs if isinstance(one, Transmit)]


def send_text(stack: Stack, text: bytes = TEXT, segment: int = 1448) -> None:
    """Send a segment with time stamps; the text comes in two pieces."""
    pieces = [memoryview(text)[:1000], memoryview(text)[1000:]]
    verdict = internet(stack).send(FLOW, HEAD, pieces, sum_offset=TCP_OFFSET, segment=segment)
    assert DELIVERED == verdict


# ---- checksums


def datagram_out(stack: Stack, payload: bytes = b"payload") -> Buffer:
    """A datagram from port 7 to port 9."""
    number = stack.command("udp.open", port=7)
    packet = stack.reserve("udp.datagram", len(payload), socket=number, address=PEER, port=9)
    packet.write(payload)
    stack.commit(packet)
    (buffer,) = left(stack)
    return buffer


def test_a_driver_that_finishes_checksums_gets_them_partial() -> None:
    """It gets the same octets but for the sum, and where that runs from."""
    whole, partial = datagram_out(ready()), datagram_out(ready(Capability.CHECKSUM))
    expected = Offload(ChecksumState.PARTIAL, 34, 6)
    assert (PLAIN, expected) == (whole.offload, partial.offload)
    assert bytes(whole) != bytes(partial)
    assert bytes(whole) == finished(partial.view, partial.offload)


def test_fragments_have_whole_checksums() -> None:
    """Who finishes checksums sees one fragment only, so the sum is whole before it is cut."""
    stack = ready(BOTH)
    number = stack.command("udp.open", port=7)
    packet = stack.reserve("udp.datagram", 3000, socket=number, address=PEER, port=9)
    packet.write(bytes(3000))
    stack.commit(packet)
    frames = left(stack)
    assert [ChecksumState.UNKNOWN] * 3 == [one.checksum for one in frames]
    payload = b"".join(bytes(one)[34:] for one in frames)
    udp = codec("udp.datagram")
    assert udp.encode(udp.make(sport=7, dport=9, payload=bytes(3000)), OUR + THEIR) == payload


def datagram_in(offload: Offload) -> tuple[str, int]:
    """What becomes of a datagram whose checksum does not hold: verdict, datagrams that wait."""
    stack = ready()
    number = stack.command("udp.open", port=7)
    udp, ip = codec("udp.datagram"), codec("ipv4.header")
    octets = udp.encode(udp.make(sport=9, dport=7, payload=b"payload"), 12345)
    packet = ip.encode(ip.make(ttl=64, protocol=17, src=THEIR, dst=OUR, payload=octets))
    frame = OUR_MAC + PEER_MAC + b"\x08\0" + packet
    before = dict(stack.interface("eth0").outcomes)
    stack.step(3_000_000, [Frame("eth0", frame, offload)])
    after = stack.interface("eth0").outcomes
    (verdict,) = [name for name, count in after.items() if count != before.get(name, 0)]
    return verdict, stack.query("udp.waiting", socket=number)


@pytest.mark.parametrize(
    ("state", "waiting"),
    [(ChecksumState.UNKNOWN, 0), (ChecksumState.VALID, 1), (ChecksumState.PARTIAL, 1)],
)
def test_what_is_verified_is_not_summed_again(state: ChecksumState, waiting: int) -> None:
    """Only what nobody has looked at is verified."""
    verdict, found = datagram_in(Offload(state, 34, 6))
    assert waiting == found
    assert ("delivered" if waiting else "udp.bad_checksum") == verdict


def test_nothing_to_ourselves_is_summed() -> None:
    """A partial checksum passes the loopback interface and is believed at the other end."""
    stack = ready()
    receiver = stack.command("udp.open", address="127.0.0.1", port=7)
    sender = stack.command("udp.open", port=8)
    packet = stack.reserve("udp.datagram", 4, socket=sender, address="127.0.0.1", port=7)
    assert packet.partial
    packet.write(b"data")
    stack.commit(packet)
    assert b"data" == stack.command("udp.receive", socket=receiver).data


# ---- large segments


def test_a_driver_that_cuts_gets_a_segment_whole() -> None:
    """One buffer travels with the segment size, the sum partial; cut, it is what we would cut."""
    stack = ready(BOTH)
    send_text(stack)
    (buffer,) = left(stack)
    offload = Offload(ChecksumState.PARTIAL, 34, TCP_OFFSET, 1448, 14)
    assert (offload, 14 + 20 + 32 + len(TEXT)) == (buffer.offload, len(buffer))
    plain = ready()
    send_text(plain)
    pieces = [bytes(one) for one in left(plain)]
    assert -(-len(TEXT) // 1448) == len(pieces)
    first = taken_apart(pieces[0]).ip.id
    numbered = bytearray(buffer.view)
    numbered[18:20] = first.to_bytes(2)
    assert [bytes(one) for one in cut(numbered, offload)] == pieces


def test_pieces_are_packets_of_the_link() -> None:
    """None is larger than the MTU, none is a fragment, each has right sums and its own number."""
    stack = ready()
    send_text(stack)
    frames = [bytes(one) for one in left(stack)]
    pieces = [taken_apart(one) for one in frames]
    assert TEXT == b"".join(bytes(one.tcp.payload) for one in pieces)
    assert 1514 == max(len(one) for one in frames)
    assert {(True, False, 0)} == {(one.ip.DF, one.ip.MF, one.ip.offset) for one in pieces}
    first = pieces[0].ip.id
    assert [(first + at) % 65536 for at in range(len(pieces))] == [one.ip.id for one in pieces]
    assert 0 == stack.layer("ipv4").counters["out_fragmented"]
    send_text(stack, b"next")
    (following,) = left(stack)
    assert (first + len(pieces)) % 65536 == taken_apart(bytes(following)).ip.id
    assert 0 == stack.interface("eth0").large.taken


def test_the_numbers_of_ip_are_not_used_twice() -> None:
    """What a driver cuts uses up as many as it has pieces."""
    stack = ready(BOTH)
    numbers: list[int] = []
    for text in (b"one", TEXT, b"two"):
        send_text(stack, text)
        (buffer,) = left(stack)
        numbers.append(int.from_bytes(buffer.view[18:20]))
    first = numbers[0]
    pieces = -(-len(TEXT) // 1448)
    assert [first, (first + 1) % 65536, (first + 1 + pieces) % 65536] == numbers


@pytest.mark.parametrize("text", [b"", b"x", bytes(1448)])
@pytest.mark.parametrize("capabilities", [NONE, BOTH])
def test_what_fits_goes_as_one_packet(text: bytes, capabilities: Capability) -> None:
    """A segment size means nothing to a short text."""
    stack = ready(capabilities)
    send_text(stack, text)
    (buffer,) = left(stack)
    assert 0 == buffer.offload.segment
    frame = finished(buffer.view, buffer.offload)
    assert text == bytes(taken_apart(frame).tcp.payload)


def test_pieces_that_the_path_does_not_carry_are_refused() -> None:
    """The rows decide by one piece; no fragment is made of what a link cuts."""
    stack = ready(BOTH)
    with pytest.raises(TooBig, match="1501"):
        send_text(stack, segment=1449)
    stack.interface("eth0").mtu = 1000
    with pytest.raises(TooBig, match="1500"):
        send_text(stack)
    with pytest.raises(TooBig):
        send_text(stack, bytes(65535))


def test_large_buffers_are_limited() -> None:
    """A driver that does not send leaves no memory to be taken for ever."""
    stack = ready(BOTH)
    for _ in range(LARGE_BUFFERS):
        send_text(stack)
    with pytest.raises(NoBuffers):
        send_text(stack)
    assert LARGE_BUFFERS == len(left(stack))
    outputs, _ = stack.step(3_000_001)
    assert ["stack.ready"] == [getattr(one, "name", "") for one in outputs]
    send_text(stack)


def test_a_packet_that_waits_for_its_neighbour_is_cut_when_it_leaves() -> None:
    """The segment size stays with it while ARP asks."""
    stack = ready()
    stack.command("arp.delete_neighbour", interface="eth0", address=PEER)
    send_text(stack)
    assert [b"\x08\x06"] == [bytes(one)[12:14] for one in left(stack)]
    stack.command("arp.set_neighbour", interface="eth0", address=PEER, lladdr=PEER_MAC)
    assert -(-len(TEXT) // 1448) == len(left(stack))


# ---- in


class Ears:
    """Bound to TCP's number: what it hears."""

    def __init__(self, stack: Stack) -> None:
        self.heard: list[tuple[memoryview, Inbound]] = []
        space = stack.registry.space("ipv4.protocol")
        space.bind(TCP, self.receive, owner="tests")

    def receive(self, payload: memoryview, inbound: Inbound) -> Verdict:
        """Keep it."""
        self.heard.append((payload, inbound))
        return DELIVERED


def test_a_joined_segment_is_delivered_whole() -> None:
    """The protocol learns the segment size and that the checksum is right, and gets no copy."""
    stack = ready(BOTH)
    ears = Ears(stack)
    frame = frame4(tcp_octets(TEXT, OUR + THEIR, partial=True), src=THEIR, dst=OUR)
    frame = OUR_MAC + PEER_MAC + frame[12:]
    offload = Offload(ChecksumState.PARTIAL, 34, TCP_OFFSET, 1448, 14)
    stack.step(3_000_000, [Frame("eth0", frame, offload), Frame("eth0", frame)])
    (payload, inbound), (_, plain) = ears.heard
    assert (True, 1448) == (inbound.checked, inbound.segment)
    assert (False, 0) == (plain.checked, plain.segment)
    assert payload.obj is frame
    assert payload.readonly
    assert TEXT == payload[32:]


def test_text_is_copied_once_on_its_way_out_and_never_on_its_way_in() -> None:
    """A segment of 60 KB goes into a buffer that is there; beside that nothing large is made."""
    stack = ready(BOTH)
    ears = Ears(stack)
    frame = frame4(tcp_octets(TEXT, OUR + THEIR, partial=True), src=THEIR, dst=OUR)
    frame = OUR_MAC + PEER_MAC + frame[12:]
    arrival = Frame("eth0", frame, Offload(ChecksumState.PARTIAL, 34, TCP_OFFSET, 1448, 14))
    made: list[int] = []
    for _ in range(2):
        for work in (partial(send_text, stack), partial(stack.step, 3_000_000, [arrival])):
            tracemalloc.start()
            work()
            made.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        stack.step(3_000_000)
    assert 2 == len(ears.heard)
    first_out, first_in, out, in_ = made
    assert first_out > len(TEXT)
    assert max(first_in, out, in_) < len(TEXT) // 4


def test_what_is_put_together_is_verified() -> None:
    """That a fragment was verified says nothing of the datagram."""
    stack = ready()
    ears = Ears(stack)
    octets = tcp_octets(bytes(1000), OUR + THEIR)
    ip = codec("ipv4.header")
    fields = {"ttl": 64, "protocol": TCP, "src": THEIR, "dst": OUR, "id": 7}
    parts = [
        ip.encode(ip.make(**fields, MF=True, payload=octets[:800])),
        ip.encode(ip.make(**fields, offset=100, payload=octets[800:])),
    ]
    frames = [OUR_MAC + PEER_MAC + b"\x08\0" + one for one in parts]
    known = Offload(ChecksumState.VALID)
    stack.step(3_000_000, [Frame("eth0", one, known) for one in frames])
    ((payload, inbound),) = ears.heard
    assert (octets, False) == (bytes(payload), inbound.checked)


# ---- answers that are kept


@settings(max_examples=25, deadline=None)
@given(
    asked=st.lists(
        st.tuples(
            st.sampled_from(
                [THEIR, OUR, 0x7F000001, 0xE0000001, 0xC00002FF, 0xFFFFFFFF, 0x08080808]
            ),
            st.sampled_from([0, 100, 1480, 1481, 3000]),
            st.booleans(),
            st.booleans(),
            st.sampled_from([None, Cut(20, 1460), Cut(20, 1461)]),
            st.sampled_from(["", "mtu", "route", "address"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_kept_answers_are_those_of_the_rows(
    asked: Sequence[tuple[int, int, bool, bool, Cut | None, str]],
) -> None:
    """A traced stack, which asks the rows every time, sends the same, whatever changes."""
    assert _frames(ready(), asked) == _frames(ready(traced=True), asked)


def _frames(
    stack: Stack, asked: Sequence[tuple[int, int, bool, bool, Cut | None, str]]
) -> list[object]:
    """The frames of each request, or what was raised."""
    found: list[object] = []
    ip = internet(stack)
    for number, (dst, size, may_wait, whole, parts, change) in enumerate(asked):
        _change(stack, change, number)
        flow = Flow(dst, TCP, None, dont_fragment=whole)
        try:
            packet = ip.reserve(flow, size, may_wait=may_wait, cut=parts)
        except ReserveError as error:
            found.append(repr(error))
            continue
        packet.cancel()
        found.append((packet.interface, packet.size, packet.segment, packet.partial))
        if size > 20 and parts is None:
            head, rest = bytes(20), bytes(size - 20)
            ip.send(flow, head, [rest], sum_offset=TCP_OFFSET, may_wait=may_wait)
            found += [bytes(one) for one in left(stack)]
    return found


def _change(stack: Stack, what: str, number: int) -> None:
    if what == "mtu":
        stack.interface("eth0").mtu = 1000 if number % 2 else 1500
    elif what == "route":
        stack.command("ipv4.add_route", destination="8.0.0.0/8", gateway=PEER)
    elif what == "address":
        address = f"192.0.2.{number + 100}"
        stack.command("ipv4.add_address", interface="eth0", address=address, prefix=24, probe=False)


def test_a_resolver_that_goes_is_noticed() -> None:
    """Without ARP nobody is looked for: the packet goes to all stations."""
    stack = ready()
    send_text(stack, b"one")
    assert PEER_MAC == bytes(left(stack)[0])[:6]
    stack.unload("arp")
    send_text(stack, b"one")
    assert b"\xff" * 6 == bytes(left(stack)[-1])[:6]


# ---- records


def test_what_is_known_of_frames_is_recorded() -> None:
    """A replay tells the stack the same, and the driver's abilities."""
    sink = StringIO()
    stack = ready(BOTH, sink=sink)
    number = stack.command("udp.open", port=7)
    udp, ip = codec("udp.datagram"), codec("ipv4.header")
    octets = udp.encode(udp.make(sport=9, dport=7, payload=b"payload"), 12345)
    packet = ip.encode(ip.make(ttl=64, protocol=17, src=THEIR, dst=OUR, payload=octets))
    frame = OUR_MAC + PEER_MAC + b"\x08\0" + packet
    stack.step(4_000_000, [Frame("eth0", frame, Offload(ChecksumState.PARTIAL, 34, 6))])
    assert 1 == stack.query("udp.waiting", socket=number)
    room = stack.reserve("udp.datagram", 4, socket=number, address=PEER, port=9)
    room.write(b"data")
    stack.commit(room)
    stack.step(5_000_000)
    calls = list(replay(sink.getvalue().splitlines()))
    assert all(one.same for one in calls)
