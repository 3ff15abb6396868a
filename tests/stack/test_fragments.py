"""Fragments: cut on the way out, put together on the way in, and every way to abuse them."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from netfsm.layers.ipv4 import Ipv4
from netfsm.stack import Frame, Stack
from tests.stack.bench import (
    PEER,
    arp,
    checksum,
    echo,
    ethernet,
    given,
    ipv4,
    ready_stack,
)

MORE = 0x2000


def known(**settings: Any) -> Stack:
    """A stack that knows its peer."""
    stack = ready_stack(**settings)
    given(stack, arp(1))
    return stack


def body(size: int) -> bytes:
    """The ICMP message of an echo request with `size` octets of data."""
    return echo(size=size)[34:]


def pieces(payload: bytes, size: int, number: int = 7) -> list[bytes]:
    """Frames with fragments of `size` octets, a multiple of 8."""
    return [
        fragment(payload[at : at + size], at, more=at + size < len(payload), number=number)
        for at in range(0, len(payload), size)
    ]


def fragment(data: bytes, at: int, *, more: bool, number: int = 7) -> bytes:
    """A frame with one fragment that begins at octet `at`."""
    flags = (MORE if more else 0) | at // 8
    return ethernet(0x0800, ipv4(data, fragment=flags, number=number))


def counted(stack: Stack, *names: str) -> tuple[int, ...]:
    """Counters of IPv4."""
    return tuple(stack.layer("ipv4").counters[name] for name in names)


def outcomes(stack: Stack) -> dict[str, int]:
    """What became of the frames of eth0; their sum is the number of frames."""
    interface = stack.interface("eth0")
    assert interface.in_frames == sum(interface.outcomes.values())
    return dict(interface.outcomes)


def test_fragments_are_put_together_in_whatever_order_they_come() -> None:
    """Shuffled and doubled, the datagram is answered once, and its reply is cut again."""
    stack = known()
    frames = pieces(body(4000), 1480) * 2
    Random(3).shuffle(frames)
    replies = given(stack, *frames)
    assert [0x2000, 0x20B9, 0x0172] == [int.from_bytes(one[20:22]) for one in replies]
    data = b"".join(one[34 : 14 + int.from_bytes(one[16:18])] for one in replies)
    assert body(4000)[4:] == data[4:]
    assert (0, 1, 3) == counted(stack, "overlap", "out_fragmented", "out_fragments")
    assert 1 == counted(stack, "reassembled")[0]


def test_the_largest_datagram_goes_both_ways() -> None:
    """65,507 octets of data in and out, in 45 fragments each."""
    stack = known()
    replies = given(stack, *pieces(body(65507), 1480))
    assert 45 == len(replies)
    assert 65515 == sum(int.from_bytes(one[16:18]) - 20 for one in replies)


@pytest.mark.parametrize(
    ("second", "at", "more"),
    [(b"x" * 64, 32, True), (b"x" * 8, 8, False), (b"x" * 96, 0, True), (b"x" * 64, 8, False)],
    ids=["teardrop", "an end inside", "over it", "an end that overlaps"],
)
def test_fragments_that_contradict_each_other_end_the_datagram(
    second: bytes, at: int, more: bool
) -> None:
    """Nothing of it is kept, and what comes later begins anew (RFC 1858 §4)."""
    stack = known()
    given(stack, fragment(b"a" * 48, 0, more=True), fragment(second, at, more=more))
    assert (1, 1) == counted(stack, "overlap", "fragments_lost")
    assert 1 == outcomes(stack)["ipv4.overlap"]
    assert {} == stack.layer("ipv4").part("ipv4.reassembly").instances


def test_a_second_end_and_data_behind_the_end_are_contradictions() -> None:
    """A datagram has one end, and nothing lies behind it."""
    for late in (fragment(b"b" * 8, 80, more=False), fragment(b"b" * 48, 96, more=True)):
        stack = known()
        given(stack, fragment(b"a" * 8, 40, more=False), late)
        assert (1,) == counted(stack, "overlap")


def test_the_same_fragment_again_changes_nothing() -> None:
    """Its octets are there already; it is counted, and the datagram goes on."""
    stack = known()
    first, *others = pieces(body(100), 48)
    replies = given(stack, first, first, *others)
    assert 1 == len(replies)
    assert {"ipv4.duplicate_fragment": 1, "ipv4.held": 2} == {
        name: number for name, number in outcomes(stack).items() if name.startswith("ipv4")
    }


def test_what_never_completes_times_out_and_the_sender_is_told() -> None:
    """After REASSEMBLY_TIME, and only where the first fragment is there (RFC 1122 §3.3.2)."""
    stack = known()
    first, second = pieces(body(64), 48)
    given(stack, first)
    given(stack, *[fragment(b"y" * 48, 800, more=True, number=8)])
    stack.step(stack.clock.now + 60_000_000)
    (error,) = given(stack, arp(2))
    assert (11, 1) == tuple(error[34:36])
    assert first[14:42] == error[42:70]
    assert (2,) == counted(stack, "reassembly_timed_out")
    assert [] == given(stack, second)


def test_a_flood_of_first_fragments_takes_no_more_than_its_room() -> None:
    """The oldest of MAX_REASSEMBLIES makes room, and known datagrams still get through."""
    stack = known()
    for number in range(5000):
        frame = fragment(b"z" * 48, 8, more=True, number=number)
        stack.step(stack.clock.now, [Frame("eth0", frame)])
    hands = stack.layer("ipv4")
    assert isinstance(hands, Ipv4)
    assert 64 == len(hands.part("ipv4.reassembly").instances) == len(hands._pieces)
    assert 5000 - 64 == counted(stack, "fragments_lost")[0]
    assert 1 == len(given(stack, *pieces(body(100), 48, number=60000)))


def test_fragments_that_no_link_asks_for_are_refused() -> None:
    """Each but the last holds 48 octets or more, so that a datagram has 1,366 pieces at most."""
    stack = known()
    given(stack, fragment(b"q" * 40, 0, more=True), fragment(b"q" * 48, 0, more=True))
    assert {"ipv4.tiny_fragment": 1, "ipv4.held": 1} == {
        name: number for name, number in outcomes(stack).items() if name.startswith("ipv4")
    }


def test_fragments_beyond_the_largest_datagram_are_refused() -> None:
    """The ping of death: an offset and a length that together pass 65,535."""
    stack = known()
    given(stack, fragment(b"d" * 64, 65528 - 8, more=False))
    assert 1 == outcomes(stack)["ipv4.bad_fragment"]


def test_unloading_lets_go_of_what_waits() -> None:
    """Fragments are given up with their layer; nothing is left."""
    stack = known()
    given(stack, fragment(b"a" * 48, 0, more=True))
    stack.unload("ipv4", dependants=True)
    assert None is stack.clock.next_deadline()


def test_a_smaller_path_is_learnt_and_kept_to() -> None:
    """A router's report of 1,000 octets cuts what is sent from then on (RFC 1191)."""
    stack = known()
    sent = given(stack, *pieces(body(1400), 1480))
    assert 1 == len(sent)
    quoted = sent[0][14:42]
    report = b"\x03\x04\0\0\0\0" + (1000).to_bytes(2) + quoted
    report = report[:2] + checksum(report) + report[4:]
    given(stack, ethernet(0x0800, ipv4(report)))
    assert [(PEER, 1000)] == [(one.destination, one.mtu) for one in stack.query("ipv4.path_mtus")]
    sizes = [int.from_bytes(one[16:18]) for one in given(stack, *pieces(body(1400), 1480))]
    assert [996, 452] == sizes
    given(stack, ethernet(0x0800, ipv4(report[:6] + (20).to_bytes(2) + report[8:])))
    assert 1000 == stack.query("ipv4.path_mtus")[0].mtu  # its checksum is wrong
    stack.step(stack.clock.now + 600_000_000)
    assert () == stack.query("ipv4.path_mtus")
