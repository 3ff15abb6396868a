"""The rule for ICMP errors: who is told, who is not, and how often; and what we are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netfsm.stack import Frame, Stack
from tests.stack.bench import (
    ALL,
    OUR_MAC,
    OURS,
    PEER,
    PEER_MAC,
    arp,
    checksum,
    ethernet,
    frames_of,
    given,
    ipv4,
    ready_stack,
    udp,
)

LAYERS = ("ethernet", "arp", "ipv4", "icmp", "udp")
REPORTED = "198.51.100.9"


def known() -> Stack:
    """A stack with UDP that knows its peer."""
    stack = ready_stack(LAYERS)
    given(stack, arp(1))
    return stack


def message(kind: int, code: int, word: bytes, rest: bytes) -> bytes:
    """An ICMP message with its checksum."""
    whole = bytes([kind, code, 0, 0]) + word + rest
    return whole[:2] + checksum(whole) + whole[4:]


def test_a_closed_port_is_told_with_the_datagram_quoted() -> None:
    """Port unreachable, from the address that was asked, quoting header and data (RFC 1122)."""
    stack = known()
    datagram = ipv4(udp(b"is anybody there?", port=9), protocol=17)
    (error,) = given(stack, ethernet(0x0800, datagram))
    assert (3, 3) == tuple(error[34:36])
    assert b"\0\0" == checksum(error[34:])
    assert datagram == error[42:]
    assert 1 == stack.interface("eth0").outcomes["udp.unheard"]


SILENT: dict[str, tuple[Callable[[], bytes], str]] = {
    "a broadcast": (
        lambda: ethernet(
            0x0800, ipv4(udp(b"x", to="192.0.2.255"), to="192.0.2.255", protocol=17), ALL
        ),
        "about_group",
    ),
    "a later fragment": (
        lambda: ethernet(0x0800, ipv4(b"x" * 8, protocol=99, fragment=1)),
        "",
    ),
    "an error": (
        lambda: ethernet(
            0x0800,
            ipv4(
                message(3, 3, bytes(4), ipv4(bytes(8), protocol=99, source=OURS, to=PEER)),
                protocol=1,
            ),
        ),
        "",
    ),
}


@pytest.mark.parametrize("case", SILENT)
def test_some_senders_are_never_told(case: str) -> None:
    """RFC 1122 §3.2.2: no error about an error, a broadcast, or a later fragment."""
    make, counter = SILENT[case]
    stack = known()
    assert [] == given(stack, make())
    assert 0 == stack.layer("icmp").counters["out_errors"]
    if counter:
        assert 1 == stack.layer("icmp").counters[counter]


def test_errors_leave_at_a_bounded_rate() -> None:
    """A burst of 50, then one each 20 ms (RFC 1812 §4.3.2.8)."""
    stack = known()
    frame = ethernet(0x0800, ipv4(udp(b"x", port=9), protocol=17))
    assert 50 == len(given(stack, *[frame] * 200))
    assert 150 == stack.layer("icmp").counters["rate_limited"]
    for later in (20_000, 40_000):
        outputs, _ = stack.step(stack.clock.now + 20_000, [Frame("eth0", frame)])
        assert 1 == len(frames_of(outputs)), later
    assert 0 == len(given(stack, frame))


def test_a_source_route_that_is_not_used_up_is_refused() -> None:
    """A host need not send it on; the sender is told so (RFC 1122 §3.3.5)."""
    stack = known()
    route = bytes([131, 7, 4, 203, 0, 113, 5, 0])
    (error,) = given(stack, ethernet(0x0800, ipv4(b"x", protocol=17, options=route)))
    assert (3, 5) == tuple(error[34:36])
    assert 1 == stack.interface("eth0").outcomes["ipv4.source_routed"]


def test_land_and_smurf_find_nobody() -> None:
    """Our own address as the source, and an echo to a broadcast, bring no frame out."""
    stack = known()
    land = ethernet(0x0800, ipv4(udp(b"x", source=OURS, port=9), source=OURS, protocol=17))
    smurf = ethernet(0x0800, ipv4(message(8, 0, bytes(4), b""), to="192.0.2.255"), ALL)
    assert [] == given(stack, land, smurf)


def test_a_timestamp_is_answered() -> None:
    """The reply brings back what was sent, and a time with the high bit set (RFC 1122 §3.2.2.8)."""
    stack = known()
    asked = message(13, 0, b"\0\1\0\2", b"\0\0\0\7" + bytes(8))
    (reply,) = given(stack, ethernet(0x0800, ipv4(asked)))
    assert (14, 0) == tuple(reply[34:36])
    assert b"\0\1\0\2\0\0\0\7" == reply[38:46]
    assert reply[46] & 0x80
    assert reply[46:50] == reply[50:54]


def sent(stack: Stack) -> bytes:
    """A datagram of a socket of ours that is connected to the peer's port 9."""
    socket = stack.command("udp.open", port=5000)
    stack.command("udp.connect", socket=socket, address=PEER, port=9)
    packet = stack.reserve("udp.datagram", 4, socket=socket)
    packet.write(b"data")
    stack.commit(packet)
    (frame,) = frames_of(stack.step(stack.clock.now)[0])
    return frame[14:]


@pytest.mark.parametrize(
    ("kind", "code", "error"),
    [(3, 3, ConnectionRefusedError), (3, 1, OSError), (11, 0, OSError), (12, 0, OSError)],
)
def test_what_became_of_a_datagram_is_told_to_its_socket(
    kind: int, code: int, error: type[OSError]
) -> None:
    """The next call raises it, once (RFC 1122 §4.1.3.3)."""
    stack = known()
    quoted = sent(stack)[:28]
    given(stack, ethernet(0x0800, ipv4(message(kind, code, bytes(4), quoted))))
    with pytest.raises(error):
        stack.command("udp.receive", socket=1)
    with pytest.raises(BlockingIOError):
        stack.command("udp.receive", socket=1)


def test_an_error_that_quotes_what_we_never_sent_is_stray() -> None:
    """Neither another host's datagram nor one of no socket makes a difference."""
    stack = known()
    sent(stack)
    alien = ipv4(udp(b"x", sport=1, port=2), source="192.0.2.50", to=PEER, protocol=17)
    strange = ipv4(udp(b"x", sport=1, port=2), source=OURS, to=PEER, protocol=17)
    for quoted in (alien, strange):
        given(stack, ethernet(0x0800, ipv4(message(3, 3, bytes(4), quoted[:28]))))
    assert 1 == stack.layer("icmp").counters["stray_error"]
    assert 1 == stack.layer("udp").counters["errors_stray"]
    with pytest.raises(BlockingIOError):
        stack.command("udp.receive", socket=1)


def test_a_redirect_is_followed_only_from_the_first_hop() -> None:
    """And only to a gateway on a network of ours (RFC 1122 §3.2.2.2)."""
    stack = known()
    stack.command("ipv4.add_route", destination="198.51.100.0/24", gateway=PEER)
    stack.command(
        "arp.set_neighbour", interface="eth0", address="192.0.2.3", lladdr="02:00:00:00:00:03"
    )
    quoted = ipv4(bytes(8), source=OURS, to=REPORTED, protocol=17)[:28]
    better, far = bytes([192, 0, 2, 3]), bytes([203, 0, 113, 3])

    def first_hop() -> bytes:
        packet = stack.reserve("ipv4.datagram", 1, dst=REPORTED, protocol=253)
        packet.write(b"x")
        stack.commit(packet)
        (frame,) = frames_of(stack.step(stack.clock.now)[0])
        return frame[:6]

    assert PEER_MAC == first_hop()
    stranger = ethernet(0x0800, ipv4(message(5, 1, better, quoted), source="192.0.2.50"))
    given(stack, stranger, ethernet(0x0800, ipv4(message(5, 1, far, quoted))))
    assert (PEER_MAC, 2) == (first_hop(), stack.layer("icmp").counters["bad_redirect"])
    given(stack, ethernet(0x0800, ipv4(message(5, 1, better, quoted))))
    assert b"\x02\0\0\0\0\x03" == first_hop()
    assert OUR_MAC == stack.interface("eth0").hwaddr
