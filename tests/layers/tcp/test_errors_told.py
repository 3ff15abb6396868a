"""What the network reports of segments: hard, soft, too long, and forged (RFC 5461, RFC 5927)."""

from __future__ import annotations

from typing import Any

import pytest

from netfsm.sim import Simulation
from tests.layers.tcp.test_sockets import open_only, states, told
from tests.layers.tcp.worlds import ADDRESSES, SECOND, two_hosts


def hands(world: Simulation) -> Any:
    """The hands of Alice's TCP."""
    return world.hosts["alice"].stack.layer("tcp")


def calling(world: Simulation) -> tuple[int, Any]:
    """A call of Alice's that nobody answers, and its machine."""
    world.set_link("bob", "eth0", up=False)
    socket = world.command("alice", "tcp.connect", address=ADDRESSES["bob"], port=7, local_port=999)
    (instance,) = hands(world).part("tcp.connection").instances.values()
    return socket, instance.scope


def tell(world: Simulation, failure: str, number: int, rport: int = 7) -> None:
    """An ICMP error that quotes a segment of Alice's."""
    quoted = (999).to_bytes(2) + rport.to_bytes(2) + (number % (1 << 32)).to_bytes(4)
    ours, theirs = (_number(ADDRESSES[name]) for name in ("alice", "bob"))
    hands(world).told(failure, memoryview(quoted), ours, theirs)


def _number(address: str) -> int:
    return int.from_bytes(bytes(int(part) for part in address.split(".")))


def test_a_hard_error_ends_a_call() -> None:
    """Port unreachable for our SYN: there is no way to the peer (SHLD-26)."""
    world = two_hosts()
    socket, scope = calling(world)
    tell(world, "REFUSED", scope.ISS)
    world.run(world.now + SECOND)
    assert [] == states(world, "alice")
    with pytest.raises(OSError, match="can't be reached"):
        world.command("alice", "tcp.receive", socket=socket, count=1)


def test_a_soft_error_ends_nothing() -> None:
    """The user is told that there is trouble, and the call goes on (MUST-56)."""
    world = two_hosts()
    socket, scope = calling(world)
    tell(world, "UNREACHABLE", scope.ISS)
    world.run(world.now + SECOND)
    assert ["SYN-SENT"] == states(world, "alice")
    assert [{"socket": socket}] == told(world, "alice", "trouble")


def test_an_error_for_no_segment_of_ours_is_nothing() -> None:
    """A number that is not under way, a port that nobody has, and a header that breaks off."""
    world = two_hosts()
    _, scope = calling(world)
    tell(world, "REFUSED", scope.ISS + 1000)
    tell(world, "REFUSED", scope.ISS, rport=8)
    hands(world).told("REFUSED", memoryview(b"\0" * 7), 1, 2)
    assert ["SYN-SENT"] == states(world, "alice")
    counters = hands(world).counters
    assert (3, 2) == (counters["errors_told"], counters["errors_stray"])


def test_a_hard_error_ends_nothing_that_is_open() -> None:
    """Anybody could forge it (RFC 5927 §4)."""
    world = two_hosts()
    alice, _bob = open_only(world)
    (key,) = hands(world).part("tcp.connection").instances
    alice.command("send", data=b"hello")
    scope = hands(world).part("tcp.connection").instances[key].scope
    quoted = key[1].to_bytes(2) + key[3].to_bytes(2) + scope.SND_UNA.to_bytes(4)
    ours, theirs = int.from_bytes(key[0]), int.from_bytes(key[2])
    hands(world).told("REFUSED", memoryview(quoted), ours, theirs)
    world.run(world.now + SECOND)
    assert ["ESTABLISHED"] == states(world, "alice")


def test_a_smaller_path_cuts_smaller_segments() -> None:
    """What was too long is sent again in segments that fit (RFC 1191 §6.4)."""
    world = two_hosts(delay=20_000)
    world.run(world.now + SECOND)
    alice, bob = open_only(world)
    (key,) = hands(world).part("tcp.connection").instances
    scope = hands(world).part("tcp.connection").instances[key].scope
    world.run(world.now + SECOND)
    alice.command("send", data=bytes(5000))
    ours, theirs = int.from_bytes(key[0]), int.from_bytes(key[2])
    world.hosts["alice"].stack.layer("ipv4").path_told(theirs, 576, 1500)  # type: ignore[attr-defined]  # the layer's own hands
    quoted = key[1].to_bytes(2) + key[3].to_bytes(2) + scope.SND_UNA.to_bytes(4)
    hands(world).told("TOO_LONG", memoryview(quoted), ours, theirs)
    assert (536, True) == (scope.PMSS, scope.SMSS <= 536)
    world.run(world.now + 10 * SECOND)
    assert bytes(5000) == bob.command("receive", count=9999)
