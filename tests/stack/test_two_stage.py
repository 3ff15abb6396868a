"""Sending in two stages: room is given or refused beforehand, and then nothing is copied."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest

from netfsm.drivers.base import BaseDriver
from netfsm.errors import (
    BadAddress,
    LinkDown,
    NetfsmError,
    NoBuffers,
    NoRoute,
    NotLoaded,
    TooBig,
    Unreachable,
    Unresolved,
)
from netfsm.stack import Frame, Stack, Transmit
from netfsm.stack.driver import Rows
from netfsm.stack.interface import BUFFERS
from netfsm.stack.messages import Lend
from netfsm.stack.pump import Pump
from netfsm.stack.record import RecordedStack, replay
from netfsm.wire.buffer import HEADROOM, Buffer, BufferPool
from netfsm.wire.checksum import Octets
from tests.stack.bench import (
    OUR_MAC,
    PEER,
    PEER_MAC,
    Plug,
    arp,
    frames_of,
    given,
    ready_stack,
    reports_of,
    take_address,
)

FLOW = {"dst": PEER, "protocol": 253}


def acquainted() -> Stack:
    """A stack that knows the hardware address of its peer."""
    stack = ready_stack()
    given(stack, arp(1))
    return stack


def test_the_reason_comes_before_a_byte_is_written() -> None:
    """No route, no such source, a bad address, too large, no link: an error each, and counted."""
    stack = acquainted()
    with pytest.raises(NoRoute, match=r"no route to 198\.51\.100\.7"):
        stack.reserve("ipv4.datagram", 10, dst="198.51.100.7", protocol=253)
    with pytest.raises(BadAddress, match=r"192\.0\.2\.77 can't be used"):
        stack.reserve("ipv4.datagram", 10, src="192.0.2.77", **FLOW)
    with pytest.raises(BadAddress, match=r"127\.0\.0\.1 can't be used"):
        stack.reserve("ipv4.datagram", 10, src="127.0.0.1", **FLOW)
    with pytest.raises(BadAddress, match=r"0\.0\.0\.9 can't be used"):
        stack.reserve("ipv4.datagram", 10, dst="0.0.0.9", protocol=253)
    with pytest.raises(TooBig, match="1501 octets are asked for and the path carries 1500"):
        stack.reserve("ipv4.datagram", 1481, dont_fragment=True, **FLOW)
    with pytest.raises(ValueError, match="at least one octet"):
        stack.reserve("ipv4.datagram", 0, **FLOW)
    counted = stack.layer("ipv4").counters
    reasons = ("no_route", "not_ready", "too_big", "bad_source_out", "bad_destination")
    assert (1, 1, 1, 1, 1) == tuple(counted[name] for name in reasons)
    stack.set_link("eth0", up=False)
    with pytest.raises((NoRoute, LinkDown)):
        stack.reserve("ipv4.datagram", 10, **FLOW)
    assert {} == stack.reserved


def test_a_neighbour_that_is_not_known_is_asked_for_and_readiness_follows() -> None:
    """The request leaves at once; when the answer comes, room is there (RFC 826)."""
    stack = ready_stack()
    with pytest.raises(Unresolved, match="try again at the ready event"):
        stack.reserve("ipv4.datagram", 10, **FLOW)
    outputs, _ = stack.step(stack.clock.now)
    assert [b"\x08\x06"] == [frame[12:14] for frame in frames_of(outputs)]
    answer = arp(2, mac=PEER_MAC, to=OUR_MAC, target_mac=OUR_MAC)
    outputs, _ = stack.step(stack.clock.now, [Frame("eth0", answer)])
    assert ["ipv4.ready_to_send"] == reports_of(outputs)
    packet = stack.reserve("ipv4.datagram", 10, **FLOW)
    packet.write(b"0123456789")
    assert "delivered" == str(stack.commit(packet))
    (frame,) = frames_of(stack.step(stack.clock.now)[0])
    assert (PEER_MAC, b"0123456789") == (frame[:6], frame[34:44])


def test_a_neighbour_that_does_not_answer_is_told_at_once_the_next_time() -> None:
    """After MAX_REQUESTS nobody is asked for a while, and room is refused as unreachable."""
    stack = ready_stack()
    with pytest.raises(Unresolved):
        stack.reserve("ipv4.datagram", 10, **FLOW)
    told: list[str] = []
    for _ in range(8):
        outputs, deadline = stack.step(stack.clock.next_deadline() or stack.clock.now)
        told += reports_of(outputs)
        if "ipv4.unreachable" in told or deadline is None:
            break
    assert "ipv4.unreachable" in told
    with pytest.raises(Unreachable, match="did not answer a moment ago"):
        stack.reserve("ipv4.datagram", 10, **FLOW)


def test_a_packet_is_one_buffer_and_its_payload_is_never_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One buffer of the pool is taken, nothing else is allocated, and the frame is that memory."""
    stack = acquainted()
    stack.step(stack.clock.now)
    taken: list[Buffer] = []
    take = BufferPool.take

    def counted(pool: BufferPool) -> Buffer | None:
        found = take(pool)
        if found is not None:
            taken.append(found)
        return found

    monkeypatch.setattr(BufferPool, "take", counted)
    monkeypatch.setattr(Buffer, "allocate", None)  # a second buffer would be made by it
    for number in range(3 * BUFFERS):
        packet = stack.reserve("ipv4.datagram", 1480, **FLOW)
        payload = packet.payload(1480)
        payload[:2] = number.to_bytes(2)
        stack.commit(packet)
        (frame,) = (o for o in stack.step(stack.clock.now)[0] if isinstance(o, Transmit))
        assert number + 1 == len(taken)
        assert taken[-1].data is frame.data.obj
        payload[2:6] = b"late"  # written where it is sent from
        assert number.to_bytes(2) + b"late" == bytes(frame.data[34:40])
    assert 2 == len({id(buffer) for buffer in taken})  # one is out while the next is built


def test_buffers_run_out_and_come_back_with_the_next_step() -> None:
    """NoBuffers while all are out; `stack.ready` when the frames have been handed out."""
    stack = acquainted()
    stack.step(stack.clock.now)
    packets = [stack.reserve("ipv4.datagram", 4, **FLOW) for _ in range(BUFFERS)]
    with pytest.raises(NoBuffers, match="eth0 has no free buffer"):
        stack.reserve("ipv4.datagram", 4, **FLOW)
    assert 1 == stack.layer("ethernet").counters["no_buffers"]
    for packet in packets:
        packet.write(b"data")
        stack.commit(packet)
    assert BUFFERS == len(frames_of(stack.step(stack.clock.now)[0]))
    outputs, _ = stack.step(stack.clock.now)
    assert ["stack.ready"] == reports_of(outputs)
    assert 0 == stack.interface("eth0").buffers.taken
    stack.cancel(stack.reserve("ipv4.datagram", 4, **FLOW))
    assert {} == stack.reserved


def test_a_packet_is_sent_once() -> None:
    """What was sent or given up is not reserved any more, and no more is written than was asked."""
    stack = acquainted()
    packet = stack.reserve("ipv4.datagram", 4, **FLOW)
    with pytest.raises(TooBig):
        packet.write(b"12345")
    packet.write(b"1234")
    stack.commit(packet)
    for act in (stack.commit, stack.cancel):
        with pytest.raises(LookupError, match="it was sent or given up"):
            act(packet)


def test_unloading_gives_back_what_was_reserved() -> None:
    """The buffers of a layer that goes are free again, and its packets can't be sent."""
    stack = acquainted()
    stack.step(stack.clock.now)
    packet = stack.reserve("ipv4.datagram", 4, **FLOW)
    assert 1 == stack.interface("eth0").buffers.taken
    stack.unload("ipv4", dependants=True)
    assert 0 == stack.interface("eth0").buffers.taken
    with pytest.raises(NotLoaded, match="layer ipv4 isn't loaded"):
        stack.commit(packet)
    with pytest.raises(NotLoaded):
        stack.reserve("ipv4.datagram", 4, **FLOW)


def test_flows_are_listed_and_their_parameters_are_typed() -> None:
    """A flow is declared in the layer's spec, as queries and commands are."""
    stack = acquainted()
    assert ["ipv4.datagram"] == [flow.name for flow in stack.flows()]
    with pytest.raises(TypeError, match="missing protocol"):
        stack.reserve("ipv4.datagram", 4, dst=PEER)
    with pytest.raises(ValueError, match="protocol"):
        stack.reserve("ipv4.datagram", 4, dst=PEER, protocol=256)
    with pytest.raises(LookupError, match=r"no flow ipv4\.nothing"):
        stack.reserve("ipv4.nothing", 4)


class Ring(BaseDriver):
    """A card with two slots of its own memory; a slot is free again when its frame is out."""

    def __init__(self) -> None:
        super().__init__(OUR_MAC, 1500)
        self.memory = [bytearray(2048) for _ in range(2)]
        self.free = [Buffer(slot, HEADROOM, HEADROOM) for slot in self.memory]
        self.sent: list[tuple[bool, bytes]] = []
        self.arrived: list[Octets] = []

    def receive(self) -> Sequence[Octets]:
        """What was put there."""
        found, self.arrived = self.arrived, []
        return found

    def transmit(self, frame: Octets, rows: Rows = ()) -> None:  # noqa: ARG002  # rows stay at home
        """A frame in the stack's memory has to be copied."""
        self.sent.append((False, bytes(frame)))

    def lend(self) -> Sequence[Buffer]:
        """The slots that are free."""
        found, self.free = self.free, []
        return found

    def launch(self, buffer: Buffer, rows: Rows = ()) -> None:
        """A frame in our own memory is there already."""
        if not any(buffer.data is slot for slot in self.memory):
            self.transmit(buffer.view, rows)
            return
        self.sent.append((True, bytes(buffer.view)))
        buffer.reset(HEADROOM)
        self.free.append(buffer)


def test_packets_are_built_in_the_drivers_own_memory() -> None:
    """A slot that the driver lends is filled in place, headers and all, and lent again."""
    stack = Stack(layers=["ethernet", "arp", "ipv4", "icmp"], strict=True)
    card = Ring()
    pump = Pump(stack, {"eth0": card})
    take_address(stack, "192.0.2.1")
    card.arrived = [arp(1)]
    pump.turn(3_000_000)
    card.sent.clear()
    for number in range(10):
        pump.turn(3_000_000 + number)
        packet = stack.reserve("ipv4.datagram", 8, **FLOW)
        assert any(packet.buffer.data is slot for slot in card.memory)
        packet.write(number.to_bytes(8))
        stack.commit(packet)
        pump.turn(3_000_000 + number)
    assert [True] * 10 == [own for own, _ in card.sent]
    assert list(range(10)) == [int.from_bytes(frame[34:42]) for _, frame in card.sent]


def recorded(act: Callable[[RecordedStack], object]) -> list[str]:
    """The record of a stack that knows its peer and then acts."""
    sink = io.StringIO()
    stack = RecordedStack(sink, layers=["ethernet", "arp", "ipv4", "icmp"])
    stack.attach(Plug(), "eth0")
    take_address(stack, "192.0.2.1")
    stack.step(3_000_000)
    stack.step(3_000_000, [Frame("eth0", arp(1)), Lend("eth0", Buffer.allocate(1600))])
    act(stack)
    stack.step(3_000_001)
    return sink.getvalue().splitlines()


def test_reserving_and_committing_are_recorded_inputs() -> None:
    """A replay reserves, writes and commits the same and gives the same frames."""

    def act(stack: RecordedStack) -> None:
        packet = stack.reserve("ipv4.datagram", 5, **FLOW)
        packet.write(b"hello")
        stack.commit(packet)
        stack.cancel(stack.reserve("ipv4.datagram", 5, **FLOW))
        with pytest.raises(NetfsmError):
            stack.reserve("ipv4.datagram", 5, dst="198.51.100.7", protocol=1)
        stack.reload("icmp")

    done = list(replay(recorded(act)))
    assert {"reserve", "commit", "cancel", "reload"} <= {one.call for one in done}
    assert [] == [one for one in done if not one.same]
