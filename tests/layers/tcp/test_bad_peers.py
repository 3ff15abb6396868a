"""Peers that speak TCP and mean ill, or are broken; each also with numbers that wrap."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from netfsm.sim import Simulation
from tests.layers.tcp.strangers import ACK, PORT, SPACE, Stranger
from tests.layers.tcp.test_sockets import open_only, states
from tests.layers.tcp.worlds import (
    ADDRESSES,
    SECOND,
    always,
    digest,
    left,
    octets,
    transfer,
    two_hosts,
)

HOUR = 3600 * SECOND
begins = pytest.mark.parametrize("begin", [1000, SPACE - 6])


def world_at(begin: int, **values: Any) -> Simulation:
    """Two hosts whose initial sequence numbers are both `begin`."""
    world = two_hosts(values={f"tcp.{name}": value for name, value in values.items()})
    for host in world.hosts.values():
        hands: Any = host.stack.layer("tcp")
        hands._isn = partial(always, begin)  # chance and a clock choose it otherwise
    return world


class Peer(Stranger):
    """Who speaks in Alice's place; she herself is silent, since her cable is cut."""

    def __init__(self, world: Simulation) -> None:
        super().__init__(world)
        world.cables[0].cut = True
        self.world = world

    def speak(self, text: bytes = b"", at: int = 0, **fields: Any) -> None:
        """A segment whose text begins `at` octets behind what Bob expects, and time to answer."""
        scope = self.scope
        said = {"SEQ": (scope.RCV_NXT + at) % SPACE, "ACK": scope.SND_UNA, "CTL": ACK, **fields}
        stamps = {"timestamps_value": scope.TS_Recent, "timestamps_echo": 0}
        options = self.hands._options(timestamps_present=True, **stamps)
        self.say(text, SPORT=scope.rport, options=options, **said)
        self.stack.step(self.world.now)


@begins
def test_text_that_disagrees_is_taken_once(begin: int) -> None:
    """What was held first stays, whatever overlaps it, before it, behind it and around it."""
    world = world_at(begin)
    _alice, bob = open_only(world)
    peer = Peer(world)
    peer.speak(b"held", at=4)
    peer.speak(b"XXXXXXXXXXXX", at=2)
    peer.speak(b"YYYY", at=6)
    peer.speak(b"abZZZZ")
    peer.speak(b"late" * 5, at=-20)
    assert b"abXXheldXXXXXX" == bob.command("receive", count=99)


@begins
def test_a_peer_that_acknowledges_every_octet_gains_nothing(begin: int) -> None:
    """The congestion window grows by what is acknowledged, not by how often (RFC 3465 §2)."""
    world = world_at(begin)
    _alice, bob = open_only(world)
    peer = Peer(world)
    bob.command("send", data=octets(1, 500_000))
    world.run(world.now)
    scope, before = peer.scope, peer.scope.cwnd
    for count in range(1, 600):
        peer.speak(ACK=(scope.SND_UNA + 1) % SPACE, WND=65535)
        assert scope.cwnd <= before + count
    assert (scope.SND_NXT - scope.SND_UNA) % SPACE <= before + 600
    assert "ESTABLISHED" in states(world, "bob")


@begins
def test_a_window_that_stays_closed_holds_one_queue_and_a_few_probes(begin: int) -> None:
    """Six hours of zero windows: the connection lives (MUST-37), then all arrives."""
    world = world_at(begin, RCV_BUF=5000, SND_BUF=50_000)
    alice, bob = open_only(world)
    bob.data = octets(2, 60_000)
    with suppress(BlockingIOError):
        while True:
            bob.sent += bob.command("send", data=bob.data[bob.sent :])
            world.run(world.now + SECOND)
    counters = world.hosts["bob"].stack.layer("tcp").counters
    before = counters["out_segments"]
    world.run(world.now + 6 * HOUR)
    assert counters["out_segments"] - before <= 6 * 60 + 20
    assert 49_900 < world.query("bob", "tcp.connections")[0].unsent <= 50_000
    alice.closed = bob.closed = False
    transfer(world, alice, bob)
    assert digest(bob.data) == digest(alice.received)


@begins
def test_who_opens_and_never_speaks_costs_no_time(begin: int) -> None:
    """Fifty of them: no timer runs at either end, and nothing happens for a day."""
    world = world_at(begin)
    listener = world.command("bob", "tcp.listen", port=PORT, backlog=2000)
    callers = [
        world.command("alice", "tcp.connect", address=ADDRESSES["bob"], port=PORT)
        for _ in range(50)
    ]
    world.run(world.now + SECOND)
    served = [world.command("bob", "tcp.accept", socket=listener) for _ in callers]
    world.run(world.now + 24 * HOUR)
    assert (0, 0) == (left(world, "alice")["timers"], left(world, "bob")["timers"])
    for socket in callers:
        world.command("alice", "tcp.send", socket=socket, data=b"at last")
    world.run(world.now + 5 * SECOND)  # ARP has to ask again, and keeps a few packets only
    for socket in served:
        assert b"at last" == world.command("bob", "tcp.receive", socket=socket, count=99)


@begins
def test_text_with_gaps_everywhere_is_bounded(begin: int) -> None:
    """1,000 single octets with a gap before each: 256 are held, the others counted."""
    world = world_at(begin)
    _alice, bob = open_only(world)
    peer = Peer(world)
    for at in range(1000):
        peer.speak(b"x", at=1 + 2 * at)
    (stream,) = peer.hands._streams.values()
    assert (256, 1000 - 256) == (stream.receiving.octets, peer.hands.counters["runs_full"])
    peer.speak(b"y" * 600)
    assert 600 == len(bob.command("receive", count=9999))
