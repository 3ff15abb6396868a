"""Buffers: headers downwards, payload upwards, pools that stay flat."""

from __future__ import annotations

import pytest

from netfsm.wire.buffer import Buffer, BufferPool, NoRoom
from netfsm.wire.offload import ChecksumState
from tests.wire.samples import codec


def test_headers_go_downwards_below_a_payload_written_once() -> None:
    """An echo request is built in place, and its octets are those of the encoders."""
    ip, icmp, frame = codec("ipv4.header"), codec("icmp.message"), codec("ethernet.frame")
    buffer = Buffer.allocate(100)
    buffer.append(b"payload")
    data, end = memoryview(buffer.data), buffer.tail
    echo = {"type": 8, "id": 1, "seq": 2}
    header = {"ttl": 64, "protocol": 1, "src": 0xC0000201, "dst": 0xC0000202}
    link = {"dst": b"\x02" * 6, "src": b"\x04" * 6, "type": 0x0800}
    icmp.encode_into(data, buffer.prepend(icmp.header_octets), end, **echo)
    ip.encode_into(data, buffer.prepend(ip.header_octets), end, **header)
    frame.encode_into(data, buffer.prepend(frame.header_octets), end, **link)
    message = icmp.encode(icmp.make(**echo, payload=b"payload"))
    datagram = ip.encode(ip.make(**header, payload=message))
    whole = frame.encode(frame.make(**link, payload=datagram))
    assert whole == bytes(buffer)
    assert whole == bytes(buffer.view)


def test_received_frames_are_stripped_and_trimmed() -> None:
    """A layer strips its header, and the padding of the link goes."""
    buffer = Buffer.received(b"head" + b"data" + bytes(10))
    assert 4 == buffer.strip(4)
    buffer.trim(4)
    assert b"data" == bytes(buffer)
    assert 4 == len(buffer)
    assert (4, 10) == (buffer.headroom, buffer.tailroom)


def test_extended_octets_are_written_by_the_caller() -> None:
    """A view of what was taken is a view of the packet."""
    buffer = Buffer.allocate(8, headroom=2)
    buffer.extend(3)[:] = b"abc"
    assert b"abc" == bytes(buffer)
    assert 5 == buffer.tailroom


@pytest.mark.parametrize(
    ("method", "argument"),
    [
        ("prepend", 5),
        ("prepend", -1),
        ("strip", 1),
        ("append", b"123456789"),
        ("extend", 9),
        ("trim", 1),
        ("reset", 13),
    ],
)
def test_what_does_not_fit_is_an_error_and_changes_nothing(method: str, argument: object) -> None:
    """No step leaves a buffer half changed."""
    buffer = Buffer.allocate(8, headroom=4)
    before = (buffer.head, buffer.tail, bytes(buffer.data))
    with pytest.raises(NoRoom, match="octets are wanted"):
        getattr(buffer, method)(argument)
    assert before == (buffer.head, buffer.tail, bytes(buffer.data))


def test_a_pool_lends_each_buffer_once() -> None:
    """An empty pool says so; a buffer comes back empty, and only once."""
    pool = BufferPool(2, size=16)
    first, second = pool.take(), pool.take()
    assert first is not None
    assert second is not None
    assert pool.take() is None
    assert (0, 2) == (pool.free, pool.taken)
    first.append(b"x")
    first.checksum = ChecksumState.PARTIAL
    first.release()
    with pytest.raises(ValueError, match="given back already"):
        first.release()
    again = pool.take()
    assert again is first
    assert 0 == len(first)
    assert ChecksumState.UNKNOWN == first.checksum
    with pytest.raises(ValueError, match="not out of this pool"):
        pool.give(Buffer.allocate(16))


def test_a_partial_checksum_is_the_pseudo_headers() -> None:
    """Left to the driver, the field holds the sum that summing from the header on completes."""
    udp = codec("udp.datagram")
    buffer = Buffer.allocate(4)
    buffer.append(b"data")
    start = buffer.prepend(udp.header_octets)
    pseudo = 0xC0000201 + 0xC0000202
    udp.encode_into(buffer.data, start, buffer.tail, sport=1, dport=2, pseudo=pseudo, partial=True)
    number = int.from_bytes(buffer.view, "big") % 65535
    whole = bytearray(buffer.view)
    whole[6:8] = (65535 - number).to_bytes(2, "big")
    expected = udp.encode(udp.make(sport=1, dport=2, payload=b"data"), pseudo)
    assert expected == bytes(whole)
