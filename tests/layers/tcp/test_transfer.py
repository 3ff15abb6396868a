"""Two stacks exchange text over a cable in virtual time."""

from __future__ import annotations

import pytest

from tests.layers.tcp.worlds import SECOND, digest, octets, open_pair, transfer, two_hosts


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


@pytest.mark.parametrize("seed", range(3))
def test_every_octet_arrives_once_and_in_order(seed: int) -> None:
    """One megabyte each way over a cable that loses, doubles and reorders."""
    world = two_hosts(seed, loss=0.05, duplicate=0.02, reorder=0.1, delay=5000, hold=10_000)
    there, back = octets(seed, 200_000), octets(seed + 100, 200_000)
    alice, bob = open_pair(world, there, back)
    transfer(world, alice, bob)
    assert digest(bob.received) == digest(there)
    assert digest(alice.received) == digest(back)
