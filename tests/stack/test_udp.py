"""UDP sockets: numbers that open, connect, send, receive and close."""

from __future__ import annotations

import pytest

from netfsm.errors import TooBig
from netfsm.stack import Stack
from tests.stack.bench import (
    ALL,
    OURS,
    PEER,
    arp,
    checksum,
    ethernet,
    frames_of,
    given,
    ipv4,
    ready_stack,
    reports_of,
    udp,
)

LAYERS = ("ethernet", "arp", "ipv4", "icmp", "udp")


def known() -> Stack:
    """A stack with UDP that knows its peer."""
    stack = ready_stack(LAYERS)
    given(stack, arp(1))
    return stack


def arrive(stack: Stack, datagram: bytes, to: str = OURS) -> list[bytes]:
    """Let a datagram arrive."""
    station = ALL if to.endswith(".255") else None
    frame = ipv4(datagram, protocol=17, to=to)
    return given(stack, ethernet(0x0800, frame, station) if station else ethernet(0x0800, frame))


def test_a_datagram_waits_in_its_socket() -> None:
    """Oldest first, with where it came from; a report tells that it is there."""
    stack = known()
    socket = stack.command("udp.open", port=7)
    for data in (b"one", b"", b"three"):
        arrive(stack, udp(data))
    assert 3 == stack.query("udp.waiting", socket=socket)
    got = [stack.command("udp.receive", socket=socket) for _ in range(3)]
    assert [b"one", b"", b"three"] == [one.data for one in got]
    assert (PEER, 4000, OURS, False, "eth0") == (
        got[0].source,
        got[0].source_port,
        got[0].destination,
        got[0].group,
        got[0].interface,
    )
    with pytest.raises(BlockingIOError, match="no datagram waits"):
        stack.command("udp.receive", socket=socket)


def test_what_is_sent_has_ports_length_and_checksum() -> None:
    """RFC 768: the checksum covers addresses, ports and data."""
    stack = known()
    socket = stack.command("udp.open", port=5353)
    packet = stack.reserve("udp.datagram", 3, socket=socket, address=PEER, port=9)
    packet.write(b"abc")
    assert "delivered" == str(stack.commit(packet))
    (frame,) = frames_of(stack.step(stack.clock.now)[0])
    assert udp(b"abc", sport=5353, port=9, source=OURS, to=PEER) == frame[34:45]
    assert b"\0\0" == checksum(frame[14:34])


def test_a_datagram_larger_than_the_link_is_cut() -> None:
    """8,000 octets leave in six fragments; 65,508 are too many."""
    stack = known()
    socket = stack.command("udp.open")
    packet = stack.reserve("udp.datagram", 8000, socket=socket, address=PEER, port=9)
    packet.write(bytes(8000))
    stack.commit(packet)
    assert 6 == len(frames_of(stack.step(stack.clock.now)[0]))
    with pytest.raises(TooBig):
        stack.reserve("udp.datagram", 65508, socket=socket, address=PEER, port=9)


def test_a_connected_socket_hears_its_peer_only() -> None:
    """Others find a closed port (RFC 1122 §4.1.3.5)."""
    stack = known()
    socket = stack.command("udp.open", port=7)
    stack.command("udp.connect", socket=socket, address=PEER, port=4000)
    arrive(stack, udp(b"peer"))
    (error,) = arrive(stack, udp(b"stranger", sport=4001))
    assert (3, 3) == tuple(error[34:36])
    assert 1 == stack.query("udp.waiting", socket=socket)
    (one,) = stack.query("udp.sockets")
    assert ("CONNECTED", OURS, PEER, 4000) == (one.state, one.address, one.peer, one.peer_port)


def test_a_port_belongs_to_one_socket_an_address() -> None:
    """ANY takes it whole; a number that is not ours is refused; a closed port is free again."""
    stack = known()
    first = stack.command("udp.open", address=OURS, port=7)
    with pytest.raises(OSError, match="in use"):
        stack.command("udp.open", port=7)
    with pytest.raises(OSError, match="no address of ours"):
        stack.command("udp.open", address="192.0.2.200", port=8)
    stack.command("udp.close", socket=first)
    stack.command("udp.open", port=7)
    with pytest.raises(OSError, match="no such socket"):
        stack.command("udp.close", socket=first)


def test_ports_that_are_drawn_differ_and_are_in_range() -> None:
    """RFC 6056 §3.3.1: by chance, from the dynamic ports, and free."""
    stack = known()
    for _ in range(200):
        stack.command("udp.open")
    ports = [one.port for one in stack.query("udp.sockets")]
    assert 200 == len(set(ports))
    assert sorted(ports) != ports
    assert all(49152 <= port <= 65535 for port in ports)


def test_broadcasts_are_sent_only_where_they_were_asked_for() -> None:
    """And heard by every socket that has the port (RFC 1122 §3.3.6)."""
    stack = known()
    plain = stack.command("udp.open", port=7)
    with pytest.raises(OSError, match="broadcasts were not asked for"):
        stack.reserve("udp.datagram", 1, socket=plain, address="192.0.2.255", port=9)
    loud = stack.command("udp.open", port=8, broadcast=True)
    packet = stack.reserve("udp.datagram", 1, socket=loud, address="192.0.2.255", port=9)
    packet.write(b"x")
    stack.commit(packet)
    (frame,) = frames_of(stack.step(stack.clock.now)[0])
    assert ALL == frame[:6]
    arrive(stack, udp(b"all", to="192.0.2.255"), to="192.0.2.255")
    got = stack.command("udp.receive", socket=plain)
    assert (b"all", True, "192.0.2.255") == (got.data, got.group, got.destination)


def test_a_group_is_heard_while_it_is_joined() -> None:
    """RFC 1112: a host takes what goes to the groups that it is in."""
    stack = known()
    socket = stack.command("udp.open", port=7)
    group = "224.1.2.3"
    assert [] == arrive(stack, udp(b"before", to=group), to=group)
    stack.command("ipv4.join_group", interface="eth0", group=group)
    arrive(stack, udp(b"while", to=group), to=group)
    stack.command("ipv4.leave_group", interface="eth0", group=group)
    arrive(stack, udp(b"after", to=group), to=group)
    assert b"while" == stack.command("udp.receive", socket=socket).data
    assert 0 == stack.query("udp.waiting", socket=socket)


def test_a_socket_that_nobody_reads_is_bounded() -> None:
    """MAX_RECEIVED wait; the others are counted, and nothing else suffers."""
    stack = known()
    socket = stack.command("udp.open", port=7)
    for _ in range(300):
        arrive(stack, udp(b"x"))
    assert 64 == stack.query("udp.waiting", socket=socket)
    assert 236 == stack.interface("eth0").outcomes["udp.receive_full"]


@pytest.mark.parametrize(
    ("spoil", "outcome"),
    [
        ((6, b"\x12\x34", 13), "udp.bad_checksum"),
        ((4, b"\0\7", 13), "udp.bad_length"),
        ((0, b"", 5), "udp.truncated"),
    ],
    ids=["checksum", "length", "short"],
)
def test_a_broken_datagram_is_refused_by_name(spoil: tuple[int, bytes, int], outcome: str) -> None:
    """Counted, and its sender hears nothing."""
    at, octets, size = spoil
    whole = udp(b"hello")
    broken = (whole[:at] + octets + whole[at + len(octets) :])[:size]
    stack = known()
    stack.command("udp.open", port=7)
    assert [] == arrive(stack, broken)
    assert 1 == stack.interface("eth0").outcomes[outcome]


def test_a_datagram_without_a_checksum_is_taken() -> None:
    """Zero says that the sender made none (RFC 768)."""
    stack = known()
    socket = stack.command("udp.open", port=7)
    arrive(stack, udp(b"hello")[:6] + b"\0\0" + b"hello")
    assert b"hello" == stack.command("udp.receive", socket=socket).data


def test_readable_is_reported() -> None:
    """A program that sleeps is told which socket to look at."""
    stack = known()
    socket = stack.command("udp.open", port=7)
    stack.step(stack.clock.now)
    from netfsm.stack import Frame

    frame = ethernet(0x0800, ipv4(udp(b"x"), protocol=17))
    outputs, _ = stack.step(stack.clock.now, [Frame("eth0", frame)])
    assert ["udp.readable"] == reports_of(outputs)
    assert 1 == socket


def test_unloading_closes_every_socket() -> None:
    """Nothing is left, and a reload begins without sockets."""
    stack = known()
    stack.command("udp.open", port=7)
    stack.reload("udp")
    assert () == stack.query("udp.sockets")
    assert 1 == stack.command("udp.open", port=7)
