"""The virtio-net header before a frame, both ways."""

from __future__ import annotations

import struct

import pytest

from netfsm.drivers import virtio
from netfsm.wire.buffer import Buffer
from netfsm.wire.offload import Arrival, ChecksumState, Offload
from tests.wire.segments import DST, LINK, SRC, TCP_OFFSET, frame4, frame6, tcp_octets

FRAME = frame4(tcp_octets(b"text" * 50, SRC + DST, partial=True))
VALID = Offload(ChecksumState.VALID)
PARTIAL = Offload(ChecksumState.PARTIAL, 34, TCP_OFFSET)


def header(
    flags: int = 0, kind: int = 0, size: int = 0, start: int = 34, offset: int = 16
) -> bytes:
    """A header as the kernel writes it."""
    return struct.pack("=BBHHHH", flags, kind, 66, size, start, offset)


@pytest.mark.parametrize(
    ("head", "offload"),
    [
        (header(2), VALID),
        (header(3), PARTIAL),
        (header(1), PARTIAL),
        (header(1, 1, 100), PARTIAL._replace(segment=100, network=14)),
        (header(1, 0x81, 100), PARTIAL._replace(segment=100, network=14)),
    ],
)
def test_what_the_kernel_knows_comes_along(head: bytes, offload: Offload) -> None:
    """A checksum that is verified or partial, and a segment that was joined."""
    found = virtio.received(head + FRAME)
    assert isinstance(found, Arrival)
    assert offload == found.offload
    assert FRAME == found.octets


def test_a_frame_that_needs_no_help_is_a_view() -> None:
    """Nothing is copied, and the octets last."""
    whole = bytes(virtio.OCTETS) + FRAME
    found = virtio.received(whole)
    assert isinstance(found, memoryview)
    assert FRAME == found
    assert found.obj is whole
    assert found.readonly
    assert FRAME == virtio.received(header(0, start=1) + FRAME)


def test_ip_is_found_behind_tags() -> None:
    """A frame of a VLAN is cut behind its tag."""
    tagged = LINK + b"\x81\x00\x00\x07" + FRAME[12:]
    found = virtio.received(header(1, 1, 100, start=38) + tagged)
    assert isinstance(found, Arrival)
    assert 18 == found.offload.network


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        bytes(9),
        header(1, start=60_000) + FRAME,
        header(1, 1, 0) + FRAME,
        header(0, 1, 100) + FRAME,
        header(1, 3, 100) + FRAME,
        header(1, 1, 100, start=5_000) + FRAME,
    ],
)
def test_headers_without_sense_are_refused(octets: bytes) -> None:
    """Nothing raises for what stands there."""
    assert virtio.received(octets) is None


def buffer_of(frame: bytes, offload: Offload) -> Buffer:
    """A buffer that holds a frame as layers would have left it."""
    buffer = Buffer.allocate(len(frame), headroom=16)
    buffer.append(frame)
    if offload.checksum is ChecksumState.PARTIAL:
        buffer.leave_sum(16 + offload.sum_start, offload.sum_offset)
    buffer.segment, buffer.network = offload.segment, 16 + offload.network
    return buffer


@pytest.mark.parametrize(
    ("frame", "offload", "kind"),
    [
        (FRAME, PARTIAL, 0),
        (FRAME, PARTIAL._replace(segment=100, network=14), 1),
        (
            frame6(tcp_octets(bytes(200), 1, partial=True)),
            Offload(ChecksumState.PARTIAL, 54, TCP_OFFSET, 100, 14),
            4,
        ),
    ],
)
def test_what_is_left_to_the_kernel_is_told(frame: bytes, offload: Offload, kind: int) -> None:
    """The header stands before the frame in the same memory, and says what `received` reads."""
    buffer = buffer_of(frame, offload)
    written = virtio.written(buffer)
    assert written.obj is buffer.data
    assert (16, frame) == (buffer.head, bytes(buffer))
    headers = offload.sum_start + 32 if offload.segment else 0
    assert (1, kind, headers) == struct.unpack_from("=BBH", written)
    found = virtio.received(bytes(written))
    assert isinstance(found, Arrival)
    assert (frame, offload) == (bytes(found), found.offload)


def test_a_whole_frame_asks_for_nothing() -> None:
    """All zero, whatever lay in the headroom before."""
    buffer = buffer_of(FRAME, VALID)
    buffer.data[:16] = b"\xff" * 16
    assert virtio.NOTHING + FRAME == bytes(virtio.written(buffer))
