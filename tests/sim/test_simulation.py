"""Virtual time: two hosts find and ping each other, whatever the cable does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from netfsm.drivers import Faults
from netfsm.sim import Simulation
from tests.sim.worlds import ping, two_hosts

BAD: dict[str, Any] = {
    "loss": 0.2,
    "duplicate": 0.1,
    "reorder": 0.1,
    "corrupt": 0.1,
    "delay": 1_000,
    "jitter": 500,
}


def told(simulation: Simulation, name: str) -> list[str]:
    """The hosts that reported something of this name, in order."""
    return [host for _, host, _ in simulation.reports(name)]


def test_two_hosts_ping_each_other() -> None:
    """Every request is answered, after exactly two delays of the cable."""
    simulation = two_hosts(delay=1_000)
    ping(simulation, 3)
    answers = simulation.reports("icmp.answered")
    assert [0, 1, 2] == [report.data["sequence"] for _, _, report in answers]
    assert [4_000, 2_000, 2_000] == [report.data["rtt"] for _, _, report in answers]


def test_an_address_is_probed_before_it_is_used() -> None:
    """Three probes and two announcements of each host, at the times of RFC 5227."""
    simulation = two_hosts(probe=True)
    probes = [step for step in simulation.log if step.label == "ARP probe 192.0.2.1"]
    announced = [step for step in simulation.log if step.label == "ARP announcement 192.0.2.1"]
    assert (3, 2) == (len(probes), len(announced))
    gaps = [two.time - one.time for one, two in pairwise(probes)]
    assert all(1_000_000 <= gap <= 2_000_000 for gap in gaps)
    assert 2_000_000 == announced[0].time - probes[-1].time
    assert 2_000_000 == announced[1].time - announced[0].time


def test_two_hosts_that_want_one_address_do_not_both_get_it() -> None:
    """Who comes later sees it taken; who probes at the same time gives up too."""
    simulation = Simulation(4)
    for name in ("first", "second"):
        simulation.add_host(name)
    simulation.connect("first", "second")
    for name in ("first", "second"):
        simulation.command(
            name, "ipv4.add_address", interface="eth0", address="192.0.2.7", prefix=24
        )
        simulation.run(simulation.now + 20_000_000)
    assert ["second"] == told(simulation, "ipv4.conflict")
    states = [simulation.query(name, "ipv4.addresses")[1].state for name in ("first", "second")]
    assert ["ASSIGNED", "DUPLICATE"] == states


@pytest.mark.parametrize("seed", range(5))
def test_a_bad_cable_delays_but_does_not_break(seed: int) -> None:
    """Requests are answered or reported lost, one by one; nothing is answered twice."""
    simulation = two_hosts(seed, **BAD)
    ping(simulation, 40)
    answered = [int(str(r.data["sequence"])) for _, _, r in simulation.reports("icmp.answered")]
    lost = [int(str(r.data["sequence"])) for _, _, r in simulation.reports("icmp.lost")]
    assert list(range(40)) == sorted(answered + lost)
    assert len(answered) > 10


@pytest.mark.parametrize("seed", range(5))
def test_the_cables_counts_add_up(seed: int) -> None:
    """What was sent, and what the cable doubled, arrived, was lost, or is still on its way."""
    simulation = two_hosts(seed, **BAD)
    ping(simulation, 40)
    simulation.run(simulation.now + 1_000_000)
    (cable,) = simulation.cables
    for name, other in (("alice", "bob"), ("bob", "alice")):
        fates = {fate: count for (host, fate), count in cable.fates.items() if host == name}
        sent = simulation.hosts[name].stack.interface("eth0").out_frames
        received = simulation.hosts[other].stack.interface("eth0")
        copies = fates.pop("duplicated", 0)
        assert sent == sum(fates.values())
        assert received.in_frames == sent + copies - fates.get("lost", 0)
        assert received.in_frames == sum(received.outcomes.values())


def test_the_same_seed_gives_the_same_story() -> None:
    """Every step is the same, its time, fate and rows; another seed tells another story."""
    stories = []
    for seed in (7, 7, 8):
        simulation = two_hosts(seed, probe=True, **BAD)
        ping(simulation, 20)
        stories.append(simulation.log)
    assert stories[0] == stories[1]
    assert stories[0] != stories[2]


def test_a_cut_cable_carries_nothing_until_it_is_mended() -> None:
    """What is sent meanwhile is lost; afterwards the hosts find each other again."""
    simulation = two_hosts()
    (cable,) = simulation.cables
    cable.cut = True
    ping(simulation, 2)
    assert ["alice", "alice"] == told(simulation, "icmp.lost")
    cable.cut = False
    simulation.run(simulation.now + 10_000_000)
    ping(simulation, 1)
    assert ["alice"] == told(simulation, "icmp.answered")


def test_a_link_that_one_host_takes_down_answers_nothing() -> None:
    """After it comes back its address is claimed again, and it answers."""
    simulation = two_hosts()
    simulation.set_link("bob", "eth0", up=False)
    ping(simulation, 1)
    simulation.set_link("bob", "eth0", up=True)
    simulation.run(simulation.now + 20_000_000)
    ping(simulation, 1)
    assert [["alice"], ["alice"]] == [told(simulation, f"icmp.{x}") for x in ("lost", "answered")]


def test_a_host_may_have_two_cables() -> None:
    """The middle host reaches both others, each by its own interface."""
    simulation = Simulation(2)
    for name in ("left", "middle", "right"):
        simulation.add_host(name)
    simulation.connect("left", "middle")
    simulation.connect("middle", "right")
    plan = [
        ("left", "eth0", "192.0.2.1"),
        ("middle", "eth0", "192.0.2.2"),
        ("middle", "eth1", "198.51.100.2"),
        ("right", "eth0", "198.51.100.3"),
    ]
    for host, interface, address in plan:
        simulation.command(
            host,
            "ipv4.add_address",
            interface=interface,
            address=address,
            prefix=24,
            probe=False,
        )
    for address in ("192.0.2.1", "198.51.100.3"):
        simulation.command("middle", "icmp.ping", destination=address)
    simulation.run(1_000_000)
    assert ["middle", "middle"] == told(simulation, "icmp.answered")


def test_run_stops_where_it_is_told() -> None:
    """At a time, at a condition, or where nothing more will happen."""
    simulation = two_hosts()
    assert simulation.run(12_345_678)
    assert 12_345_678 == simulation.now
    simulation.command("alice", "icmp.ping", destination="192.0.2.77")
    assert simulation.run(lambda: bool(simulation.reports("icmp.lost")))
    assert 17_345_678 == simulation.now
    assert not simulation.run(lambda: False)


def test_what_is_not_there_is_told() -> None:
    """Hosts by name, rates by what they must be."""
    simulation = Simulation()
    simulation.add_host("alice")
    with pytest.raises(ValueError, match="host alice is there already"):
        simulation.add_host("alice")
    with pytest.raises(LookupError, match="no host bob: there is alice"):
        simulation.connect("alice", "bob")
    with pytest.raises(ValueError, match="loss is a rate from 0 to 1"):
        simulation.connect("alice", "alice", loss=2)
    with pytest.raises(LookupError, match="no host bob"):
        simulation.command("bob", "icmp.ping", destination="192.0.2.1")


def test_faults_may_come_as_a_whole() -> None:
    """`Faults.parse` gives what a command line says."""
    simulation = Simulation()
    for name in ("alice", "bob"):
        simulation.add_host(name)
    cable = simulation.connect("alice", "bob", Faults.parse("loss=0.5,delay=5ms"))
    assert (0.5, 5_000) == (cable.faults.loss, cable.faults.delay)
