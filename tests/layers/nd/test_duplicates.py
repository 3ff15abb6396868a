"""Duplicate address detection: two that want one address, a link that loops, no address at all."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest

from netfsm.sim import Simulation
from netfsm.stack import Stack
from tests.layers.nd.link import (
    ALL_NODES,
    LAYERS,
    NA,
    NS,
    OURS,
    OVERRIDE,
    SECOND,
    Seen,
    add,
    counted,
    frame,
    fresh,
    hear,
    run,
    seen,
    settled,
    solicitation,
    solicited_node,
    states,
    target_link,
)

ONE = "2001:db8::77"


def two(seed: int) -> Simulation:
    """Alice and Bob on one cable."""
    simulation = Simulation(seed)
    for name in ("alice", "bob"):
        simulation.add_host(name, LAYERS)
    simulation.connect("alice", "bob")
    return simulation


def users(simulation: Simulation) -> list[str]:
    """Who has the address in use."""
    return [
        name
        for name in simulation.hosts
        for one in simulation.query(name, "ipv6.addresses")
        if one.address == ONE and one.state == "PREFERRED"
    ]


@pytest.mark.parametrize("seed", range(8))
def test_two_want_one_address_at_once(seed: int) -> None:
    """Never both use it, and whoever does not was told (RFC 4862 §5.4)."""
    simulation = two(seed)
    for name in simulation.hosts:
        simulation.command(name, "ipv6.add_address", interface="eth0", address=ONE, prefix=64)
    simulation.run(20 * SECOND)
    told = {name for _, name, _ in simulation.reports("ipv6.lost")}

    assert len(users(simulation)) <= 1
    assert set(simulation.hosts) - set(users(simulation)) == told


def test_who_comes_second_does_not_get_it() -> None:
    """The first defends it and keeps it."""
    simulation = two(3)
    told = {"interface": "eth0", "address": ONE, "prefix": 64}
    simulation.command("alice", "ipv6.add_address", **told)
    simulation.run(20 * SECOND)
    simulation.command("bob", "ipv6.add_address", **told)
    simulation.run(40 * SECOND)

    assert ["alice"] == users(simulation)
    assert ["bob"] == [name for _, name, _ in simulation.reports("ipv6.lost")]


def test_a_link_that_loops_back_is_waited_for() -> None:
    """Our own solicitation is no duplicate; three more follow before the address is used."""
    stack = settled()
    add(stack, ONE)
    (first,) = [one for one in run(stack, 10 * SECOND).frames if one[20] == 58]
    hear(stack, first)
    later = run(stack, 20 * SECOND).messages(NS)

    assert 3 == len(later)
    assert 1 == counted(stack)["came_back"]
    assert "PREFERRED" == states(stack)[ONE]
    assert 4 == len({message[24:] for message in [*later, first[54:]]})  # a nonce each


def test_a_solicitation_with_another_nonce_is_a_duplicate() -> None:
    """Somebody else wants it too (RFC 7527 §4.2)."""
    stack = settled()
    add(stack, ONE)
    run(stack, 10 * SECOND)
    rival = frame(NS, solicitation(ONE), to=solicited_node(ONE), source="::")
    told = hear(stack, rival).reports

    assert ["ipv6.conflict", "ipv6.lost"] == sorted(told)
    assert "DUPLICATE" == states(stack)[ONE]


def answered(stack: Stack, until: int, prefix: bytes) -> Seen:
    """Let another node have every address of a prefix that we ask for."""
    found = Seen()
    while (due := stack.clock.next_deadline()) is not None and due <= until:
        now = seen(stack.step(due)[0])
        found += now
        for message in now.messages(NS):
            if message[8:16] == prefix:
                body = bytes((OVERRIDE, 0, 0, 0)) + message[8:24] + target_link()
                found += hear(stack, frame(NA, body, to=ALL_NODES))
    return found


def test_without_an_address_of_the_link_ip_does_not_run() -> None:
    """Four identifiers are tried (RFC 7217 §6), then the interface is disabled."""
    stack = fresh()
    told = answered(stack, 60 * SECOND, b"\xfe\x80" + bytes(6)).reports
    hear(stack, frame(NS, solicitation(OURS), to=ALL_NODES))

    assert 4 == told.count("ipv6.lost")
    assert ["nd.not_formed", "nd.disabled"] == [one for one in told if one.startswith("nd.")]
    assert 1 == counted(stack)["interface_disabled"]


def test_another_identifier_is_tried() -> None:
    """The first address of the link is another's; the second is used."""
    stack = fresh()
    (ns, *_) = run(stack, SECOND).messages(NS)
    taken = bytes((OVERRIDE, 0, 0, 0)) + ns[8:24] + target_link()
    hear(stack, frame(NA, taken, to=ALL_NODES))
    run(stack, 10 * SECOND)
    found = states(stack)

    assert ["PREFERRED"] == list(found.values())
    assert [IPv6Address(ns[8:24]).compressed] != list(found)


def test_the_interface_comes_back() -> None:
    """After the link was down the addresses are asked for anew, the same ones."""
    stack = settled()
    before = states(stack)
    stack.set_link("eth0", up=False)
    assert {} == states(stack)
    stack.set_link("eth0", up=True)
    again = run(stack, 20 * SECOND).messages(NS)

    assert before == states(stack)
    assert 2 == len(again)


@pytest.mark.requirement("RFC 4861 §7.2.1 1", "RFC 4861 §7.2.1 2", "RFC 4862 §5.4.2 1")
def test_groups_are_joined_before_anybody_is_asked() -> None:
    """A report of the solicited-node group leaves before the solicitation that goes to it."""
    stack = settled()
    add(stack, ONE)
    kinds = [one[20] for one in run(stack, 10 * SECOND).frames]
    groups = [one.group for one in stack.query("ipv6.groups", interface="eth0")]

    assert [0, 58] == kinds  # options of hop by hop, as reports have, then ICMPv6
    assert solicited_node(ONE) in groups
    assert stack.query("mld.groups", interface="eth0")[-1].group == solicited_node(ONE)


@pytest.mark.requirement("RFC 4861 §7.2.1 3")
def test_a_group_is_left_with_its_last_address() -> None:
    """Two addresses with the same low 24 bits are in one group."""
    stack = settled()
    pair = (ONE, "2001:db8::5:0:77")
    listened = []
    for address in pair:
        add(stack, address, probe=False)
    for address in pair:
        stack.command("ipv6.remove_address", interface="eth0", address=address)
        groups = [one.group for one in stack.query("ipv6.groups", interface="eth0")]
        listened.append(solicited_node(ONE) in groups)

    assert [True, False] == listened
