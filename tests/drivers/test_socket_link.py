"""Frames over sockets: both framings, broken streams, full sockets and peers that go."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Literal

import pytest

from netfsm.drivers import SocketLink
from netfsm.errors import TargetError

FRAMINGS: tuple[Literal["stream", "dgram"], ...] = ("stream", "dgram")


@pytest.mark.parametrize("framing", FRAMINGS)
def test_frames_pass_whole_and_in_order(framing: Literal["stream", "dgram"]) -> None:
    """Each frame arrives as it was sent, whatever its size."""
    left, right = SocketLink.pair(framing)
    frames = [bytes([number]) * size for number, size in enumerate((1, 60, 1514, 65_000))]
    for frame in frames:
        left.transmit(memoryview(bytearray(frame)))
    assert frames == taken(right, len(frames))
    assert [] == list(right.receive())
    left.close()
    right.close()


def taken(link: SocketLink, count: int) -> list[bytes]:
    """`count` frames, however many calls they take."""
    found: list[bytes] = []
    while len(found) < count:
        came = link.receive()
        assert came
        found += [bytes(frame) for frame in came]
    return found


def test_a_frame_may_come_in_pieces() -> None:
    """The stream may be cut anywhere; frames are whole again."""
    ours, theirs = socket.socketpair()
    link = SocketLink(ours)
    stream = b"\0\0\0\3one\0\0\0\3two\0\0\0\0"
    found: list[bytes] = []
    for octet in stream:
        theirs.send(bytes([octet]))
        found += [bytes(frame) for frame in link.receive()]
    assert [b"one", b"two", b""] == found
    link.close()
    theirs.close()


def test_a_length_that_no_frame_has_ends_the_link() -> None:
    """After a length that lies nothing in the stream can be trusted."""
    ours, theirs = socket.socketpair()
    link = SocketLink(ours)
    theirs.send(b"\0\0\0\2ok\xff\xff\xff\xffrest")
    assert [b"ok"] == list(link.receive())
    assert link.fileno() is None
    assert {"bad_length": 1, "hung_up": 1} == link.lost
    assert [] == list(link.receive())
    theirs.close()


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_peer_that_goes_is_noticed(framing: Literal["stream", "dgram"]) -> None:
    """Frames to nobody are counted; the link has no descriptor any more."""
    left, right = SocketLink.pair(framing)
    right.close()
    left.receive()
    left.transmit(b"hello?")
    left.transmit(b"anybody?")
    assert left.fileno() is None
    assert left.lost["peer_gone"] >= 1
    assert 1 == left.lost["hung_up"]


def test_a_full_stream_keeps_frames_and_says_when_to_try_again() -> None:
    """What the socket doesn't take waits in order; beyond the backlog it is counted as lost."""
    left, right = SocketLink.pair()
    left.advance(7)
    frames = [number.to_bytes(4) * 16_000 for number in range(100)]
    for frame in frames:
        left.transmit(frame)
    assert 1_007 == left.deadline()
    lost = left.lost["queue_full"]
    assert 0 < lost < 100
    found: list[bytes] = []
    for _ in range(100_000):
        left.advance(8)
        found += [bytes(frame) for frame in right.receive()]
        if left.deadline() is None and not right.receive():
            break
    assert frames[: 100 - lost] == found
    left.close()
    right.close()


def test_a_listener_tells_the_framing(tmp_path: Path) -> None:
    """The kind of socket that listens decides between stream and datagrams."""
    for kind, name in ((socket.SOCK_STREAM, "stream"), (socket.SOCK_DGRAM, "dgram")):
        path = tmp_path / name
        with socket.socket(socket.AF_UNIX, kind) as listener:
            listener.bind(str(path))
            if kind == socket.SOCK_STREAM:
                listener.listen()
            link = SocketLink.connect(path)
            link.transmit(b"frame")
            if kind == socket.SOCK_STREAM:
                accepted, _ = listener.accept()
                assert b"\0\0\0\5frame" == accepted.recv(100)
                accepted.close()
            else:
                data, source = listener.recvfrom(100)
                assert b"frame" == data
                listener.sendto(b"back", source)
                assert [b"back"] == list(link.receive())
            link.close()


def test_nobody_listens(tmp_path: Path) -> None:
    """A missing socket is told with what to do."""
    with pytest.raises(TargetError, match="No such file or directory; start the peer first"):
        SocketLink.connect(tmp_path / "nobody")
