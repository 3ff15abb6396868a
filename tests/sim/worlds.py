"""Two hosts on one cable."""

from __future__ import annotations

from typing import Any

from netfsm.sim import Simulation

ADDRESSES = {"alice": "192.0.2.1", "bob": "192.0.2.2"}


def two_hosts(seed: int = 1, *, probe: bool = False, **rates: Any) -> Simulation:
    """Alice and Bob, each with an address; they use it at once unless they `probe` it first."""
    simulation = Simulation(seed)
    for name in ADDRESSES:
        simulation.add_host(name)
    simulation.connect("alice", "bob", **rates)
    for name, address in ADDRESSES.items():
        simulation.command(
            name,
            "ipv4.add_address",
            interface="eth0",
            address=address,
            prefix=24,
            probe=probe,
        )
    simulation.run(10_000_000)
    return simulation


def ping(simulation: Simulation, count: int, *, every: int = 100_000) -> None:
    """Let Alice ping Bob, and wait until each request is answered or lost."""
    for number in range(count):
        simulation.command("alice", "icmp.ping", destination=ADDRESSES["bob"], sequence=number)
        simulation.run(simulation.now + every)
    simulation.run(lambda: () == simulation.query("alice", "icmp.pings"))
