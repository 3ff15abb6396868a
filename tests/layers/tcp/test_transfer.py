"""Two stacks exchange text over a cable in virtual time."""

from __future__ import annotations

from tests.layers.tcp.worlds import SECOND, open_pair, transfer, two_hosts


def test_a_connection_opens_and_closes() -> None:
    """Both ends are told, and nothing is left when 2MSL is over."""
    world = two_hosts()
    alice, bob = open_pair(world, b"hello", b"world")
    transfer(world, alice, bob)
    assert bytes(bob.received) == b"hello"
    assert bytes(alice.received) == b"world"
    world.run(world.now + 300 * SECOND)
    assert world.query("alice", "tcp.connections") == ()
    assert world.query("bob", "tcp.connections") == ()
