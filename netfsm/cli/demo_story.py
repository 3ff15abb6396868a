"""The story of the demo: two hosts on a lossy wire, in virtual time."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from netfsm.draw.steps import Step
from netfsm.sim import Simulation

SEED: Final = 4
LOSS: Final = 0.25
PINGS: Final = 3
_HOSTS: Final = {"alice": "192.0.2.1", "bob": "192.0.2.2"}
_SECOND: Final = 1_000_000


@frozen
class Told:
    """What happened: how long the addresses took, every step, which is told first, pings back."""

    settled: int
    frames_before: int
    steps: tuple[Step, ...]
    start: int
    answered: int


def two_hosts() -> Told:
    """Probe and announce two addresses, let the caches forget, then ping three times."""
    world = Simulation(seed=SEED)
    for name in _HOSTS:
        world.add_host(name)
    world.connect("alice", "bob", loss=LOSS, duplicate=0.05, reorder=0.05, delay=2_000)
    for name, address in _HOSTS.items():
        world.command(name, "ipv4.add_address", interface="eth0", address=address, prefix=24)
    world.run(lambda: _in_use(world))
    settled = world.now
    world.run(world.now + 10 * _SECOND)
    for name in _HOSTS:
        world.command(name, "arp.flush", interface="eth0")
    before = world.story()
    for sequence in range(PINGS):
        world.command("alice", "icmp.ping", destination=_HOSTS["bob"], id=1, sequence=sequence)
        world.run(world.now + 3 * _SECOND)
    world.run(world.now + 5 * _SECOND)
    frames = sum(step.fate not in ("local", "late") for step in before)
    return Told(settled, frames, world.story(), len(before), len(world.reports("icmp.answered")))


def _in_use(world: Simulation) -> bool:
    states = [each.state for host in _HOSTS for each in world.query(host, "ipv4.addresses")]
    return all(state == "ASSIGNED" for state in states)
