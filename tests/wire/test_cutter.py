"""Large segments are cut into what a link carries, as a card would cut them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netfsm.wire.checksum import verifies
from netfsm.wire.cutter import cut, whole_frames
from netfsm.wire.offload import ChecksumState, Offload
from tests.wire.segments import (
    DST,
    DST6,
    LINK,
    SRC,
    SRC6,
    TCP_OFFSET,
    aid,
    frame4,
    frame6,
    taken_apart,
    tcp_octets,
)

FIN, PSH, ACK, CWR = 0x01, 0x08, 0x10, 0x80
HEADERS = 14 + 20 + 32


@given(
    text=st.binary(min_size=1, max_size=400),
    segment=st.integers(1, 120),
    ctl=st.sampled_from([ACK, ACK | PSH, ACK | FIN | PSH, ACK | CWR, ACK | CWR | FIN]),
    seq=st.sampled_from([0, 1000, 0xFFFFFFFF, 0xFFFFFF80]),
    number=st.sampled_from([0, 7, 0xFFFF]),
)
def test_pieces_join_to_the_whole(
    text: bytes, segment: int, ctl: int, seq: int, number: int
) -> None:
    """Every piece is a datagram of its own with right sums, and the text is all there in order."""
    octets = tcp_octets(text, SRC + DST, partial=segment % 2 == 0, CTL=ctl, SEQ=seq)
    pieces = [taken_apart(bytes(one)) for one in cut(frame4(octets, id=number), aid(segment))]
    count = -(-len(text) // segment)
    assert count == len(pieces)
    assert text == b"".join(bytes(one.tcp.payload) for one in pieces)
    places = range(0, len(text), segment)
    assert [(seq + at) % 2**32 for at in places] == [one.tcp.SEQ for one in pieces]
    assert [(number + at) % 2**16 for at in range(count)] == [one.ip.id for one in pieces]
    assert {segment} >= {len(one.tcp.payload) for one in pieces[:-1]}
    assert [ctl & CWR] + [0] * (count - 1) == [one.tcp.CTL & CWR for one in pieces]
    last = ctl & (FIN | PSH)
    assert [0] * (count - 1) + [last] == [one.tcp.CTL & (FIN | PSH) for one in pieces]
    assert {(True, 64, SRC, DST)} == {(p.ip.DF, p.ip.ttl, p.ip.src, p.ip.dst) for p in pieces}
    told = {(p.tcp.ACK, p.tcp.WND, p.tcp.options.timestamps_value) for p in pieces}
    assert {(2000, 512, 5)} == told


@given(text=st.binary(min_size=1, max_size=300), segment=st.integers(1, 120))
def test_pieces_of_ipv6_join_to_the_whole(text: bytes, segment: int) -> None:
    """There is no header checksum and no identification; lengths and sums are right."""
    pieces = cut(frame6(tcp_octets(text, SRC6 + DST6, partial=True)), aid(segment, ip=40))
    joined = b""
    for one in pieces:
        datagram = bytes(one[14:])
        assert len(datagram) - 40 == int.from_bytes(datagram[4:6])
        assert verifies(datagram[40:], SRC6 + DST6 + 6 + len(datagram) - 40)
        joined += datagram[72:]
    assert text == joined
    assert -(-len(text) // segment) == len(pieces)


@pytest.mark.parametrize(
    ("frame", "offload"),
    [
        (b"", aid(10)),
        (LINK + b"\x08\0" + bytes(60), aid(10)),
        (frame4(tcp_octets(b"text", SRC + DST)), aid(0)),
        (frame4(tcp_octets(b"text", SRC + DST)), aid(10)._replace(sum_start=20)),
        (frame4(tcp_octets(b"text", SRC + DST))[:50], aid(10)),
        (frame4(bytes(40)), aid(10)),
    ],
)
def test_what_is_no_segment_is_not_cut(frame: bytes, offload: Offload) -> None:
    """Headers that aren't where they are said to be are an error, not a wrong frame."""
    with pytest.raises(ValueError, match="where the frame is said to have them"):
        cut(frame, offload)


def test_a_frame_that_needs_nothing_stays_as_it_is() -> None:
    """Without a segment size the frame is one; a partial checksum is made whole."""
    whole, partial = (
        frame4(tcp_octets(b"text!", SRC + DST, partial=partial)) for partial in (False, True)
    )
    assert (whole,) == tuple(whole_frames(whole, Offload()))
    known = Offload(ChecksumState.PARTIAL, 34, TCP_OFFSET)
    assert whole != partial
    assert (whole,) == tuple(whole_frames(partial, known))


def test_a_segment_without_text_stays_one() -> None:
    """An acknowledgement alone is one piece with its flags."""
    frame = frame4(tcp_octets(b"", SRC + DST, partial=True, CTL=ACK | FIN))
    pieces = cut(frame, aid(100))
    assert [(HEADERS, ACK | FIN)] == [(len(p), taken_apart(bytes(p)).tcp.CTL) for p in pieces]
