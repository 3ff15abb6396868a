"""Fragments of IPv6: put together, cut, and every way to abuse them."""

from __future__ import annotations

from random import Random

import pytest

from netfsm.stack import Stack
from tests.layers.ipv6.bench6 import (
    FRAGMENT,
    HOP_BY_HOP,
    ICMPV6,
    OPTIONS,
    PEER,
    counted6,
    echo6,
    extension,
    fate,
    fragment,
    given6,
    icmp6,
    ipv6,
    pieces,
    ready6,
    verified,
)
from tests.stack.bench import frames_of


def problem(packet: bytes) -> tuple[int, int, int]:
    """Type, code and pointer of the ICMPv6 message in a packet."""
    message = verified(packet)
    return message[0], message[1], int.from_bytes(message[4:8])


def nothing_left(stack: Stack) -> bool:
    """True where no datagram is being put together and no timer of it runs."""
    part = stack.layer("ipv6").parts["ipv6.reassembly"]
    return not part.instances and not part.armed()


@pytest.mark.parametrize("seed", range(4))
def test_fragments_in_any_order_are_put_together(seed: int) -> None:
    """The echo of 5,000 octets is answered with its octets, in fragments of ours."""
    stack = ready6()
    octets = Random(seed).randbytes(5000)
    message = echo6_with(octets)
    fragments = pieces(message, 1232)
    Random(seed).shuffle(fragments)
    replies = given6(stack, *fragments)
    assert [1496, 1496, 1496, 712] == [len(one) for one in replies]
    assert octets == b"".join(one[48:] for one in replies)[8:]
    assert nothing_left(stack)
    for one in replies:
        assert FRAGMENT == one[6]


def echo6_with(octets: bytes) -> bytes:
    """The message of an echo request with these data."""
    return icmp6(128, b"\x00\x07\x00\x03" + octets)


def test_an_exact_duplicate_is_passed_over() -> None:
    """RFC 8200 §4.5: the network may double a fragment; the packet is put together."""
    stack = ready6()
    first, second, third = pieces(echo6(3000), 1232)
    assert 3 == len(given6(stack, first, second, first, second, third))
    assert (2, 1, 0) == counted6(stack, "duplicate_fragment", "reassembled", "overlap")


@pytest.mark.parametrize(
    ("at", "size", "more"),
    [(0, 1232, True), (8, 48, True), (1224, 64, True), (2400, 64, False)],
    ids=["other octets", "inside", "across", "another end"],
)
def test_an_overlap_ends_the_packet_without_a_word(at: int, size: int, more: bool) -> None:
    """RFC 5722: nothing of it is used, and the fragments that follow begin anew."""
    stack = ready6()
    first, second, third = pieces(echo6(3000), 1232)
    rival = ipv6(fragment(ICMPV6, b"\x80" * size, at, more=more), FRAGMENT)
    assert [] == given6(stack, first, third, rival)
    assert (1, 0) == counted6(stack, "overlap", "reassembled")
    assert nothing_left(stack)
    assert [] == given6(stack, second)


def test_an_atomic_fragment_is_no_part_of_others() -> None:
    """RFC 6946: it is answered, and what waits under its identification waits on."""
    stack = ready6()
    first, second, third = pieces(echo6(3000), 1232)
    given6(stack, first, third)
    assert 1 == len(given6(stack, ipv6(fragment(ICMPV6, echo6()), FRAGMENT)))
    assert 3 == len(given6(stack, second))


HIDDEN = {
    "options without an end": (OPTIONS, bytes((ICMPV6, 20)) + bytes(94)),
    "headers and nothing else": (OPTIONS, extension(OPTIONS) * 6),
    "half of a header of TCP": (OPTIONS, extension(OPTIONS) * 4 + extension(6) + bytes(8)),
}


@pytest.mark.parametrize("case", HIDDEN)
def test_a_first_fragment_must_hold_all_headers(case: str) -> None:
    """RFC 7112: it is dropped and its sender told, with code 3 and pointer 0."""
    kind, data = HIDDEN[case]
    stack = ready6()
    (told,) = given6(stack, ipv6(fragment(kind, data, more=True), FRAGMENT))
    assert (4, 3, 0) == problem(told)
    assert "ipv6.hidden_chain" == fate(stack)
    assert nothing_left(stack)


def test_fragments_that_can_not_be_are_told_with_their_place() -> None:
    """RFC 8200 §4.5: broken off inside a unit, or reaching beyond the largest packet."""
    stack = ready6()
    (told,) = given6(stack, ipv6(fragment(ICMPV6, b"\x80" * 63, more=True), FRAGMENT))
    assert (4, 0, 4) == problem(told)
    (told,) = given6(stack, ipv6(fragment(ICMPV6, b"\x80" * 64, 65528), FRAGMENT))
    assert (4, 0, 42) == problem(told)
    assert (2,) == counted6(stack, "bad_fragment")


def test_empty_tiny_and_nested_fragments_are_dropped() -> None:
    """Without a word: no sender makes them."""
    stack = ready6()
    inner = fragment(ICMPV6, bytes(64), more=True, number=8) + bytes(8)
    nested = pieces(inner, 48, FRAGMENT, 9)
    empty = ipv6(fragment(ICMPV6, b"", 8), FRAGMENT)
    tiny = ipv6(fragment(ICMPV6, bytes(40), more=True), FRAGMENT)
    assert [] == given6(stack, empty, tiny, *nested)
    assert (1, 1, 1) == counted6(stack, "empty_fragment", "tiny_fragment", "nested_fragment")
    assert nothing_left(stack)


def test_the_time_runs_out_after_a_minute() -> None:
    """RFC 8200 §4.5: told with the first fragment quoted, or not at all without it."""
    stack = ready6()
    first, second, _ = pieces(echo6(3000), 1232)
    other = ipv6(fragment(ICMPV6, bytes(64), 64, more=True, number=99), FRAGMENT)
    given6(stack, first, second, other)
    outputs, _ = stack.step(stack.clock.now + 60_000_000)
    (told,) = frames_of(outputs)
    assert (3, 1) == tuple(verified(told)[:2])
    assert first[:1232] == verified(told)[8:]
    assert 1280 == len(told)
    assert (2,) == counted6(stack, "reassembly_timed_out")
    assert nothing_left(stack)


def test_packets_that_wait_are_bounded() -> None:
    """The oldest of 64 goes, whoever floods."""
    stack = ready6()
    for number in range(1000):
        given6(stack, ipv6(fragment(ICMPV6, bytes(64), more=True, number=number), FRAGMENT))
    assert 64 == len(stack.layer("ipv6").parts["ipv6.reassembly"].instances)
    assert (936,) == counted6(stack, "fragments_lost")


def test_headers_before_the_fragment_header_stay_with_the_first() -> None:
    """RFC 8200 §4.5: options of hop by hop are acted on once a fragment, and may differ."""
    stack = ready6()
    message = echo6(200)
    alert = extension(FRAGMENT, b"\x05\x02\0\0\x01\0")
    first = ipv6(alert + fragment(ICMPV6, message[:96], more=True), HOP_BY_HOP)
    last = ipv6(fragment(99, message[96:], 96), FRAGMENT)
    (reply,) = given6(stack, last, first)
    assert 129 == verified(reply)[0]


def test_a_path_that_carries_less_is_told_once_and_kept() -> None:
    """RFC 8201: replies are cut to fit what the router told, and nothing below 1280 is believed."""
    stack = ready6()
    (reply,) = given6(stack, ipv6(echo6(1400)))
    assert 1448 == len(reply)
    for mtu in (1000, 1279, 1300):
        given6(stack, too_big(mtu, reply))
    assert (3, 2) == counted6(stack, "path_mtu_told", "mtu_too_small")
    assert [PEER] == [one.destination for one in stack.query("ipv6.path_mtus")]
    assert [1296, 208] == [len(one) for one in given6(stack, ipv6(echo6(1400)))]
    stack.step(stack.clock.now + 600_000_000)
    assert () == stack.query("ipv6.path_mtus")


def too_big(mtu: int, packet: bytes) -> bytes:
    """A router's report about a packet of ours."""
    return ipv6(icmp6(2, mtu.to_bytes(4) + packet[:1232]))
