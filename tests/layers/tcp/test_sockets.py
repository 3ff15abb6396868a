"""Sockets of two hosts: they open, talk, close and fail as RFC 9293 has it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from netfsm.sim import Simulation
from tests.layers.tcp.worlds import (
    ADDRESSES,
    SECOND,
    Program,
    digest,
    left,
    octets,
    open_pair,
    transfer,
    two_hosts,
    until,
)

PORT = 7
QUICK = {"tcp.MSL": SECOND}


def states(world: Simulation, host: str) -> list[str]:
    """The states of a host's connections and listeners."""
    return [one.state for one in world.query(host, "tcp.connections")]


def told(world: Simulation, host: str, name: str) -> list[dict[str, Any]]:
    """What a host's TCP has reported under a name."""
    found = world.hosts[host].reports
    return [one.data for _, one in found if one.name == f"tcp.{name}"]


def open_only(world: Simulation) -> tuple[Program, Program]:
    """A connection on which nobody has said anything, and nobody closes by himself."""
    alice, bob = open_pair(world)
    alice.closed = bob.closed = True
    return alice, bob


def test_nothing_is_left_after_2msl() -> None:
    """Both closed, TIME-WAIT is over: no instance, timer, buffer, socket or port."""
    world = two_hosts(values=QUICK)
    alice, bob = open_pair(world, octets(1, 5000), octets(2, 7000))
    transfer(world, alice, bob)
    for one in (alice, bob):
        one.command("close")
    world.run(world.now + 3 * SECOND)
    nothing = dict.fromkeys(left(world, "alice"), 0)
    assert nothing == left(world, "alice")
    assert nothing == left(world, "bob")


def test_one_megabyte_each_way() -> None:
    """Both streams arrive whole at once."""
    world = two_hosts(5, delay=2000)
    there, back = octets(1, 1_000_000), octets(2, 1_000_000)
    alice, bob = open_pair(world, there, back)
    transfer(world, alice, bob, every=2000)
    assert (digest(there), digest(back)) == (digest(bob.received), digest(alice.received))


def test_half_close() -> None:
    """Who has closed his side still receives (RFC 9293 §3.6)."""
    world = two_hosts(values=QUICK)
    alice, bob = open_only(world)
    alice.command("close", reads=True)
    world.run(world.now + SECOND)
    assert b"" == bob.command("receive", count=1)
    assert (["FIN-WAIT-2"], ["CLOSE-WAIT"]) == (states(world, "alice"), states(world, "bob"))
    assert 5 == bob.command("send", data=b"still")
    world.run(world.now + SECOND)
    assert b"still" == alice.command("receive", count=99)
    with pytest.raises(BrokenPipeError):
        alice.command("send", data=b"no more")
    bob.command("close")
    world.run(world.now + SECOND)
    assert b"" == alice.command("receive", count=1)
    assert (["TIME-WAIT"], []) == (states(world, "alice"), states(world, "bob"))


def test_a_peer_that_never_closes_is_not_waited_for_for_ever() -> None:
    """Where nobody reads any more FIN-WAIT-2 ends; who half-closed waits as long as it takes."""
    world = two_hosts(values={"tcp.FIN_WAIT": 20 * SECOND})
    alice, _bob = open_only(world)
    carol, _dave = open_only(world)
    alice.command("close")
    carol.command("close", reads=True)
    world.run(world.now + 19 * SECOND)
    assert ["FIN-WAIT-2", "FIN-WAIT-2"] == states(world, "alice")
    world.run(world.now + 2 * SECOND)
    assert ["FIN-WAIT-2"] == states(world, "alice")
    carol.command("close")
    world.run(world.now + 21 * SECOND)
    assert dict.fromkeys(left(world, "alice"), 0) == left(world, "alice")


def test_simultaneous_close() -> None:
    """Both FINs cross: CLOSING on both sides, then TIME-WAIT (RFC 9293 figure 13)."""
    world = two_hosts(values=QUICK, delay=20_000)
    alice, bob = open_only(world)
    world.run(world.now + SECOND)
    alice.command("close", reads=True)
    bob.command("close", reads=True)
    world.run(world.now + 25_000)
    assert (["CLOSING"], ["CLOSING"]) == (states(world, "alice"), states(world, "bob"))
    world.run(world.now + 100_000)
    assert (["TIME-WAIT"], ["TIME-WAIT"]) == (states(world, "alice"), states(world, "bob"))
    world.run(world.now + 3 * SECOND)
    assert ([], []) == (states(world, "alice"), states(world, "bob"))


def test_simultaneous_open() -> None:
    """Both call, nobody listens, and there is one connection (RFC 9293 figure 8, MUST-10)."""
    world = two_hosts(delay=20_000)
    world.run(world.now + SECOND)
    one = world.command(
        "alice", "tcp.connect", address=ADDRESSES["bob"], port=2000, local_port=1000
    )
    two = world.command(
        "bob", "tcp.connect", address=ADDRESSES["alice"], port=1000, local_port=2000
    )
    world.run(world.now + SECOND)
    assert (["ESTABLISHED"], ["ESTABLISHED"]) == (states(world, "alice"), states(world, "bob"))
    alice, bob = Program(world, "alice", one, b"there"), Program(world, "bob", two, b"back")
    transfer(world, alice, bob)
    assert (b"back", b"there") == (bytes(alice.received), bytes(bob.received))


def test_a_closed_port_refuses() -> None:
    """A SYN to nobody is answered by a reset, which its sender learns as a refusal."""
    world = two_hosts()
    socket = world.command("alice", "tcp.connect", address=ADDRESSES["bob"], port=PORT)
    world.run(world.now + 5 * SECOND)
    assert [{"socket": socket, "reason": "the connection was refused"}] == told(
        world, "alice", "closed"
    )
    with pytest.raises(ConnectionRefusedError):
        world.command("alice", "tcp.receive", socket=socket, count=1)
    world.command("alice", "tcp.close", socket=socket)
    assert 0 == left(world, "alice")["sockets"]


def test_abort_resets_the_peer() -> None:
    """What came before the reset can be received; then the error is told."""
    world = two_hosts()
    alice, bob = open_only(world)
    alice.command("send", data=b"last words")
    world.run(world.now + SECOND)
    alice.command("abort")
    world.run(world.now + SECOND)
    assert ([], []) == (states(world, "alice"), states(world, "bob"))
    assert b"last words" == bob.command("receive", count=99)
    with pytest.raises(ConnectionResetError):
        bob.command("receive", count=1)
    with pytest.raises(ConnectionResetError):
        bob.command("send", data=b"hello?")


def test_a_full_window_opens_again() -> None:
    """Who doesn't receive stops his peer; when he does, the rest comes and is equal."""
    world = two_hosts(values={"tcp.RCV_BUF": 20_480})
    alice, bob = open_pair(world, octets(3, 100_000))
    for _ in range(50):
        alice.turn()
        world.run(world.now + SECOND)
    unread = world.query("bob", "tcp.connections")[0].unread
    assert 0 <= 20_480 - unread < 32, "the window is told in units of 32"
    transfer(world, alice, bob)
    assert digest(alice.data) == digest(bob.received)


def test_send_tells_when_there_is_room() -> None:
    """A full queue refuses, and `writable` follows once."""
    world = two_hosts(values={"tcp.SND_BUF": 10_000})
    alice, bob = open_only(world)
    assert 10_000 == alice.command("send", data=octets(1, 30_000))
    with pytest.raises(BlockingIOError):
        alice.command("send", data=b"more")
    assert [] == told(world, "alice", "writable")
    world.run(world.now + SECOND)
    assert [{"socket": alice.socket}] == told(world, "alice", "writable")
    assert 4 == alice.command("send", data=b"more")
    world.run(world.now + SECOND)
    assert octets(1, 30_000)[:10_000] + b"more" == bob.command("receive", count=99_999)


def test_a_backlog_is_bounded() -> None:
    """Connections beyond the backlog wait for their SYN to be answered until one is taken."""
    world = two_hosts()
    listener = world.command("bob", "tcp.listen", port=PORT, backlog=2)
    callers = [
        world.command("alice", "tcp.connect", address=ADDRESSES["bob"], port=PORT) for _ in range(4)
    ]
    world.run(world.now + 500_000)
    taken: list[int] = []

    def all_taken() -> bool:
        with suppress(BlockingIOError):
            taken.append(world.command("bob", "tcp.accept", socket=listener))
        return len(taken) == len(callers)

    until(world, all_taken, every=100_000)
    assert 4 == len(set(taken))
    assert 4 == states(world, "alice").count("ESTABLISHED")


def test_a_listener_that_closes_resets_who_was_not_taken() -> None:
    """Nobody will take them any more."""
    world = two_hosts()
    listener = world.command("bob", "tcp.listen", port=PORT)
    caller = world.command("alice", "tcp.connect", address=ADDRESSES["bob"], port=PORT)
    world.run(world.now + SECOND)
    assert [{"socket": listener}] == told(world, "bob", "accepted")
    world.command("bob", "tcp.close", socket=listener)
    world.run(world.now + SECOND)
    assert ([], []) == (states(world, "alice"), states(world, "bob"))
    with pytest.raises(ConnectionResetError):
        world.command("alice", "tcp.receive", socket=caller, count=1)


def test_unloading_leaves_nothing_and_reloading_works() -> None:
    """Connections are reset, listeners are gone, and TCP can be used again."""
    world = two_hosts()
    alice, bob = open_only(world)
    world.command("bob", "tcp.listen", port=99)
    world.hosts["bob"].stack.reload("tcp")
    assert dict.fromkeys(left(world, "bob"), 0) == left(world, "bob")
    world.command("bob", "tcp.listen", port=99)
    world.run(world.now + SECOND)
    assert ([], ["LISTEN"]) == (states(world, "alice"), states(world, "bob"))
    with pytest.raises(ConnectionResetError):
        alice.command("receive", count=1)
    with pytest.raises(OSError, match="no connection"):
        bob.command("receive", count=1)
    alice, bob = open_pair(world, b"once", b"more")
    transfer(world, alice, bob)
    assert (b"more", b"once") == (bytes(alice.received), bytes(bob.received))


@pytest.mark.parametrize("address", ["192.0.2.255", "224.0.0.1", "203.0.113.1"])
def test_a_call_to_no_host_is_an_error(address: str) -> None:
    """RFC 9293 MUST-46; nor can anybody call where no route leads."""
    world = two_hosts()
    with pytest.raises(OSError, match="can't be reached"):
        world.command("alice", "tcp.connect", address=address, port=PORT)
    assert 0 == left(world, "alice")["streams"]


def test_calls_on_what_is_not_there() -> None:
    """A number of no socket, of a listener, and ports that are in use."""
    world = two_hosts()
    listener = world.command("bob", "tcp.listen", port=PORT)
    with pytest.raises(OSError, match="in use"):
        world.command("bob", "tcp.listen", port=PORT)
    with pytest.raises(OSError, match="no connection"):
        world.command("bob", "tcp.receive", socket=listener, count=1)
    with pytest.raises(OSError, match="no socket"):
        world.command("bob", "tcp.close", socket=99)
    with pytest.raises(BlockingIOError):
        world.command("bob", "tcp.accept", socket=listener)
    with pytest.raises(OSError, match="no address of ours"):
        world.command("bob", "tcp.listen", port=8, address=ADDRESSES["alice"])
