"""A router that advertises itself: what it says, to whom, and what of it a host takes."""

from __future__ import annotations

import pytest

from netfsm.sim import Simulation
from netfsm.stack import Stack
from tests.layers.ipv6.bench6 import echo6, ipv6
from tests.layers.nd.link import (
    ALL_NODES,
    LAYERS,
    OURS,
    RA,
    REDIRECT,
    RS,
    SECOND,
    frame,
    hear,
    prefix_option,
    run,
    settled,
    source_link,
)
from tests.stack.bench import OUR_MAC, ethernet

PREFIXES = [f"2001:db8:{number}::" for number in range(1, 33)]
ALL_ROUTERS = "ff02::2"


def router(prefixes: list[str]) -> Stack:
    """A stack that advertises prefixes on eth0."""
    stack = settled()
    for prefix in prefixes:
        stack.command("nd.add_prefix", interface="eth0", prefix=f"{prefix}/64")
    stack.command("nd.advertise", interface="eth0", mtu=1400, hop_limit=33)
    return stack


@pytest.mark.requirement("RFC 4861 §6.2.3 1", "RFC 4861 §9 9")
def test_every_advertisement_has_all_prefixes() -> None:
    """Thirty-two of them, and they fit what every link carries, so that none is cut."""
    (first, *_) = run(router(PREFIXES), 11 * SECOND).messages(RA)
    options = first[16:]
    wanted = b"".join(prefix_option(one, valid=2_592_000, preferred=604_800) for one in PREFIXES)

    assert source_link(OUR_MAC) + bytes((5, 1, 0, 0)) + (1400).to_bytes(4) + wanted == options
    assert (33, 0) == (first[4], int.from_bytes(first[6:8]))
    assert len(first) + 40 <= 1280


@pytest.mark.requirement("RFC 4861 §6.2.1 8")
def test_wrong_settings_are_refused() -> None:
    """An address is preferred no longer than it is valid; a link has so many."""
    stack = router(PREFIXES)
    told = {"interface": "eth0", "prefix": "2001:db8:99::/64"}

    with pytest.raises(ValueError, match="preferred"):
        stack.command("nd.add_prefix", **told, valid=10, preferred=11)
    with pytest.raises(ValueError, match="at most 32"):
        stack.command("nd.add_prefix", **told)
    with pytest.raises(LookupError):
        stack.command("nd.remove_prefix", **told)


@pytest.mark.requirement("RFC 4861 §6.2.5 2")
def test_the_group_of_routers_is_left() -> None:
    """It is listened to while the interface advertises; then three last advertisements leave."""
    stack = router(PREFIXES[:1])
    run(stack, 60 * SECOND)
    during = [one.group for one in stack.query("ipv6.groups", interface="eth0")]
    stack.command("nd.cease", interface="eth0")
    after = [one.group for one in stack.query("ipv6.groups", interface="eth0")]
    last = run(stack, 100 * SECOND).messages(RA)

    assert ALL_ROUTERS in during
    assert ALL_ROUTERS not in after
    assert [0, 0, 0] == [int.from_bytes(one[6:8]) for one in last]


def test_who_asks_is_answered_soon_but_not_too_often() -> None:
    """Within half a second, and never twice in three seconds (RFC 4861 §6.2.6)."""
    stack = router(PREFIXES[:1])
    run(stack, 100 * SECOND)
    told = [frame(RS, bytes(4), to=ALL_ROUTERS)]
    hear(stack, *told)
    first = run(stack, 100 * SECOND + SECOND // 2).messages(RA)
    hear(stack, *told)
    second = run(stack, 102 * SECOND).messages(RA)
    third = run(stack, 105 * SECOND).messages(RA)

    assert (1, 0, 1) == (len(first), len(second), len(third))


@pytest.mark.requirement("RFC 4861 §8.3 7")
def test_no_redirect_leaves() -> None:
    """What is not for us is dropped, and nobody is told of a better way."""
    stack = settled()
    lost = ipv6(echo6(to="2001:db8:9::9"), to="2001:db8:9::9", source="2001:db8::9")

    assert [] == hear(stack, ethernet(0x86DD, lost)).messages(REDIRECT)


@pytest.mark.parametrize(("forwards", "lifetime"), [(False, 0), (True, 1800)])
def test_a_default_router_forwards(forwards: bool, lifetime: int) -> None:
    """Hosts are told a lifetime while we send on what they send (RFC 4861 §6.2.5)."""
    stack = router(PREFIXES[:1])
    stack.command("ipv6.set_forwarding", interface="eth0", on=forwards)
    (first, *_) = run(stack, 11 * SECOND).messages(RA)

    assert lifetime == int.from_bytes(first[6:8])


def test_a_host_is_configured_by_a_netfsm_router() -> None:
    """It takes an address of the prefix and the MTU, and the two reach each other by it."""
    simulation = Simulation(5)
    for name in ("router", "host"):
        simulation.add_host(name, LAYERS)
    simulation.connect("router", "host")
    add = {"interface": "eth0", "address": OURS, "prefix": 64}
    simulation.command("router", "ipv6.add_address", **add)
    simulation.command("router", "nd.add_prefix", interface="eth0", prefix="2001:db8::/64")
    simulation.command("router", "nd.advertise", interface="eth0", mtu=1400)
    simulation.run(20 * SECOND)
    simulation.command("host", "icmpv6.ping", destination=OURS)
    simulation.run(21 * SECOND)
    (link,) = simulation.query("host", "nd.links")
    formed = [one.address for one in simulation.query("host", "nd.addresses")]

    assert 1400 == link.mtu
    assert 1 == len([one for one in formed if one.startswith("2001:db8::")])
    assert 1 == len(simulation.reports("icmpv6.answered"))
    assert ALL_NODES not in formed
