"""TCP and UDP over IPv6: the same machines, longer addresses, another pseudo-header."""

from __future__ import annotations

import struct
from ipaddress import IPv6Address
from typing import Any

import pytest

from netfsm.errors import Unresolved
from netfsm.sim import Simulation
from tests.layers.ipv6.bench6 import LAYERS as BENCH_LAYERS
from tests.layers.ipv6.bench6 import OURS, PEER, given6, ipv6, ready6
from tests.layers.tcp.worlds import (
    ADDRESSES,
    ADDRESSES6,
    LAYERS6,
    SECOND,
    Program,
    digest,
    give,
    move_in,
    octets,
    transfer,
)
from tests.layers.tcp.worlds import open_pair as open_pair_at
from tests.stack.bench import checksum


def two_hosts(layers: tuple[str, ...] = LAYERS6, **rates: Any) -> Simulation:
    """Alice and Bob, each with an address of IPv6 that it uses at once."""
    world = Simulation(1, told=False)
    move_in(world, layers, ADDRESSES6, **rates)
    return world


def open_pair(world: Simulation, there: bytes, back: bytes) -> tuple[Program, Program]:
    """A connection from Alice to Bob, with what each has to say."""
    return open_pair_at(world, there, back, address=ADDRESSES6["bob"])


@pytest.mark.parametrize(
    "rates", [{}, {"loss": 0.05, "reorder": 0.2, "duplicate": 0.05}], ids=["clean", "faulty"]
)
def test_text_arrives_both_ways(rates: dict[str, Any]) -> None:
    """Whole and in order."""
    world = two_hosts(**rates)
    there, back = octets(1, 200_000), octets(2, 150_000)
    alice, bob = open_pair(world, there, back)
    transfer(world, alice, bob)
    assert (digest(back), digest(there)) == (digest(alice.received), digest(bob.received))


def test_segments_suit_the_longer_header() -> None:
    """1,440 octets of text on a link of 1,500 (RFC 9293 §3.7.1), 12 fewer with time stamps."""
    world = two_hosts()
    alice, bob = open_pair(world, octets(1, 100_000), b"")
    parts = world.hosts["alice"].stack.layers["tcp"].hands.parts
    sizes = [one.scope.SMSS for one in parts["tcp.connection"].instances.values()]
    transfer(world, alice, bob)
    counters = world.hosts["alice"].stack.layers["tcp"].hands.counters
    assert ([1428], 0) == (sizes, counters["unsent"])


def test_a_listener_hears_both_kinds_of_ip() -> None:
    """Without an address; with the one of all IPv4 addresses it hears IPv4 only."""
    world = two_hosts(layers=("ethernet", "arp", "ipv4", *LAYERS6[1:]))
    for name, address in ADDRESSES.items():
        give(world, name, address)
    world.command("bob", "tcp.listen", port=7)
    world.command("bob", "tcp.listen", port=8, address="0.0.0.0")
    sockets = {
        (address, port): world.command("alice", "tcp.connect", address=address, port=port)
        for address in (ADDRESSES["bob"], ADDRESSES6["bob"])
        for port in (7, 8)
    }
    world.run(world.now + 5 * SECOND)
    opened = {report.data["socket"] for _, _, report in world.reports("tcp.opened")}
    heard = {place for place, socket in sockets.items() if socket in opened}
    assert {(ADDRESSES["bob"], 7), (ADDRESSES["bob"], 8), (ADDRESSES6["bob"], 7)} == heard


def test_a_closed_port_refuses() -> None:
    """By a reset for TCP, by an ICMPv6 error for UDP."""
    world = two_hosts()
    world.command("alice", "tcp.connect", address=ADDRESSES6["bob"], port=9)
    socket = world.command("alice", "udp.open")
    world.command("alice", "udp.connect", socket=socket, address=ADDRESSES6["bob"], port=9)
    _say(world, "alice", b"hello", socket=socket)
    world.run(world.now + 5 * SECOND)
    (closed,) = world.reports("tcp.closed")
    (undelivered,) = world.reports("udp.undelivered")
    assert "the connection was refused" == closed[2].data["reason"]
    assert (ADDRESSES6["bob"], "REFUSED") == tuple(
        undelivered[2].data[n] for n in ("to", "failure")
    )


def _say(world: Simulation, host: str, data: bytes, **flow: Any) -> None:
    """Send a datagram, once more where the neighbour had to be found first."""
    try:
        world.send(host, "udp.datagram", data, **flow)
    except Unresolved:
        world.run(world.now + SECOND)
        world.send(host, "udp.datagram", data, **flow)
    world.run(world.now + SECOND)


def test_datagrams_go_both_ways_on_the_link_alone() -> None:
    """To a link-local address the interface is said; the answer goes back by the one it came by."""
    world = two_hosts()
    near = next(
        one.address
        for one in world.query("bob", "ipv6.addresses")
        if one.address.startswith("fe80")
    )
    world.run(world.now + 3 * SECOND)
    there = world.command("bob", "udp.open", port=53)
    here = world.command("alice", "udp.open")
    _say(world, "alice", b"who", socket=here, address=near, port=53, interface="eth0")
    asked = world.command("bob", "udp.receive", socket=there)
    _say(
        world,
        "bob",
        b"me",
        socket=there,
        address=asked.source,
        port=asked.source_port,
        interface=asked.interface,
    )
    answer = world.command("alice", "udp.receive", socket=here)
    assert (b"who", b"me", near, True) == (
        asked.data,
        answer.data,
        answer.source,
        asked.source.startswith("fe80"),
    )


def test_acknowledgments_keep_a_neighbour_reachable() -> None:
    """While text is acknowledged nobody asks for the neighbour (RFC 4861 §7.3.1)."""
    world = two_hosts()
    alice, bob = open_pair(world, b"", b"")
    alice.closed = bob.closed = True
    states = set[str]()
    for second in range(120):
        alice.command("send", data=b"tick")
        world.run(world.now + SECOND)
        bob.turn()
        found = {one.address: one.state for one in world.query("alice", "nd.neighbours")}
        states |= {found[ADDRESSES6["bob"]]} if second else set()
    assert ({"REACHABLE"}, b"tick" * 120) == (states, bytes(bob.received))


@pytest.mark.requirement("RFC 9293 MUST-15")
def test_a_peer_that_tells_no_mss_is_sent_1220_octets() -> None:
    """Where IPv4's 536 would do over IPv4; the SYN of such a peer has no options at all."""
    stack = ready6((*BENCH_LAYERS, "tcp"))
    stack.command("tcp.listen", port=7)
    head = struct.pack("!HHIIBBHHH", 4000, 7, 100, 0, 5 << 4, 2, 0xFFFF, 0, 0)
    ends = IPv6Address(PEER).packed + IPv6Address(OURS).packed
    sum_ = checksum(ends + struct.pack("!IxxxB", len(head), 6) + head)
    given6(stack, ipv6(head[:16] + sum_ + head[18:], 6))
    (one,) = stack.layers["tcp"].hands.parts["tcp.connection"].instances.values()
    assert ("SYN-RECEIVED", 1220) == (one.state, one.scope.SMSS)
