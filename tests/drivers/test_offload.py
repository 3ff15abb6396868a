"""Partial checksums and large segments on drivers that never ask a kernel."""

from __future__ import annotations

from pathlib import Path

from netfsm.drivers import Faulty, Pcap, Wire
from netfsm.drivers.pcapng import PcapngReader
from netfsm.stack.driver import Capability
from netfsm.wire.buffer import Buffer
from netfsm.wire.cutter import cut
from netfsm.wire.offload import Arrival, finished
from tests.wire.segments import DST, SRC, TCP_OFFSET, aid, frame4, taken_apart, tcp_octets

BOTH = Capability.CHECKSUM | Capability.SEGMENTATION
TEXT = bytes(range(256)) * 2
FRAME = frame4(tcp_octets(TEXT, SRC + DST, partial=True))
AID = aid(100)


def large() -> Buffer:
    """A segment that is to be cut, as IPv4 and Ethernet leave it."""
    buffer = Buffer.allocate(len(FRAME), headroom=0)
    buffer.append(FRAME)
    buffer.leave_sum(34, TCP_OFFSET)
    buffer.segment, buffer.network = AID.segment, AID.network
    return buffer


def test_a_wire_tells_the_far_end_what_is_known() -> None:
    """With offloads a segment passes whole; without, the wire offers nothing."""
    left, right = Wire(offload=True)
    assert BOTH == left.capabilities == right.capabilities
    left.launch(large())
    (found,) = right.receive()
    assert isinstance(found, Arrival)
    assert (FRAME, AID) == (found.octets, found.offload)
    plain, _ = Wire()
    assert Capability(0) == plain.capabilities
    left.transmit(b"plain")
    assert (b"plain",) == right.receive()
    right.close()
    left.launch(large())
    assert {"far_end_closed": 1} == left.lost


def test_a_capture_has_whole_checksums(tmp_path: Path) -> None:
    """What leaves and what comes is written with its checksum finished; the frames are not."""
    left, right = Wire(offload=True)
    captured = Pcap(left, tmp_path / "run.pcapng")
    assert BOTH == captured.capabilities
    captured.launch(large())
    (sent,) = right.receive()
    right.launch(large())
    (come,) = captured.receive()
    captured.close()
    assert [FRAME, FRAME] == [bytes(sent), bytes(come)]
    with (tmp_path / "run.pcapng").open("rb") as file:
        written = [one.data for one in PcapngReader(file)]
    whole = finished(FRAME, AID)
    assert whole != FRAME
    assert [whole, whole] == written
    assert TEXT == bytes(taken_apart(whole).tcp.payload)


def test_a_bad_link_carries_packets_that_are_whole() -> None:
    """Each piece of a segment has a fate of its own, and no checksum is taken on trust."""
    left, right = Wire(offload=True)
    bad = Faulty(left)
    assert Capability(0) == bad.capabilities
    right.launch(large())
    found = bad.receive()
    assert [bytes(one) for one in cut(FRAME, AID)] == list(found)
    assert {("in", "delivered"): 6} == bad.fates


def test_what_a_bad_link_spoils_is_seen() -> None:
    """A spoilt frame has a checksum that does not hold, and nobody says that it was verified."""
    left, right = Wire(offload=True)
    bad = Faulty(left, corrupt=1, seed=1)
    buffer = large()
    buffer.segment = 0
    right.launch(buffer)
    (found,) = bad.receive()
    whole = finished(FRAME, AID)
    differ = [a ^ b for a, b in zip(whole, bytes(found), strict=True)]
    assert 1 == sum(bits.bit_count() for bits in differ)
