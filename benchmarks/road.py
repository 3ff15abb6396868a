"""The road below TCP: a segment from a layer's text to a TAP and back, beside bare system calls.

A kernel is at the other end, in a network namespace of a process of its own, which needs root. Out:
`send` of IPv4, Ethernet, and the write into the TAP; its rival writes the same octets. In: the
kernel's own segments are read and go up to whoever is bound to TCP; the rival reads only.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from time import process_time
from typing import Any

from netfsm.drivers import Tap, virtio
from netfsm.layers.contracts import Flow, Inbound
from netfsm.stack import Stack, Transmit
from netfsm.stack.pump import Pump
from netfsm.stack.verdicts import DELIVERED, Verdict

LAYERS = ("ethernet", "arp", "ipv4", "icmp")
OURS, PEER = 0xC0000202, 0xC0000201
MSS = 1460
LARGEST = 44 * MSS
TCP = 6
HEAD = bytes.fromhex("0007000900000001000000015010ffff00000000")
BATCH, ROUNDS, TURNS = 12, 5, 20
NEW_NETWORK = 0x40000000
SOL_PACKET, VNET_HDR = 263, 15


def road_ratios() -> Mapping[str, float]:
    """CPU of the road to that of bare calls, out and in, for one packet and for 64 KB.

    Empty where no namespace may be made. Beside the ratios, CPU microseconds a packet.
    """
    command = [sys.executable, "-m", "benchmarks.road"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = (line.split() for line in done.stdout.splitlines())
    return {name: float(value) for name, value in lines}


class Bench:
    """A stack on a TAP whose other end drops what comes, and sends what it is asked for."""

    def __init__(self) -> None:
        self.tap = Tap("tapbench")
        for words in (
            "addr add 192.0.2.1/24 dev tapbench",
            "link set tapbench up",
            f"neigh add 192.0.2.2 lladdr {self.tap.mac.hex(':')} dev tapbench",
        ):
            subprocess.run(["ip", *words.split()], check=True)
        self.stack = Stack(layers=LAYERS, strict=True)
        self.pump = Pump(self.stack, {"eth0": self.tap})
        give = self.stack.command
        give("ipv4.add_address", interface="eth0", address="192.0.2.2", prefix=24, probe=False)
        station = bytes.fromhex("020000000001")
        give("arp.set_neighbour", interface="eth0", address="192.0.2.1", lladdr=station)
        self.pump.turn(3_000_000)
        self.ipv4: Any = self.stack.layer("ipv4")
        self.ipv4.spaces["ipv4.protocol"].bind(TCP, self.hear, owner="benchmark")
        self.octets = 0
        self.raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self._open_raw()

    def hear(self, payload: memoryview, _: Inbound) -> Verdict:
        """Take a segment."""
        self.octets += len(payload)
        return DELIVERED

    def send(self, size: int) -> None:
        """A batch by the whole road."""
        text, flow = [memoryview(bytes(size))], Flow(PEER, TCP, OURS, dont_fragment=True)
        segment = MSS if size > MSS else 0
        for _ in range(BATCH):
            self.ipv4.send(flow, HEAD, text, sum_offset=16, segment=segment)
        self.pump.turn(3_000_000)

    def sample(self, size: int) -> bytes:
        """What one packet is in the TAP, its header in front."""
        text, flow = [bytes(size)], Flow(PEER, TCP, OURS, dont_fragment=True)
        segment = MSS if size > MSS else 0
        self.ipv4.send(flow, HEAD, text, sum_offset=16, segment=segment)
        (one,) = [o for o in self.stack.step(3_000_000)[0] if isinstance(o, Transmit)]
        return bytes(virtio.written(one.buffer))

    def write(self, octets: bytes) -> None:
        """A batch by bare calls."""
        number = self.tap.fileno() or -1
        for _ in range(BATCH):
            os.write(number, octets)

    def fill(self, octets: bytes) -> None:
        """Let the kernel have a batch that is to be read, by a raw packet socket."""
        for _ in range(BATCH):
            self.raw.send(octets)

    def read(self) -> None:
        """Read a batch by bare calls."""
        number = self.tap.fileno() or -1
        for _ in range(BATCH):
            os.read(number, 65_600)

    def _open_raw(self) -> None:
        """Let the packet socket take virtio-net headers, so that segments stay whole."""
        self.raw.setsockopt(SOL_PACKET, VNET_HDR, 1)
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_000_000)
        self.raw.bind(("tapbench", 0))


def per_packet(before: Callable[[], object], work: Callable[[], object]) -> float:
    """CPU microseconds a packet of `work`, which does a batch; the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        spent = 0.0
        for _ in range(TURNS):
            before()
            start = process_time()
            work()
            spent += process_time() - start
        best = min(best, spent)
    return best / TURNS / BATCH * 1e6


def main() -> None:
    """Measure in a namespace of this process; a name and a figure each line."""
    if ctypes.CDLL(None).unshare(NEW_NETWORK) != 0:
        return
    subprocess.run(["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"], check=True)
    bench = Bench()
    for name, size in (("packet", MSS), ("segment", LARGEST)):
        measure(bench, name, size)


def measure(bench: Bench, name: str, size: int) -> None:
    """Print the figures of texts of `size` octets. RuntimeError where a segment got lost."""
    octets = bench.sample(size)
    bare = per_packet(nothing, lambda: bench.write(octets))
    ours = per_packet(nothing, lambda: bench.send(size))
    print(f"out_{name} {ours / bare:.2f}\nout_{name}_us {ours:.1f}")
    back = octets[:10] + bench.tap.mac + octets[16:]
    back = back[:36] + PEER.to_bytes(4) + OURS.to_bytes(4) + back[44:]
    bare = per_packet(lambda: bench.fill(back), bench.read)
    heard = bench.octets
    ours = per_packet(lambda: bench.fill(back), lambda: bench.pump.turn(3_000_000))
    if bench.octets - heard != (size + len(HEAD)) * BATCH * TURNS * ROUNDS:
        raise RuntimeError("not every segment that was sent came up to TCP")
    print(f"in_{name} {ours / bare:.2f}\nin_{name}_us {ours:.1f}")


def nothing() -> None:
    """Nothing comes before what is measured."""


if __name__ == "__main__":
    main()
