"""Bulk TCP on a TAP against a kernel's socket, beside two plain sockets of Python.

The kernel's end lives in a process of its own, in a network namespace of the two, which needs root.
What is told is Gbit a second of processor time of our own process, system calls and what the kernel
does within them included: what one core would carry.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from time import process_time
from typing import Any

from benchmarks.stack import beside
from netfsm.drivers import Tap
from netfsm.stack import Report, Stack
from netfsm.stack.loop import Loop

LAYERS = ("ethernet", "arp", "ipv4", "icmp", "tcp")
OURS, PEER = "192.0.2.2", "192.0.2.1"
IN, OUT = 9, 19
PIECE = 262_144
NEW_NETWORK = 0x40000000
MANY, FEW = 200_000_000, 20_000_000
ROUNDS = 3


def tcp_ratios() -> Mapping[str, float]:
    """Gbit a second of CPU, in and out, with offload and without, and plain sockets' beside it.

    Empty where no namespace may be made.
    """
    command = [sys.executable, "-m", "benchmarks.tcp"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return {name: float(value) for name, value in lines}


class Host:
    """A stack on a TAP of its own name, which counts what comes and says as much as it may."""

    def __init__(self, name: str, *, offload: bool) -> None:
        self.tap = Tap(name, offload=offload)
        for words in (f"addr add {PEER}/24 dev {name}", f"link set {name} up"):
            subprocess.run(["ip", *words.split()], check=True)
        self.stack = Stack(layers=LAYERS, strict=True, constants="linux")
        self.loop = Loop(self.stack, {"eth0": self.tap}, self.told)
        give = self.stack.command
        give("ipv4.add_address", interface="eth0", address=OURS, prefix=24, probe=False)
        self.listeners = {give("tcp.listen", port=port): port for port in (IN, OUT)}
        self.heard = self.unsaid = 0
        self.open: set[int] = set()
        self.text = bytes(PIECE)

    def told(self, report: Report) -> None:
        """What TCP reports."""
        number: Any = report.data.get("socket")
        if report.name == "tcp.accepted":
            taken = self.stack.command("tcp.accept", socket=number)
            self.open.add(taken)
            if self.listeners[number] == OUT:
                self.say(taken)
            self.hear(taken)
        elif number in self.open and report.name in ("tcp.readable", "tcp.ended"):
            self.hear(number)
        elif number in self.open and report.name == "tcp.writable":
            self.say(number)

    def hear(self, number: int) -> None:
        """Take all that is there; close at the end."""
        with suppress(BlockingIOError):
            while got := self.stack.command("tcp.receive", socket=number, count=PIECE):
                self.heard += len(got)
            self.open.discard(number)
            self.stack.command("tcp.close", socket=number)

    def say(self, number: int) -> None:
        """Give as much as has room; close when all is said."""
        with suppress(BlockingIOError):
            while self.unsaid > 0:
                part = self.text[: self.unsaid]
                self.unsaid -= self.stack.command("tcp.send", socket=number, data=part)
            self.stack.command("tcp.close", socket=number, reads=True)

    def take_in(self, count: int) -> float:
        """Gbit a second of CPU from the kernel's socket."""
        self.heard = 0
        done = self._until(lambda: self.heard >= count and not self.open)
        return _rate(done, send_to, (OURS, IN), count)

    def give_out(self, count: int) -> float:
        """Gbit a second of CPU to the kernel's socket."""
        self.unsaid = count
        return _rate(
            self._until(lambda: self.unsaid <= 0 and not self.open), take_from, (OURS, OUT), count
        )

    def _until(self, done: Callable[[], bool]) -> Callable[[], None]:
        return lambda: self.loop.run(until=done)


def _rate(
    work: Callable[[], None],
    peer: Callable[[tuple[str, int], int], None],
    where: tuple[str, int],
    count: int,
) -> float:
    """What `work` carries while `peer` runs beside it."""
    with beside(partial(peer, where, count)):
        start = process_time()
        work()
        spent = process_time() - start
    return count * 8e-9 / spent


def send_to(where: tuple[str, int], count: int) -> None:
    """Send so many octets."""
    with socket.create_connection(where, timeout=60) as one:
        text = bytes(PIECE)
        while count:
            count -= one.send(text[:count])


def take_from(where: tuple[str, int], count: int) -> None:
    """Receive until the peer has said all. RuntimeError where that is not as much."""
    with socket.create_connection(where, timeout=60) as one:
        while got := one.recv(PIECE):
            count -= len(got)
    if count:
        raise RuntimeError(f"{count} octets did not come")


def plain_in(count: int) -> float:
    """The same with a socket of Python at our end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return _rate(lambda: _hear(server), send_to, server.getsockname(), count)


def plain_out(count: int) -> float:
    """As `plain_in`, the other way."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return _rate(lambda: _say(server, count), take_from, server.getsockname(), count)


def _hear(server: socket.socket) -> None:
    one, _ = server.accept()
    with one:
        while one.recv(PIECE):
            pass


def _say(server: socket.socket, count: int) -> None:
    one, _ = server.accept()
    with one:
        text = bytes(PIECE)
        while count:
            count -= one.send(text[:count])


def main() -> None:
    """Measure in a namespace of this process; a name and a figure each line."""
    if ctypes.CDLL(None).unshare(NEW_NETWORK) != 0:
        return
    subprocess.run(["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    large = Host("taplarge", offload=True)
    found = {"plain_in": 0.0, "plain_out": 0.0, "in": 0.0, "out": 0.0}
    for _ in range(ROUNDS):  # rivals take turns
        for name, measure in (
            ("in", large.take_in),
            ("plain_in", plain_in),
            ("out", large.give_out),
            ("plain_out", plain_out),
        ):
            found[name] = max(found[name], measure(MANY))
    large.tap.close()
    subprocess.run(["ip", "link", "del", "taplarge"], check=False, capture_output=True)
    small = Host("tapsmall", offload=False)
    found["in_plain_frames"] = max(small.take_in(FEW) for _ in range(ROUNDS))
    found["out_plain_frames"] = max(small.give_out(FEW) for _ in range(ROUNDS))
    found["plain_to_in"] = found["plain_in"] / found["in"]
    found["plain_to_out"] = found["plain_out"] / found["out"]
    sys.stdout.writelines(f"{name} {value:.3f}\n" for name, value in found.items())
    os._exit(0)


if __name__ == "__main__":
    main()
