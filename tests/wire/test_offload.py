"""What is known of a frame besides its octets stays true on its way."""

from __future__ import annotations

import pytest

from netfsm.wire.buffer import Buffer
from netfsm.wire.offload import PLAIN, Arrival, ChecksumState, Offload, finished, lasting
from tests.wire.samples import codec

PSEUDO = 0xC0000201 + 0xC0000202


def udp_buffer(payload: bytes, sport: int = 1) -> Buffer:
    """A datagram whose checksum is left to the driver."""
    udp = codec("udp.datagram")
    buffer = Buffer.allocate(len(payload))
    buffer.append(payload)
    start = buffer.prepend(udp.header_octets)
    udp.encode_into(
        buffer.data, start, buffer.tail, sport=sport, dport=2, pseudo=PSEUDO, partial=True
    )
    buffer.leave_sum(start, 6)
    return buffer


@pytest.mark.parametrize("payload", [b"data", b"odd", b"", bytes(1000)])
def test_a_partial_checksum_is_finished(payload: bytes) -> None:
    """In place or in a copy, the octets are those of the encoder."""
    udp = codec("udp.datagram")
    expected = udp.encode(udp.make(sport=1, dport=2, payload=payload), PSEUDO)
    buffer = udp_buffer(payload)
    assert expected == finished(buffer.view, buffer.offload)
    buffer.prepend(14)
    assert (14, 6) == (buffer.offload.sum_start, buffer.offload.sum_offset)
    buffer.finish_sum()
    assert expected == bytes(buffer)[14:]
    assert ChecksumState.VALID is buffer.checksum
    buffer.finish_sum()
    assert expected == bytes(buffer)[14:]


def test_a_finished_checksum_is_never_zero() -> None:
    """Zero would say that there is none (RFC 768)."""
    udp = codec("udp.datagram")
    plain = udp.encode(udp.make(sport=0, dport=2, payload=b"data"), PSEUDO)
    sport = int.from_bytes(plain[6:8])
    buffer = udp_buffer(b"data", sport)
    assert b"\xff\xff" == finished(buffer.view, buffer.offload)[6:8]
    assert udp.encode(udp.make(sport=sport, dport=2, payload=b"data"), PSEUDO) == finished(
        buffer.view, buffer.offload
    )


def test_an_emptied_buffer_knows_nothing() -> None:
    """What was left to the driver goes with the packet."""
    buffer = udp_buffer(b"data")
    buffer.segment, buffer.network = 100, 20
    buffer.reset()
    assert PLAIN == buffer.offload


def test_arrivals_have_a_length_and_octets() -> None:
    """They can stand where octets stand."""
    arrival = Arrival(memoryview(b"frame"), PLAIN)
    assert (5, b"frame") == (len(arrival), bytes(arrival))


@pytest.mark.parametrize(
    ("state", "trusted"),
    [
        (ChecksumState.UNKNOWN, False),
        (ChecksumState.PARTIAL, True),
        (ChecksumState.VALID, True),
    ],
)
def test_what_need_not_be_verified(state: ChecksumState, trusted: bool) -> None:
    """A checksum that was never on a wire, or that a card has verified."""
    assert trusted is Offload(state).trusted


def test_only_octets_that_can_change_are_copied_for_keeps() -> None:
    """A view of bytes lasts; a driver's room is used again."""
    kept, room = memoryview(b"kept"), bytearray(b"room")
    assert lasting(kept) is kept
    copy = lasting(memoryview(room))
    room[:] = b"next"
    assert b"room" == bytes(copy)
