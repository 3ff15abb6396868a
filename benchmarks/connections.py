"""Many connections at once between two stacks: memory of one that is idle, cost of a segment.

Both stacks live in one process and in virtual time. Memory is what Python allocates for a thousand
more connections, halved: one side's. A segment costs what sending, judging and acknowledging it
takes; with ten thousand connections open each segment goes by another one.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Mapping, Sequence
from time import process_time

from netfsm.sim import Simulation

LAYERS = ("ethernet", "arp", "ipv4", "icmp", "tcp")
ADDRESSES = {"alice": "192.0.2.1", "bob": "192.0.2.2"}
PORT = 7
BACKLOG = 1000
ONE, MANY = 1, 10_000
SEGMENTS, ROUNDS = 1000, 3
PAUSE = 300_000
"""Microseconds of virtual time after each segment: its acknowledgment has left by then."""


def connection_figures() -> Mapping[str, float]:
    """Octets of an idle connection a side, CPU of a segment, timers that idle connections keep."""
    few, many = World(), World()
    octets = many.octets_a_connection(1000)
    few.open(ONE)
    many.open(MANY - len(many.sockets))
    alone, crowd = float("inf"), float("inf")
    for _ in range(ROUNDS):  # rivals take turns
        alone = min(alone, few.microseconds_a_segment())
        crowd = min(crowd, many.microseconds_a_segment())
    return {
        "octets": octets,
        "alone_us": alone,
        "crowd_us": crowd,
        "crowd_to_alone": crowd / alone,
        "timers": many.timers(),
    }


class World:
    """Two hosts on one cable, and the sockets of Alice's that are open."""

    def __init__(self) -> None:
        self.sim = Simulation(told=False)
        for name in ADDRESSES:
            self.sim.add_host(name, LAYERS)
        self.sim.connect("alice", "bob")
        for name, address in ADDRESSES.items():
            where = {"interface": "eth0", "address": address, "prefix": 24, "probe": False}
            self.sim.command(name, "ipv4.add_address", **where)
        self.listener = self.sim.command("bob", "tcp.listen", port=PORT, backlog=BACKLOG)
        self.sockets: list[int] = []

    def open(self, count: int) -> None:
        """So many connections more, open and idle at both ends."""
        for _ in range(count):
            sim = self.sim
            call = {"address": ADDRESSES["bob"], "port": PORT}
            self.sockets.append(sim.command("alice", "tcp.connect", **call))
            sim.run(sim.now + 1000)
            sim.command("bob", "tcp.accept", socket=self.listener)
        self.rest()

    def rest(self) -> None:
        """Let time pass until nothing is owed, and forget what was reported."""
        self.sim.run(self.sim.now + 10_000_000)
        for host in self.sim.hosts.values():
            host.reports.clear()

    def octets_a_connection(self, count: int) -> float:
        """What Python allocates for one end of a connection."""
        self.open(count)  # tables have grown, code has run
        gc.collect()
        tracemalloc.start(1)
        before, _ = tracemalloc.get_traced_memory()
        self.open(count)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return (after - before) / count / len(self.sim.hosts)

    def microseconds_a_segment(self) -> float:
        """CPU of one segment and its acknowledgment, each by the next connection."""
        sockets: Sequence[int] = self.sockets
        start = process_time()
        for at in range(SEGMENTS):
            socket = sockets[at * 7 % len(sockets)]
            self.sim.command("alice", "tcp.send", socket=socket, data=b"x" * 100)
            self.sim.run(self.sim.now + PAUSE)
        spent = process_time() - start
        self.rest()
        return spent / SEGMENTS * 1e6

    def timers(self) -> float:
        """Timers of TCP that run while all connections are idle."""
        hands = [host.stack.layer("tcp") for host in self.sim.hosts.values()]
        return sum(part.armed() for one in hands for part in one.parts.values())


if __name__ == "__main__":
    for name, value in connection_figures().items():
        print(f"{name} {value:,.2f}")
