"""Segments that find no buffer wait for one, in order."""

from __future__ import annotations

from typing import Any

from tests.layers.tcp.worlds import SECOND, octets, open_pair, two_hosts


def test_a_burst_beyond_the_buffers_waits_and_is_not_lost() -> None:
    """Twelve connections send at once with four buffers: all leaves, and no timer has to fire."""
    world = two_hosts()
    pairs = [open_pair(world) for _ in range(12)]
    world.run(world.now + SECOND)
    alice = world.hosts["alice"].stack
    alice.interface("eth0").buffers.limit = 4
    alice.interface("eth0").buffers._free.clear()
    alice.interface("eth0").buffers._made = 0
    hands: Any = alice.layer("tcp")
    for at, (one, _) in enumerate(pairs):
        alice.command("tcp.send", socket=one.socket, data=octets(at, 1000))
    assert 8 == len(hands._late)
    world.run(world.now + SECOND // 2)
    for at, (_, other) in enumerate(pairs):
        assert octets(at, 1000) == other.command("receive", count=9999)
    assert (0, 0) == (hands.counters["unsent"], len(hands._late))


def test_what_waits_is_bounded_and_counted() -> None:
    """Where all places are taken a segment is lost, as it may be anywhere, and counted."""
    world = two_hosts()
    open_pair(world)
    stack = world.hosts["alice"].stack
    hands: Any = stack.layer("tcp")
    hands._most_late = 3
    stack.interface("eth0").large.limit = 0
    flow = hands._flow(next(iter(hands._streams.values())))
    for _ in range(5):
        hands._leave(4, flow, bytes(20), [bytes(9000)], 1460)
    assert (3, 2) == (len(hands._late), hands.counters["unsent"])
    stack.unload("tcp")
    assert 6 == hands.counters["unsent"], "the reset of the connection too"
