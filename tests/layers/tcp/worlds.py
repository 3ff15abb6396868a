"""Two hosts with TCP on one cable, and programs that read and write as much as they can."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from random import Random
from typing import Any

from netfsm.sim import Simulation

ADDRESSES = {"alice": "192.0.2.1", "bob": "192.0.2.2"}
ADDRESSES6 = {"alice": "2001:db8::1", "bob": "2001:db8::2"}
LAYERS = ("ethernet", "arp", "ipv4", "icmp", "tcp")
LAYERS6 = ("ethernet", "ipv6", "icmpv6", "nd", "udp", "tcp")
SECOND = 1_000_000
PIECE = 65536


def two_hosts(seed: int = 1, *, values: dict[str, Any] | None = None, **rates: Any) -> Simulation:
    """Alice and Bob, each with an address that it uses at once."""
    world = Simulation(seed, told=False)
    move_in(world, values=values, **rates)
    return world


def move_in(
    world: Simulation,
    layers: tuple[str, ...] = LAYERS,
    addresses: dict[str, str] = ADDRESSES,
    *,
    values: dict[str, Any] | None = None,
    **rates: Any,
) -> None:
    """Put two hosts into a world, on one cable."""
    for name in addresses:
        world.add_host(name, layers, values=values)
    world.connect("alice", "bob", **rates)
    for name, address in addresses.items():
        give(world, name, address)


def give(world: Simulation, host: str, address: str) -> None:
    """Give a host an address of either IP, which it uses at once."""
    ip, prefix = ("ipv6", 64) if ":" in address else ("ipv4", 24)
    world.command(
        host, f"{ip}.add_address", interface="eth0", address=address, prefix=prefix, probe=False
    )


class Program:
    """One socket of a host: sends `data`, keeps what it receives, closes when it has sent all."""

    def __init__(self, world: Simulation, host: str, socket: int, data: bytes = b"") -> None:
        self.world, self.host, self.socket = world, host, socket
        self.data, self.sent, self.closed = data, 0, False
        self.received = bytearray()
        self.ended = False
        self.error: Exception | None = None

    def turn(self) -> None:
        """Do what can be done now."""
        try:
            self._read()
            self._write()
        except OSError as error:
            self.error = error
            self.ended = True

    def _read(self) -> None:
        with suppress(BlockingIOError):
            while not self.ended:
                got = self.command("receive", count=PIECE)
                self.received += got
                self.ended = not got

    def _write(self) -> None:
        with suppress(BlockingIOError):
            while self.sent < len(self.data):
                part = self.data[self.sent : self.sent + PIECE]
                self.sent += self.command("send", data=part)
        if self.sent == len(self.data) and not self.closed:
            self.closed = True
            self.command("close", reads=True)

    def command(self, name: str, **params: Any) -> Any:
        """A command of this socket."""
        return self.world.command(self.host, f"tcp.{name}", socket=self.socket, **params)


def octets(seed: int, count: int) -> bytes:
    """Octets that are the same for the same seed."""
    return Random(seed).randbytes(count)


def digest(data: bytes | bytearray) -> str:
    """What tells whether two streams are equal."""
    return hashlib.sha256(data).hexdigest()


def open_pair(
    world: Simulation,
    there: bytes = b"",
    back: bytes = b"",
    port: int = 7,
    address: str = ADDRESSES["bob"],
) -> tuple[Program, Program]:
    """A connection from Alice to Bob, with what each has to say."""
    listener = world.command("bob", "tcp.listen", port=port)
    socket = world.command("alice", "tcp.connect", address=address, port=port)
    found: list[int] = []

    def accepted() -> bool:
        with suppress(BlockingIOError):
            found.append(world.command("bob", "tcp.accept", socket=listener))
        return bool(found)

    until(world, accepted)
    world.command("bob", "tcp.close", socket=listener)
    return Program(world, "alice", socket, there), Program(world, "bob", found[0], back)


def until(world: Simulation, done: Any, *, within: int = 600 * SECOND, every: int = 10_000) -> None:
    """Let time pass until `done()`. Raises TimeoutError where that takes too long."""
    end = world.now + within
    while not done():
        if world.now >= end:
            raise TimeoutError("it does not come to an end")
        world.run(world.now + every)


def transfer(world: Simulation, *programs: Program, every: int = 10_000) -> None:
    """Let programs read and write until each has sent all and heard the end."""

    def turn() -> bool:
        for program in programs:
            program.turn()
        return all(one.ended and (one.closed or one.error) for one in programs)

    until(world, turn, every=every)


def left(world: Simulation, host: str) -> dict[str, int]:
    """What TCP of a host still keeps."""
    hands: Any = world.hosts[host].stack.layer("tcp")
    return {
        "timers": sum(part.armed() for part in hands.parts.values()),
        "instances": sum(len(part.instances) for part in hands.parts.values() if part.keyed),
        "streams": len(hands._streams),  # what is left is the test's question
        "callers": len(hands._callers),  # as above
        "sockets": len(hands._sockets),  # as above
        "ports": len(hands._ports),  # as above
    }


def always(number: int, _: object) -> int:
    """What stands in for chance where a test chooses."""
    return number
