"""The queue to the peer and the buffer from it, against plain bytearrays."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from netfsm.layers.tcp.receive_buffer import ReceiveBuffer
from netfsm.layers.tcp.send_queue import SendQueue
from netfsm.layers.tcp.text import SMALL

SPACE = 1 << 32
BEGINS = st.one_of(st.integers(0, SPACE - 1), st.integers(SPACE - 3000, SPACE - 1))
SIZES = st.one_of(st.integers(1, 40), st.integers(SMALL - 2, SMALL + 2), st.integers(1, 4000))


def octets(count: int, seed: int) -> bytes:
    """Octets that differ from place to place."""
    return bytes((seed + place * 7 + (place >> 8)) & 0xFF for place in range(count))


@given(begin=BEGINS, data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_send_queue_is_a_bytearray_that_loses_its_begin(begin: int, data: st.DataObject) -> None:
    """Whatever is appended, let go and asked for, the same octets come."""
    queue, model = SendQueue(), bytearray()
    queue.number = first = begin
    for _ in range(data.draw(st.integers(1, 12))):
        match data.draw(st.sampled_from(["append", "append", "release", "slice"])):
            case "append":
                text = octets(data.draw(SIZES), len(model))
                queue.append(text)
                model += text
            case "release":
                count = data.draw(st.integers(0, len(model)))
                first = (first + count) % SPACE
                del model[:count]
                queue.release(first)
            case _:
                start = data.draw(st.integers(0, len(model)))
                count = data.draw(st.integers(0, len(model) - start))
                found = queue.slice((first + start) % SPACE, count)
                assert bytes(model[start : start + count]) == b"".join(found)
        assert len(model) == len(queue)


def test_a_fin_is_no_text() -> None:
    """The number behind the last octet is let go of too, and nothing is left."""
    queue = SendQueue()
    queue.number = 10
    queue.append(b"abc")
    queue.release(14)
    assert 0 == len(queue)
    queue.append(b"")
    assert 0 == len(queue)


def test_small_pieces_are_joined() -> None:
    """100,000 single octets make no more pieces than their number says."""
    queue = SendQueue()
    for place in range(20_000):
        queue.append(bytes([place & 0xFF]))
    assert 20 >= len(queue.slice(0, 20_000))


class Peer:
    """A stream whose octets come in any order: what was held first stays."""

    def __init__(self, begin: int, size: int) -> None:
        self.buffer = ReceiveBuffer()
        self.buffer.number = self.begin = begin
        self.next = 0
        self.size = size
        self.held: dict[int, int] = {}
        self.order = bytearray()

    def arrive(self, start: int, text: bytes) -> None:
        """A segment, as the connection's rows treat it."""
        number = (self.begin + start) % SPACE
        if start > self.next:
            assert self.buffer.hold(number, memoryview(text), 99)
            for place, octet in enumerate(text, start):
                self.held.setdefault(place, octet)
            return
        fresh = text[self.next - start :]
        end = start + len(text)
        if not fresh:
            return
        follows = self.buffer.follows((self.begin + end) % SPACE)
        expected = 0
        while end + expected in self.held:
            expected += 1
        assert expected == follows
        for place in range(self.next, end + follows):
            self.order.append(self.held.pop(place, text[place - start] if place < end else -1))
        self.buffer.take(memoryview(fresh), len(fresh) + follows)
        self.next = end + follows


@given(begin=BEGINS, data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_receive_buffer_puts_text_in_order(begin: int, data: st.DataObject) -> None:
    """Segments that overlap and disagree give each octet once: the one that was there first."""
    peer = Peer(begin, 6000)
    got = bytearray()
    for turn in range(data.draw(st.integers(1, 14))):
        start = data.draw(st.integers(max(peer.next - 50, 0), peer.next + 3000))
        peer.arrive(start, octets(data.draw(SIZES), turn * 31))
        count = data.draw(st.integers(0, 5000))
        got += peer.buffer.receive(count)
        assert len(peer.order) - len(got) == peer.buffer.unread
    got += peer.buffer.receive(peer.buffer.unread)
    assert bytes(peer.order) == bytes(got)
    assert bool(peer.held) == peer.buffer.holds
    assert runs(peer.held, begin) == sorted(peer.buffer.blocks(99), key=lambda one: one[0])


def runs(held: dict[int, int], begin: int) -> list[tuple[int, int]]:
    """Runs of places, as sequence numbers."""
    found: list[tuple[int, int]] = []
    for place in sorted(held):
        if place - 1 in held:
            found[-1] = (found[-1][0], (begin + place + 1) % SPACE)
        else:
            found.append(((begin + place) % SPACE, (begin + place + 1) % SPACE))
    return sorted(found)


def test_the_newest_run_comes_first() -> None:
    """RFC 2018 §4: first the run with the segment that came last, then by age; three at most."""
    buffer = ReceiveBuffer()
    for start in (10, 30, 50):
        assert buffer.hold(start, memoryview(b"x" * 5), 3)
    assert buffer.hold(15, memoryview(b"y" * 5), 3)
    assert not buffer.hold(70, memoryview(b"z" * 5), 3)
    assert [(10, 20), (50, 55), (30, 35)] == buffer.blocks(4)
    assert [(10, 20)] == buffer.blocks(1)


def test_a_large_frame_is_not_kept_for_little_text() -> None:
    """Text of which less than half is new is copied out of its frame."""
    buffer = ReceiveBuffer()
    frame = bytes(60_000)
    buffer.take(memoryview(frame)[58_000:], 2000)
    assert 2000 == len(buffer.receive(5000))
