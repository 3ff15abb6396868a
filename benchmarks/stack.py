"""The whole stack: echoes answered a CPU second, and how long a first stack takes.

The peer of the echoes is another process, so that only the stack's own work is counted: reading
from the socket, four layers in, four layers out, writing to the socket.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from time import process_time

from netfsm.drivers import SocketLink
from netfsm.stack import Stack
from netfsm.stack.loop import Loop

LAYERS = ("ethernet", "arp", "ipv4", "icmp")
OURS, PEER = "192.0.2.1", "192.0.2.2"
PEER_MAC = bytes.fromhex("020000000002")
ROUNDS = 5


def echoes_per_cpu_second(*, window: int = 32, count: int = 20_000, size: int = 56) -> float:
    """Echo requests that are answered in a second of CPU time, the best of five rounds.

    `window` requests are on their way at once, each with `size` octets of data.
    """
    return max(_round(window, count, size) for _ in range(ROUNDS))


def first_stack_milliseconds(layers: tuple[str, ...] = LAYERS) -> float:
    """Milliseconds from before `import netfsm` to a stack that is ready, with a warm cache.

    The best of five processes, whose modules are compiled and whose specs are kept, as on the
    second start of any program; the start of Python itself is not counted.
    """
    program = (
        "from time import perf_counter; start = perf_counter(); import netfsm; "
        f"netfsm.Stack(layers={layers!r}); print((perf_counter() - start) * 1000)"
    )
    with TemporaryDirectory() as compiled:
        settings = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        settings.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-c", program]
        times = [float(subprocess.check_output(command, text=True, env=settings)) for _ in range(6)]
    return min(times[1:])  # the first one warms the cache


def _round(window: int, count: int, size: int) -> float:
    ours, theirs = SocketLink.pair("dgram")
    stack = Stack(layers=LAYERS, strict=True)
    loop = Loop(stack, {"eth0": ours})
    stack.command("ipv4.add_address", interface="eth0", address=OURS, prefix=24, probe=False)
    stack.command("arp.set_neighbour", interface="eth0", address=PEER, lladdr=PEER_MAC)
    counters = stack.layer("icmp").counters
    frame = echo(ours.mac, size)
    with beside(lambda: _ask(theirs, frame, window, count)):
        theirs.close()
        start = process_time()
        loop.run(until=lambda: counters["out_echo_replies"] >= count)
        spent = process_time() - start
    loop.close()
    ours.close()
    return counters["out_echo_replies"] / spent


@contextmanager
def beside(work: Callable[[], None]) -> Generator[None]:
    """Do `work` in another process while the block runs. RuntimeError where it failed there."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001  # the parent says so
            os._exit(1)
        os._exit(0)
    yield
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise RuntimeError("the peer of the benchmark failed")


def _ask(link: SocketLink, frame: bytes, window: int, count: int) -> None:
    """Send requests, `window` at a time, until `count` are answered."""
    link_socket = socket.socket(fileno=os.dup(link.fileno() or -1))
    link_socket.setblocking(True)
    link_socket.settimeout(20)
    answered = 0
    while answered < count:
        for _ in range(window):
            link_socket.send(frame)
        waiting = window
        while waiting:
            reply = link_socket.recv(65536)
            waiting -= reply[12:14] == b"\x08\x00"
        answered += window


def echo(mac: bytes, size: int) -> bytes:
    """An echo request to `mac`, in a frame."""
    message = struct.pack("!BBHHH", 8, 0, 0, 1, 1) + bytes(size)
    message = message[:2] + _sum(message) + message[4:]
    ends = socket.inet_aton(PEER) + socket.inet_aton(OURS)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(message), 7, 0, 64, 1, 0) + ends
    return mac + PEER_MAC + b"\x08\x00" + head[:10] + _sum(head) + head[12:] + message


def _sum(octets: bytes) -> bytes:
    total = int.from_bytes(octets + bytes(len(octets) % 2)) % 0xFFFF
    return ((total ^ 0xFFFF) or 0xFFFF).to_bytes(2)


if __name__ == "__main__":
    for window in (1, 32):
        print(f"echoes a CPU second, window {window}: {echoes_per_cpu_second(window=window):,.0f}")
    print(f"a first stack: {first_stack_milliseconds():.0f} ms")
